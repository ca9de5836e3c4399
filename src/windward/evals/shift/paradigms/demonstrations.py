"""Which answered examples a model is shown: so many a class, from a split that is not tested, never a tested text, the same in a whole run."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from windward.evals.shift.paradigms.offered import Offered, offered
from windward.evals.shift.paradigms.prompts import entities
from windward.evals.shift.task import Dataset, Example, ShiftError, Task
from windward.rows.contamination import normalised
from windward.rows.labelled import Labelled
from windward.rows.questions import Question

DEMONSTRATIONS_SPLIT = "train"


@dataclass(frozen=True)
class Demonstrations:
    """Examples with their answers.

    Attributes:
        dataset: where they come from.
        examples: in the order in which they are shown, one of each class after the other, so that leaving out the first few keeps the balance.
        barred: examples that were passed over because they are tested texts.
        short: by class, how many there are of it where there are fewer than wanted.
    """

    dataset: str
    examples: tuple[Example, ...]
    barred: int
    short: dict[str, int]

    def of(self, labels: Offered, task: Task) -> tuple[Example, ...]:
        """Those whose class a set has: a model is not shown a class that it must not answer."""
        return tuple(
            one
            for one in self.examples
            if not isinstance(one, Labelled) or task.labels[one.label] in labels.labels
        )


def text_key(example: Example) -> str:
    """What makes two examples the same text: its words, for a pair those of both texts, for a question those of the text that it is about."""
    if isinstance(example, Labelled):
        return f"{normalised(example.text)}\n{normalised(example.second)}"
    return normalised(example.context if isinstance(example, Question) else " ".join(example.words))


def demonstrations(
    task: Task,
    dataset: Dataset,
    pool: Sequence[Example],
    tested: Iterable[Example],
    shots: int,
    seed: int,
    *,
    split: str = "test",
) -> Demonstrations:
    """Draws `shots` examples of each class (of each type of entity; in all, for questions); all of a class with fewer.

    Args:
        task: names the classes.
        dataset: that the pool is of.
        pool: its train split.
        tested: all that the model will be asked with them: none of these texts is drawn, exact or the same but for case and layout.
        shots: 1 or more.
        seed: of the draw and of the order.
        split: that is tested.

    Raises:
        ShiftError: the set's train split is the one that is tested, or nothing is left of it.
    """
    if shots < 1:
        raise ShiftError(f"{shots} demonstrations a class are none: give 1 or more, or ask zero-shot")
    drawn_from = dataset.splits.get(DEMONSTRATIONS_SPLIT)
    if split == DEMONSTRATIONS_SPLIT or drawn_from == dataset.splits.get(split, ""):
        raise ShiftError(
            f"{dataset.name}: demonstrations would come from the split that is tested ({split}): name another one as train"
        )
    barred = {text_key(one) for one in tested}
    free = [one for one in pool if text_key(one) not in barred]
    if not free:
        why = "each is a text that is tested" if pool else "it is empty"
        raise ShiftError(
            f"{dataset.name}: nothing of its train split can be shown ({why}): give it other texts"
        )
    order = random.Random(seed).sample(free, len(free))
    groups = _groups(task, offered(task, dataset.name).labels, _without_repeats(order), shots)
    rounds = random.Random(seed)
    examples: list[Example] = []
    for together in zip_longest(*groups.values()):
        here = [one for one in together if one is not None]
        examples += rounds.sample(here, len(here))
    short = {name: len(group) for name, group in groups.items() if len(group) < shots}
    return Demonstrations(dataset.name, tuple(examples), len(pool) - len(free), short)


def _without_repeats(order: Sequence[Example]) -> list[Example]:
    first: dict[str, Example] = {}
    for one in order:
        first.setdefault(text_key(one), one)
    return list(first.values())


def _groups(
    task: Task, names: Sequence[str], order: Sequence[Example], shots: int
) -> dict[str, list[Example]]:
    """The first `shots` of each class; for entities, sentences that hold the type, each sentence once."""
    if task.kind == "questions":
        return {"": list(order[:shots])}
    groups: dict[str, list[Example]] = {name: [] for name in names}
    for one in order:
        if isinstance(one, Labelled):
            has = [task.labels[one.label]]
        elif isinstance(one, Question):
            raise ShiftError(f"task {task.name}: {one.id} is a question, and no example of {task.kind}")
        else:
            has = [mention.type for mention in entities(one)]
        wanting = [name for name in dict.fromkeys(has) if name in groups and len(groups[name]) < shots]
        if wanting:
            groups[min(wanting, key=lambda name: len(groups[name]))].append(one)
        elif all(len(group) >= shots for group in groups.values()):
            break
    return groups
