"""Intervals of a result and of a difference between two, from the result table alone."""

from __future__ import annotations

from math import isclose, isnan, sqrt
from typing import NamedTuple

from windward.rows import Result

Z95 = 1.959963984540054


class Interval(NamedTuple):
    """A 95 % interval, in the unit of the figure."""

    low: float
    high: float


def wilson(rate: float, n: int) -> Interval:
    """Wilson's score interval of a proportion (Wilson 1927): true near 0 and 1, where `± 1.96 stderr` is not.

    Args:
        rate: successes over `n`, in [0, 1].
        n: the denominator, at least 1.
    """
    if n < 1 or not 0 <= rate <= 1:
        raise ValueError(f"a proportion needs n >= 1 and a rate in [0, 1], not {rate} of {n}")
    square = Z95 * Z95
    centre = (rate + square / (2 * n)) / (1 + square / n)
    half = Z95 / (1 + square / n) * sqrt(rate * (1 - rate) / n + square / (4 * n * n))
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


def interval(result: Result) -> Interval | None:
    """The interval of one result: its own (`low` and `high` of its condition), Wilson's, value ± 1.96 stderr, or None."""
    if result.n < 1 or isnan(result.value):
        return None
    low, high = result.condition.get("low"), result.condition.get("high")
    if isinstance(low, float) and isinstance(high, float):
        return Interval(low, high)
    if _is_proportion(result):
        return wilson(result.value, result.n)
    if result.stderr is None or isnan(result.stderr):
        return None
    half = Z95 * result.stderr
    if _is_share(result):
        return Interval(max(0.0, result.value - half), min(1.0, result.value + half))
    return Interval(result.value - half, result.value + half)


def difference(before: Result, after: Result) -> Interval | None:
    """The interval of `after - before` for two independent measurements.

    Newcombe's hybrid score interval (1998, method 10), made of the two single intervals. Where the same problems
    were tried twice it is cautious: a paired interval is narrower as long as the two runs agree on most problems.
    """
    first, second = interval(before), interval(after)
    if first is None or second is None:
        return None
    change = after.value - before.value
    down = sqrt((after.value - second.low) ** 2 + (first.high - before.value) ** 2)
    up = sqrt((second.high - after.value) ** 2 + (before.value - first.low) ** 2)
    return Interval(change - down, change + up)


def _is_proportion(result: Result) -> bool:
    """A rate whose standard error, where given, is the binomial one (a clustered or weighted rate has another)."""
    if not _is_share(result):
        return False
    if result.stderr is None:
        return True
    binomial = sqrt(result.value * (1 - result.value) / result.n)
    return isclose(result.stderr, binomial, rel_tol=0.05, abs_tol=1e-9)


def _is_share(result: Result) -> bool:
    return result.metric.endswith(("rate", "accuracy")) and 0 <= result.value <= 1
