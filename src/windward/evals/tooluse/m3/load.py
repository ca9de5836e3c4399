"""The 82 tasks of M3ToolEval (CodeAct, arXiv 2402.01030, section 2.3), read from the user's data folder.

```json
{"name": "web_browsing/people_in_sales", "domain": "web_browsing", "instruction": "How many …?",
 "expected_output": 4, "expected_type": "int", "tools": [{"name": "click_url"}]}
```
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from windward.evals.data import DataError
from windward.evals.tooluse.m3.literals import literal

TASKS = "m3tooleval_tasks.jsonl"
WORLD = "m3tooleval_world"

SIZES: Mapping[str, int] = {
    "web_browsing": 34,
    "trade_calculator": 17,
    "travel_itinerary_planning": 15,
    "message_decoder": 8,
    "cryptobotanists_plant_dna_sequencer": 8,
}
"""Tasks of each domain in the benchmark."""

_TYPES: Mapping[str, type] = {kind.__name__: kind for kind in (str, int, float, bool, list, tuple, dict)}


@dataclass(frozen=True)
class M3Task:
    """One task.

    Attributes:
        name: unique, `domain/what`.
        domain: which of the five, and so which tools.
        instruction: what is asked.
        expected: the published answer, of the type that `expected_type` names.
        expected_type: `str`, `int`, `float`, `bool`, `list`, `tuple` or `dict`.
        tools: names of the tools, in the order in which they are shown.
    """

    name: str
    domain: str
    instruction: str
    expected: Any
    expected_type: str
    tools: tuple[str, ...]


def read_tasks(folder: str | Path) -> list[M3Task]:
    """The tasks in `FOLDER/m3tooleval_tasks.jsonl`, one JSON object a line.

    Raises:
        DataError: the file is not there, a line is malformed, or a name comes twice; the message names the line.
    """
    path = Path(folder) / TASKS
    if not path.is_file():
        raise DataError(
            f"{path} is not there. Name the folder of M3ToolEval's tasks, or set WINDWARD_DATA to the folder that "
            "holds codeact/."
        )
    tasks: dict[str, M3Task] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            task = _task(json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path}, line {number}: no task of M3ToolEval ({error!r})") from error
        if task.name in tasks:
            raise DataError(f"{path}, line {number}: a second task is named {task.name!r}")
        tasks[task.name] = task
    return list(tasks.values())


def _task(row: Mapping[str, Any]) -> M3Task:
    kind, expected = row["expected_type"], row["expected_output"]
    if kind == "tuple":  # JSON has none: it is kept as its text
        expected = literal(expected) if isinstance(expected, str) else tuple(expected)
    if kind not in _TYPES or type(expected) is not _TYPES[kind]:
        raise TypeError(f"expected_type is {kind!r}, expected_output a {type(expected).__name__}")
    tools = tuple(tool["name"] for tool in row["tools"])
    texts = (row["name"], row["domain"], row["instruction"], *tools)
    if not all(isinstance(text, str) and text for text in texts):
        raise TypeError("name, domain, instruction and the names of tools are texts")
    return M3Task(row["name"], row["domain"], row["instruction"], expected, kind, tools)
