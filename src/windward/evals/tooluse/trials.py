"""One task under one action format: what was done, and whether it was right; plain data that JSON holds."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from windward.agents import Space

Suite = Literal["m3tooleval", "apibank"]
SUITES: tuple[Suite, ...] = ("m3tooleval", "apibank")
SPACES: tuple[Space, ...] = ("code", "json", "text")
RUNS = "runs.jsonl"


@dataclass(frozen=True)
class Trial:
    """A task as one model did it in one action space.

    Attributes:
        suite: of the task.
        space: how actions were written.
        task: its name.
        domain: its domain; of a call, the tool that was due.
        solved: M3ToolEval: an answer was right. API-Bank: the call does what the recorded one does.
        solved_at: the turn (from 1) of the right answer; None if there was none.
        turns: turns taken; a failure counts as all that were allowed.
        answered: whether an answer (a call, in API-Bank) could be read at all.
        actions: turns with an action that could be read, and those of them that ran without an error.
        rule: the rule that decided.
        same_call: API-Bank: whether the call is the recorded one, argument by argument.
        reference: what was expected, as text.
        ended: why the episode ended.
        episode: opening messages and steps.
    """

    suite: Suite
    space: Space
    task: str
    domain: str
    solved: bool
    solved_at: int | None
    turns: int
    answered: bool
    actions: tuple[int, int]
    rule: str
    same_call: bool | None = None
    reference: str = ""
    ended: str = "done"
    episode: dict[str, Any] = field(default_factory=dict)


def as_dict(trial: Trial) -> dict[str, Any]:
    """A trial as plain JSON types."""
    return asdict(trial)


def trial_from_dict(row: dict[str, Any]) -> Trial:
    """A trial from its JSON object."""
    return Trial(**row | {"actions": tuple(row["actions"])})


def write_trials(path: Path, trials: Iterable[Trial]) -> None:
    """Writes one trial a line, whole or not at all."""
    temporary = path.with_suffix(path.suffix + ".part")
    with temporary.open("w", encoding="utf-8") as file:
        for trial in trials:
            file.write(json.dumps(as_dict(trial), ensure_ascii=False) + "\n")
    temporary.replace(path)


def read_trials(path: Path) -> list[Trial]:
    """Reads the trials back."""
    lines = path.read_text(encoding="utf-8").split("\n")
    return [trial_from_dict(json.loads(line)) for line in lines if line.strip()]
