"""A fine-tuned small model as a row beside the paradigms: measured on the same examples, with the same labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from windward.evals.shift.paradigms.offered import Offered
from windward.evals.shift.paradigms.reading import Read
from windward.evals.shift.paradigms.scoring import likeliest
from windward.evals.shift.task import ShiftError
from windward.rows.labelled import Labelled


@dataclass(frozen=True)
class FineTuned:
    """A classifier that was trained on the set in distribution.

    Attributes:
        name: as result rows call it.
        probabilities: of examples, a row each, a column for each label of the task in its order.
    """

    name: str
    probabilities: Callable[[Sequence[Labelled]], NDArray[np.float64]]

    def read(self, examples: Sequence[Labelled], labels: Offered) -> list[Read[str]]:
        """The likeliest label of each among those that the set has; probabilities of labels that count as one are added.

        Raises:
            ShiftError: the probabilities do not fit examples and labels.
        """
        given = np.asarray(self.probabilities(examples), dtype=np.float64)
        if (
            given.shape != (len(examples), len(labels.places))
            or not np.isfinite(given).all()
            or (given < 0).any()
        ):
            raise ShiftError(
                f"{self.name}: {given.shape} values for {len(examples)} examples and {len(labels.places)} labels, each to be a "
                "finite probability"
            )
        with np.errstate(divide="ignore"):
            scores = np.log(given[:, [labels.places[label] for label in labels.labels]])
        return likeliest(list(scores), labels)
