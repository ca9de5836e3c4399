"""The last resort for a correct action: a model is shown how the problem is solved (Eurus, spec §1.2 step 4c).

A program may be shown whole: the model explains and completes it. Of a rationale in words the numbers are masked, so that
they must be worked out. What is written so stands in the tree as an answer to the problem alone, so it may not mention
what its author was shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from windward.models import Message

MASK = "[number]"

_NUMBER = re.compile(r"\d+(?:,\d{3})*(?!\d)(?:\.\d+)?|\d+")
_CONFESSES = re.compile(
    r"\b(?:given|provided|shown|reference|official|gold|above|following|sample|hinted)\s+(?:\w+\s+)?"
    r"(?:solution|rationale|answer|explanation|program|outline|hint)\b|\b(?:hint|outline) (?:says|shows|suggests)\b|"
    + re.escape(MASK),
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Gold:
    """How a problem is solved.

    Attributes:
        text: a program, or a rationale in words. An answer alone is none: such problems have no last resort.
        kind: which of the two.
    """

    text: str
    kind: Literal["program", "rationale"]


def given(messages: Sequence[Message], gold: Gold, reference: str) -> list[Message]:
    """The messages with the gold at the end of the last one, which is the user's."""
    *before, last = messages
    if gold.kind == "program":
        told = (
            "For you alone, a program that solves this. Write your own answer in the form asked for, with the program in it, "
            f"each part explained where it stands. Do not mention that you were shown anything.\n\n```python\n{gold.text}\n```"
        )
    else:
        told = (
            f"For you alone, an outline of how this is solved. Its numbers are hidden as {MASK}: work each of them out. Write "
            "your own answer in the form asked for. Do not mention that you were shown anything.\n\n"
            + masked(gold.text, reference)
        )
    return [*before, {"role": last["role"], "content": f"{last['content']}\n\n{told}"}]


def masked(rationale: str, reference: str) -> str:
    """A rationale with its numbers hidden, and the reference wherever it stands."""
    answer = reference.strip()
    hidden = re.sub(rf"(?<!\w){re.escape(answer)}(?!\w)", MASK, rationale) if answer else rationale
    return _NUMBER.sub(MASK, hidden)


def confesses(action: str) -> bool:
    """Whether an action mentions what its author was shown."""
    return _CONFESSES.search(action) is not None
