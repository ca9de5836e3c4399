"""What a recorded action showed, and whether our interpreter shows the same.

Recorded observations come from an IPython shell: text and errors are compared letter by letter, an error by its last line.
Some differences are of form and not of substance: IPython lays out a long echoed list over several lines, where we show its
`repr`; it names an exception without its module; an ImportError ends in the path of a file; and a run that its own alarm
cut off is recorded by the head of a traceback, where we name the limit. Beside these, an error of the recorded type in
other words is told apart: most were recorded under Python 3.8, whose syntax errors read differently.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from windward.interpreter import Observation

Match = Literal["same", "same but for form", "same error in other words", "differs"]

_CUT = "...\n[Output Truncated]\n"
_SILENCE = "[Executed Successfully with No Output]"
_HEADER = "Observation:\n"
_BUDGET = re.compile(r"\nYou have \d+ steps? left and \d+ chances? to propose solution left\.", re.DOTALL)
_ECHO = re.compile(r"^Out\[\d+\]: ?\n?", re.MULTILINE)
_RAISED = re.compile(
    r"^(?:-{20,}$|Traceback \(most recent call last\)|\s*(?:Cell In\[|File <))", re.MULTILINE
)
_HEAD = re.compile(r"^\w+ +Traceback \(most recent call last\)$", re.MULTILINE)
_PATH = re.compile(r"\s*\([^()]*\)$")
_ERROR_LINE = re.compile(r"^\w+(?:\.\w+)*(?::|$)")


@dataclass(frozen=True)
class Expected:
    """What an action is recorded to have shown.

    Attributes:
        kind: how it ended.
        text: what was shown, without `Out[n]:`; of an error, its last line, or where that was cut off, its first.
        cut: whether the recording was cut before its end.
    """

    kind: Literal["no_output", "text", "error"]
    text: str = ""
    cut: bool = False


def recorded_observation(message: str) -> str | None:
    """The observation in a recorded user message: without header, budget and feedback; None if it holds none."""
    if not message.startswith(_HEADER):
        return None
    found = list(_BUDGET.finditer(message))
    return message[len(_HEADER) : found[0].start()] if found else message[len(_HEADER) :]


def expectation(observation: str) -> Expected:
    """What a recorded observation says."""
    text = observation.strip("\n")
    if text == _SILENCE:
        return Expected("no_output")
    cut = text.endswith(_CUT.strip("\n"))
    text = text.removesuffix(_CUT.strip("\n"))
    lines = [line for line in text.splitlines() if line.strip()]
    if cut and (head := _HEAD.search(text)):
        return Expected("error", head.group(0), cut)
    if lines and _RAISED.search(text) and _ERROR_LINE.match(lines[-1]):
        return Expected("error", lines[-1], cut)
    return Expected("text", _ECHO.sub("", text), cut)


def compare(seen: Observation, expected: Expected) -> Match:
    """Whether an observation is the recorded one."""
    if _same(seen, expected):
        return "same"
    if _same_but_for_form(seen, expected):
        return "same but for form"
    if expected.kind == "error" and seen.error and _type(last_line(seen)) == _type(expected.text):
        return "same error in other words"
    return "differs"


def _same(seen: Observation, expected: Expected) -> bool:
    if expected.kind == "no_output":
        return seen.text == ""
    if expected.kind == "text":
        ours = seen.text.strip("\n")
        return ours[: len(expected.text)] == expected.text if expected.cut else ours == expected.text
    if expected.cut:
        return last_line(seen).split(":")[0] == expected.text.split()[0]
    return last_line(seen).strip() == expected.text.strip()


def _same_but_for_form(seen: Observation, expected: Expected) -> bool:
    if expected.kind == "text":
        text = expected.text.strip()
        return text[:1] + text[-1:] in ("[]", "()", "{}") and seen.text.split() == text.split()
    if expected.kind == "no_output":
        return False
    ours = last_line(seen)
    if ours.startswith("TimeoutError") and expected.text.startswith("TimeoutError"):
        return True
    return bool(ours) and not expected.cut and _bare(ours) == _bare(expected.text)


def _bare(line: str) -> str:
    """An error line without the exception's module and the path that an ImportError ends in."""
    name, colon, told = line.strip().partition(":")
    if name.endswith("ImportError"):
        told = _PATH.sub("", told)
    return name.rsplit(".", 1)[-1] + colon + told


def _type(line: str) -> str:
    """The exception's name; what is recorded of a cut error is the head of its traceback."""
    return re.split(r"[:\s]", line.strip(), maxsplit=1)[0].rsplit(".", 1)[-1]


def last_line(seen: Observation) -> str:
    """The line of an error that names it."""
    return ((seen.error or "").splitlines() or [""])[-1]
