"""Does a critique give the reference away? Pure; asks no model.

It does where the reference stands in it and in nothing that the model has seen. Of code, the hidden tests are the reference:
their arguments and values, four tokens or longer. For `yes`, `B` and alike, which stand in many sentences, it must be said
to be the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from windward.rows import Problem

_TOKEN = re.compile(r"(?<![\w)])-?\d+(?:,\d{3})*(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|[^\W\d_]+|[^\w\s]")
_CLOSED = re.compile(r"yes|no|true|false|[a-z]", re.IGNORECASE)
_ASSERT = re.compile(r"\s*assert\b(.*)")
_LONG = 4


def leaks(critique: str, problem: Problem, seen: Iterable[str], gold: str = "") -> bool:
    """Whether a critique tells what the model may not know.

    Args:
        critique: what would be said.
        problem: whose reference is kept; its prompt is known.
        seen: what else the model knows: its actions, and what was shown for them.
        gold: a solution that is kept as well; its longer lines may not be said.
    """
    known = [_tokens(text) for text in (problem.prompt, *seen)]
    said = _tokens(critique)
    reference = problem.reference.strip()
    if problem.kind != "code" and _CLOSED.fullmatch(reference):
        points = rf"\b(?:answer|option|choice|result)\b[^.!?]{{0,25}}(?<!\w){re.escape(reference)}(?!\w)"
        return re.search(points, critique, re.IGNORECASE) is not None
    secrets = _tests(reference) if problem.kind == "code" else [_tokens(reference)]
    secrets += [line for line in map(_tokens, gold.splitlines()) if len(line) >= _LONG]
    return any(
        _holds(said, secret) and not any(_holds(text, secret) for text in known)
        for secret in secrets
        if secret
    )


def _tests(reference: str) -> list[list[str]]:
    """Both sides of the tests, where they are long enough to give something away."""
    sides: list[list[str]] = []
    for line in reference.splitlines():
        if (found := _ASSERT.match(line)) is not None:
            call, _, value = found[1].partition("==")
            sides += [_tokens(call.partition("(")[2].strip().removesuffix(")")), _tokens(value)]
    return [side for side in sides if len(side) >= _LONG]


def _tokens(text: str) -> list[str]:
    """Words, marks and numbers; 1,000 and 1000.0 are one number."""
    return [_plain(token.casefold()) for token in _TOKEN.findall(text)]


def _plain(token: str) -> str:
    if not token[-1].isdigit():
        return token
    number = token.replace(",", "")
    return number.rstrip("0").rstrip(".") if "." in number else number


def _holds(text: Sequence[str], part: Sequence[str]) -> bool:
    size = len(part)
    return any(text[at : at + size] == part for at in range(len(text) - size + 1))
