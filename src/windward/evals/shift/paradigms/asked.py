"""Which sets are asked under which paradigm, with which demonstrations before which examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from windward.evals.shift.paradigms.asking import Prompt, fitted
from windward.evals.shift.paradigms.config import Paradigm, ParadigmConfig
from windward.evals.shift.paradigms.demonstrations import (
    DEMONSTRATIONS_SPLIT,
    Demonstrations,
    demonstrations,
)
from windward.evals.shift.paradigms.log_likelihoods import CONTENT_FREE
from windward.evals.shift.paradigms.offered import Offered, offered
from windward.evals.shift.paradigms.prompts import answered, instruction, shown
from windward.evals.shift.task import Dataset, Example, ShiftError, Task
from windward.rows.labelled import Labelled

Sets = Mapping[str, Mapping[str, Sequence[Example]]]
"""Examples by name of the set and split."""


@dataclass(frozen=True)
class Asked:
    """A set under a paradigm.

    Attributes:
        task: of the set.
        paradigm: see `Paradigm`.
        dataset: the set.
        tested: its examples that are asked about.
        labels: that it has.
        demonstrations: that are shown; None for none.
    """

    task: Task
    paradigm: Paradigm
    dataset: Dataset
    tested: Sequence[Example]
    labels: Offered
    demonstrations: Demonstrations | None

    @property
    def stage(self) -> str:
        """Its name in the journal."""
        return f"{self.paradigm} {self.dataset.name}"

    @property
    def instruction(self) -> str:
        """What comes before everything else."""
        return instruction(self.task, self.labels, pairs=self._pairs)

    @property
    def turns(self) -> list[tuple[str, str]]:
        """What is shown: examples and their answers."""
        if self.demonstrations is None:
            return []
        examples = self.demonstrations.of(self.labels, self.task)
        return [(shown(one), answered(one, self.task, self.labels)) for one in examples]

    @property
    def golds(self) -> list[str]:
        """The class of each example, by its name in the task."""
        return [self.task.labels[one.label] for one in self.tested if isinstance(one, Labelled)]

    @property
    def _pairs(self) -> bool:
        return any(isinstance(one, Labelled) and bool(one.second) for one in self.tested)

    def prompts(self, model: object, max_tokens: int) -> list[Prompt]:
        """What is asked about each example, fitted to the model."""
        said, turns = self.instruction, self.turns
        return [fitted(model, one.id, said, turns, shown(one), max_tokens) for one in self.tested]

    def content_free(self, model: object, max_tokens: int) -> Prompt:
        """The same request about a text that says nothing."""
        empty = Labelled(CONTENT_FREE, CONTENT_FREE, 0, CONTENT_FREE if self._pairs else "")
        return fitted(model, empty.id, self.instruction, self.turns, shown(empty), max_tokens)

    def record(self) -> dict[str, Any]:
        """What stands before each example, in plain JSON types."""
        found = {"paradigm": self.paradigm, "dataset": self.dataset.name, "instruction": self.instruction}
        own = self.demonstrations
        if own is None:
            return found
        told = {"of": own.dataset, "barred": own.barred, "short": own.short}
        ids = [one.id for one in own.of(self.labels, self.task)]
        return found | told | {"ids": ids, "turns": self.turns}

    def condition(self, config: ParadigmConfig) -> dict[str, Any]:
        """As result rows say it."""
        told: dict[str, Any] = {
            "task": self.task.name,
            "role": "id" if self.dataset is self.task.id else "ood",
            "method": "prompted",
            "paradigm": self.paradigm,
            "seed": config.seed,
        }
        if self.demonstrations is None:
            return told
        return told | {"demonstrations_of": self.demonstrations.dataset, "shots": config.shots}


def tested(task: Task, sets: Sets, config: ParadigmConfig) -> dict[str, list[Example]]:
    """The examples of each set that are asked about: of the tested split.

    Raises:
        ShiftError: a set has none, an id comes twice, or a class is one that the set's mask leaves out.
    """
    found = {}
    for dataset in task.datasets:
        own = sets.get(dataset.name, {}).get(config.split, ())
        if not own:
            raise ShiftError(f"{dataset.name} has no examples of {config.split} to test")
        labels = offered(task, dataset.name).labels
        seen: set[str] = set()
        for one in own:
            if one.id in seen:
                raise ShiftError(f"{dataset.name}: {one.id!r} comes twice; give each example its own id")
            seen.add(one.id)
            if isinstance(one, Labelled) and task.labels[one.label] not in labels:
                name = task.labels[one.label]
                raise ShiftError(f"{dataset.name}: {one.id!r} is {name}, which the set's mask leaves out")
        found[dataset.name] = list(own)
    return found


def asked_sets(
    task: Task,
    sets: Sets,
    examples: Mapping[str, Sequence[Example]],
    config: ParadigmConfig,
    tell: Callable[[str], None],
) -> list[Asked]:
    """Every set under every paradigm under which it can be asked; `tell` hears of sets that have no demonstrations of their own.

    Args:
        task: whose sets.
        sets: where demonstrations come from.
        examples: that are asked about, of `tested`.
        config: paradigms, shots and seed.
        tell: shows a line.

    Raises:
        ShiftError: nothing can be asked, or demonstrations cannot be drawn.
    """

    def of(dataset: Dataset, tested: Sequence[Example]) -> Demonstrations:
        pool = sets[dataset.name].get(DEMONSTRATIONS_SPLIT, ())
        return demonstrations(task, dataset, pool, tested, config.shots, config.seed, split=config.split)

    found = []
    everything = [one for own in examples.values() for one in own]
    of_id = of(task.id, everything) if "id" in config.paradigms else None
    for paradigm in config.paradigms:
        for dataset in task.ood if paradigm == "ood" else task.datasets:
            own = of_id if paradigm == "id" else None
            if paradigm == "ood":
                if not sets[dataset.name].get(DEMONSTRATIONS_SPLIT):
                    tell(
                        f"  {dataset.name} has no train split: it is not asked with demonstrations of its own"
                    )
                    continue
                own = of(dataset, examples[dataset.name])
            labels = offered(task, dataset.name)
            found.append(Asked(task, paradigm, dataset, examples[dataset.name], labels, own))
    if not found:
        raise ShiftError(f"task {task.name}: no set can be asked with demonstrations of its own")
    return found


def plain(one: Asked) -> list[Any]:
    """What is asked and shown, for a digest."""
    shown_examples = () if one.demonstrations is None else one.demonstrations.examples
    return [one.stage, one.instruction, [asdict(example) for example in shown_examples]]
