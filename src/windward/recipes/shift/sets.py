"""The sets of a run: of a declared task, or a user's own; none that stands in the training set."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from windward.evals.shift.declared import TASKS
from windward.evals.shift.loading import load
from windward.evals.shift.overlap import Overlap, overlap
from windward.evals.shift.preparing import sources
from windward.evals.shift.task import Dataset, Example, ShiftError, Task
from windward.rows.labelled import Labelled, drawn, read_labelled
from windward.rows.questions import Question
from windward.rows.tagged import Tagged


@dataclass(frozen=True)
class Sets:
    """What is learnt from, and what is measured on.

    Attributes:
        task: whose.
        train: of the set in distribution.
        tests: the test split of each set by its name, the one in distribution first.
    """

    task: Task
    train: tuple[Example, ...]
    tests: Mapping[str, tuple[Example, ...]]

    def digest(self) -> str:
        """A hash of all examples."""
        every = [list(map(asdict, some)) for some in (self.train, *self.tests.values())]
        text = json.dumps([list(self.tests), every])
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def declared_sets(
    name: str,
    *,
    local: Sequence[str] = (),
    without: Sequence[str] = (),
    train_limit: int | None = None,
    test_limit: int | None = None,
    seed: int = 0,
    tell: Callable[[str], None] = print,
) -> Sets:
    """Loads a declared task.

    Args:
        name: of `windward.evals.shift.declared.TASKS`.
        local: files or folders of sets, `NAME=PATH` or `NAME:SPLIT=PATH` (`windward.evals.shift.preparing.sources`).
        without: sets out of distribution that are left out.
        train_limit: training examples at most.
        test_limit: examples of a test set at most.
        seed: of the draws.
        tell: shows a line on each set.

    Raises:
        ShiftError: there is no such task or set, or one cannot be read.
    """
    if name not in TASKS:
        raise ShiftError(f"there is no task {name!r}; there are {', '.join(TASKS)}")
    task = TASKS[name]
    places, known = sources(task, local), [one.name for one in task.ood]
    if strange := [one for one in without if one not in known]:
        raise ShiftError(f"{name} has no set {strange[0]!r} out of distribution; it has {', '.join(known)}")
    task = replace(task, ood=tuple(one for one in task.ood if one.name not in without))

    def read(dataset: Dataset, split: str, limit: int | None) -> tuple[Example, ...]:
        place = places.get((dataset.name, split)) or places.get((dataset.name, ""))
        found = load(dataset, split, local=place, seed=seed, limit=limit)
        left = ", ".join(f"{count:,} {why}" for why, count in found.dropped.items())
        tell(f"{dataset.name}, {split}: {len(found.examples):,} examples{f' ({left})' if left else ''}")
        return found.examples

    train = read(task.id, "train", train_limit)
    return Sets(task, train, {one.name: read(one, "test", test_limit) for one in task.datasets})


def own_sets(
    train: Path,
    id_test: Path,
    ood: Mapping[str, Path],
    *,
    classes: Sequence[str] | None = None,
    train_limit: int | None = None,
    test_limit: int | None = None,
    seed: int = 0,
    tell: Callable[[str], None] = print,
) -> Sets:
    """A classification of a user's own, from files of texts and labels (`windward.rows.labelled`).

    Args:
        train: to learn from.
        id_test: other texts from where those of `train` are.
        ood: texts from elsewhere, by the name of the set.
        classes: names of the classes, in the order of the labels; None takes those of `train`.
        train_limit: training texts at most.
        test_limit: texts of a test set at most.
        seed: of the draws.
        tell: shows a line on each set.

    Raises:
        LabelledError: a file cannot be read.
        ShiftError: there is no set out of distribution, or a label that is not in `train`.
    """
    if not ood:
        raise ShiftError("name at least one set out of distribution: --ood NAME=FILE")
    if train.stem in ood:
        raise ShiftError(f"{train.stem} is the set in distribution: give the other one a name of its own")
    learnt = drawn(read_labelled(train, classes=classes), train_limit, seed)
    names = tuple(classes or map(str, range(1 + max(one.label for one in learnt))))
    tests = {train.stem: read_labelled(id_test, classes=classes)}
    tests |= {name: read_labelled(path, classes=classes) for name, path in ood.items()}
    for name, rows in tests.items():
        if strange := [one for one in rows if one.label >= len(names)]:
            raise ShiftError(
                f"{name}, row {strange[0].id}: label {strange[0].label} is none of the {len(names)} classes of {train}"
            )
    mask = {
        name: tuple(names[label] for label in sorted(present))
        for name, rows in tests.items()
        if 1 < len(present := {one.label for one in rows}) < len(names)
    }
    for name, kept in mask.items():
        tell(f"{name} has only {', '.join(kept)}: other classes get no probability there")

    def dataset(name: str) -> Dataset:
        return Dataset(name, "", {}, lambda *_: None)

    task = Task(
        train.stem, "classification", dataset(train.stem), tuple(map(dataset, ood)), names, "accuracy", mask
    )
    chosen = {name: tuple(drawn(rows, test_limit, seed)) for name, rows in tests.items()}
    return Sets(task, tuple(learnt), chosen)


def guarded(
    sets: Sets, *, allow: bool, tell: Callable[[str], None] = print
) -> tuple[Sets, dict[str, Overlap]]:
    """The sets without those that stand in the training set, and what each was found to share with it.

    A set out of distribution that the guard refuses goes. Of the others, and of the set in distribution, which comes from where the
    training texts come from, only the texts that stand in the training set go.

    Args:
        sets: all of them.
        allow: whether all stay all the same; the record then says what they share.
        tell: shows a line on whatever goes.

    Raises:
        ShiftError: nothing is left in distribution, or out of it.
    """
    learnt = [content(one) for one in sets.train]
    found = {name: overlap(learnt, [content(one) for one in rows]) for name, rows in sets.tests.items()}
    if allow:
        return sets, found
    kept: dict[str, tuple[Example, ...]] = {}
    for name, rows in sets.tests.items():
        one = found[name]
        if one.refused and name != sets.task.id.name:
            tell(f"{name} {one.verdict}")
            continue
        repeated = {repeat.test for repeat in one.repeats}
        if repeated:
            tell(
                f"{name}: {len(repeated):,} of {len(rows):,} test texts stand in the training set and are left out"
            )
        kept[name] = tuple(row for at, row in enumerate(rows) if at not in repeated)
    if len(kept) < 2 or any(len(rows) < 2 for rows in kept.values()):
        raise ShiftError(
            "the test texts stand in the training set, and nothing is left to measure: give other sets, or allow it "
            "(--allow-overlap) and know what the scores are worth"
        )
    ood = tuple(one for one in sets.task.ood if one.name in kept)
    return Sets(replace(sets.task, ood=ood), sets.train, kept), found


def content(example: Example) -> str:
    """The text of an example, whatever its kind."""
    if isinstance(example, Labelled):
        return f"{example.text} {example.second}".strip()
    if isinstance(example, Tagged):
        return " ".join(example.words)
    assert isinstance(example, Question)
    return f"{example.context} {example.question}"
