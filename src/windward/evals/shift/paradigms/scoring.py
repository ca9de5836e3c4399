"""From readings to figures: unparsed replies stay in the denominator, and beside that stands what holds of the parsed ones alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from windward.evals.answer_scores import probabilities
from windward.evals.shift.masks import probabilities_on
from windward.evals.shift.metrics import Figure, accuracy, answer_scores, entity_f1
from windward.evals.shift.paradigms.mention_replies import Mention
from windward.evals.shift.paradigms.offered import Offered
from windward.evals.shift.paradigms.placing import OUTSIDE, Placed, placed
from windward.evals.shift.paradigms.reading import NO_REPLY, Read
from windward.evals.shift.task import Task
from windward.rows.questions import Question
from windward.rows.tagged import Tagged

PARSED = "parsed_"
"""Before the name of a metric: over the parsed replies alone."""


def class_figures(read: Sequence[Read[str]], golds: Sequence[str], labels: Offered) -> list[Figure]:
    """`accuracy`, `parsed_accuracy` and `unparsed_rate`.

    Args:
        read: a reading each, of the offered labels.
        golds: the label each has in the task.
        labels: of the set; a reading and a gold are the same that count as the same.
    """
    places = {name: labels.counted_place(labels.of_task.index(name)) for name in labels.labels}
    said = [None if one.value is None else places[one.value] for one in read]
    wanted = [places[gold] for gold in golds]
    kept = _kept(read)
    parsed = accuracy([said[at] for at in kept], [wanted[at] for at in kept]) if kept else None
    return _beside([accuracy(said, wanted)], [parsed], read)


def answer_figures(read: Sequence[Read[str]], questions: Sequence[Question]) -> list[Figure]:
    """`exact_match` and `f1` with the best of each question's answers, of all and of the parsed, and `unparsed_rate`."""
    said = [one.value for one in read]
    kept = _kept(read)
    parsed = answer_scores([said[at] for at in kept], [questions[at] for at in kept]) if kept else ()
    return _beside(answer_scores(said, questions), parsed, read)


def entity_figures(
    read: Sequence[Read[tuple[Mention, ...]]], sentences: Sequence[Tagged], *, seed: int = 0
) -> list[Figure]:
    """`entity_f1` (micro, an entity is right in words, type and place), of all and of the parsed, `unparsed_rate`, and what was odd.

    A reply that cannot be read finds nothing. Of the entities that were listed, `absent_rate` are not in their sentence and
    `overlapping_rate` share words with earlier ones (both are false positives); `repeated_rate` came again without a further occurrence (these
    do not count).

    Args:
        read: a reading each.
        sentences: that were asked about.
        seed: of the bootstrap.
    """
    places = [placed(one.words, reading.value or ()) for reading, one in zip(read, sentences, strict=True)]
    pairs = [_tagged(place, one) for place, one in zip(places, sentences, strict=True)]
    said = [None if one.value is None else pair[0] for one, pair in zip(read, pairs, strict=True)]
    wanted = [pair[1] for pair in pairs]
    kept = _kept(read)
    parsed = entity_f1([said[at] for at in kept], [wanted[at] for at in kept], seed=seed) if kept else None
    found = _beside([entity_f1(said, wanted, seed=seed)], [parsed], read)
    listed = sum(len(one.value or ()) for one in read)
    odd = {
        "absent_rate": sum(one.absent for one in places),
        "overlapping_rate": sum(one.overlapping for one in places),
        "repeated_rate": sum(one.repeated for one in places),
    }
    if listed:
        lost = len(read) - len(kept)
        found += [
            share(name, [True] * count + [False] * (listed - count), lost) for name, count in odd.items()
        ]
    return found


def likeliest(
    scores: Sequence[NDArray[np.float64] | None], labels: Offered, task: Task, dataset: str
) -> list[Read[str]]:
    """The likeliest label of each example, with the set's mask and merged labels.

    Args:
        scores: in nats, one a label in the order of `labels.labels`; None for an example that was not scored.
        labels: of the set.
        task: whose masks.
        dataset: name of the set.
    """
    found: list[Read[str]] = []
    places = [task.labels.index(label) for label in labels.labels]
    for own in scores:
        if own is None:
            found.append(Read(None, NO_REPLY))
            continue
        chances = np.zeros(len(task.labels))
        chances[places] = probabilities(own)
        found.append(Read(task.labels[int(probabilities_on(task, dataset, chances).argmax())]))
    return found


def share(metric: str, happened: Sequence[bool], unparsed: int) -> Figure:
    """How often something happened, with its standard error."""
    return replace(accuracy([int(one) for one in happened], [1] * len(happened)), metric=metric, unparsed=unparsed)  # fmt: skip


def _beside(
    figures: Sequence[Figure], parsed: Sequence[Figure | None], read: Sequence[Read[Any]]
) -> list[Figure]:
    """Figures of all, those of the parsed, and how many these are not."""
    lost = len(read) - len(_kept(read))
    of_parsed = [replace(one, metric=PARSED + one.metric, unparsed=lost) for one in parsed if one is not None]
    return [*figures, *of_parsed, share("unparsed_rate", [one.value is None for one in read], lost)]


def _kept(read: Sequence[Read[Any]]) -> list[int]:
    return [at for at, one in enumerate(read) if one.value is not None]


def _tagged(place: Placed, sentence: Tagged) -> tuple[list[str], Tagged]:
    """Tags as predicted and as right; entities without a place stand behind the sentence, where nothing is right."""
    behind = len(place.stray)
    said = [*place.tags, *(f"B-{kind}" for kind in place.stray)]
    words, tags = (*sentence.words, *[""] * behind), (*sentence.tags, *[OUTSIDE] * behind)
    return said, replace(sentence, words=words, tags=tags)
