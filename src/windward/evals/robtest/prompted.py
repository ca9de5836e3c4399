"""A language model as a classifier: which class name it finds likeliest as the answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from windward.evals.answer_scores import Scorer, answer_scores, probabilities
from windward.evals.robtest.dimension import RobTestError
from windward.journal import run
from windward.models import Message

PROMPT_VERSION = "1"


class PromptedClassifier:
    """Class probabilities are the softmax of the summed log-probabilities of the class names as answers.

    Args:
        model: local, as endpoints give no log-probabilities of answers of ours.
        classes: names of the classes, as the model is to answer them.
        task: one sentence that says what is to be told of a text; None asks which class it belongs to.
    """

    def __init__(self, model: Scorer, classes: Sequence[str], task: str | None = None) -> None:
        if len(set(classes)) < 2:
            raise RobTestError(f"{len(set(classes))} classes cannot be told apart: name two at least")
        self._model, self.classes, self._task = model, tuple(classes), task
        self.name = model.name

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """See `Classifier.predict`."""
        return run(self._predict(texts))

    async def _predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        rows = []
        for text in texts:
            scores, _ = await answer_scores(self._model, self.messages(text), self.classes)
            rows.append(probabilities(scores))
        return np.stack(rows)

    def messages(self, text: str) -> list[Message]:
        """What the model is asked of a text."""
        names = ", ".join(self.classes)
        task = self._task or f"Say which class the text belongs to: {names}."
        return [
            Message(role="system", content=f"{task} Answer with one of these and nothing else: {names}."),
            Message(role="user", content=text),
        ]
