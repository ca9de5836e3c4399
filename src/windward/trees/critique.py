"""A critique by kind of error, for recorded actions that nobody criticised: it knows what went wrong, and no reference."""

from __future__ import annotations

from collections.abc import Mapping

from windward.agents import ErrorKind

_TEMPLATES: Mapping[ErrorKind, str] = {
    "wrong": "The answer is not right. Go back over the steps, find the one that fails, and answer anew.",
    "exception": "The code stopped with an error. Its last line says what went wrong: mend that, and run it again.",
    "timeout": "The code took too long. Find a way that needs less work.",
    "syntax": "The code is not valid Python. Mend it, and run it again.",
    "no_code": "Nothing could be read as an action. Run code, or hand in an answer, each between its tags.",
    "unparsed": "No answer could be read. Hand in the answer alone, between its tags.",
}


def template_critique(kind: ErrorKind | None) -> str:
    """What is said of an action that is incorrect in this way; empty for one that is not."""
    return "" if kind is None else _TEMPLATES[kind]
