"""The conversation of a task as chat messages; how an action is to be written is said elsewhere."""

from __future__ import annotations

import json
from typing import Any

from windward.evals.tooluse.apibank.load import ApiTask, Called, Said
from windward.models import Message

ASK = "Make the one tool call that comes next."
"""The end of the last message, so that the turn is the assistant's in every task."""

SHOWN_CHARS = 1_000
"""What an earlier call gave is cut to so many characters."""


def conversation(task: ApiTask) -> list[Message]:
    """The conversation so far; user and assistant take turns, the user first and last.

    An earlier call and what it gave stand in a user message, in words that belong to no action format. The last
    message ends with `ASK`. Turns of one side that follow each other are one message.
    """
    messages: list[Message] = []
    for turn in task.history:
        if isinstance(turn, Said):
            _say(messages, turn.speaker, turn.text)
        else:
            _say(messages, "user", told(turn))
    _say(messages, "user", ASK)
    return messages


def told(turn: Called) -> str:
    """An earlier call in words: the tool, each argument on a line, and what it gave."""
    lines = [f"[The tool {turn.call.tool} was used.]"]
    lines += [f"- {name}: {_value(value)}" for name, value in turn.call.kwargs.items()]
    lines.append(f"[It gave:] {_cut(_value(turn.output))}")
    return "\n".join(lines)


def on_offer(task: ApiTask) -> tuple[str, ...]:
    """Names of the tools that the model may call."""
    return task.apis


def _say(messages: list[Message], role: Any, text: str) -> None:
    if messages and messages[-1]["role"] == role:
        messages[-1] = {"role": role, "content": f"{messages[-1]['content']}\n\n{text}"}
    else:
        messages.append({"role": role, "content": text})


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_CHARS else f"{text[: SHOWN_CHARS - 2]} …"
