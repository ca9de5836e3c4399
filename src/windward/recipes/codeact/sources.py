"""Reads runs, streamed, from three places: MINT's recording, live runs of `windward eval mint`, and conversations.

```json
{"id": "c1", "problem_id": "p1", "source": "chat", "model": "m", "success": true, "messages": [{"role": "user", "content": "…"}]}
```
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from windward.agents import parse_action
from windward.evals.mint.instances import TaskName
from windward.evals.mint.recorded import COLUMNS, RecordingError, batches
from windward.recipes.codeact.mint_runs import (
    LETTERS,
    MINT_NEVER_SCORE,
    exchanges,
    live_run,
    recorded_run,
    roles_of,
    shows_error,
)  # fmt: skip
from windward.recipes.codeact.runs import ActionKind, Run, RunsError, Turn

Form = Literal["mint", "live", "chat"]

_RECORDED_COLUMNS = (*COLUMNS, "instruction")


def read(path: Path, form: Form, models: Sequence[str] = ()) -> Iterator[Run]:
    """Streams the runs of a file, in its order.

    Args:
        path: the file.
        form: what it holds.
        models: only runs of these; all without any.

    Raises:
        RunsError: the file is not there or a run in it is malformed.
    """
    match form:
        case "mint":
            yield from read_recorded_runs(path, models)
        case "live":
            yield from (run for run in _lines(path, live_run) if not models or run.model in models)
        case "chat":
            yield from (run for run in _lines(path, conversation) if not models or run.model in models)


def located(path: Path) -> Path:
    """The file of runs: the path itself, or `runs.jsonl` in the folder of an evaluation.

    Raises:
        RunsError: there is none.
    """
    if path.is_dir():
        inside = path / "runs.jsonl"
        if inside.is_file():
            return inside
        raise RunsError(
            f"{path} is a folder without runs.jsonl: name a folder of windward eval mint, or a file of runs"
        )
    if not path.is_file():
        raise RunsError(
            f"{path} is not there: name a recording of MINT, a runs.jsonl or a JSONL of conversations"
        )
    return path


def form_of(path: Path) -> Form:
    """What a file holds, by its name and first row.

    Raises:
        RunsError: it is none of the three forms.
    """
    if path.suffix == ".parquet":
        return "mint"
    first = next(_rows(path), None)
    if first is None:
        raise RunsError(f"{path} holds no runs")
    if "episode" in first[1]:
        return "live"
    if "messages" in first[1]:
        return "chat"
    raise RunsError(
        f"{first[0]}: neither a run of windward eval mint (`episode`) nor a conversation (`messages`); "
        f"it has {', '.join(map(repr, first[1])) or 'nothing'}"
    )


def read_recorded_runs(path: Path, models: Sequence[str] = ()) -> Iterator[Run]:
    """Streams MINT's recording (see `windward.evals.mint.recorded`).

    Raises:
        RunsError: the file is no recording, or a row in it is malformed.
    """
    number = 0
    try:
        for batch in batches(path, _RECORDED_COLUMNS, models, ()):
            for row in batch.to_pylist():
                number += 1
                yield recorded_run(row)
    except RecordingError as error:
        raise RunsError(str(error)) from error
    except (KeyError, TypeError, ValueError) as error:
        raise RunsError(f"{path}, run {number}: {type(error).__name__}: {error}") from error


def conversation(row: Mapping[str, Any]) -> Run:
    """A conversation as a run. Its system message, if it has one, is kept: it tells the format that its turns are in.

    A message of the agent without an action is an answer in words. Code raised if the message after it shows a traceback.
    """
    messages = row["messages"]
    success = row.get("success")
    if success not in (None, True, False):
        raise ValueError(f"success is {success!r}, which is neither true, false nor null")
    for message in messages:
        if message["role"] not in LETTERS or not isinstance(message["content"], str):
            raise ValueError(f"a message is none of system, user and assistant with a text: {message!r:.200}")
    system = messages[0]["content"] if messages and messages[0]["role"] == "system" else ""
    rest = messages[1:] if system else messages
    opening = next((place for place, one in enumerate(rest) if one["role"] == "assistant"), len(rest))
    source = str(row["source"])
    given = row.get("never_score", ())
    mint = source == "mint" or source in get_args(TaskName)
    return Run(
        id=str(row["id"]),
        problem_id=str(row["problem_id"]),
        problem="\n\n".join(message["content"] for message in rest[:opening]),
        source=source,
        model=str(row["model"]),
        system=system,
        turns=tuple(_spoken(message["content"], after) for message, after in exchanges(rest[opening:])),
        roles=roles_of(rest),
        success=success,
        never_score=tuple(dict.fromkeys([*(MINT_NEVER_SCORE if mint else ()), *map(str, given)])),
    )


def _spoken(text: str, after: str | None) -> Turn:
    text = text.strip()
    action = parse_action(text)
    kind: ActionKind = "code" if action.code is not None else "answer" if text else "invalid"
    return Turn(text, kind, after, raised=kind == "code" and shows_error(after))


def _lines(path: Path, parse: Any) -> Iterator[Run]:
    for where, row in _rows(path):
        try:
            yield parse(row)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise RunsError(f"{where}: no run ({type(error).__name__}: {error})") from error


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a JSONL file, each with where it stands."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            where = f"{path}, line {number}"
            try:
                row = json.loads(line.decode("utf-8"))
            except ValueError as error:
                raise RunsError(f"{where}: no JSON ({error})") from error
            if not isinstance(row, dict):
                raise RunsError(f"{where}: expected an object, found {type(row).__name__}")
            yield where, row
