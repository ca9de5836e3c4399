"""Reads what `windward toolset` left of a library: its tools, their steps, decisions, verdicts and uses."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from windward.reports.run_folder import ReportError, object_in, results_in
from windward.reports.run_records import Row
from windward.rows import Result

MOST = 1_000
"""So many tools are listed, and after them those that do not work; 1,000 tools make a page of about 5 MB."""
_TOOLS = ("id", "question", "answer", "solution", "solution_call", "code", "call", "facts")
_STEPS = ("tool", "epoch", "stage", "code", "call", "verdict", "why")
_DECISIONS = ("step", "group", "rule", "candidates", "kept", "why")
_VERDICTS = ("tool", "verdict")
_DESCRIBED = ("tool", "name", "head", "explanation", "complexity", "functions", "statements", "arguments", "calls", "problem")  # fmt: skip
_VERSIONS = ("python", "numpy", "pandas", "scipy", "sympy")
_USES = ("tool", "problem", "question", "rank", "votes", "used", "lenient", "strict", "run")


@dataclass(frozen=True)
class ShownTool:
    """A tool with all that is known of it, as the page shows it.

    Attributes:
        place: in its library, from 1.
        tool: its row of tools.parquet.
        about: its row of described.parquet.
        steps: its rows of steps.parquet.
        decisions: those of decisions.parquet of which it was a candidate.
        verdict: its row of verdicts.parquet; empty where it was not audited.
        uses: its rows of uses.parquet.
    """

    place: int
    tool: Row
    about: Row
    steps: tuple[Row, ...]
    decisions: tuple[Row, ...]
    verdict: Row
    uses: tuple[Row, ...]

    @property
    def id(self) -> str:
        """Of the tool."""
        return str(self.tool["id"])

    @property
    def anchor(self) -> str:
        """Of its entry in the page; an id may hold anything."""
        return f"tool-{self.place}"

    @property
    def kind(self) -> str:
        """Its verdict in a word or two."""
        return str(self.verdict["verdict"]) if self.verdict else "not audited"

    @property
    def failed(self) -> bool:
        """Whether an audit found that it does not do what it should."""
        return bool(self.verdict) and self.kind != "ok"

    @property
    def used(self) -> int:
        """Programs that call it."""
        return sum(bool(use["used"]) for use in self.uses)


@dataclass(frozen=True)
class ToolsetFolder:
    """What the page draws from.

    Attributes:
        tools: in the order of the library.
        results: the result table.
        record: `run.json` of the statistics.
        files: names of the files that are beside it.
        steps: how many rows steps.parquet has.
        decisions: how many decisions.parquet has.
        audited: whether there are verdicts.
        lost: the last step of each problem that left no tool and was in no decision.
        environments: versions under which they were found, each once.
    """

    tools: tuple[ShownTool, ...]
    results: tuple[Result, ...]
    record: Row
    files: tuple[str, ...]
    steps: int
    decisions: int
    audited: bool
    lost: tuple[Row, ...] = ()
    environments: tuple[str, ...] = ()

    @cached_property
    def listed(self) -> Mapping[str, ShownTool]:
        """Tools that have an entry of their own, by id: the first `MOST`, and all that do not work."""
        return {tool.id: tool for tool in self.tools if tool.place <= MOST or tool.failed}

    def of(self, metric: str, **condition: object) -> list[Result]:
        """Rows of one metric that hold these conditions."""
        return [
            row
            for row in self.results
            if row.metric == metric
            and all(row.condition.get(key) == value for key, value in condition.items())
        ]

    def one(self, metric: str, **condition: object) -> Result | None:
        """The first of these; None where there is none."""
        return next(iter(self.of(metric, **condition)), None)


def read_toolset_folder(out: Path, library: Path, audit: Path | None = None) -> ToolsetFolder:
    """Reads the statistics in `out`, the library's own files, and `verdicts.parquet` of `audit` or else of the library.

    Raises:
        ReportError: a file that must be there is not, or one is malformed; says which.
    """
    tools = _rows(library / "tools.parquet", _TOOLS, needed=True)
    about = {str(row["tool"]): row for row in _rows(out / "described.parquet", _DESCRIBED, needed=True)}
    steps = _rows(library / "steps.parquet", _STEPS)
    decisions = _rows(library / "decisions.parquet", _DECISIONS)
    verdicts = _rows((audit or library) / "verdicts.parquet", _VERDICTS)
    by_tool = {str(row["tool"]): row for row in verdicts}
    of_steps, of_uses = _grouped(steps), _grouped(_rows(out / "uses.parquet", _USES))
    of_decisions: defaultdict[str, list[Row]] = defaultdict(list)
    for decision in decisions:
        for candidate in decision["candidates"]:
            of_decisions[str(candidate)].append(decision)
    shown = []
    for place, tool in enumerate(tools, 1):
        id = str(tool["id"])
        if id not in about:
            raise ReportError(
                f"{out / 'described.parquet'} lacks tool {id!r}: run windward toolset stats again"
            )
        shown.append(
            ShownTool(
                place, tool, about[id], tuple(of_steps[id]), tuple(of_decisions[id]), by_tool.get(id, {}),
                tuple(of_uses[id]),
            )
        )  # fmt: skip
    return ToolsetFolder(
        tools=tuple(shown),
        results=results_in(out / "results.parquet"),
        record=object_in(out / "run.json"),
        files=tuple(sorted(path.name for path in out.iterdir() if path.suffix == ".parquet")),
        steps=len(steps),
        decisions=len(decisions),
        audited=bool(verdicts),
        lost=tuple(
            {
                str(step["tool"]): step
                for step in steps
                if str(step["tool"]) not in about and str(step["tool"]) not in of_decisions
            }.values()
        ),
        environments=tuple(dict.fromkeys(_environment(row) for row in verdicts if row.get("environment"))),
    )


def _rows(path: Path, columns: Sequence[str], *, needed: bool = False) -> list[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.exists():
        if needed:
            raise ReportError(f"{path} is not there: give a library, and the --out of windward toolset stats")
        return []
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise ReportError(f"{path} cannot be read as Parquet: {error}") from error
    if lacking := [name for name in columns if name not in table.column_names]:
        raise ReportError(f"{path}: columns {', '.join(lacking)} are missing")
    rows: list[Row] = table.to_pylist()
    return rows


def _grouped(rows: Sequence[Row]) -> defaultdict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[str(row["tool"])].append(row)
    return found


def _environment(row: Row) -> str:
    """Names and versions in one line."""
    text = str(row["environment"])
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if not isinstance(told, dict):
        return text
    return ", ".join(f"{key} {value}" for key, value in told.items() if key in _VERSIONS) or text
