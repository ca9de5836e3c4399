"""A name that does not exist for each of some names that do: as many words, as long, in the same case, spelled as surprisingly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from random import Random

from windward.evals.unknown.generators.existing import MADE, Existing, fold
from windward.evals.unknown.generators.spelling import Spelling
from windward.evals.unknown.generators.words import in_case_of, spans_of, words_of

FOLDS = 5
ORDER = 3
CANDIDATES = 16
"""Words of the right length that the best match is chosen from."""
DRAWS = 1500
"""Words drawn at most in place of one."""
SLACK = (0, 1, -1, 2, -2)
"""Letters that an invented word may have more than the existing one; the first that can be met."""


class Inventor:
    """Makes names from the names of a list, none twice.

    The words of the names are dealt out to `FOLDS` parts. In place of a word, words of its length are drawn from a `Spelling` of the
    other parts, those that exist or were made before are rejected, and of the rest the one is taken whose log-probability is nearest to
    the existing word's under the same model, which has seen neither. In a name of several words, those that other names of the list
    have too (Soup, Republic) stay, and so do abbreviations, words of one or two letters, and lower-case words beside capitalised ones (of, and);
    at least one is replaced, the rarest and longest.

    Args:
        names: that the spelling is learnt from.
        existing: what an invented name must not be.
        seed: of all draws.
        made: what was made before, folded: it is not made again, and what is made is added.
        vowels: of the alphabet; None to learn them from the names.

    Attributes:
        rejected: how many words were rejected, by the reason.
    """

    def __init__(
        self,
        names: Sequence[str],
        existing: Existing,
        seed: str,
        made: set[str] | None = None,
        vowels: Collection[str] | None = None,
    ) -> None:
        self._existing = existing
        self._rng = Random(seed)
        self._made: set[str] = set() if made is None else made
        self._shared = Counter(word for name in names for word in {one.lower() for one in words_of(name)})
        words = sorted(word for word in self._shared if len(word) > 2)
        if not words:
            words = sorted(self._shared)
        self._rng.shuffle(words)
        self._fold = {word: number % FOLDS for number, word in enumerate(words)}
        self._spellings = [
            Spelling([word for word in words if self._fold[word] != part] or words, ORDER, vowels)
            for part in range(FOLDS)
        ]
        self.rejected: Counter[str] = Counter()

    def invent(self, name: str) -> str | None:
        """A name to stand beside one that exists, or None where none was found; never the same one twice."""
        spans = spans_of(name)
        replaced = set(self._replaced([name[start:end] for start, end in spans]))
        made, done = "", 0
        for number, (start, end) in enumerate(spans):
            if number in replaced:
                word = self.word(name[start:end])
                if word is None:
                    return None
                made, done = made + name[done:start] + word, end
        return made + name[done:] if replaced else None

    def word(self, model: str, ending: str = "") -> str | None:
        """A word to stand in place of another, which ends in `ending`; None where none was found."""
        spelling = self._spellings[self._fold.get(model.lower(), 0)]
        target = spelling.surprise(model.lower())
        candidates = self._candidates(spelling, model.lower(), ending)
        best = min(candidates, key=lambda word: (abs(spelling.surprise(word) - target), word), default=None)
        if best is None:
            return None
        self._made.add(fold(best))
        return in_case_of(best, model)

    def _candidates(self, spelling: Spelling, model: str, ending: str) -> list[str]:
        """Up to `CANDIDATES` words that do not exist, as long as another where there are any, and with a vowel if it has one."""
        length, vowels = len(model), spelling.vowels.intersection(model)
        drawn: dict[int, dict[str, None]] = {length + slack: {} for slack in SLACK if length + slack > 1}
        fit: list[str] = []
        for _ in range(DRAWS):
            word = spelling.draw(self._rng, max(drawn))
            pool = drawn.get(len(word))
            if pool is None or word in pool or not word.endswith(ending):
                continue
            if vowels and not spelling.vowels.intersection(word):
                continue
            pool[word] = None
            if len(word) == length and self._is_new(word):
                fit.append(word)
                if len(fit) == CANDIDATES:
                    break
        others = (pool for size, pool in drawn.items() if size != length)
        while not fit and (pool := next(others, None)) is not None:
            fit = [word for word in pool if self._is_new(word)][:CANDIDATES]
        return fit

    def _is_new(self, word: str) -> bool:
        why = MADE if fold(word) in self._made else self._existing.why(word)
        self.rejected.update([why] if why else [])
        return not why

    def _replaced(self, words: Sequence[str]) -> list[int]:
        """Which words of a name are replaced."""
        titled = any(word[0].isupper() for word in words)
        long = [
            number
            for number, word in enumerate(words)
            if len(word) > (4 if word.isupper() else 2) and not (titled and word[0].islower())
        ]
        own = [number for number in long if self._shared[words[number].lower()] < 2]
        if own or not words:
            return own
        return [min(long or range(len(words)), key=lambda one: (self._shared[words[one].lower()], -len(words[one])))]  # fmt: skip
