"""Models that answer as they are asked for, or pay no heed: for tests of the evaluation of control."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from windward.models import Message

_ASKED = re.compile(r"< (\w+): ([\d.]+) > ")
WORDS = {5: 10, 4: 30, 3: 80, 2: 150, 1: 220}
"""Words of an answer with this brevity."""


def asked(text: str) -> tuple[dict[str, int], str]:
    """The levels before an instruction, and the instruction."""
    levels: dict[str, int] = {}
    while (found := _ASKED.match(text)) is not None:
        levels[found[1]] = int(found[2])
        text = text[found.end() :]
    return levels, text


def obeys(messages: Sequence[Message]) -> str:
    """Has the brevity that it is asked for, and a list where one is; free, it is of middling length without one."""
    levels, _ = asked(messages[-1]["content"])
    words = ["word"] * WORDS[levels.get("brevity", 3)]
    if levels.get("bullets"):
        return f"- {' '.join(words[:4])}\n- {' '.join(words[4:])}"
    return " ".join(words)


def ignores(messages: Sequence[Message]) -> str:
    """The same answer whatever is asked for."""
    return "word " * WORDS[4]


def judges(rating: Callable[[str], object]) -> Callable[[Sequence[Message]], str]:
    """A judge of one text, which rates it by this function of all that it was shown."""

    def judge(messages: Sequence[Message]) -> str:
        shown = "\n".join(message["content"] for message in messages)
        return (
            f"Text 1\nType: 1\nRationale: so it is.\nRating: {rating(shown)}\nRationale for rating: so it is."
        )

    return judge
