"""Problems that tools are made from and tried on: a question, its answer, and what else is known of it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from windward.toolsets.records import Tool

_IDS = ("id", "tool_id", "problem_id", "pid")
_QUESTIONS = ("question", "problem", "prompt")
_ANSWERS = ("answer", "reference")


class ToolProblemError(ValueError):
    """A file of problems that cannot be read; the message names file and row, and says what to do."""


@dataclass(frozen=True)
class ToolProblem:
    """One problem.

    Attributes:
        id: unique in its file.
        question: as it is asked, without what belongs to it (`facts`).
        answer: the right one, as the data set writes it.
        facts: what else is known, as text: `table`, `level`, `image`, …
    """

    id: str
    question: str
    answer: str
    facts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_tool(cls, tool: Tool) -> ToolProblem:
        """The problem that a tool was made from."""
        return cls(tool.id, tool.question, tool.answer, dict(tool.facts))


def read_tool_problems(path: str | Path) -> list[ToolProblem]:
    """Reads problems from JSON lines, a JSON list, CSV or Parquet, by the file's suffix.

    A row has `question` (or `problem`, `prompt`) and `answer` (or `reference`); its other fields are kept as facts where they are
    texts or numbers. Where several people answered, the answer is the list of their texts, kept as JSON. Without an `id` (or `tool_id`, `problem_id`, `pid`) a row's is the hash of its question and facts,
    so that it does not depend on where in the file it stands; of rows that are alike in these the first is kept.

    Raises:
        ToolProblemError: the file is missing or malformed, a row lacks a field, or two rows share an id.
    """
    path = Path(path)
    readers = {".jsonl": _json_lines, ".json": _json, ".csv": _csv, ".parquet": _parquet}
    read = readers.get(path.suffix)
    if read is None:
        raise ToolProblemError(f"{path}: give problems as {', '.join(readers)}")
    if not path.is_file():
        raise ToolProblemError(f"{path}: there is no such file")
    found: dict[str, ToolProblem] = {}
    rows: dict[str, int] = {}
    for number, row in read(path):
        where = f"{path}, row {number}"
        problem, named = _problem(row, where)
        if problem.id in found:
            if not named:
                continue
            raise ToolProblemError(
                f"{where}: id {problem.id!r} is that of row {rows[problem.id]} too; give each its own"
            )
        found[problem.id], rows[problem.id] = problem, number
    if not found:
        raise ToolProblemError(f"{path} holds no problems")
    return list(found.values())


def _problem(row: object, where: str) -> tuple[ToolProblem, bool]:
    if not isinstance(row, Mapping):
        raise ToolProblemError(f"{where}: no object of named fields")
    texts = {name: str(value) for name, value in row.items() if isinstance(value, str | int | float)}
    texts |= {name: json.dumps(row[name]) for name in _ANSWERS if _are_texts(row.get(name))}
    taken = {}
    for what, names in (("question", _QUESTIONS), ("answer", _ANSWERS)):
        name = next((name for name in names if texts.get(name, "").strip()), None)
        if name is None:
            raise ToolProblemError(f"{where}: no {what}; give it as one of the fields {', '.join(names)}")
        taken[what] = texts.pop(name)
    identity = next((name for name in _IDS if texts.get(name, "").strip()), None)
    named = texts.pop(identity) if identity is not None else None
    digest = json.dumps([taken["question"], sorted(texts.items())])
    id = named or hashlib.sha256(digest.encode("utf-8", "backslashreplace")).hexdigest()[:12]
    return ToolProblem(id, taken["question"], taken["answer"], texts), named is not None


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ToolProblemError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from error


def _json_lines(path: Path) -> Iterator[tuple[int, object]]:
    for number, line in enumerate(_text(path).split("\n"), 1):
        if line.strip():
            yield number, _loaded(line, f"{path}, row {number}")


def _json(path: Path) -> Iterator[tuple[int, object]]:
    """A list; or lines, as the release has them under this suffix."""
    text = _text(path)
    if text.lstrip().startswith("["):
        yield from enumerate(_loaded(text, str(path)), 1)
    else:
        yield from _json_lines(path)


def _loaded(text: str, where: str) -> Any:
    try:  # numbers stay as they are written: 5.0 is not 5 where answers are compared as texts
        return json.loads(text, parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as error:
        raise ToolProblemError(f"{where}: no JSON ({error})") from error


def _csv(path: Path) -> Iterator[tuple[int, object]]:
    try:
        yield from enumerate(csv.DictReader(io.StringIO(_text(path), newline=""), strict=True), 1)
    except csv.Error as error:
        raise ToolProblemError(f"{path}: no CSV ({error})") from error


def _parquet(path: Path) -> Iterator[tuple[int, object]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        yield from enumerate(pq.read_table(path).to_pylist(), 1)
    except (pa.ArrowException, OSError) as error:
        raise ToolProblemError(f"{path} cannot be read as Parquet: {error}") from error
