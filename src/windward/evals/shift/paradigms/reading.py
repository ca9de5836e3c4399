"""What a reading of a reply gives: a value, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

T = TypeVar("T")

READINGS_VERSION = "1"
"""Changes with any reading; replies are stored, so that reading them anew asks nothing anew."""

Reading = Literal["strict", "lenient"]
READINGS: tuple[Reading, ...] = ("strict", "lenient")
"""`strict`: the whole reply has the form that was asked for. `lenient`: it can be found in the reply beyond doubt."""

EMPTY = "empty"
NO_REPLY = "no reply"


@dataclass(frozen=True)
class Read(Generic[T]):
    """A reply as it was read.

    Attributes:
        value: what it says; None where that cannot be told, which counts as wrong.
        why: why there is no value; "" where there is one.
    """

    value: T | None
    why: str = ""
