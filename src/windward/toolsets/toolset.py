"""A library of tools on disk: a folder with the tools, and with the decisions that left them in it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from windward.toolsets.dedup import Decision, DeduplicatedEpochs
from windward.toolsets.parquet_files import (
    ToolsetError,
    check_rows,
    read_checked,
    text_list,
    text_map,
    text_schema,
    write_checked,
)
from windward.toolsets.records import Tool
from windward.toolsets.released import read_tools

if TYPE_CHECKING:
    import pyarrow as pa

TOOLS = "tools.parquet"
DECISIONS = "decisions.parquet"


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
            Tool(**row | {"facts": dict(row["facts"])})
            for row in read_checked(Path(folder) / TOOLS, schemas[TOOLS])
        ]
        decisions = [
            Decision(**row | {"candidates": tuple(row["candidates"])})
            for row in read_checked(Path(folder) / DECISIONS, schemas[DECISIONS])
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
        folder, schemas = Path(folder), _schemas()
        written = {
            DECISIONS: [asdict(decision) for decision in self.decisions],
            TOOLS: [asdict(tool) | {"facts": list(tool.facts.items())} for tool in self.tools],
        }
        for name, schema in schemas.items():  # before a file is touched, so that both are of one toolset
            check_rows(folder, written[name], schema)
        for name, schema in schemas.items():
            write_checked(folder / name, written[name], schema)

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
    columns = ("id", "question", "answer", "solution", "solution_call", "code", "call")
    return {
        TOOLS: text_schema(columns, facts=text_map()),
        DECISIONS: text_schema(("step", "group", "rule", "kept", "why"), candidates=text_list()),
    }
