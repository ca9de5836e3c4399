"""A dimension: one kind of change. What all of them share: seeded samples, each within its degree, all of them distinct."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

from windward.evals.robtest.perturbed import Edit, Mode, Perturbations, Perturbed, Unit, applied
from windward.evals.robtest.sentence import Sentence, read_sentence

_TRIES = 20
"""Draws a sample before its text is said to have no more distinct ones."""

Draw = tuple[Sequence[Edit], float]
"""Edits from left to right, and the degree that they realise."""


class RobTestError(ValueError):
    """A robustness test that cannot be done as asked; the message says why and what to do."""


class Dimension(Protocol):
    """One kind of change.

    Attributes:
        name: `typo`, `glyph`, ….
        modes: in which it exists.
        resource: what it draws from, in words, as the report says it; a substitute is called one.
    """

    name: str
    modes: tuple[Mode, ...]
    resource: str

    def unit(self, mode: Mode) -> Unit:
        """What degrees count."""
        ...

    def draws(self, sentence: Sentence, degree: float, mode: Mode, rng: random.Random) -> Iterator[Draw]:
        """Random edits that realise at most `degree`, and as much of it as can be had; as many as are taken.

        It ends at once where nothing can change.
        """
        ...

    def choices(self, sentence: Sentence, place: int) -> Sequence[Edit]:
        """The single edits of one word, the same at every call: what a search chooses from.

        Empty for a word that cannot change, and for dimensions that change no single words (`rewrites`).
        """
        ...


def perturb(
    dimension: Dimension,
    text: str,
    degree: float,
    *,
    n: int = 10,
    mode: Mode | None = None,
    seed: int = 0,
    keep: Collection[str] = (),
) -> Perturbations:
    """Distinct perturbations of a text, the same for the same seed.

    Args:
        dimension: the kind of change.
        text: any text.
        degree: from 0 to 1; no sample realises more.
        n: samples at most.
        mode: None is the first that the dimension has.
        seed: with the dimension, mode, degree and text it decides the samples.
        keep: words that stay, such as labels; see `read_sentence`.

    Raises:
        RobTestError: the degree is none, or the dimension does not have the mode.
    """
    return perturb_sentence(dimension, read_sentence(text, keep), degree, n=n, mode=mode, seed=seed)


def perturb_sentence(
    dimension: Dimension,
    sentence: Sentence,
    degree: float,
    *,
    n: int = 10,
    mode: Mode | None = None,
    seed: int = 0,
) -> Perturbations:
    """As `perturb`, for a text that was read already."""
    mode = mode or dimension.modes[0]
    if mode not in dimension.modes:
        raise RobTestError(
            f"{dimension.name} has no {mode} mode, only {', '.join(dimension.modes)}: choose one of these"
        )
    if not 0 <= degree <= 1:
        raise RobTestError(f"a degree lies between 0 and 1, not at {degree}")
    if n < 1:
        raise RobTestError(f"{n} samples cannot be drawn: ask for 1 at least")
    text = sentence.text
    found: dict[str, Perturbed] = {}
    if degree > 0:
        rng = seeded(seed, dimension.name, mode, degree, text)
        left = n * _TRIES
        for edits, realised in dimension.draws(sentence, degree, mode, rng):
            made = applied(text, edits)
            if made not in found and made != text:
                found[made] = Perturbed(made, tuple(edits), realised)
            left -= 1
            if len(found) == n or not left:
                break
    samples = tuple(found.values()) or (Perturbed(text, (), 0.0),)
    return Perturbations(text, samples, n, degree, dimension.unit(mode))


def seeded(*facts: object) -> random.Random:
    """A generator that depends on these facts alone, on every machine."""
    digest = hashlib.blake2b(repr(facts).encode("utf-8", "surrogatepass"), digest_size=16)
    return random.Random(int.from_bytes(digest.digest(), "big"))
