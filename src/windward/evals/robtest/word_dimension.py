"""What dimensions share that put a word for a word; each says which words, and how it spends characters if it can."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from windward.evals.robtest.dimension import Draw
from windward.evals.robtest.distinct import distinct_word_draws
from windward.evals.robtest.perturbed import Edit, Mode, Unit
from windward.evals.robtest.sentence import Sentence
from windward.evals.robtest.substitution import edits_of, unit_of


class WordDimension:
    """A `Dimension` by its `variants`; with a malicious mode, by its `anywhere` too."""

    name: str
    modes: tuple[Mode, ...] = ("general",)
    resource: str

    def variants(self, sentence: Sentence, place: int) -> Sequence[str]:
        """What may stand for the word at a place, the word itself not among it; the same at every call."""
        raise NotImplementedError

    def anywhere(self, sentence: Sentence, degree: float, rng: random.Random) -> Iterator[Draw]:
        """Draws of the malicious mode, in characters."""
        raise NotImplementedError

    def unit(self, mode: Mode) -> Unit:
        """Words in general mode, characters in malicious mode."""
        return unit_of(mode)

    def draws(self, sentence: Sentence, degree: float, mode: Mode, rng: random.Random) -> Iterator[Draw]:
        """See `Dimension.draws`."""
        if mode == "general":
            return distinct_word_draws(sentence, degree, self.variants, rng)
        return self.anywhere(sentence, degree, rng)

    def choices(self, sentence: Sentence, place: int) -> Sequence[Edit]:
        """See `Dimension.choices`."""
        return [] if sentence.protected[place] else edits_of(sentence, place, self.variants(sentence, place))
