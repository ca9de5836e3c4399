"""A trained model of each kind on the sets of a task: it is trained, opened, asked and measured."""

from windward.evals.shift.trained.asking import Predictions, TrainedModel, open_trained, predictions_of
from windward.evals.shift.trained.learning import train_on
from windward.evals.shift.trained.measuring import measure_sets, measure_trained

__all__ = [
    "Predictions",
    "TrainedModel",
    "measure_sets",
    "measure_trained",
    "open_trained",
    "predictions_of",
    "train_on",
]
