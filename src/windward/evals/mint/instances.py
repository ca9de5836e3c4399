"""The 586 problems of MINT, in eight tasks of three families, read from the user's data folder.

```json
{"id": 0, "prompt": "Were Scott Derrickson and Ed Wood of the same nationality?", "reference": "yes"}
```
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from windward.evals.data import DataError

TaskName = Literal["humaneval", "mbpp", "math", "gsm8k", "theoremqa", "mmlu", "hotpotqa", "alfworld"]
FamilyName = Literal["code_generation", "reasoning", "decision_making"]

FAMILIES: Mapping[FamilyName, tuple[TaskName, ...]] = {
    "reasoning": ("gsm8k", "hotpotqa", "math", "mmlu", "theoremqa"),
    "code_generation": ("humaneval", "mbpp"),
    "decision_making": ("alfworld",),
}
SIZES: Mapping[TaskName, int] = {
    "humaneval": 45,
    "mbpp": 91,
    "alfworld": 134,
    "gsm8k": 48,
    "hotpotqa": 43,
    "math": 100,
    "mmlu": 76,
    "theoremqa": 49,
}
"""Instances of each task in the benchmark (paper, table 2)."""


@dataclass(frozen=True)
class Instance:
    """One problem.

    Attributes:
        task: which of the eight.
        id: unique within the task, as in the recorded runs.
        prompt: what is asked.
        reference: the right answer as the released graders want it; tests for code, empty for ALFWorld.
        metadata: what else a grader or environment needs (`answer_type` of TheoremQA, the game of ALFWorld).
    """

    task: TaskName
    id: str
    prompt: str
    reference: Any
    metadata: Mapping[str, Any]


def family_of(task: str) -> FamilyName:
    """The family of a task."""
    return next(family for family, tasks in FAMILIES.items() if task in tasks)


def selected_tasks(names: Iterable[str]) -> tuple[TaskName, ...]:
    """Tasks from names of tasks and families; `all` is all eight.

    Raises:
        DataError: a name is neither.
    """
    chosen: set[str] = set()
    known: tuple[TaskName, ...] = get_args(TaskName)
    for name in names:
        if name == "all":
            chosen |= set(known)
        elif name in FAMILIES:
            chosen |= set(FAMILIES[name])  # type: ignore[index]
        elif name in known:
            chosen.add(name)
        else:
            raise DataError(f"{name!r} is no task of MINT; use {', '.join((*known, *FAMILIES, 'all'))}")
    return tuple(task for task in known if task in chosen)


def read_instances(task: TaskName, folder: str | Path) -> list[Instance]:
    """The instances of a task but ALFWorld's, from `FOLDER/TASK.json` (one JSON object a line).

    Raises:
        DataError: the file is not there, or a line is malformed; the message names it.
    """
    path = Path(folder) / f"{task}.json"
    if not path.is_file():
        raise DataError(
            f"{path} is not there. Name the folder of MINT's problems (gsm8k.json, …) with --data, or set "
            "WINDWARD_DATA to the folder that holds mint/."
        )
    instances = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            rest = {key: value for key, value in row.items() if key not in ("id", "prompt", "reference")}
            instances.append(Instance(task, str(row["id"]), row["prompt"], row["reference"], rest))
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path}, line {number}: no problem of MINT ({error!r})") from error
    return instances
