"""Which objectives a command is about, and their scales: `honesty`, `brevity`, or any other as `politeness=1:5`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from windward.evals.control.computed import COMPUTED, FIVE
from windward.evals.data import DataError
from windward.feedback import ASPECTS
from windward.training.controllable import SCALES, Scale

KNOWN: Mapping[str, Scale] = (
    dict(SCALES) | dict.fromkeys(ASPECTS, FIVE) | {name: one.scale for name, one in COMPUTED.items()}
)
"""Scales that need not be said: the paper's three, the aspects that judges rate, and what a program computes."""

_SAID = re.compile(r"([a-z][a-z0-9_]*)(?:=(-?[0-9.]+):(-?[0-9.]+)(?::([0-9.]+))?)?")


def read_objectives(said: Sequence[str]) -> dict[str, Scale]:
    """Objectives and scales from `NAME` or `NAME=LOW:HIGH` or `NAME=LOW:HIGH:STEP`.

    Their order is kept: it is the order in which a condition names them, in training and when it is asked.

    Raises:
        DataError: one is malformed, stands twice, has no known scale, or another than its rule gives.
    """
    found: dict[str, Scale] = {}
    for one in said:
        read = _SAID.fullmatch(one.strip())
        if read is None:
            raise DataError(
                f"objective {one!r} cannot be read: write NAME, NAME=LOW:HIGH or NAME=LOW:HIGH:STEP, in lower case, "
                "such as politeness=1:5"
            )
        name = read[1]
        if name in found:
            raise DataError(f"objective {name} is named twice")
        found[name] = KNOWN[name] if read[2] is None and name in KNOWN else _scale(name, *read.groups()[1:])
        if name in COMPUTED and found[name] != COMPUTED[name].scale:
            own = COMPUTED[name].scale
            raise DataError(
                f"objective {name} is computed on its own scale, {own.low:g} to {own.high:g}: leave out {one[len(name) :]}"
            )
    if not found:
        raise DataError(f"name at least one --objective: {', '.join(KNOWN)}, or another as NAME=LOW:HIGH")
    return found


def _scale(name: str, low: str | None, high: str | None, step: str | None) -> Scale:
    if low is None or high is None:
        raise DataError(
            f"the scale of {name} is not known: write {name}=LOW:HIGH; known are {', '.join(KNOWN)}"
        )
    try:
        return Scale(float(low), float(high), float(step or 1))
    except ValueError as error:
        raise DataError(f"objective {name}: {error}") from error
