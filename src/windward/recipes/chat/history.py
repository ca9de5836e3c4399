"""From what happened in a conversation to what the model is told of it, and to the trajectory that it was. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence

from windward.agents.blocks import closed
from windward.models import Message
from windward.models.protocol import Role
from windward.recipes.chat.record import Did, Entry, Given, Head, Judged, Noted, Over, Said

_ENDED = {
    "stopped": "(The user stopped you here.)",
    "failed": "(You were cut off here by an error.)",
}


def messages(head: Head, entries: Sequence[Entry]) -> list[Message]:
    """The history, to be answered next; roles alternate, as many chat templates demand."""
    history: list[Message] = [Message(role=one["role"], content=one["content"]) for one in head.opening]
    for entry in entries:
        if isinstance(entry, Said):
            _add(history, "user", entry.sent or entry.text)
        elif isinstance(entry, Given):
            _add(history, "user", f"(The user put a file into the current folder: {entry.name})")
        elif isinstance(entry, Noted):
            _add(history, "user", f"({entry.text})")
        elif isinstance(entry, Did):
            _add(history, "assistant", closed(entry.step.reply))
            if entry.step.told is not None:
                _add(history, "user", entry.step.told)
        elif isinstance(entry, Over) and entry.reason in _ENDED:
            if entry.text.strip():
                _add(history, "assistant", closed(entry.text))
            elif entry.reason == "failed":
                continue  # the same call may be tried again
            _add(history, "user", _ENDED[entry.reason])
    return history


def unfinished(entries: Sequence[Entry]) -> bool:
    """Whether the last answer was cut short, so that the agent could go on without a new word of the user."""
    for entry in reversed(entries):
        if isinstance(entry, Over):
            return entry.reason not in ("done", "context")
        if isinstance(entry, Did):  # a program that was killed left no end
            return entry.step.told is not None
        if isinstance(entry, Said):
            return True
    return False


def trajectory_line(head: Head, entries: Sequence[Entry]) -> str:
    """The conversation as one JSON line: id, problem_id, source, model, success, messages."""
    models = dict.fromkeys(entry.model for entry in entries if isinstance(entry, Did)) or {head.model: None}
    judged = [entry.success for entry in entries if isinstance(entry, Judged)]
    row = {
        "id": head.id,
        "problem_id": head.id,
        "source": "chat",
        "model": ", ".join(models),
        "success": judged[-1] if judged else None,
        "messages": messages(head, entries),
    }
    return json.dumps(row) + "\n"


def _add(history: list[Message], role: Role, text: str) -> None:
    if history and history[-1]["role"] == role:
        history[-1]["content"] += f"\n\n{text}"
    else:
        history.append({"role": role, "content": text})
