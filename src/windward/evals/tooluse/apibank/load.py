"""The 389 calls of API-Bank's first level, its 49 tools and the tables that they act on, from the user's folder.

```json
{"id": "AddAlarm-GetUserToken-level-1-1.jsonl#3", "apis": ["AddAlarm", "GetUserToken"],
 "history": [{"role": "User", "text": "Wake me at 7 tomorrow."},
             {"role": "API", "api_name": "GetUserToken", "param_dict": {…}, "result": {"output": {…}, …}}],
 "gold": {"api_name": "AddAlarm", "param_dict": {"token": "…", "time": "…"},
          "result": {"output": "success", "exception": null, …}},
 "ceiling": {"direct": true, "code_as_action": true, "json_as_action": true, "text_as_action": true}}
```

Data: Li et al. 2023, API-Bank; arranged as one call a task as in CodeAct (Wang et al. 2024, section 2.2).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from windward.agents import Call
from windward.evals.data import DataError

_TASKS = "apibank_level1.jsonl"
_APIS = "apibank_level1_apis.json"
_TABLES = "apibank_database"

# Recorded calls name this parameter as an older version of the two tools did; the tools on offer call it `name`.
_RENAMED: Mapping[str, Mapping[str, str]] = {
    "TimedSwitch": {"device_id": "name"},
    "CancelTimedSwitch": {"device_id": "name"},
}


@dataclass(frozen=True)
class Said:
    """What the user or the assistant said.

    Attributes:
        speaker: who.
        text: the words.
    """

    speaker: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True)
class Called:
    """A call that was made earlier in the conversation.

    Attributes:
        call: the call, arguments by name.
        output: what it gave, as recorded; JSON types.
    """

    call: Call
    output: Any


@dataclass(frozen=True)
class ApiTask:
    """A conversation up to the point where a call is due.

    Attributes:
        id: the dialogue's file and the call's place in it.
        apis: names of the tools on offer.
        history: the conversation so far, oldest first.
        gold: the recorded call; arguments by name, as recorded (numbers and lists may be text).
        gold_output: what it gave, as recorded; JSON types.
        gold_exception: the error that it gave, as recorded; None in all of the first level.
        ceiling: whether the released checker accepts the gold call itself, by the form it is fed in
            (`direct`, `code_as_action`, `json_as_action`, `text_as_action`).
    """

    id: str
    apis: tuple[str, ...]
    history: tuple[Said | Called, ...]
    gold: Call
    gold_output: Any
    gold_exception: str | None
    ceiling: Mapping[str, bool]


def read_tasks(folder: str | Path) -> list[ApiTask]:
    """The tasks in `FOLDER/apibank_level1.jsonl`, in the file's order.

    Raises:
        DataError: the file is not there, or a line is malformed; the message names both.
    """
    path = Path(folder) / _TASKS
    tasks = []
    for number, line in enumerate(_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            tasks.append(_task(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(
                f"{path}, line {number}: no task of API-Bank ({error!r}). Restore the line from the original file"
            ) from error
    return tasks


def read_apis(folder: str | Path) -> dict[str, dict[str, Any]]:
    """The data set's own descriptions of its tools, by name, from `FOLDER/apibank_level1_apis.json`.

    Each has `description`, `input_parameters` and `output_parameters` (by name: `type`, `description`).

    Raises:
        DataError: the file is not there or holds no JSON object.
    """
    return _object(Path(folder) / _APIS)


def read_database(folder: str | Path) -> dict[str, Any]:
    """The tables that the tools act on, by name (`Account`, `Agenda`, …), from `FOLDER/apibank_database/*.json`.

    Raises:
        DataError: the folder is not there or empty, or a file in it is no JSON object.
    """
    home = Path(folder) / _TABLES
    paths = sorted(home.glob("*.json"))
    if not paths:
        raise DataError(f"{home} holds no tables (Account.json, …). {_ADVICE}")
    return {path.stem: _object(path) for path in paths}


_ADVICE = (
    "Name the folder of API-Bank's data (apibank_level1.jsonl, apibank_database/, …), or set WINDWARD_DATA to the "
    "folder that holds codeact/."
)


def _text(path: Path) -> str:
    if not path.is_file():
        raise DataError(f"{path} is not there. {_ADVICE}")
    return path.read_text(encoding="utf-8")


def _object(path: Path) -> dict[str, Any]:
    try:
        held = json.loads(_text(path))
    except json.JSONDecodeError as error:
        raise DataError(
            f"{path}, line {error.lineno}: no JSON ({error.msg}). Restore the original file"
        ) from error
    if not isinstance(held, dict):
        raise DataError(
            f"{path} holds a JSON {type(held).__name__}, not an object. Restore the original file"
        )
    return held


def _task(row: Mapping[str, Any]) -> ApiTask:
    gold, result = row["gold"], row["gold"]["result"]
    task = ApiTask(
        id=row["id"],
        apis=tuple(row["apis"]),
        history=tuple(_turn(turn) for turn in row["history"]),
        gold=_call(gold),
        gold_output=result["output"],
        gold_exception=result["exception"],
        ceiling={form: bool(accepted) for form, accepted in row["ceiling"].items()},
    )
    if task.gold.tool not in task.apis:
        raise ValueError(f"its call is to {task.gold.tool}, which is not among its apis")
    return task


def _turn(turn: Mapping[str, Any]) -> Said | Called:
    role = turn["role"]
    if role == "API":
        return Called(_call(turn), turn["result"]["output"])
    if role not in ("User", "AI"):
        raise ValueError(f"role {role!r} is none of User, AI, API")
    return Said("user" if role == "User" else "assistant", turn["text"])


def _call(row: Mapping[str, Any]) -> Call:
    renamed = _RENAMED.get(row["api_name"], {})
    return Call(
        row["api_name"], kwargs={renamed.get(name, name): value for name, value in row["param_dict"].items()}
    )
