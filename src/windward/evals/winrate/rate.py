"""The win rate and its error, as AlpacaEval counts (Li et al. 2023): wins, and half of the draws, over all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev


@dataclass(frozen=True)
class WinRate:
    """How often one system is preferred.

    Attributes:
        value: (wins + draws / 2) / n, in [0, 1].
        stderr: standard deviation of the preferences (n − 1 in its denominator) over √n; None for one.
        wins: preferences of 1.
        losses: preferences of 0.
        draws: all others.
        n: preferences.
    """

    value: float
    stderr: float | None
    wins: int
    losses: int
    draws: int
    n: int


def win_rate(preferences: Sequence[float]) -> WinRate:
    """The win rate of the system that a preference of 1 means.

    Args:
        preferences: 1 won, 0 lost, one half for neither; at least one.

    Raises:
        ValueError: there are none, or one lies outside 0 to 1.
    """
    if not preferences or not all(0 <= one <= 1 for one in preferences):
        raise ValueError(
            f"a win rate needs preferences from 0 to 1, at least one; got {list(preferences)!r:.80}"
        )
    n, wins, losses = len(preferences), preferences.count(1), preferences.count(0)
    stderr = stdev(preferences) / sqrt(n) if n > 1 else None
    return WinRate(fmean(preferences), stderr, wins, losses, n - wins - losses, n)
