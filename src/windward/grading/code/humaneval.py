"""HumanEval: a response completes a function, or gives it whole (Chen et al., 2107.03374)."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from typing import Any

from windward.grading.code.grade import extract_code, grade_code
from windward.grading.verdict import Verdict
from windward.interpreter import Isolation, Limits


def grade_humaneval(
    problem: Mapping[str, Any],
    response: str,
    limits: Limits | None = None,
    *,
    isolation: Isolation = "auto",
) -> Verdict:
    """Whether a response passes a problem's `check`.

    Args:
        problem: a row with `prompt`, `entry_point` and `test`.
        response: the body that goes on after the prompt, the whole function, or a response with either in a fence.
        limits: as for `grade_code`.
        isolation: as for `Interpreter`.
    """
    entry = str(problem["entry_point"])
    code = complete(str(problem["prompt"]), entry, extract_code(response))
    return grade_code(code, str(problem["test"]), limits, entry_point=entry, isolation=isolation)


def complete(prompt: str, entry_point: str, code: str) -> str:
    """The program: `code` after the prompt where it is a body, else after what the prompt has before the function."""
    if not code.strip():
        return code
    head = re.compile(rf"^(?:async )?def {re.escape(entry_point)}\b", re.MULTILINE)
    if head.search(code):
        start = head.search(prompt)
        return f"{prompt[: start.start()] if start else ''}\n{code}"
    return f"{prompt.rstrip()}\n{_body(code)}"


def _body(code: str) -> str:
    """`code` indented as a body; models drop the indent of the first line, or of all lines."""
    lines = code.strip("\n").splitlines()
    rest = [line for line in lines[1:] if line.strip()]
    if lines[0][:1].isspace():
        return code.strip("\n") + "\n"
    if (
        rest
        and all(line[:1].isspace() for line in rest)
        and not lines[0].rstrip().endswith((":", "(", "[", "{"))
    ):
        return "\n".join(["    " + lines[0], *lines[1:]]) + "\n"
    return textwrap.indent("\n".join(lines), "    ") + "\n"
