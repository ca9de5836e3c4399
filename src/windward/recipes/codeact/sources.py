"""Reads runs, streamed, from three places: MINT's recording, live runs of `windward eval mint`, and conversations.

```json
{"id": "c1", "problem_id": "p1", "source": "chat", "model": "m", "success": true, "messages": [{"role": "user", "content": "…"}]}
```
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from windward.agents import parse_action
from windward.evals.mint.instances import Instance, TaskName
from windward.evals.mint.observations import expectation, recorded_observation
from windward.evals.mint.prompts import task_text
from windward.evals.mint.recorded import COLUMNS, RecordingError, batches, parse_turn
from windward.evals.mint.turns import Episode, budget_of, episode_from_dict
from windward.evals.mint.turns import Turn as LiveTurn
from windward.recipes.codeact.opening import system_message
from windward.recipes.codeact.runs import ActionKind, Run, RunsError, Turn

Form = Literal["mint", "live", "chat"]

MINT_NEVER_SCORE = (
    "mint", "math", "theoremqa", "mmlu", "humaneval", "mbpp", "gsm8k", "hotpotqa", "alfworld",
)  # fmt: skip
"""What a model trained on MINT's problems must not be scored on: MINT, and the sets that its problems are drawn from."""

_RECORDED_COLUMNS = (*COLUMNS, "instruction")
_PREFIX = re.compile(r"^\s*Assistant:\s*")
_FENCE = re.compile(r"```python[ \t]*\n(.*?)\n?```", re.DOTALL)
_FENCED_FORMAT = "```python environment"
_TOOL = re.compile(r"^\[\d+\] (\w+)\(", re.MULTILINE)
_NAMED = re.compile(r"^\w+(?:Error|Exception|Interrupt|Exit|Crash)(?::[^\n]*)?\Z", re.MULTILINE)
_LETTERS = {"user": "u", "assistant": "a", "system": "s"}


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


def recorded_run(row: Mapping[str, Any]) -> Run:
    """A row of MINT's recording as a run: its last observation was never recorded."""
    setting = "" if _no_feedback(row) else f"/{row['feedback']}/{row['feedback_setting']}"
    instance = Instance(row["task"], str(row["task_id"]), row["prompt"], None, {})
    success = bool(row["success"])
    return Run(
        id=f"{row['task']}/{row['task_id']}/{row['model']}/k{row['max_turns']}{setting}",
        problem_id=f"{row['task']}/{row['task_id']}",
        problem=task_text(instance),
        source=row["task"],
        model=row["model"],
        system=system_message(
            tuple(_TOOL.findall(row["instruction"].split("\n---\n", 1)[0])),
            turns=row["max_turns"],
            proposals=row["max_proposals"],
        ),
        turns=_recorded_turns(row["messages"], success, fenced=_FENCED_FORMAT in row["instruction"]),
        roles="u" + _roles(row["messages"]),
        success=success,
        feedback=not _no_feedback(row),
        never_score=MINT_NEVER_SCORE,
    )


def live_run(row: Mapping[str, Any]) -> Run:
    """A line of `runs.jsonl` of `windward eval mint` as a run.

    The observations stand as they were; the count of what is left, which the agent was told beside them, is not in the file.
    """
    run, instance = row["run"], Instance(**row["instance"])
    setting, episode = run["setting"], episode_from_dict(row["episode"])
    turns = tuple(
        _live_turn(turn, last=place == len(episode.turns)) for place, turn in enumerate(episode.turns, 1)
    )
    feedback = setting["feedback"] != "none"
    coached = f"/{setting['feedback']}/{setting['form']}/{setting['with_reference']}" if feedback else ""
    budget = budget_of(setting["max_turns"])
    return Run(
        id=f"{instance.task}/{instance.id}/{run['model']}/k{budget.turns}{coached}",
        problem_id=f"{instance.task}/{instance.id}",
        problem=task_text(instance),
        source=instance.task,
        model=run["model"],
        system=system_message(_live_tools(episode), turns=budget.turns, proposals=budget.proposals),
        turns=turns,
        roles="u" + "".join("a" if turn.observation is None else "au" for turn in turns),
        success=episode.solved_at is not None and not episode.error,
        feedback=feedback,
        never_score=MINT_NEVER_SCORE,
    )


