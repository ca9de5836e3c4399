"""The problems that a library's steps started from, and whether a tool's text is one that these steps produced."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from windward.toolsets.parquet_files import (
    ToolsetError,
    read_checked,
    text_map,
    text_schema,
    write_checked,
)
from windward.toolsets.problems import ToolProblem
from windward.toolsets.records import Tool
from windward.toolsets.steps import Step, read_steps

if TYPE_CHECKING:
    import pyarrow as pa

PROBLEMS = "problems.parquet"
BUILT_PROBLEMS = "1_solutions.parquet"
"""The file of a build's epoch that has all of its problems."""
IMPORTED = "import.json"
"""What an import found out about its files."""
DIFFERENCE_LINES = 40
"""So much of a difference between two texts is kept."""
COMPARED_LINES = 2000
"""Differences are looked for in so many lines; more would take too long in the worst case."""


def write_problems(folder: str | Path, problems: Iterable[ToolProblem]) -> None:
    """Writes `problems.parquet` into a library's folder: those of all its steps, not of its tools alone.

    Raises:
        ToolsetError: a text cannot be written as UTF-8.
    """
    rows = [asdict(problem) | {"facts": list(problem.facts.items())} for problem in problems]
    write_checked(Path(folder) / PROBLEMS, rows, _schema())


def read_problems(folder: str | Path) -> dict[str, ToolProblem]:
    """The problems of a library's folder by the id of their tool: of an import, or of the first stage of a build.

    There are none where these files are not there.

    Raises:
        ToolsetError: a file was damaged.
    """
    folder = Path(folder)
    imported = folder / PROBLEMS
    paths = [imported] if imported.exists() else sorted(folder.glob(f"epoch_*/{BUILT_PROBLEMS}"))
    rows = [row for path in paths for row in read_checked(path, _schema(), "problems of a toolset")]
    return {row["id"]: ToolProblem(**row | {"facts": dict(row["facts"])}) for row in rows}


def _schema() -> pa.Schema:
    return text_schema(("id", "question", "answer"), facts=text_map())


def import_record(folder: str | Path) -> dict[str, Any] | None:
    """What an import found out of its `steps` and `decisions`; None for a library that was built.

    Raises:
        ToolsetError: the record was damaged.
    """
    path = Path(folder) / IMPORTED
    if not path.exists():
        return None
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return {"steps": dict(record["steps"]), "decisions": dict(record["decisions"])}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ToolsetError(
            f"{path} is no record of an import ({error!r}): import the library again"
        ) from error


@dataclass(frozen=True)
class Provenance:
    """The texts that the steps produced.

    Attributes:
        texts: of each tool id, the abstractions that were made of its problem: code and call.
        whole: whether all that the pipeline made is on record, so that a tool of which nothing is was made elsewhere.
    """

    texts: Mapping[str, Sequence[tuple[str, str]]]
    whole: bool

    @classmethod
    def of_folder(cls, folder: str | Path) -> Provenance:
        """Of a library's folder. What was built there is on record as a whole; an import says whether it is.

        Raises:
            ToolsetError: a file of the folder was damaged.
        """
        steps, record = read_steps(folder), import_record(folder)
        whole = bool(steps) if record is None else record["steps"].get("whole") is True
        return cls.of_steps(steps, whole=whole)

    @classmethod
    def of_steps(cls, steps: Iterable[Step], *, whole: bool) -> Provenance:
        """Of the rows of `steps.parquet`."""
        texts: dict[str, list[tuple[str, str]]] = {}
        for step in steps:
            if step.stage == "abstraction" and step.code:
                texts.setdefault(step.tool, []).append((step.code, step.call))
        return cls(texts, whole and bool(texts))

    def steps(self, tool: Tool) -> Literal["known", "unknown"]:
        """Whether it is known what the steps made of the tool's problem."""
        return "known" if self.whole or tool.id in self.texts else "unknown"

    def difference(self, tool: Tool) -> str:
        """How a tool's text differs from what the steps produced, as a unified diff; "" where it does not, or nobody knows.

        Line ends and white space at the end of lines are no difference. Of several texts that the steps produced, it is the
        nearest.
        """
        if self.steps(tool) == "unknown":
            return ""
        ours = _lines(tool.code, tool.call)
        produced = [_lines(*text) for text in self.texts.get(tool.id, ())]
        if ours in produced:
            return ""
        differences = [_difference(theirs, ours) for theirs in produced or [[]]]
        shortest = min(differences, key=len)
        left = len(shortest) - DIFFERENCE_LINES
        return "\n".join([*shortest[:DIFFERENCE_LINES], *([f"… {left} more lines"] if left > 0 else [])])


def _difference(theirs: Sequence[str], ours: Sequence[str]) -> list[str]:
    names = "as its step made it", "as it is in the library"
    found = difflib.unified_diff(theirs[:COMPARED_LINES], ours[:COMPARED_LINES], *names, n=1, lineterm="")
    return list(found) or [f"they differ after line {COMPARED_LINES}"]


def _lines(code: str, call: str) -> list[str]:
    return [*_plain(code), "", "# call", *_plain(call)]


def _plain(text: str) -> list[str]:
    return [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").rstrip().split("\n")]
