"""The conversation of a task as text; how an action is to be written is said elsewhere."""

from __future__ import annotations

import json
from typing import Any

from windward.evals.tooluse.apibank.load import ApiTask, Called, Said

SHOWN_CHARS = 1_000
"""What an earlier call gave is cut to so many characters."""


def conversation(task: ApiTask) -> str:
    """The conversation so far, a turn a paragraph; an earlier call and what it gave are told in no action format."""
    names = {"user": "User", "assistant": "Assistant"}
    return "\n".join(
        f"{names[turn.speaker]}: {turn.text}" if isinstance(turn, Said) else told(turn)
        for turn in task.history
    )


def told(turn: Called) -> str:
    """An earlier call in words: the tool, each argument on a line, and what it gave."""
    lines = [f"[The tool {turn.call.tool} was used.]"]
    lines += [f"- {name}: {_value(value)}" for name, value in turn.call.kwargs.items()]
    lines.append(f"[It gave:] {_cut(_value(turn.output))}")
    return "\n".join(lines)


def on_offer(task: ApiTask) -> tuple[str, ...]:
    """Names of the tools that the model may call."""
    return task.apis


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_CHARS else f"{text[: SHOWN_CHARS - 2]} …"