def conversation(row: Mapping[str, Any]) -> Run:
    """A conversation as a run. Its system message, if it has one, is kept: it tells the format that its turns are in.

    A message of the agent without an action is an answer in words. Code raised if the message after it shows a traceback.
    """
    messages = row["messages"]
    success = row.get("success")
    if success not in (None, True, False):
        raise ValueError(f"success is {success!r}, which is neither true, false nor null")
    for message in messages:
        if message["role"] not in _LETTERS or not isinstance(message["content"], str):
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
        turns=tuple(_spoken(message["content"], after) for message, after in _exchanges(rest[opening:])),
        roles=_roles(rest),
        success=success,
        never_score=tuple(dict.fromkeys([*(MINT_NEVER_SCORE if mint else ()), *map(str, given)])),
    )


def _no_feedback(row: Mapping[str, Any]) -> bool:
    return row["feedback"] in (None, "None", "none")


def _roles(messages: Sequence[Mapping[str, str]]) -> str:
    return "".join(_LETTERS.get(message["role"], "?") for message in messages)


def _exchanges(
    messages: Sequence[Mapping[str, str]],
) -> Iterator[tuple[Mapping[str, str], str | None]]:
    """Each message of the agent with the user message after it."""
    for place, message in enumerate(messages):
        if message["role"] == "assistant":
            after = messages[place + 1] if place + 1 < len(messages) else None
            yield message, after["content"] if after and after["role"] == "user" else None


def _recorded_turns(
    messages: Sequence[Mapping[str, str]], success: bool, *, fenced: bool
) -> tuple[Turn, ...]:
    turns = []
    told = list(_exchanges(messages))
    for place, (message, after) in enumerate(told, start=1):
        text = _PREFIX.sub("", message["content"]).strip()
        if fenced:  # two models were recorded with Python fences in place of the tag
            text = _FENCE.sub(r"<execute>\n\1\n</execute>", text)
        kind, _ = parse_turn(text)
        turns.append(
            Turn(
                text=text,
                kind="answer" if kind == "proposal" else kind,
                observation=after,
                raised=kind == "code" and _raised(after),
                rejected=kind == "proposal" and not (success and place == len(told)),
            )
        )
    return tuple(turns)


def _raised(message: str | None) -> bool:
    """Whether a user message shows an error: a traceback, of IPython or of our interpreter, or a last line that names one."""
    if message is None:
        return False
    shown = recorded_observation(message)
    text = message if shown is None else shown
    return expectation(text).kind == "error" or _NAMED.search(text.rstrip()) is not None


def _live_turn(turn: LiveTurn, *, last: bool) -> Turn:
    kinds: dict[str, ActionKind] = {"execute": "code", "solution": "answer", "invalid": "invalid"}
    told = f"Observation:\n{turn.observation}"
    if turn.feedback is not None and turn.feedback.shown:
        told += f"\n\nExpert feedback:\n{turn.feedback.shown}"
    return Turn(
        text=turn.reply.strip(),
        kind=kinds[turn.kind],
        observation=None if last else told,
        raised=turn.kind == "execute" and turn.status != "ok",
        rejected=turn.kind == "solution" and not turn.solved,
    )


def _live_tools(episode: Episode) -> tuple[str, ...]:
    """Names of the tools that the opening described."""
    rules = episode.opening[0]["content"].split("\n---\n", 1)[0] if episode.opening else ""
    return tuple(re.findall(r"^(\w+)\(.*\) -> ", rules, re.MULTILINE))


def _spoken(text: str, after: str | None) -> Turn:
    text = text.strip()
    action = parse_action(text)
    kind: ActionKind = "code" if action.code is not None else "answer" if text else "invalid"
    return Turn(text, kind, after, raised=kind == "code" and _raised(after))


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
