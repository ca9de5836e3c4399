"""Distraction: text behind the original that says nothing of it: links, handles, what is true of anything, stray sentences.

The original is kept whole, and what is added is as long as the degree allows, to the character.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from windward.evals.robtest.dimension import Draw, seeded
from windward.evals.robtest.perturbed import Edit, Mode, Unit, applied, units
from windward.evals.robtest.sentence import Sentence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_NOUN_TEXT = """
table window paper street number morning corner river letter bottle engine garden kitchen ladder blanket
pencil station bridge ticket button pocket basket carpet mirror hammer cousin uncle neighbour cloud stone sand
grass shelf drawer envelope calendar clock tuesday october metre litre triangle circle vowel north
"""
_NOUNS = tuple(_NOUN_TEXT.split())
_SENTENCES = (
    "the train leaves at nine .",
    "it is tuesday today .",
    "the office is on the second floor .",
    "water boils at a hundred degrees .",
    "a week has seven days .",
    "the parcel was sent by post .",
    "she lives near the river .",
    "the shop opens in the morning .",
    "he wrote the number on a card .",
    "the road runs along the coast .",
    "we met at the station .",
    "the letter has two pages .",
    "the meeting is in october .",
    "they moved to the north .",
    "the box is under the table .",
    "this line was typed on a phone .",
)
_TRUE = ("and true is true", "and one is one", "and it is what it is", "and what is said is said")
_SHORTEST = 3
"""Characters of the shortest addition: a space, a sign and a letter."""
_LINK = " https://t.co/"
_CHOICES = 15
"""Additions that a search chooses from, as in the paper."""
_BATCH = 32
_BATCHES = 8
"""Batches without a fitting candidate before a text is said to have none."""


class Encoder(Protocol):
    """Texts as vectors of length 1, such as `models.sentence_model.SentenceEncoder`; best not the victim's own."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors [n, d]."""
        ...


class Distraction:
    """See the module.

    Args:
        encoder: with one, samples keep the paper's rule besides: the cosine of original and sample is above 1 − degree.
    """

    name = "distraction"
    modes: tuple[Mode, ...] = ("malicious",)

    def __init__(self, encoder: Encoder | None = None) -> None:
        self._encoder = encoder
        rule = "" if encoder is None else ", each with a cosine above 1 − degree to the original"
        self.resource = "random links and handles, tautologies, stray sentences and words of our own" + rule

    def unit(self, mode: Mode) -> Unit:
        """Characters: those added, by those of the original."""
        return "characters"

    def draws(self, sentence: Sentence, degree: float, mode: Mode, rng: random.Random) -> Iterator[Draw]:
        """See `Dimension.draws`. Nothing is added where the degree allows less than three characters."""
        size = len(sentence.text)
        most = units(size, degree)
        if most < _SHORTEST:
            return iter(())
        drawn: Iterator[Draw] = (
            ([Edit(size, size, _addition(most, rng))], most / size) for _ in iter(int, 1)
        )
        return drawn if self._encoder is None else self._near(self._encoder, sentence.text, degree, drawn)

    def choices(self, sentence: Sentence, place: int) -> Sequence[Edit]:
        """Additions behind the text, given for its last word alone, since they belong to none.

        They do not depend on a degree and are not held to the encoder's rule: a search that has a budget of characters takes
        those that fit in.
        """
        if place != len(sentence.words) - 1:
            return []
        size = len(sentence.text)
        rng = seeded("distraction", sentence.text)
        lengths = [max(_SHORTEST, size * part // 20) for part in (1, 2, 4, 6, 8, 10, 12)]
        made = {_addition(lengths[at % len(lengths)], rng): None for at in range(_CHOICES)}
        return [Edit(size, size, addition) for addition in made]

    def _near(self, encoder: Encoder, text: str, degree: float, drawn: Iterator[Draw]) -> Iterator[Draw]:
        (own,) = encoder.encode([text])
        empty = 0
        while empty < _BATCHES:
            batch = list(islice(drawn, _BATCH))
            vectors = encoder.encode([applied(text, edits) for edits, _ in batch])
            near = [draw for draw, cosine in zip(batch, vectors @ own, strict=True) if cosine > 1 - degree]
            yield from near
            empty = 0 if near else empty + 1


def _addition(size: int, rng: random.Random) -> str:
    """Text of exactly `size` characters, three at least: pieces of one kind, and a handle or link that fills up."""
    kind = _KINDS[int(rng.random() * len(_KINDS))]
    parts, left = [], size
    while True:
        piece = " " + kind(rng)
        if len(piece) != left and len(piece) + _SHORTEST > left:
            break
        parts.append(piece)
        left -= len(piece)
        if not left:
            break
    if left:
        parts.append(_filling(left, rng))
    return "".join(parts)


def _filling(size: int, rng: random.Random) -> str:
    start = _LINK if size >= len(_LINK) + 4 else " @"
    return start + "".join(rng.choices(_LETTERS, k=size - len(start)))


def _link(rng: random.Random) -> str:
    return _filling(len(_LINK) + 8, rng)[1:]


def _handle(rng: random.Random) -> str:
    return _filling(4 + int(rng.random() * 10), rng)[1:]


def _tautology(rng: random.Random) -> str:
    if rng.random() < 0.2:
        return rng.choice(_TRUE)
    noun = rng.choice(_NOUNS)
    return f"and {noun} is {noun}"


def _sentence(rng: random.Random) -> str:
    return rng.choice(_SENTENCES)


def _word(rng: random.Random) -> str:
    return rng.choice(_NOUNS)


_KINDS = (_link, _handle, _tautology, _sentence, _word)
