"""The win rate that two systems would have if their answers were of one length (Dubois et al. 2024, arXiv 2404.04475, §3).

P(a preferred) = σ(θ + φ · tanh(d / sd(d))),  d = characters of a − characters of b,  sd over the pairs.

θ and φ maximise the likelihood less ridge/2 · (θ² + φ²), and the length-controlled win rate is the prediction at d = 0,
σ(θ). The paper's third term, an instruction's difficulty, is shared by many systems and cannot be told apart from the rest
with two: it is left out. The small ridge keeps the fit finite where length alone separates wins from losses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RIDGE = 0.1
"""Where a judge looks at length alone, less makes σ(θ) hang on the few pairs of nearly one length, and more keeps φ too small."""
DRAWS = 1_000
_STEPS = 60
_AT_ONCE = 200_000
"""Numbers of an array at most, while resamples are fitted."""


@dataclass(frozen=True)
class LengthControlled:
    """A win rate at equal length.

    Attributes:
        value: σ(θ), in [0, 1].
        low: lower end of its 95 % interval (percentiles of a bootstrap over pairs).
        high: upper end.
        stderr: standard deviation over the bootstrap.
        slope: φ; above zero, longer answers are preferred.
        longer: share of pairs whose answer `a` is the longer one: at 0 or 1, equal length is an extrapolation.
        n: pairs.
    """

    value: float
    low: float
    high: float
    stderr: float
    slope: float
    longer: float
    n: int


def length_controlled(
    preferences: Sequence[float],
    differences: Sequence[float],
    *,
    seed: int,
    draws: int = DRAWS,
    ridge: float = RIDGE,
) -> LengthControlled | None:
    """The win rate with the length term set to zero.

    Args:
        preferences: of `a`, from 0 to 1.
        differences: characters by which `a` is longer, pair by pair.
        seed: of the bootstrap.
        draws: its resamples.
        ridge: of both coefficients.

    Returns:
        None for fewer than two pairs, or where all differences are the same and not zero: what is length and what is the
        system cannot be told apart.

    Raises:
        ValueError: the two are not of one length.
    """
    import numpy as np

    if len(preferences) != len(differences):
        raise ValueError(f"{len(preferences)} preferences for {len(differences)} differences in length")
    preferred, longer = np.array(preferences, dtype=float), np.array(differences, dtype=float)
    n = len(preferred)
    if n < 2 or (longer.std() == 0 and longer[0] != 0):
        return None
    values, slopes = _fit(preferred[None], longer[None], ridge)
    generator = np.random.default_rng(seed)
    drawn = np.empty(draws)
    together = max(1, _AT_ONCE // n)
    for start in range(0, draws, together):
        some = generator.integers(0, n, size=(min(together, draws - start), n))
        drawn[start : start + together], _ = _fit(preferred[some], longer[some], ridge)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return LengthControlled(
        value=float(values[0]),
        low=float(low),
        high=float(high),
        stderr=float(drawn.std(ddof=1)),
        slope=float(slopes[0]),
        longer=float((longer > 0).mean()),
        n=n,
    )


def _fit(
    preferred: NDArray[np.float64], longer: NDArray[np.float64], ridge: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """σ(θ) and φ of many fits at once, by Newton's method with halved steps.

    Two coefficients need no linear algebra: what a library would spend on calls and threads for each resample is more than
    the sums take.

    Args:
        preferred: shape [fits, pairs].
        longer: the same.
        ridge: of both coefficients.

    Returns:
        Two arrays of shape [fits].
    """
    import numpy as np
    from scipy.special import expit

    spread = longer.std(axis=1, keepdims=True)
    length = np.tanh(np.divide(longer, spread, out=np.zeros_like(longer), where=spread > 0))

    def loss(at: NDArray[np.float64]) -> NDArray[np.float64]:
        logits = at[0][:, None] + at[1][:, None] * length
        told: NDArray[np.float64] = (np.logaddexp(0, logits) - preferred * logits).sum(axis=1)
        told += ridge / 2 * (at**2).sum(axis=0)
        return told

    at = np.zeros((2, len(preferred)))
    now = loss(at)
    for _ in range(_STEPS):
        chance = expit(at[0][:, None] + at[1][:, None] * length)
        error, weight = chance - preferred, chance * (1 - chance)
        slope = np.stack([error.sum(axis=1), (error * length).sum(axis=1)]) + ridge * at
        if np.abs(slope).max() < 1e-8 * preferred.shape[1]:
            break
        whole, cross, square = (
            (weight * term).sum(axis=1) for term in (np.ones_like(length), length, length**2)
        )
        whole, square = whole + ridge, square + ridge
        step = np.stack([square * slope[0] - cross * slope[1], whole * slope[1] - cross * slope[0]])
        step /= whole * square - cross**2
        for _ in range(_STEPS):
            then = loss(at - step)
            worse = then > now + 1e-12 * np.abs(now)
            if not worse.any():
                break
            step[:, worse] /= 2
        at, now = at - step, then
    rates: NDArray[np.float64] = expit(at[0])
    return rates, at[1]
