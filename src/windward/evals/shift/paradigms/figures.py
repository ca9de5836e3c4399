"""Result rows of a set under a paradigm: by every reading, by log-probabilities, and what they must be better than."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from windward.evals.shift.metrics import Figure
from windward.evals.shift.paradigms.asked import Asked
from windward.evals.shift.paradigms.asking import Answered
from windward.evals.shift.paradigms.config import ParadigmConfig
from windward.evals.shift.paradigms.log_likelihoods import LOG_PROBABILITIES, Scored, normalised_scores
from windward.evals.shift.paradigms.offered import offered
from windward.evals.shift.paradigms.read_replies import read_reply
from windward.evals.shift.paradigms.reading import READINGS, READINGS_VERSION, Read
from windward.evals.shift.paradigms.scoring import (
    answer_figures,
    class_figures,
    entity_figures,
    likeliest,
    share,
)
from windward.evals.shift.task import Example, Task
from windward.rows import Result
from windward.rows.labelled import Labelled
from windward.rows.questions import Question
from windward.rows.tagged import Tagged


def reply_results(
    one: Asked, replies: Sequence[Answered], config: ParadigmConfig, model: str
) -> list[Result]:
    """The task's metrics by each reading; what happened to the requests.

    `cut_off_rate`: replies that ended at the limit of tokens. `no_reply_rate`: requests without one. `fewer_demonstrations_rate`: requests that
    not all demonstrations fitted into.
    """
    found = []
    for reading in READINGS:
        figures = _figures(
            one, config.seed, [read_reply(reply, one.task, one.labels, reading) for reply in replies]
        )
        under = {**one.condition(config), "reading": reading, "reading_version": READINGS_VERSION}
        found += _rows(figures, model, one.dataset.name, config, under)
    lost = sum(reply.text is None for reply in replies)
    asking = [
        share("cut_off_rate", [reply.cut for reply in replies], lost),
        share("no_reply_rate", [reply.text is None for reply in replies], lost),
    ]
    if full := len(one.turns):
        asking.append(share("fewer_demonstrations_rate", [reply.shown < full for reply in replies], lost))
    under = {**one.condition(config), "max_tokens": config.tokens(one.task.kind)}
    return found + _rows(asking, model, one.dataset.name, config, under)


def score_results(
    one: Asked,
    scored: Sequence[Scored | None],
    without_text: Scored | None,
    config: ParadigmConfig,
    model: str,
) -> list[Result]:
    """The classes whose names are likeliest, as they are and made comparable; see `normalised_scores`. Nothing of a model that shows none."""
    found: list[Result] = []
    if not scored:
        return found
    for way, scores in normalised_scores(scored, without_text).items():
        figures = class_figures(
            likeliest(scores, one.labels, one.task, one.dataset.name), one.golds, one.labels
        )
        under = {**one.condition(config), "reading": LOG_PROBABILITIES, "normalised": way}
        found += _rows(figures, model, one.dataset.name, config, under)
    return found


def largest_class_results(
    task: Task, tested: Mapping[str, Sequence[Example]], config: ParadigmConfig, model: str
) -> list[Result]:
    """The accuracy of always naming a set's largest class: what an answer has to be better than."""
    found = []
    for dataset, examples in tested.items():
        labels = offered(task, dataset)
        golds = [task.labels[one.label] for one in examples if isinstance(one, Labelled)]
        if golds:
            ((largest, _),) = Counter(labels.counts_as[gold] for gold in golds).most_common(1)
            figure = share("largest_class_rate", [labels.counts_as[gold] == largest for gold in golds], 0)
            condition = {"task": task.name, "seed": config.seed}
            found += _rows([figure], model, dataset, config, condition)
    return found


def _figures(one: Asked, seed: int, read: Sequence[Read[Any]]) -> list[Figure]:
    if one.task.kind == "classification":
        return class_figures(read, one.golds, one.labels)
    if one.task.kind == "tagging":
        return entity_figures(
            read, [example for example in one.tested if isinstance(example, Tagged)], seed=seed
        )
    return answer_figures(read, [example for example in one.tested if isinstance(example, Question)])


def _rows(
    figures: Sequence[Figure], model: str, dataset: str, config: ParadigmConfig, condition: Mapping[str, Any]
) -> list[Result]:
    return [
        one.result(model=model, dataset=dataset, split=config.split, condition=condition) for one in figures
    ]
