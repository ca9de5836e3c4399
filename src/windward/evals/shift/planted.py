"""Curves of a known type, and how often the rule of `correlate` finds it: what its levels were set by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from windward.evals.shift.correlation import Rule, correlate
from windward.evals.shift.segments import Floats

PLANTED = ("type I", "type II", "type III", "noise")
LOW, HIGH = 0.35, 0.9
"""Scores in distribution of what is planted."""


@dataclass(frozen=True)
class Recovery:
    """How often one type was found.

    Attributes:
        planted: the type, or noise.
        n: points of a curve.
        noise: their standard deviation around it.
        curves: how many.
        right: named as planted (noise: undetermined).
        undetermined: not decided.
        wrong: named as another type.
    """

    planted: str
    n: int
    noise: float
    curves: int
    right: int
    undetermined: int
    wrong: int


def plant(planted: str, n: int, noise: float, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """[n] scores in distribution, even over .35 to .9, and [n] out of it: a curve of the type with normal noise.

    Slopes and knees differ from draw to draw. *I*: slope .4 to 1.1. *II*: .2 to .5 before a knee between .55 and .8, then 1.2 to 2.
    *III*: -.6 to -.15 before it, then .6 to 1.5. *noise*: a constant with a standard deviation of its own, between `noise` and .1.
    """
    x = generator.uniform(LOW, HIGH, n)
    knee = generator.uniform(0.55, 0.8)
    if planted == "type I":
        before = after = generator.uniform(0.4, 1.1)
    elif planted == "type II":
        before, after = generator.uniform(0.2, 0.5), generator.uniform(1.2, 2.0)
    elif planted == "type III":
        before, after = generator.uniform(-0.6, -0.15), generator.uniform(0.6, 1.5)
    else:
        before = after = 0.0
        noise = generator.uniform(min(noise, 0.1), 0.1)
    y = before * x + (after - before) * np.maximum(x - knee, 0.0)
    y += 0.5 - y.mean() + generator.normal(0.0, noise, n)
    return x, np.clip(y, 0.0, 1.0)


def recovery(
    planted: Sequence[str], n: int, noise: float, *, curves: int, seed: int, rule: Rule | None = None
) -> list[Recovery]:
    """How often each type is found among curves of that type.

    Args:
        planted: of `PLANTED`.
        n: points of a curve.
        noise: standard deviation around it.
        curves: of each type.
        seed: of the curves.
        rule: of the verdict; None is the calibrated one.
    """
    found = []
    for place, kind in enumerate(planted):
        generator = np.random.default_rng([seed, place])
        wanted = "undetermined" if kind == "noise" else kind
        verdicts = [
            correlate(*plant(kind, n, noise, generator), rule=rule, seed=seed).verdict for _ in range(curves)
        ]
        right = sum(one == wanted for one in verdicts)
        open_ = sum(one == "undetermined" for one in verdicts)
        wrong = curves - right - (0 if kind == "noise" else open_)
        found.append(Recovery(kind, n, noise, curves, right, open_, wrong))
    return found
