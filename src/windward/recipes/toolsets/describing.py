"""`windward toolset stats`: what a library is made of, how far it reaches, and a page to browse its tools."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from windward.evals.folder import claim
from windward.recipes.errors import RecipeError
from windward.reports.toolset import write_toolset_report
from windward.reports.wording import figure, figure_range
from windward.rows import Result, select, write_results
from windward.toolsets.growth import THRESHOLDS, answered_results, coverage_results
from windward.toolsets.index import Encoder, Library
from windward.toolsets.indexed import INDEX, indexed
from windward.toolsets.problems import read_tool_problems
from windward.toolsets.solved import read_solved
from windward.toolsets.statistics import (
    KEPT,
    described,
    duplicate_results,
    text_results,
    use_results,
    uses,
    verdict_results,
    write_described,
    yield_results,
)
from windward.toolsets.steps import read_steps
from windward.toolsets.toolset import TOOLS, Toolset

SYSTEM = "toolset stats"
VERDICTS, RESULTS = "verdicts.parquet", "results.parquet"


@dataclass(frozen=True)
class StatisticsConfig:
    """What is described.

    Attributes:
        library: folder of the toolset.
        solved: folders of runs that solved problems with it (`solved.parquet`).
        problems: file of problems that it should reach; None leaves coverage out.
        audit: folder that holds `verdicts.parquet`; None is the library's own.
        thresholds: least cosines at which a problem counts as similar to an originating one.
    """

    library: Path
    solved: tuple[Path, ...] = ()
    problems: Path | None = None
    audit: Path | None = None
    thresholds: tuple[float, ...] = THRESHOLDS


def describe_toolset(
    config: StatisticsConfig,
    out: Path,
    *,
    encoder: Callable[[], Encoder],
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Writes `results.parquet`, `described.parquet` (a row a tool), `uses.parquet`, `report.html` and `run.json` into `out`.

    No code of a tool is run. Problems are compared by their question alone, without table, as the library's own view of them is.

    Args:
        config: see `StatisticsConfig`.
        out: new, empty, or of the same run.
        encoder: loads what makes vectors; called only where there are problems.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Returns:
        The page.

    Raises:
        RecipeError: two runs have one name, or the file of verdicts cannot be read.
        ToolsetError: the library, its index or a run's solved problems cannot be read.
        ToolProblemError: the problems cannot be read.
        FolderError: `out` holds something else.
        ReportError: a file is malformed.
    """
    toolset = Toolset.load(config.library)
    solved = {name: read_solved(folder) for name, folder in _named(config.solved).items()}
    steps, verdicts = read_steps(config.library), _verdicts(config)
    claim(SYSTEM, out, _settings(config), command)
    name, tools = config.library.resolve().name, toolset.tools
    results = [
        *text_results(tools, name),
        *duplicate_results(toolset.decisions, name),
        *yield_results(steps, tools, toolset.decisions, name),
        *verdict_results(verdicts, tools, name),
        *use_results(solved, tools, name),
        *answered_results([tool.id for tool in tools], solved, name=name),
    ]
    tell(
        f"{len(tools):,} tools, {len(steps):,} steps, {len(verdicts):,} verdicts, {len(solved):,} solved runs"
    )
    if config.problems is not None and tools:
        results += _coverage(config, toolset, name, encoder(), tell)
    for line in told(results):
        tell(line)
    write_described(out, described(tools), uses(solved))
    write_results(out / RESULTS, results)
    return write_toolset_report(out, config.library, config.audit)


def told(results: Sequence[Result]) -> list[str]:
    """The figures that say most, each with its 95 % interval and n."""
    largest = max((row.condition["tools"] for row in select(results, metric="similar_rate")), default=None)
    wanted: list[tuple[str, str, dict[str, Any]]] = [
        ("cyclomatic complexity, mean", "complexity_mean", {}),
        ("atomic tools", "atomic_rate", {}),
        ("tools that still work", "verdict_rate", {"verdict": "ok"}),
        ("problems that left a tool", "passed_rate", {"stage": KEPT}),
        ("problems like an originating one, cosine ≥ 0.6", "similar_rate", {"tools": largest, "threshold": 0.6}),
        ("problems shown a tool", "shown_rate", {}),
        ("answered right, lenient", "lenient_accuracy", {"programs": "all"}),
    ]  # fmt: skip
    return [
        f"{name}{f' ({row.dataset})' if row.dataset != 'library' else ''}: {figure(row)} [{figure_range(row)}] of {row.n:,}"
        for name, metric, condition in wanted
        for row in select(results, metric=metric, condition=condition)
    ]


def _coverage(
    config: StatisticsConfig, toolset: Toolset, name: str, encoder: Encoder, tell: Callable[[str], None]
) -> list[Result]:
    assert config.problems is not None
    problems = read_tool_problems(config.problems)
    indexed(config.library, toolset, encoder)
    library = Library.load(
        config.library / INDEX
    )  # as stored, so that the first run's last digits are those of the next
    tell(f"{len(problems):,} problems of {config.problems.name}, by {encoder.name}")
    known = {tool.question for tool in toolset.tools}
    repeated = sum(problem.question in known for problem in problems)
    vectors = encoder.encode([problem.question for problem in problems])
    dataset = config.problems.stem
    return [
        Result("toolsets", name, dataset, "problems", "repeated", float(repeated), len(problems)),
        *coverage_results(library, vectors, name=name, dataset=dataset, thresholds=config.thresholds),
    ]


def _named(folders: Sequence[Path]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for folder in folders:
        if (name := folder.resolve().name) in found:
            raise RecipeError(f"{found[name]} and {folder} have one name: rename one of the folders")
        found[name] = folder
    return found


def _verdicts(config: StatisticsConfig) -> list[Mapping[str, Any]]:
    path = (config.audit or config.library) / VERDICTS
    if not path.exists():
        if config.audit is not None:
            raise RecipeError(f"{path} is not there: name the folder that windward toolset audit wrote")
        return []
    try:
        rows: list[Mapping[str, Any]] = pq.read_table(path).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise RecipeError(f"{path} cannot be read as Parquet: {error}") from error
    if any("tool" not in row or "verdict" not in row for row in rows):
        raise RecipeError(f"{path} holds no verdicts: columns tool and verdict are missing")
    return rows


def _settings(config: StatisticsConfig) -> dict[str, Any]:
    return {
        "library": str(config.library),
        "library_sha256": _digest(config.library / TOOLS),
        "solved": [str(folder) for folder in config.solved],
        "problems": None if config.problems is None else str(config.problems),
        "problems_sha256": None if config.problems is None else _digest(config.problems),
        "problems_compared_by": "question",
        "audit": None if config.audit is None else str(config.audit),
        "thresholds": list(config.thresholds),
    }


def _digest(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.is_file() else None
