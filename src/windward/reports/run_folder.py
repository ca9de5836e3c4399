"""Reads what a run of the main job left on disk: strictly where a report depends on it, tolerantly elsewhere."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast

from windward.reports.run_records import Attempt, Evaluation, Node, Row, RowsFile, RunFolder, Tree
from windward.rows import Kind, Problem, Result, read_results

_ROWS = ("sft.parquet", "pairs.parquet")
_COUNTED = ("family", "turn")
T = TypeVar("T")


class ReportError(ValueError):
    """A file of a run does not hold what a report needs; says which file, line and field."""


def read_run_folder(out_dir: Path) -> RunFolder:
    """Reads the files of a run; those that are not there count as empty.

    Raises:
        ReportError: the folder does not exist, or a file in it is malformed.
    """
    if not out_dir.is_dir():
        raise ReportError(f"{out_dir} is not a folder: give the --out of a run")
    return RunFolder(
        path=out_dir,
        results=results_in(out_dir / "results.parquet"),
        evaluations=tuple(lines_in(out_dir / "evaluations.jsonl", _evaluation)),
        trees=tuple(lines_in(out_dir / "trees.jsonl", _tree)),
        steps=_steps(out_dir / "steps.json"),
        run=object_in(out_dir / "run.json"),
        training=tuple(
            (path.parent.name, object_in(path)) for path in sorted(out_dir.glob("*/training.json"))
        ),
        rows=tuple(_rows(path) for name in _ROWS if (path := out_dir / name).exists()),
        files=tuple(
            sorted(path.name for path in out_dir.iterdir() if not path.name.startswith((".", "report.html")))
        ),
    )


def need(row: object, name: str, kind: type[T] | tuple[type[T], ...], where: str) -> T:
    """A required field of a JSON object.

    Raises:
        ReportError: it is missing or of another type.
    """
    if not isinstance(row, dict):
        raise ReportError(f"{where}: expected an object, found {type(row).__name__}")
    if name not in row:
        raise ReportError(f"{where}: field {name!r} is missing")
    value = row[name]
    if not isinstance(value, kind):
        raise ReportError(
            f"{where}: field {name!r} is {type(value).__name__}, which is not what belongs there"
        )
    return value


def results_in(path: Path) -> tuple[Result, ...]:
    """The result table; empty where there is none."""
    if not path.exists():
        return ()
    try:
        return tuple(read_results(path))
    except (ValueError, OSError) as error:
        raise ReportError(f"{path} cannot be read as a result table: {error}") from error


def _rows(path: Path) -> RowsFile:
    """Counts the rows, by reading no more than the columns to count by."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        named = [name for name in _COUNTED if name in file.schema_arrow.names]
        read = file.read(columns=named)
    except (pa.ArrowException, OSError) as error:
        raise ReportError(f"{path} cannot be read as Parquet: {error}") from error
    by = {name: dict(Counter(map(str, read[name].to_pylist()))) for name in named}
    return RowsFile(path.name, file.metadata.num_rows, by)


def object_in(path: Path) -> Row:
    """A JSON object; empty where there is no file."""
    if not path.exists():
        return {}
    found = _json(path.read_bytes(), str(path))
    if not isinstance(found, dict):
        raise ReportError(f"{path}: expected an object, found {type(found).__name__}")
    return found


def _steps(path: Path) -> tuple[Row, ...]:
    if not path.exists():
        return ()
    found = _json(path.read_bytes(), str(path))
    if not isinstance(found, list):
        raise ReportError(f"{path}: expected a list of steps, found {type(found).__name__}")
    for place, step in enumerate(found, start=1):
        need(step, "name", str, f"{path}, step {place}")
    return tuple(found)


def lines_in(path: Path, parse: Callable[[Row, str], T]) -> Iterator[T]:
    """One value a line. Lines end at a newline alone: model text may hold other characters that look like line ends."""
    if not path.exists():
        return
    with path.open("rb") as lines:
        for place, line in enumerate(lines, start=1):
            if line.strip():
                where = f"{path}, line {place}"
                yield parse(_json(line, where), where)


def _json(content: bytes, where: str) -> Any:
    try:
        return json.loads(content.decode("utf-8", errors="surrogatepass"))
    except ValueError as error:
        raise ReportError(f"{where} is not JSON: {error}") from error


def _problem(row: object, where: str) -> Problem:
    problem = need(row, "problem", dict, where)
    inside = f"{where}, problem"
    return Problem(
        id=need(problem, "id", str, inside),
        prompt=need(problem, "prompt", str, inside),
        reference=_text(problem.get("reference")),
        kind=cast(Kind, _text(problem.get("kind"))),
        family=_text(problem.get("family")),
    )


def _attempt(row: object, where: str) -> Attempt:
    action, correct = need(row, "action", str, where), need(row, "correct", bool, where)
    assert isinstance(row, dict)
    tokens = row.get("completion_tokens")
    return Attempt(
        action=action,
        code=_text_or_none(row.get("code")),
        observation=_text(row.get("observation")),
        answer=_text_or_none(row.get("answer")),
        correct=correct,
        rule=_text(row.get("rule")),
        error_kind=_text_or_none(row.get("error_kind")),
        completion_tokens=tokens if isinstance(tokens, int) else None,
    )


def _evaluation(row: Row, where: str) -> Evaluation:
    turns = need(row, "turns", list, where)
    return Evaluation(
        stage=need(row, "stage", str, where),
        split=need(row, "split", str, where),
        problem=_problem(row, where),
        turns=tuple(_attempt(turn, f"{where}, turn {place}") for place, turn in enumerate(turns, start=1)),
        solved_at=need(row, "solved_at", (int, type(None)), where),
    )


def _tree(row: Row, where: str) -> Tree:
    nodes = tuple(
        _node(node, f"{where}, node {place}")
        for place, node in enumerate(need(row, "nodes", list, where), start=1)
    )
    seen: set[str] = set()
    for node in nodes:
        if node.parent is not None and node.parent not in seen:
            raise ReportError(
                f"{where}: node {node.id!r} comes before its parent {node.parent!r}, or has none"
            )
        if node.id in seen:
            raise ReportError(f"{where}: two nodes are called {node.id!r}")
        seen.add(node.id)
    return Tree(id=need(row, "id", str, where), problem=_problem(row, where), nodes=nodes)


def _node(row: object, where: str) -> Node:
    return Node(
        id=need(row, "id", str, where),
        parent=need(row, "parent", (str, type(None)), where),
        turn=need(row, "turn", int, where),
        attempt=_attempt(row, where),
        kept=bool(isinstance(row, dict) and row.get("kept")),
    )


def _text(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)
