"""Recorded outputs, run and graded again: what the released results come to under today's libraries, by every rule.

A recorded row holds a question, its answer, and the code and the call that a model wrote. The release puts each row into one
of four kinds, and so does this: the program failed; it ran and is right by the last rule (`windward.toolsets.lenient`);
it is wrong; or the grader could not compare what it printed. All four are in the denominator.
"""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from windward.grading.fences import python_blocks
from windward.toolsets.answers import last_line
from windward.toolsets.facts import parsed
from windward.toolsets.lenient import lenient
from windward.toolsets.problems import ToolProblem
from windward.toolsets.prompts_solve import writable
from windward.toolsets.validate import PRINTED_CHARS, Validator

Kind = Literal["correct", "wrong", "failed", "ungraded"]
KINDS: dict[str, Kind] = {"C": "correct", "W": "wrong", "E": "failed", "G": "ungraded"}
"""Every kind by the letter that stands for it: the program ran and is right, or wrong; it failed; what it printed is no number."""
_LETTERS = {kind: letter for letter, kind in KINDS.items()}
_CODES = ("prediction_code", "tool")
_CALLS = ("prediction_call", "tool_call")


class RecordedFileError(ValueError):
    """A file of recorded outputs that cannot be read; the message names file and row, and says what to do."""


@dataclass(frozen=True)
class Recorded:
    """One recorded output.

    Attributes:
        problem: what was asked; its id is the row's number, from 1.
        code: what the first reply defines, tools included.
        call: what the second reply runs.
    """

    problem: ToolProblem
    code: str
    call: str


@dataclass(frozen=True)
class Rescored:
    """What a recorded output comes to.

    Attributes:
        row: its number in the file, from 1.
        kind: see `KINDS`.
        equal: whether it is right by the released rule of validation, without any tolerance.
        strict: whether it is by value.
        printed: the last line that was printed.
        answer: the reference.
        error: the error's last line; "" where none ended it.
    """

    row: int
    kind: Kind
    equal: bool
    strict: bool
    printed: str
    answer: str
    error: str


def read_recorded(path: str | Path) -> list[Recorded]:
    """Reads results in the form of the release: JSON lines with `question`, `answer` and the two texts.

    These are `prediction_code` and `prediction_call` (the results without a library) or `tool` and `tool_call` (those with
    one, whose `tool` begins with the tools that were found). Other fields are kept as facts where they are texts or numbers.

    Raises:
        RecordedFileError: the file is missing or no JSON lines, or a row lacks a field.
    """
    path = Path(path)
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise RecordedFileError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise RecordedFileError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from error
    rows = [
        _recorded(line, f"{path}, row {number}", number)
        for number, line in enumerate(text.split("\n"), 1)
        if line.strip()
    ]
    if not rows:
        raise RecordedFileError(f"{path} holds no rows")
    return rows


def _recorded(line: str, where: str, number: int) -> Recorded:
    try:  # numbers stay as they are written
        row = json.loads(line, parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as error:
        raise RecordedFileError(f"{where}: no JSON ({error})") from error
    if not isinstance(row, Mapping):
        raise RecordedFileError(f"{where}: no object of named fields")
    texts = {name: writable(value) for name, value in row.items() if isinstance(value, str)}
    taken = []
    for names in (("question",), ("answer",), _CODES, _CALLS):
        name = next((name for name in names if name in texts), None)
        if name is None:
            raise RecordedFileError(
                f"{where}: no text {' or '.join(names)}; these are no results of the released form"
            )
        taken.append(texts.pop(name))
    question, answer, code, call = taken
    for extra in ("prediction", "code"):  # the two texts once more, as one
        texts.pop(extra, None)
    return Recorded(ToolProblem(str(number), question, answer, texts), code, call)


def recorded_program(recorded: Recorded) -> str:
    """What the release runs of a row: its code, where that is Python, and its call, whose last line is printed."""
    code = _code_of(recorded.code)
    call = _code_of(recorded.call)
    return "\n\n".join(["" if isinstance(parsed(code), str) else code, _printing(call)]) + "\n"


def _code_of(text: str) -> str:
    blocks = python_blocks(text) if "```" in text else []
    return "\n\n".join(block.strip("\n") for block in blocks) if blocks else text.strip("\n")


def _printing(call: str) -> str:
    """A call whose last statement is printed where that is an expression and prints nothing by itself."""
    tree = parsed(call)
    if isinstance(tree, str) or not tree.body:
        return call
    last = tree.body[-1]
    if not isinstance(last, ast.Expr) or "print" in ast.unparse(last):
        return call
    lines = call.encode().splitlines()  # places are counted in bytes
    start = b"\n".join([*lines[: last.lineno - 1], lines[last.lineno - 1][: last.col_offset]])
    return f"{start.decode()}print({ast.unparse(last)})"


def rescore(
    rows: Sequence[Recorded],
    validator: Validator,
    *,
    jobs: int = 2,
    tell: Callable[[int], None] = lambda done: None,
) -> list[Rescored]:
    """Runs and grades every row, in order.

    Args:
        rows: what was recorded.
        validator: where programs run, and the domain.
        jobs: programs at a time.
        tell: hears how many are done.

    Raises:
        InterpreterError: the interpreter works for no program.
    """
    found = []
    with ThreadPoolExecutor(jobs) as pool:
        for one in pool.map(lambda row: rescore_one(row, validator), rows):
            found.append(one)
            tell(len(found))
    return found


def rescore_one(recorded: Recorded, validator: Validator) -> Rescored:
    """Runs and grades one row."""
    problem, domain = recorded.problem, validator.domain
    seen = validator.run(domain.prepare(problem) + recorded_program(recorded))
    number, answer = int(problem.id), problem.answer
    if not seen.ok:
        error = last_line(seen.error or seen.status)[:PRINTED_CHARS]
        return Rescored(number, "failed", False, False, "", answer, error)
    printed = last_line(seen.stdout)
    near = lenient(printed, answer, domain.equal)
    kinds: dict[str, Kind] = {"right": "correct", "wrong": "wrong", "unread": "ungraded"}
    return Rescored(
        number,
        kinds[near],
        domain.equal(printed, answer),
        domain.strict(printed, answer),
        printed[:PRINTED_CHARS],
        answer,
        "",
    )


def summary(rows: Sequence[Rescored]) -> dict[str, Any]:
    """Counts of the kinds, and of what is right by each rule; the letters of all rows as one text."""
    kinds = Counter(row.kind for row in rows)
    return {
        "n": len(rows),
        "counts": {kind: kinds[kind] for kind in KINDS.values()},
        "lenient": kinds["correct"],
        "equal": sum(row.equal for row in rows),
        "strict": sum(row.strict for row in rows),
        "flags": "".join(_LETTERS[row.kind] for row in rows),
    }


def changed(rows: Iterable[Rescored], flags: str) -> list[dict[str, Any]]:
    """The rows whose letter is another than in `flags`, with both.

    Raises:
        ValueError: there are not as many letters as rows.
    """
    rows = list(rows)
    if len(rows) != len(flags):
        raise ValueError(
            f"{len(rows)} rows cannot be compared with {len(flags)} flags: these are other outputs"
        )
    return [
        asdict(row) | {"was": KINDS.get(flag, flag)}
        for row, flag in zip(rows, flags, strict=True)
        if _LETTERS[row.kind] != flag
    ]
