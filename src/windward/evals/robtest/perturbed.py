"""A perturbed text: which edits made it, and how large its change is in the unit of its mode."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

Unit = Literal["words", "characters"]
"""What a degree counts: the share of words that differ, or edited characters (Levenshtein) a character of the original."""
Mode = Literal["general", "malicious"]
"""What a user writes by accident, in words; or what an attacker does, in characters."""
DEGREES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
"""The protocol's degrees."""


class Edit(NamedTuple):
    """One change, in places of the original text.

    Attributes:
        start: first character that is replaced.
        end: the one behind the last; equal to `start` where text is only added.
        after: what stands there instead.
    """

    start: int
    end: int
    after: str


class Perturbed(NamedTuple):
    """One sample.

    Attributes:
        text: the perturbed text.
        edits: what made it of the original, from left to right; they do not overlap.
        degree: the realised degree, at most the one that was asked for.
    """

    text: str
    edits: tuple[Edit, ...]
    degree: float


@dataclass(frozen=True)
class Perturbations:
    """The samples of one text at one degree.

    Attributes:
        original: the text.
        samples: distinct texts, `wanted` at most; the original alone where the degree is less than one unit or nothing can
            change.
        wanted: how many were asked for.
        degree: that was asked for.
        unit: of the degrees.
    """

    original: str
    samples: tuple[Perturbed, ...]
    wanted: int
    degree: float
    unit: Unit

    @property
    def shortfall(self) -> int:
        """Samples that could not be had: there are fewer distinct ones."""
        return self.wanted - len(self.samples)


def applied(text: str, edits: Iterable[Edit]) -> str:
    """A text with its edits made."""
    parts: list[str] = []
    add, at = parts.append, 0
    for start, end, after in edits:
        add(text[at:start])
        add(after)
        at = end
    parts.append(text[at:])
    return "".join(parts)


def units(size: int, degree: float) -> int:
    """How many units a degree allows: the largest whole number k with k / size ≤ degree.

    The release rounds up, so that at a degree of 0.05 a sentence of 10 words had 10 % of them changed.
    """
    count = int(size * degree + 1e-9)
    return count - (count / size > degree) if size else 0
