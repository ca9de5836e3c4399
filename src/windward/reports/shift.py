"""The page of a robustness test out of distribution: what is lost where, whether the score in distribution tells it, and what helps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from windward.reports.again import again
from windward.reports.markup import Html, tag
from windward.reports.page import footer, navigation, page
from windward.reports.parts import facts, missing, section
from windward.reports.shift_curves import METRICS, curves_section, verdict_rows, verdict_sentence
from windward.reports.shift_effects import effects_section
from windward.reports.shift_matrix import Cell, matrix_cells, matrix_chart
from windward.reports.shift_paradigms import paradigms_section
from windward.reports.shift_sets import sets_section
from windward.reports.wording import percent, points
from windward.rows import Result

SYSTEM = "shift"
_BASELINE = "vanilla"
_WHOLE = ("method", "size")
"""Factors whose models saw the whole training set; the first that is there makes the matrix."""


def shift_page(
    results: Sequence[Result],
    *,
    overlaps: Sequence[Mapping[str, object]] = (),
    selection: Mapping[str, object] | None = None,
    record: Mapping[str, object] | None = None,
    files: Sequence[str] = (),
) -> str:
    """The page of a result table. A part whose rows are not there is left out.

    Args:
        results: rows of system `shift`: scores (`role` id or ood in their condition), fits, effects of methods, paradigms.
        overlaps: what training and test sets were found to share, one a pair, as `windward shift overlap --json` writes it.
        selection: the `selection.json` of `windward shift select`.
        record: the run's `run.json`.
        files: names of what lies beside the table.
    """
    own = [row for row in results if row.system == SYSTEM]
    cells = _cells(own)
    parts = [
        ("matrix", "Where it holds", _matrix(cells) if cells else None),
        ("curves", "In and out of distribution", curves_section(own)),
        ("methods", "Methods", effects_section(own)),
        ("paradigms", "Language models", paradigms_section(own)),
        ("sets", "Sets", sets_section(own, overlaps, selection)),
        ("again", "Do it again", again(record, files) if record else None),
    ]
    shown = [(anchor, name, body) for anchor, name, body in parts if body is not None]
    body = [one for *_, one in shown] or [
        missing("Nothing to show.", "The table holds no row of this system.")
    ]
    contents = navigation([(anchor, name) for anchor, name, _ in shown]) if shown else None
    return page("Out of distribution", _head(own, cells), contents, *body, footer())


def _cells(own: Sequence[Result]) -> dict[str, list[Cell]]:
    """By task, of models that saw the whole training set (rows of such a factor, or of none); a way to train a row, its seeds together."""
    scores = [
        row
        for row in own
        if row.metric in METRICS
        and row.condition.get("role") in ("id", "ood")
        and "paradigm" not in row.condition
    ]
    wanted = next((one for one in _WHOLE if any(row.condition.get("factor") == one for row in scores)), "")
    scores = [row for row in scores if row.condition.get("factor", wanted) == wanted]
    tasks: dict[str, list[Result]] = {}
    for row in scores:
        tasks.setdefault(str(row.condition.get("task", "")), []).append(row)
    return {task: matrix_cells(_named(some)) for task, some in tasks.items()}


def _named(scores: Sequence[Result]) -> dict[str, list[Result]]:
    """The scores of one task by what tells one way to train from the others."""
    models, trained = {row.model for row in scores}, {_trained_on(row, scores) for row in scores}
    methods = {str(row.condition.get("method", _BASELINE)) for row in scores}
    named: dict[str, list[Result]] = {}
    for row in scores:
        words = [
            row.model if len(models) > 1 else "",
            f"trained on {_trained_on(row, scores)}" if len(trained) > 1 else "",
            str(row.condition.get("method", _BASELINE)) if len(methods) > 1 else "",
        ]
        named.setdefault(", ".join(filter(None, words)) or next(iter(methods)), []).append(row)
    return named


def _trained_on(row: Result, scores: Sequence[Result]) -> str:
    if "trained_on" in row.condition:
        return str(row.condition["trained_on"])
    return next((one.dataset for one in scores if one.condition.get("role") == "id"), "")


def _matrix(cells: Mapping[str, Sequence[Cell]]) -> Html:
    return section(
        "Where it holds",
        *(
            tag(
                "div",
                matrix_chart(some, title=f"{task}: score by what was trained and where it was tested"),
                class_="after",
            )
            for task, some in cells.items()
        ),
        anchor="matrix",
        lead="A row is a way to train, a column a test set. Framed: the set in distribution; the redder a cell, the more is lost against it. "
        "The interval is that of the test texts, and of the seeds where there are several.",
    )


def _head(own: Sequence[Result], tasks: Mapping[str, Sequence[Cell]]) -> Html:
    verdicts = verdict_rows(own)
    cells = next(iter(tasks.values()), [])
    inside = next((cell for cell in cells if cell.is_id and cell.row.endswith(_BASELINE)), None)
    inside = inside or next((cell for cell in cells if cell.is_id), None)
    outside = [cell for cell in cells if inside and cell.row == inside.row and cell.drop is not None]
    if inside and outside:
        low, high = min(cell.value for cell in outside), max(cell.value for cell in outside)
        ends = percent(low) if low == high else f"{percent(low)} to {percent(high)}"
        headline = f"{percent(inside.value)} on {inside.column}, where it was trained, and {ends} elsewhere"
    elif verdicts:
        headline = "; ".join(f"{row.dataset}: {row.condition['verdict']}" for row in verdicts)
    else:
        headline = "Out of distribution"
    lead = " ".join(verdict_sentence(row) for row in verdicts[:6])
    worst = max(outside, key=lambda cell: cell.drop or 0.0, default=None)
    scored = [row for row in own if row.metric in METRICS and {"role", "paradigm"} & row.condition.keys()]
    about = {
        "models": ", ".join(dict.fromkeys(row.model for row in scored or own)),
        "tasks": ", ".join(dict.fromkeys(str(row.condition.get("task", "")) for row in scored)),
        "most is lost": f"on {worst.column}: {points(-(worst.drop or 0.0))}" if worst else "",
        "points": ", ".join(f"{row.dataset} {row.n}" for row in verdicts),
    }
    return tag("header", tag("p", "BOSS · robustness out of distribution", class_="eyebrow"), tag("h1", headline),
               tag("p", lead, class_="lead") if lead else None,
               facts({name: value for name, value in about.items() if value}))  # fmt: skip
