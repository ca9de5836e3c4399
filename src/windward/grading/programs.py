"""Program-of-thought answers: run a response's code, and take what it shows as the answer.

All blocks of a response run in one session, in order, as in a notebook. Many responses run side by side; each result
is filed under the key of its response, so no order of completion can permute them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from windward.grading.fences import python_blocks
from windward.grading.verdict import Verdict
from windward.interpreter import Interpreter, Isolation, Limits, Observation, Status

MAX_BLOCKS = 20
"""Of a response with more blocks, the first ones run."""

_ASSIGNED = re.compile(r"([^\W\d]\w*)[ \t]*(?::[^=\n]*)?=(?!=)")
_QUOTED = re.compile(r"(['\"])(.*)\1", re.DOTALL)

K = TypeVar("K")


@dataclass(frozen=True)
class ProgramRun:
    """What a response's program came to.

    Attributes:
        output: what it shows last: printed text and a last expression's value; None where there is no answer.
        rule: `shown`, `assigned` (the value of the name that the last line assigns), `nothing` or the error's name.
        status: how the last block ended.
        blocks: how many blocks there were.
    """

    output: str | None
    rule: str
    status: Status
    blocks: int


def run_program(response: str, limits: Limits | None = None, *, isolation: Isolation = "auto") -> ProgramRun:
    """Runs the code of a response: its fenced blocks, or all of it where there is no fence.

    The answer is what the last block that shows something shows. Where no block does, it is the value of the name that
    the last line assigns. If the last block fails, there is no answer.

    Args:
        response: a whole response.
        limits: what each block may use.
        isolation: as for `Interpreter`.

    Raises:
        IsolationError: isolation does not work on this machine.
    """
    blocks = [block for block in python_blocks(response) or [response] if block.strip()][:MAX_BLOCKS]
    if not blocks:
        return ProgramRun(None, "nothing", "ok", 0)
    shown: str | None = None
    with Interpreter(limits=limits or Limits(), isolation=isolation) as session:
        for block in blocks:
            seen = session.run(block)
            shown = _shown(seen) or shown
        if not seen.ok:
            return ProgramRun(None, _name(seen), seen.status, len(blocks))
        rule = "shown"
        if shown is None and (name := _assigned(blocks[-1])):
            rule, shown = "assigned", _shown(session.run(name))
    return ProgramRun(shown, rule if shown else "nothing", "ok", len(blocks))


def run_programs(
    responses: Mapping[K, str],
    limits: Limits | None = None,
    *,
    isolation: Isolation = "auto",
    jobs: int | None = None,
) -> dict[K, ProgramRun]:
    """Runs many programs side by side.

    Args:
        responses: responses by any key.
        limits: what each block may use.
        isolation: as for `Interpreter`.
        jobs: how many at once; None is one a core.

    Returns:
        The runs, by the same keys in the same order.
    """
    with ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool:
        running = {
            key: pool.submit(run_program, response, limits, isolation=isolation)
            for key, response in responses.items()
        }
        return {key: future.result() for key, future in running.items()}


def grade_program(run: ProgramRun, grade: Callable[[str], Verdict]) -> Verdict:
    """The verdict on a program's answer.

    Args:
        run: what the program came to.
        grade: judges the answer as text, such as `lambda text: grade_math(text, reference)`.
    """
    if run.output is None:
        late = run.status == "timeout"
        return Verdict(False, None, f"program:{run.rule}", "timeout" if late else "unparsed")
    return grade(run.output)


def _shown(seen: Observation) -> str | None:
    value = seen.value
    if value is not None and (quoted := _QUOTED.fullmatch(value)):
        value = quoted.group(2)
    text = "\n".join(part.strip() for part in (seen.stdout, value or "") if part.strip())
    return text or None


def _assigned(block: str) -> str | None:
    """The name that the last line of code assigns at the top level."""
    lines = [line for line in block.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    match = _ASSIGNED.match(lines[-1]) if lines else None
    return match.group(1) if match else None


def _name(seen: Observation) -> str:
    """The name of the error that a run ended with."""
    last = (seen.error or seen.status).strip().splitlines()[-1]
    return re.split(r"[:\s]", last)[0][:60] or seen.status
