"""A problem that was solved with tools that were found for it: what was found, what ran, and what it came to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from windward.toolsets.parquet_files import read_checked, text_list, text_map, text_schema, write_checked
from windward.toolsets.problems import ToolProblem

if TYPE_CHECKING:
    import pyarrow as pa

FILE = "solved.parquet"


@dataclass(frozen=True)
class Solved:
    """One problem.

    Attributes:
        problem: what was asked.
        tools: ids of the tools that were shown, best first; empty where none was found.
        votes: of each, in that order.
        used: ids of those whose function the program names.
        program: what the model wrote, without the tools' own code; "" where nothing could be read.
        printed: the last line that the program and its tools printed.
        status: `ok` (it ran), `crash`, `timeout`, or `unread`.
        lenient: whether that is the answer by the paper's last rule (1 % or two decimals).
        strict: whether it is by value.
        why: the error, or why nothing could be read.
    """

    problem: ToolProblem
    tools: tuple[str, ...]
    votes: tuple[int, ...]
    used: tuple[str, ...]
    program: str
    printed: str
    status: str
    lenient: bool
    strict: bool
    why: str = field(default="")


def write_solved(folder: str | Path, rows: Iterable[Solved]) -> None:
    """Writes `solved.parquet`.

    Raises:
        ToolsetError: a text cannot be written as UTF-8.
    """
    flat = []
    for row in rows:
        texts = asdict(row)
        problem = texts.pop("problem")
        flat.append(texts | problem | {"facts": list(problem["facts"].items())})
    write_checked(Path(folder) / FILE, flat, _schema())


def read_solved(folder: str | Path) -> list[Solved]:
    """Reads what `write_solved` wrote.

    Raises:
        ToolsetError: the file is not there or was damaged.
    """
    found = []
    for row in read_checked(Path(folder) / FILE, _schema(), "solved problems"):
        problem = ToolProblem(row.pop("id"), row.pop("question"), row.pop("answer"), dict(row.pop("facts")))
        lists = {name: tuple(row[name]) for name in ("tools", "votes", "used")}
        found.append(Solved(problem, **row | lists))
    return found


def _schema() -> pa.Schema:
    import pyarrow as pa

    texts = ("id", "question", "answer", "program", "printed", "status", "why")
    votes = pa.list_(pa.field("item", pa.int64(), nullable=False))
    return text_schema(
        texts,
        facts=text_map(),
        tools=text_list(),
        votes=votes,
        used=text_list(),
        lenient=pa.bool_(),
        strict=pa.bool_(),
    )
