"""Problems with checkable answers: what trees are grown on and what evaluations ask."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

Kind = Literal["math", "table", "code"]
"""How an answer is checked: `math` and `table` against a value, `code` by the tests in `reference`."""

KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True)
class Problem:
    """One problem.

    Attributes:
        id: unique within a run.
        prompt: what the model is asked.
        reference: the right answer; for `code`, `assert` lines that a right solution passes.
        kind: how an answer is checked.
        family: the template family it came from; problems of one family are alike.
        split: `train`, `test` (unseen problems of the train families) or `test-families` (unseen families).
    """

    id: str
    prompt: str
    reference: str
    kind: Kind
    family: str = ""
    split: str = "train"

    def as_dict(self) -> dict[str, str]:
        """The problem as plain JSON types."""
        return asdict(self)


class ProblemError(ValueError):
    """A problem row that cannot be used; the message says which line, what is wrong and what to do."""


def read_problems(path: str | Path) -> list[Problem]:
    """Reads problems from JSONL: one object a line with `prompt`, `reference`, `kind`.

    `id`, `family` and `split` may be given too; by default the id is the line number. Blank lines are skipped.

    Raises:
        ProblemError: a row is malformed; the message names its line.
        FileNotFoundError: there is no such file.
    """
    target = Path(path)
    try:
        lines = target.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise ProblemError(f"{target}: not UTF-8 text ({error}); save the file as UTF-8") from error
    problems: list[Problem] = []
    first_line: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        problem = _parse_row(line, where=f"{target}, line {number}", default_id=f"line-{number}")
        if problem.id in first_line:
            raise ProblemError(
                f"{target}, line {number}: id {problem.id!r} was already used on line "
                f"{first_line[problem.id]}; give every row its own id, or none"
            )
        first_line[problem.id] = number
        problems.append(problem)
    if not problems:
        raise ProblemError(f"{target}: no problems in it; write one JSON object a line")
    return problems


def write_problems(path: str | Path, problems: Iterable[Problem]) -> None:
    """Writes problems as JSONL, whole or not at all."""
    target = Path(path)
    temporary = target.with_suffix(target.suffix + ".part")
    text = "".join(json.dumps(problem.as_dict(), ensure_ascii=False) + "\n" for problem in problems)
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(target)


def _parse_row(line: str, *, where: str, default_id: str) -> Problem:
    try:
        row: Any = json.loads(line)
    except json.JSONDecodeError as error:
        raise ProblemError(
            f"{where}: not JSON ({error}); write one object a line, e.g. "
            '{"prompt": "What is 2 + 2?", "reference": "4", "kind": "math"}'
        ) from error
    if not isinstance(row, dict):
        raise ProblemError(f"{where}: a {type(row).__name__}, not an object; write {{...}} on each line")
    for name in ("prompt", "reference"):
        value = row.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and name == "reference":
            row[name] = value = str(value)
        if not isinstance(value, str) or not value.strip():
            raise ProblemError(f"{where}: {name!r} is {value!r}; it must be a text that is not empty")
    kind = row.get("kind")
    if kind not in KINDS:
        raise ProblemError(f"{where}: 'kind' is {kind!r}; it must be one of {', '.join(KINDS)}")
    for name in ("id", "family", "split"):
        if not isinstance(row.get(name, ""), str) or (name != "family" and row.get(name) == ""):
            raise ProblemError(f"{where}: {name!r} is {row[name]!r}; it must be a text, or be left out")
    return Problem(
        id=row.get("id", default_id),
        prompt=row["prompt"],
        reference=row["reference"],
        kind=kind,
        family=row.get("family", "given"),
        split=row.get("split", "train"),
    )
