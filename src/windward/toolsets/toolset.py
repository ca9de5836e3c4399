"""A library of tools on disk: a folder with the tools, and with the decisions that left them in it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
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

    from windward.interpreter import SourceTool
    from windward.toolsets.domains import Domain
    from windward.toolsets.index import Encoder, Library
    from windward.toolsets.retrieve import Plan

TOOLS = "tools.parquet"
DECISIONS = "decisions.parquet"


@dataclass(frozen=True)
class Toolset:
    """Tools in the order of their library.

    Attributes:
        tools: each with its own id.
        decisions: of the de-duplication that left them; they can be made again (`dedup.RecordedChooser`). Empty for
            a library of which no decisions are known.
        folder: where it was loaded from; its `index.npz` is read, and made where it is missing. None for one in memory.
        libraries: vectors that were made or read for this object, by the name of their encoder.
    """

    tools: tuple[Tool, ...]
    decisions: tuple[Decision, ...] = ()
    folder: Path | None = field(default=None, compare=False, repr=False, kw_only=True)
    libraries: dict[str, Library] = field(default_factory=dict, init=False, compare=False, repr=False)

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
            return cls(tuple(tools), tuple(decisions), folder=Path(folder))
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

    def for_problem(
        self,
        text: str,
        *,
        k: int = 3,
        encoder: Encoder | None = None,
        plan: Plan | None = None,
        library: Library | None = None,
        domain: Domain | None = None,
    ) -> dict[str, SourceTool]:
        """The tools for a problem by name, for an agent and the interpreter that it acts in.

            tools = Toolset.load("library").for_problem("How many lamps were sold?")
            async with Interpreter(CELL_LIMITS, tools=tools) as session:
                await run_agent(model, task_opening(task, space="code", tools=tools, turns=5), session=session, tools=tools)

        A tool is text that a model wrote: nothing of it runs here. Of two tools of one name the better one has it, and the
        other its id appended. A tool without a function is no candidate.

        Args:
            text: the problem's question.
            k: tools at most.
            encoder: what turns texts into vectors; None is the embedded one.
            plan: hypothetical names and docstring; the tools are then those that two searches name, as in the paper, which
                may be none. Without one, the question stands for the docstring, and the tools of the nearest problems fill up.
            library: the tools' vectors; None are those of the folder, which are made and written there when missing, or of
                a toolset in memory made once.
            domain: the tools', where it is the caller's own; its `host` functions go to the session beside the tools.

        Raises:
            ValueError: the library's vectors are of another encoder, or k is less than 1.
            ToolsetError: the index in the folder is of another encoder, or none.
        """
        from windward.toolsets.for_problem import tools_for

        return tools_for(self, text, k=k, encoder=encoder, plan=plan, library=library, domain=domain)

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
