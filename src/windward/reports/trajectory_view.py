"""One training row, message by message: prose, code, answers and observations apart, and which messages are learnt."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from windward.reports.attempt_view import labelled
from windward.reports.markup import Html, cut_middle, join, tag
from windward.reports.parts import disclosure, missing, raw
from windward.reports.wording import counted

_ACTION = re.compile(
    r"<(?P<tag>execute|solution)>(?P<inside>.*?)(?:</(?P=tag)>|\Z)"
    r"|^```(?:python|py)?[ \t]*\n(?P<fenced>.*?)(?:\n```|\Z)",
    re.DOTALL | re.MULTILINE,
)
_NAMES = {"execute": "Code", "solution": "Answer"}
_SPEAKERS = {"system": "System", "user": "User", "assistant": "Agent"}
_OBSERVATION = "Observation:\n"
_CHARS = 2_500


def trajectory_view(row: Mapping[str, Any], *, opened: bool = False) -> Html:
    """A row as something to open.

    Args:
        row: a line of `trajectories.parquet`.
        opened: show it open.
    """
    learnt = sum(map(bool, row["learn"]))
    told = [
        str(row["problem_id"]),
        str(row["model"]),
        counted(int(row["turns"]), "turn"),
        f"{learnt} learnt",
        *(["recovered from an error"] if row["recovered"] else []),
    ]
    messages = [
        _message(message, bool(is_learnt), first=place == 0 or (place == 1 and _is_system(row["messages"])))
        for place, (message, is_learnt) in enumerate(zip(row["messages"], row["learn"], strict=True))
    ]
    return disclosure(
        " · ".join(cut_middle(one, 120) for one in told),
        *(messages or [missing("No messages.", "The row holds none.")]),
        opened=opened,
        class_="run",
    )


def _is_system(messages: Sequence[Mapping[str, Any]]) -> bool:
    return bool(messages) and messages[0]["role"] == "system"


def _message(message: Mapping[str, Any], learnt: bool, *, first: bool) -> Html:
    role, content = str(message["role"]), str(message["content"])
    if role == "system":
        return tag(
            "div",
            disclosure("System message: the action format", raw(content, _CHARS)),
            class_="attempt turn",
        )
    if role == "assistant":
        mark = tag("span", "learnt" if learnt else "not learnt", class_="tag tag-chosen" if learnt else "tag")
        return tag("div", tag("h4", _SPEAKERS[role], " ", mark), *_acted(content), class_="attempt turn")
    if first:
        return tag("div", labelled("Task", raw(content, _CHARS, class_="prompt")), class_="attempt turn")
    shown = content.removeprefix(_OBSERVATION)
    name = "Observation" if shown != content else _SPEAKERS.get(role, role)
    return tag("div", labelled(name, raw(shown, _CHARS)), class_="attempt turn")


def _acted(content: str) -> list[Html]:
    """What the agent wrote, in the order it wrote it."""
    parts, start = [], 0
    for found in _ACTION.finditer(content):
        parts += _prose(content[start : found.start()])
        start = found.end()
        name = _NAMES.get(found["tag"] or "execute", "Code")
        inside = found["inside"] if found["tag"] else found["fenced"]
        parts.append(
            labelled(name, tag("pre", tag("mark", cut_middle(inside.strip("\n"), _CHARS)), dir="auto"))
        )
    parts += _prose(content[start:])
    return parts or [tag("p", "nothing was written", class_="nothing")]


def _prose(text: str) -> list[Html]:
    text = text.strip()
    return [join(raw(text, _CHARS, class_="prompt"))] if text else []
