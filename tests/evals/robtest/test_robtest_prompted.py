"""A language model as a victim: probabilities are the softmax of its class names."""

from collections.abc import Sequence

import numpy as np
import pytest

from windward.evals.robtest.classifier import Asked
from windward.evals.robtest.dimension import RobTestError
from windward.evals.robtest.prompted import PromptedClassifier
from windward.models import Message


class _Scorer:
    name = "scorer"

    async def score_many(
        self, messages: Sequence[Message], completions: Sequence[str]
    ) -> list[tuple[float, ...]]:
        liked = "positive" if "good" in messages[-1]["content"] else "negative"
        return [(-0.1, -0.1) if name == liked else (-1.0, -1.1) for name in completions]


def test_probabilities_are_the_softmax_of_the_class_names() -> None:
    rows = Asked(PromptedClassifier(_Scorer(), ["negative", "positive"])).predict(["a good film", "a film"])
    likelier = np.exp(-0.2) / (np.exp(-0.2) + np.exp(-2.1))
    assert np.allclose(rows, [[1 - likelier, likelier], [likelier, 1 - likelier]])


def test_the_classes_are_named_to_the_model() -> None:
    asked = PromptedClassifier(_Scorer(), ["no", "yes"], "Say whether it rains.").messages("x")
    assert asked[0]["content"] == "Say whether it rains. Answer with one of these and nothing else: no, yes."
    assert asked[1] == {"role": "user", "content": "x"}


def test_one_class_is_none() -> None:
    with pytest.raises(RobTestError):
        PromptedClassifier(_Scorer(), ["yes", "yes"])
