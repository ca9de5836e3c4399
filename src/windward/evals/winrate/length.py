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

RIDGE = 0.01
DRAWS = 1_000


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
    value, slope = _fit(preferred, longer, ridge)
    generator = np.random.default_rng(seed)
    drawn = []
    for _ in range(draws):
        some = generator.integers(0, n, size=n)
        drawn.append(_fit(preferred[some], longer[some], ridge)[0])
    low, high = np.percentile(drawn, [2.5, 97.5])
    return LengthControlled(
        value, float(low), float(high), float(np.std(drawn, ddof=1)), slope, float((longer > 0).mean()), n
    )


def _fit(preferred: NDArray[np.float64], longer: NDArray[np.float64], ridge: float) -> tuple[float, float]:
    """σ(θ) and φ."""
    import numpy as np
    from scipy.optimize import minimize
    from scipy.special import expit

    spread = longer.std()
    length = np.tanh(longer / spread) if spread else np.zeros_like(longer)
    design = np.column_stack([np.ones_like(length), length])

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logits = design @ weights
        value = np.logaddexp(0, logits).sum() - preferred @ logits + ridge / 2 * weights @ weights
        return float(value), design.T @ (expit(logits) - preferred) + ridge * weights

    found = minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B", options={"ftol": 1e-12, "gtol": 1e-8})
    return float(expit(found.x[0])), float(found.x[1])
