"""Accuracy, entity F1 and answers, each with its error and with what could not be read in the denominator."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from windward.evals.shift.task import ShiftError
from windward.rows import Result
from windward.rows.questions import Question
from windward.rows.tagged import Tagged

SYSTEM = "shift"
DRAWS = 1_000
_AT_ONCE = 200_000
"""Sentences drawn together at most; no figure depends on it."""
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


@dataclass(frozen=True)
class Figure:
    """A measured figure, in [0, 1].

    Attributes:
        metric: `accuracy`, `entity_f1`, `exact_match`, `f1`.
        value: the figure.
        stderr: its standard error.
        n: examples, unread ones included.
        unparsed: those that could not be read, which count as wrong.
        low: lower end of a 95 % interval, where the metric has one of its own.
        high: upper end.
    """

    metric: str
    value: float
    stderr: float
    n: int
    unparsed: int
    low: float | None = None
    high: float | None = None

    def result(self, *, model: str, dataset: str, split: str, condition: Mapping[str, Any]) -> Result:
        """As a row of the result table; an interval stands in its condition."""
        ends = {} if self.low is None or self.high is None else {"low": self.low, "high": self.high}
        return Result(
            SYSTEM,
            model,
            dataset,
            split,
            self.metric,
            self.value,
            self.n,
            dict(condition) | ends,
            self.stderr,
            self.unparsed,
        )


def accuracy(predicted: Sequence[int | None], wanted: Sequence[int]) -> Figure:
    """The share of right classes; None is a prediction that could not be read, and wrong.

    Raises:
        ShiftError: there is nothing, or the two are not of one length.
    """
    _paired(predicted, wanted)
    right = [float(one == label) for one, label in zip(predicted, wanted, strict=True)]
    return _mean("accuracy", right, sum(one is None for one in predicted))


def entity_f1(
    predicted: Sequence[Sequence[str] | None], wanted: Sequence[Tagged], *, seed: int = 0, draws: int = DRAWS
) -> Figure:
    """Micro-averaged F1 of whole entities (type and both ends), as `seqeval` finds them, with a bootstrap over sentences.

    2 right / (predicted + true), over the mentions of all sentences: 1 of 10 found is 0.18, where the release's own F1 of what
    a language model names is over sets of distinct mentions and says 1.0. Without any entity it is 0, as in `seqeval`.

    Args:
        predicted: tags of each sentence; None for one that could not be read, of which no entity is found.
        wanted: the sentences.
        seed: of the bootstrap.
        draws: resamples of the sentences.

    Raises:
        ShiftError: there is nothing, the two are not of one length, or a sentence has too many or too few tags.
    """
    from seqeval.metrics.sequence_labeling import get_entities

    _paired(predicted, wanted)
    counts = np.zeros((len(wanted), 2))
    for at, (tags, sentence) in enumerate(zip(predicted, wanted, strict=True)):
        if tags is not None and len(tags) != len(sentence.words):
            raise ShiftError(
                f"sentence {sentence.id}: {len(tags)} tags for {len(sentence.words)} words; give each word one, or None for all"
            )
        found = set(get_entities(list(tags))) if tags is not None else set()
        true = set(get_entities(list(sentence.tags)))
        counts[at] = 2 * len(found & true), len(found) + len(true)
    drawn = _resampled(counts, np.random.default_rng(seed), draws)
    low, high = np.percentile(drawn, [2.5, 97.5])
    value = float(_ratios(counts.sum(axis=0, keepdims=True))[0])
    unparsed = sum(tags is None for tags in predicted)
    return Figure(
        "entity_f1", value, float(drawn.std(ddof=1)), len(wanted), unparsed, float(low), float(high)
    )


def answer_scores(predicted: Sequence[str | None], wanted: Sequence[Question]) -> tuple[Figure, Figure]:
    """Exact match and F1 of answers, each against the answer for which it is highest (Rajpurkar et al. 2016).

    Args:
        predicted: None for an answer that could not be read, which scores 0.
        wanted: the questions.

    Raises:
        ShiftError: there is nothing, the two are not of one length, or a question has no answer.
    """
    _paired(predicted, wanted)
    without = next((one.id for one in wanted if not one.answers), None)
    if without is not None:
        raise ShiftError(f"question {without} has no answer to score against")
    matched, shared = [], []
    for said, asked in zip(predicted, wanted, strict=True):
        matched.append(
            max(exact_match(said, answer) for answer in asked.answers) if said is not None else 0.0
        )
        shared.append(max(word_f1(said, answer) for answer in asked.answers) if said is not None else 0.0)
    unparsed = sum(one is None for one in predicted)
    return _mean("exact_match", matched, unparsed), _mean("f1", shared, unparsed)


def exact_match(said: str, answer: str) -> float:
    """1 where two answers are the same in normal form, else 0."""
    return float(normal_form(said) == normal_form(answer))


def word_f1(said: str, answer: str) -> float:
    """Harmonic mean of precision and recall of an answer's words in normal form, repeated ones as often as they stand."""
    ours, theirs = normal_form(said).split(), normal_form(answer).split()
    shared = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * shared / (len(ours) + len(theirs)) if shared else 0.0


def normal_form(answer: str) -> str:
    """Lower case, without ASCII punctuation, then without English articles, and with one blank between words (SQuAD's)."""
    return " ".join(_ARTICLES.sub(" ", answer.lower().translate(_PUNCTUATION)).split())


def _resampled(counts: Any, generator: np.random.Generator, draws: int) -> Any:
    """The ratio of the sums of each resample of the rows, as many resamples at once as fit a small memory."""
    n = len(counts)
    together = max(1, _AT_ONCE // n)
    found = [
        _ratios(counts[generator.integers(0, n, size=(min(together, draws - start), n))].sum(axis=1))
        for start in range(0, draws, together)
    ]
    return np.concatenate(found)


def _ratios(sums: Any) -> Any:
    return np.divide(sums[:, 0], sums[:, 1], out=np.zeros(len(sums)), where=sums[:, 1] > 0)


def _mean(metric: str, scores: Sequence[float], unparsed: int) -> Figure:
    n = len(scores)
    mean = sum(scores) / n
    variance = sum((score - mean) ** 2 for score in scores) / n
    return Figure(metric, mean, sqrt(variance / n), n, unparsed)


def _paired(predicted: Sequence[Any], wanted: Sequence[Any]) -> None:
    if len(predicted) != len(wanted) or not wanted:
        raise ShiftError(f"{len(predicted)} predictions cannot be scored against {len(wanted)} examples")
