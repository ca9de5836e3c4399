"""A library of tools on disk: a folder with the tools, and with the decisions that left them in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from windward.toolsets.dedup import Decision, DeduplicatedEpochs
from windward.toolsets.records import Tool
from windward.toolsets.released import read_tools

if TYPE_CHECKING:
    import pyarrow as pa

TOOLS = "tools.parquet"
DECISIONS = "decisions.parquet"


class ToolsetError(ValueError):
    """A folder that is no toolset, or tools that cannot be one; the message says what is wrong and where."""


@dataclass(frozen=True)
class Toolset:
    """Tools in the order of their library.

    Attributes:
        tools: each with its own id.
        decisions: of the de-duplication that left them; they can be made again (`dedup.RecordedChooser`). Empty for
            a library of which no decisions are known.
    """

    tools: tuple[Tool, ...]
    decisions: tuple[Decision, ...] = ()

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for tool in self.tools:
            if tool.id in seen:
                raise ToolsetError(f"two tools have the id {tool.id!r}: ids are unique in a toolset")
            seen.add(tool.id)

    @classmethod
    def from_epochs(cls, epochs: DeduplicatedEpochs) -> Toolset:
        """What de-duplication left, with all of its decisions."""
        return cls(epochs.whole.tools, epochs.decisions)

    @classmethod
    def from_released(cls, path: str | Path) -> Toolset:
        """A released library (`5_deduplicated_tools.csv`); why its tools were kept is not in it.

        Raises:
            ReleasedFileError: the file cannot be read; the message names the row.
            ToolsetError: it holds solutions (an earlier stage), no tools.
        """
        tools = tuple(read_tools(path))
        if tools and not any(tool.code for tool in tools):
            raise ToolsetError(
                f"{path} has no column `tool` with texts in it: import a file of stage 3 or later"
            )
        return cls(tools)

    @classmethod
    def load(cls, folder: str | Path) -> Toolset:
        """Reads what `save` wrote.

        Raises:
            ToolsetError: the folder holds no toolset, or one that was damaged.
        """
        schemas = _schemas()
        tools = [
            Tool(**row | {"facts": dict(row["facts"])}) for row in _read(Path(folder) / TOOLS, schemas[TOOLS])
        ]
        decisions = [
            Decision(**row | {"candidates": tuple(row["candidates"])})
            for row in _read(Path(folder) / DECISIONS, schemas[DECISIONS])
        ]
        try:
            return cls(tuple(tools), tuple(decisions))
        except ToolsetError as error:
            raise ToolsetError(f"{folder}: {error}") from error

    def save(self, folder: str | Path) -> None:
        """Writes the folder; each of its files is written whole or not at all.

        Raises:
            ToolsetError: a text cannot be written as UTF-8.
        """
        import pyarrow as pa

        from windward.rows.training import write_rows

        folder = Path(folder)
        tools = [asdict(tool) | {"facts": list(tool.facts.items())} for tool in self.tools]
        decisions = [asdict(decision) for decision in self.decisions]
        written = {DECISIONS: decisions, TOOLS: tools}
        try:  # before a file is touched, so that both are of one toolset
            for name, schema in _schemas().items():
                pa.Table.from_pylist(written[name], schema=schema)
        except UnicodeEncodeError as error:
            raise ToolsetError(f"{folder}: a text cannot be written as UTF-8: {error}") from error
        folder.mkdir(parents=True, exist_ok=True)
        for name, schema in _schemas().items():
            write_rows(folder / name, written[name], schema)

    def tool(self, id: str) -> Tool:
        """The tool of this id.

        Raises:
            KeyError: there is none.
        """
        for tool in self.tools:
            if tool.id == id:
                return tool
        raise KeyError(f"no tool has the id {id!r}")


def _schemas() -> dict[str, pa.Schema]:
    import pyarrow as pa

    text = pa.string()
    columns = ("id", "question", "answer", "solution", "solution_call", "code", "call")
    facts = pa.field("facts", pa.map_(text, text), nullable=False)
    candidates = pa.field("candidates", pa.list_(pa.field("item", text, nullable=False)), nullable=False)
    named = [pa.field(name, text, nullable=False) for name in ("step", "group", "rule", "kept", "why")]
    return {
        TOOLS: pa.schema([*(pa.field(name, text, nullable=False) for name in columns), facts]),
        DECISIONS: pa.schema([*named[:3], candidates, *named[3:]]),
    }


def _read(path: Path, schema: pa.Schema) -> Sequence[dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise ToolsetError(f"{path} cannot be read as Parquet: {error}") from error
    if lacking := sorted(set(schema.names) - set(table.column_names)):
        raise ToolsetError(f"{path} holds no toolset: columns {', '.join(lacking)} are missing")
    try:
        table = table.select(schema.names).cast(schema)
    except (pa.ArrowException, ValueError) as error:
        raise ToolsetError(f"{path}: a column is not of its type: {error}") from error
    rows: list[dict[str, Any]] = table.to_pylist()
    for number, row in enumerate(rows, 1):
        if empty := [name for name, value in row.items() if value is None]:
            raise ToolsetError(f"{path}, row {number}: {empty[0]} is missing")
    return rows
