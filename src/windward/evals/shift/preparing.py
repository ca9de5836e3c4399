"""A task's datasets on disk: a Parquet file a split, and a table of what is in them and what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from windward.evals.folder import claim, write_json
from windward.evals.shift.loading import Loaded, load
from windward.evals.shift.places import files_of, parts_of
from windward.evals.shift.prepared import write_prepared
from windward.evals.shift.task import Dataset, ShiftError, Task
from windward.rows.labelled import Labelled
from windward.rows.tagged import Tagged

SPLITS = ("train", "dev", "test")
SIZES = "sizes.json"
Sources = Mapping[tuple[str, str], Path]
"""Where a dataset is, by its name and a split; the split "" stands for all that are not named."""


def sources(task: Task, given: Sequence[str]) -> dict[tuple[str, str], Path]:
    """What `NAME=PATH` and `NAME:SPLIT=PATH` say.

    Raises:
        ShiftError: one is not of that form, or names no dataset or split of the task, or a file stands for several splits.
    """
    names = {dataset.name.casefold(): dataset for dataset in task.datasets}
    found: dict[tuple[str, str], Path] = {}
    for one in given:
        left, equals, path = one.partition("=")
        name, _, split = left.partition(":")
        dataset = names.get(name.strip().casefold())
        if not equals or not path or dataset is None:
            raise ShiftError(
                f"--local {one}: write NAME=PATH or NAME:SPLIT=PATH; the datasets of {task.name} are "
                f"{', '.join(dataset.name for dataset in task.datasets)}"
            )
        if split and split not in dataset.splits:
            raise ShiftError(f"--local {one}: {dataset.name} has {', '.join(dataset.splits)}")
        source = Path(path).expanduser()
        if source.is_file() and not split and len(_files_of(dataset)) > 1:
            raise ShiftError(
                f"--local {one}: a file is one split, and {dataset.name} has several: write {dataset.name}:test={path} or the like, "
                "or give a folder whose files name their splits"
            )
        found[dataset.name, split] = source
    return found


def prepare_task(
    task: Task,
    out: Path,
    *,
    local: Sources,
    seed: int,
    limit: int | None,
    command: Sequence[str],
    tell: Callable[[str], None],
) -> Path:
    """Writes `DATASET/SPLIT.parquet` for all that can be had, and `sizes.json`.

    Args:
        task: whose datasets.
        out: new, or of the same run.
        local: where datasets are, see `sources`; a split that is named alone leaves the dataset's others out.
        seed: of shares, caps and limits.
        limit: examples of a split at most.
        command: how this was called, for the record.
        tell: takes each line of the table.

    Raises:
        FolderError: the folder holds something else.
        ShiftError: a dataset cannot be had; all the others are written by then.
    """
    told = {
        f"{name}:{split}" if split else name: str(path.resolve()) for (name, split), path in local.items()
    }
    claim("shift-prepare", out, {"task": task.name, "local": told, "seed": seed, "limit": limit}, command)
    sizes: dict[str, dict[str, Any]] = {}
    missing: list[str] = []
    is_offline = False
    for dataset in task.datasets:
        for split in _splits(dataset, local):
            alone = local.get((dataset.name, split))
            source = alone or local.get((dataset.name, ""))
            # A file that is given as one split is that split, even where the set itself is cut into shares.
            is_file = alone is not None and alone.is_file()
            asked = replace(dataset, splits={split: split}) if is_file else dataset
            try:
                if is_offline and files_of(asked, parts_of(asked, split), split, source) is None:
                    raise ShiftError(f"{dataset.name}, {split}: it is on the hub, which cannot be reached")
                loaded = load(asked, split, local=source, seed=seed, limit=limit)
            except ShiftError as error:
                is_offline = is_offline or _is_connection(error)
                missing.append(str(error))
                tell(f"{dataset.name:<14} {split:<6} not there")
                continue
            write_prepared(out / dataset.name / f"{split}.parquet", loaded.examples, task.kind)
            sizes.setdefault(dataset.name, {})[split] = size(task, loaded)
            tell(_line(task, loaded))
    write_json(out / SIZES, {"task": task.name, "sizes": sizes, "missing": missing})
    if missing:
        raise ShiftError(
            f"{len(missing)} of the splits of {task.name} are missing (the others are in {out}):\n"
            + "\n".join(dict.fromkeys(missing))
        )
    return out


def size(task: Task, loaded: Loaded) -> dict[str, Any]:
    """What a split holds: `examples`, `classes` (by name; of a tagging, entities by type), `dropped` by reason, `unreadable`."""
    classes: Counter[str] = Counter()
    for one in loaded.examples:
        if isinstance(one, Labelled):
            classes[task.labels[one.label]] += 1
        elif isinstance(one, Tagged):
            classes.update(tag[2:] for tag in one.tags if tag.startswith("B-"))
    return {
        "examples": len(loaded.examples),
        "classes": {label: classes[label] for label in task.labels},
        "dropped": dict(loaded.dropped),
        "unreadable": loaded.unreadable,
    }


def _is_connection(error: BaseException) -> bool:
    """Whether it comes from a connection that failed: then the hub is not asked, and waited for, again and again."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ConnectionError):
        cause = cause.__cause__
    return cause is not None


def _files_of(dataset: Dataset) -> set[str]:
    return {part.partition("[")[0] for part in dataset.splits.values()}


def _splits(dataset: Dataset, local: Sources) -> list[str]:
    named = [split for name, split in local if name == dataset.name and split]
    whole = not named or (dataset.name, "") in local
    return [split for split in SPLITS if split in dataset.splits and (whole or split in named)]


def _line(task: Task, loaded: Loaded) -> str:
    found = size(task, loaded)
    classes = ", ".join(f"{name} {count}" for name, count in found["classes"].items())
    dropped = ", ".join(f"{count} {reason}" for reason, count in found["dropped"].items())
    told = f"{loaded.dataset:<14} {loaded.split:<6} {found['examples']:>7}"
    told += f"  {classes}" if classes else ""
    told += f"  left out: {dropped}" if dropped else ""
    return told + (f"  (first unreadable: {loaded.unreadable})" if loaded.unreadable else "")
