"""The figures of a run at a glance: a row a paradigm and reading, a column a set."""

from __future__ import annotations

from collections.abc import Sequence

from windward.evals.shift.paradigms.scoring import PARSED
from windward.evals.shift.task import Kind
from windward.rows import Result, select

_MAIN: dict[Kind, str] = {"classification": "accuracy", "tagging": "entity_f1", "questions": "f1"}


def table(results: Sequence[Result], kind: Kind) -> list[str]:
    """The main metric of every set in percent: of all / of the parsed (unparsed)."""
    metric = _MAIN[kind]
    main = select(results, metric=metric)
    datasets = list(dict.fromkeys(row.dataset for row in main))
    names = list(dict.fromkeys(_name(row) for row in main))
    lines = [["", *(f"{name} (n {_n(main, name)})" for name in datasets)]]
    for name in names:
        cells = []
        for dataset in datasets:
            own = [row for row in results if row.dataset == dataset and _name(row) == name]
            cells.append(_cell(own, metric))
        lines.append([name, *cells])
    largest = {row.dataset: row.value for row in select(results, metric="largest_class_rate")}
    if largest:
        lines.append(["always the largest class", *(f"{100 * largest[name]:.1f}" for name in datasets)])
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    said = [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    head = f"{metric.replace('_', ' ')} in %: of all, unparsed ones as wrong / of those parsed (% unparsed)"
    return [head, *said]


def _name(row: Result) -> str:
    told = row.condition
    parts = [told.get("paradigm"), told.get("reading"), told.get("normalised")]
    return " ".join(str(part) for part in parts if part)


def _n(rows: Sequence[Result], dataset: str) -> int:
    return max(row.n for row in rows if row.dataset == dataset)


def _cell(rows: Sequence[Result], metric: str) -> str:
    values = {row.metric: row.value for row in rows}
    if metric not in values:
        return "-"
    parsed = values.get(PARSED + metric)
    of_parsed = "-" if parsed is None else f"{100 * parsed:.1f}"
    return f"{100 * values[metric]:.1f} / {of_parsed} ({100 * values.get('unparsed_rate', 0):.1f})"
