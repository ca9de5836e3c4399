"""What a model marked as an action or an answer: tags, fences, marks and header lines, with or without their ends."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

_FENCE = re.compile(r"```[ \t]*([A-Za-z0-9_+-]*)[ \t]*\r?\n(.*?)(?:\r?\n[ \t]*```|```|\Z)", re.DOTALL)
_ONE_LINE = re.compile(r"```[ \t]*(?:python3?|py|json|text)?[ \t]+([^\n`]+)```")
_THOUGHT = re.compile(r"<thought>.*?</thought>", re.DOTALL)
_NEXT_TAG = r"(?=<(?:thought|execute|solution)>)"
_EXECUTE = re.compile(rf"<execute>(.*?)(?:</execute>|{_NEXT_TAG}|\Z)", re.DOTALL)
_SOLUTION = re.compile(rf"<solution>(.*?)(?:</solution>|{_NEXT_TAG}|\Z)", re.DOTALL)
_WRAPPED = re.compile(r"\[PYTHON\](.*?)(?:\[/PYTHON\]|\Z)", re.DOTALL)
_TAGGED = re.compile(r"<(?:final_)?answer>(.*?)(?:</(?:final_)?answer>|\Z)", re.DOTALL | re.IGNORECASE)
_ANSWER = re.compile(
    r"^[ \t*]*(?:final[ \t]+)?answer[ \t*]*:[ \t*]*(.+?)[ \t*]*$", re.IGNORECASE | re.MULTILINE
)
_ACTION = re.compile(
    r"^[ \t*]*action[ \t*]*:[ \t*]*(.*?)(?=^[ \t*]*(?:end[ \t]+action|observation|action[ \t*]*:)|\Z)",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)


def spoken(text: str) -> str:
    """`text` without what stands between `<thought>` tags, where an action stands outside them.

    Models quote tags while they think; one that puts its action into a thought meant the action.
    """
    outside = _THOUGHT.sub("", text)
    return outside if "<execute>" in outside or "<solution>" in outside else text


def solutions(text: str) -> list[str]:
    """What stands in `<solution>` tags."""
    return _SOLUTION.findall(text)


def executed(text: str) -> list[str]:
    """What stands in `<execute>` tags."""
    return _EXECUTE.findall(text)


def fenced(text: str, languages: Collection[str]) -> list[str]:
    """What stands in fences of one of these languages (`""`: of none named)."""
    found = [body for language, body in _FENCE.findall(text) if language.lower() in languages]
    return found or _ONE_LINE.findall(text)


def wrapped(text: str) -> list[str]:
    """What stands in `[PYTHON]` marks."""
    return _WRAPPED.findall(text)


def headed(text: str) -> list[str]:
    """What follows `Action:`, up to `End Action`, the next header or the end."""
    return [body for body in _ACTION.findall(text) if body.strip()]


def answers(text: str) -> list[str]:
    """What stands in `<answer>` tags, which some models were taught, else what follows `Answer:` on its line."""
    tagged = [body.strip() for body in _TAGGED.findall(text) if body.strip()]
    return tagged or _ANSWER.findall(text)


def closed(text: str) -> str:
    """`text` with the end tag or fence that a stop string took from it, so that it is whole in a training row."""
    text = text.rstrip()
    for tag in ("execute", "solution"):
        if text.rfind(f"<{tag}>") > text.rfind(f"</{tag}>"):
            return f"{text}\n</{tag}>" if "\n" in text[text.rfind(f"<{tag}>") :] else f"{text}</{tag}>"
    opened = len(re.findall(r"^[ \t]*```", text, re.MULTILINE))
    return f"{text}\n```" if opened % 2 else text


def payloads(text: str, languages: Collection[str], bare: Callable[[str], list[str]]) -> list[str]:
    """The first kind of mark that is there: tags, fences, `Action:`; else what `bare` finds in the prose."""
    found = executed(text) or fenced(text, languages) or headed(text)
    blocks = [block for block in found if block.strip()]
    return blocks or bare(text)
