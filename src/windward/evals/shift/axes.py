"""Scales on which scores are compared: as they are, or opened towards 0 and 1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from windward.evals.shift.task import ShiftError

Axis = Literal["raw", "logit", "probit"]
Change = Callable[[NDArray[np.float64]], NDArray[np.float64]]


class Scale(NamedTuple):
    """A scale: `to` it from scores, and `back`."""

    to: Change
    back: Change


def _logit(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    inside = _inside(scores)
    return np.log(inside) - np.log1p(-inside)


def _logistic(values: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.special import expit

    return np.asarray(expit(values))


def _probit(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.special import ndtri

    return np.asarray(ndtri(_inside(scores)))


def _normal(values: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.special import ndtr

    return np.asarray(ndtr(values))


def _inside(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    if not ((scores > 0) & (scores < 1)).all():
        raise ShiftError("a score of 0 or 1 has no logit and no probit: use the raw axis, or leave it out")
    return scores


def _same(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return scores


AXES: dict[Axis, Scale] = {
    "raw": Scale(_same, _same),
    "logit": Scale(_logit, _logistic),
    "probit": Scale(_probit, _normal),
}
