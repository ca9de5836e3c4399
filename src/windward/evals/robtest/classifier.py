"""The victim: whatever turns texts into class probabilities, and the count of what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from windward.evals.robtest.dimension import RobTestError


class Classifier(Protocol):
    """A classifier.

    Attributes:
        name: as the report calls it.
    """

    name: str

    def predict(self, texts: Sequence[str]) -> ArrayLike:
        """Class probabilities [n, classes] of n texts, in their order."""
        ...


class FunctionClassifier:
    """Any Python function from texts to probabilities, as a classifier."""

    def __init__(self, function: Callable[[Sequence[str]], ArrayLike], name: str = "") -> None:
        self._function = function
        self.name = name or getattr(function, "__name__", "function")

    def predict(self, texts: Sequence[str]) -> ArrayLike:
        """See `Classifier.predict`."""
        return self._function(texts)


def pipeline_classifier(pipeline: Any, name: str = "") -> FunctionClassifier:
    """A scikit-learn pipeline that takes texts (vectoriser, then a classifier with `predict_proba`).

    Columns follow `pipeline.classes_`: labels of the data are places in it.

    Raises:
        RobTestError: it gives no probabilities.
    """
    if not hasattr(pipeline, "predict_proba"):
        raise RobTestError(
            f"{type(pipeline).__name__} has no predict_proba: take a classifier that gives probabilities, or wrap it in "
            "sklearn.calibration.CalibratedClassifierCV"
        )
    return FunctionClassifier(
        lambda texts: pipeline.predict_proba(list(texts)), name or type(pipeline).__name__
    )


class QueryBudgetError(RuntimeError):
    """The budget of queries is spent: the call was not made."""


class Asked:
    """A classifier that asks no text twice, counts each that it does ask, and checks what comes back.

    Args:
        classifier: the victim.
        budget: queries at most; None is no limit.
        remember: whether answers are kept; then a text that comes again costs nothing.

    Attributes:
        queries: texts that the victim was given.
        calls: calls of its `predict`.
    """

    def __init__(self, classifier: Classifier, *, budget: int | None = None, remember: bool = True) -> None:
        self._classifier, self.budget, self._remember = classifier, budget, remember
        self.name = classifier.name
        self.queries = self.calls = 0
        self._known: dict[str, NDArray[np.float64]] = {}

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Probabilities [n, classes].

        Raises:
            QueryBudgetError: these texts would take more queries than are left; none of them was asked.
            RobTestError: the victim gave something else than one row of probabilities a text.
        """
        if not texts:
            raise ValueError("no texts to predict")
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if self.budget is not None and self.queries + len(new) > self.budget:
            raise QueryBudgetError(
                f"{len(new)} more queries were wanted, {self.budget - self.queries} of {self.budget} are left"
            )
        fresh: dict[str, NDArray[np.float64]] = {}
        if new:
            rows = checked(self._classifier.predict(new), len(new), self.name)
            self.queries += len(new)
            self.calls += 1
            fresh = dict(zip(new, rows, strict=True))
        if self._remember:
            self._known.update(fresh)
        return np.stack([fresh[text] if text in fresh else self._known[text] for text in texts])

    def unknown(self, texts: Sequence[str]) -> int:
        """How many queries these texts would take."""
        return len({text for text in texts if text not in self._known})


def checked(found: ArrayLike, n: int, name: str) -> NDArray[np.float64]:
    """What a classifier gave, as a matrix of probabilities.

    Raises:
        RobTestError: it is none of `n` rows that are finite, not negative and add up to 1.
    """
    rows = np.asarray(found, dtype=np.float64)
    if rows.ndim != 2 or len(rows) != n or rows.shape[1] < 2:
        raise RobTestError(
            f"{name} gave an array of shape {rows.shape} for {n} texts: predict must return probabilities of shape "
            f"({n}, classes), with two classes at least"
        )
    if not np.isfinite(rows).all() or (rows < -1e-6).any() or (abs(rows.sum(axis=1) - 1) > 1e-3).any():
        raise RobTestError(
            f"{name} gave rows that are no probabilities: each must be at least 0 and add up to 1"
        )
    return rows
