"""Scores by what was trained and where it was tested, shaded by what is lost out of distribution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan, sqrt

from windward.reports.chart_frame import WIDTH
from windward.reports.intervals import Z95, Interval, interval
from windward.reports.markup import Html, join, tag, visible
from windward.reports.parts import disclosure, figure, table
from windward.reports.wording import percent, percent_range, points
from windward.rows import Result

MOST_COLUMNS = 4
"""Test sets that fit side by side on a phone, beside the names; without these one more."""
_NAME, _ROW, _HEAD, _LETTER = 104, 34, 24, 6.8
_FULL = 0.4
"""What is lost where the shade is darkest."""
_STUDENT = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}


@dataclass(frozen=True)
class Cell:
    """The mean score of one way to train on one test set.

    Attributes:
        row: what was trained.
        column: the test set.
        value: mean over seeds.
        span: 95 % interval, of texts and of seeds together; None where neither is known.
        n: texts.
        seeds: trainings.
        drop: what is lost from the score in distribution; None in distribution, and where that is not known.
        is_id: whether the set is the one in distribution.
    """

    row: str
    column: str
    value: float
    span: Interval | None
    n: int
    seeds: int
    drop: float | None
    is_id: bool


def matrix_cells(rows: Mapping[str, Sequence[Result]]) -> list[Cell]:
    """The cells of rows that are called by name; each holds results of one metric with their `role`.

    Args:
        rows: name to its results, one a seed and test set.
    """
    cells = []
    for name, results in rows.items():
        sets: dict[str, list[Result]] = {}
        for result in results:
            sets.setdefault(result.dataset, []).append(result)
        means = {dataset: _mean(some) for dataset, some in sets.items()}
        inside = next(
            (dataset for dataset, some in sets.items() if some[0].condition.get("role") == "id"), None
        )
        for dataset, some in sets.items():
            is_id = dataset == inside
            drop = None if is_id or inside is None else means[inside] - means[dataset]
            cells.append(Cell(name, dataset, means[dataset], _span(some), some[0].n, len(some), drop, is_id))
    return cells


def _mean(some: Sequence[Result]) -> float:
    return sum(result.value for result in some) / len(some)


def _span(some: Sequence[Result]) -> Interval | None:
    """Of one training its own interval; of several Student's over seeds, and the texts' on top (they are the same for all)."""
    if len(some) == 1:
        return interval(some[0])
    mean, count = _mean(some), len(some)
    deviation = sqrt(sum((result.value - mean) ** 2 for result in some) / (count - 1))
    of_seeds = _STUDENT.get(count, 2.0) * deviation / sqrt(count)
    errors = [result.stderr for result in some if result.stderr is not None]
    of_texts = Z95 * sum(errors) / len(errors) if errors else 0.0
    half = sqrt(of_seeds**2 + of_texts**2)
    return Interval(max(0.0, mean - half), min(1.0, mean + half))


def matrix_chart(cells: Sequence[Cell], *, title: str) -> Html:
    """The cells as a grid, the darker the more is lost, and the same as a table; more columns than fit are drawn in several grids.

    Args:
        cells: in the order of their rows and columns.
        title: what the figure shows.
    """
    rows = list(dict.fromkeys(cell.row for cell in cells))
    columns = list(dict.fromkeys(cell.column for cell in cells))
    at = {(cell.row, cell.column): cell for cell in cells}
    above = any(len(visible(row)) > _NAME // _LETTER for row in rows)  # long names stand over their cells
    most = min(len(columns), MOST_COLUMNS + above)
    grids = [
        _grid(rows, columns[start : start + most], at, title, most, above=above)
        for start in range(0, len(columns), most)
    ]
    told = [
        (cell.row, cell.column + (" (in distribution)" if cell.is_id else ""), percent(cell.value),
         percent_range(cell.span), "" if cell.drop is None else points(-cell.drop), f"{cell.seeds}", f"{cell.n:,}")
        for cell in cells
    ]  # fmt: skip
    names = ("trained", "tested on", "score", "95 % interval", "against in distribution", "seeds", "n")
    return figure(
        join(*grids),
        title,
        disclosure("The figures", tag("div", table(names, told, numeric=(2, 3, 4, 5, 6)), class_="dense")),
    )


def _grid(
    rows: Sequence[str],
    columns: Sequence[str],
    at: Mapping[tuple[str, str], Cell],
    title: str,
    most: int,
    *,
    above: bool,
) -> Html:
    left, extra = (0, 14) if above else (_NAME, 0)
    wide = (WIDTH - left) / most
    heads = [
        tag("text", shortened(name, wide), x=left + wide * (place + 0.5), y=15, text_anchor="middle", class_="axis")
        for place, name in enumerate(columns)
    ]  # fmt: skip
    body = []
    for line, row in enumerate(rows):
        y = _HEAD + line * (_ROW + extra)
        name_at = y + 10 if above else y + 20
        body.append(tag("text", shortened(row, WIDTH if above else _NAME), x=0, y=name_at, class_="row-name"))
        for place, column in enumerate(columns):
            if cell := at.get((row, column)):
                body.append(_cell(cell, left + wide * place, y + extra, wide))
    high = _HEAD + len(rows) * (_ROW + extra) + 4
    return tag("svg", *heads, *body, viewBox=f"0 0 {WIDTH} {high}", role="img", class_="chart",
               aria_label=f"{title}; the figures follow as a table")  # fmt: skip


def _cell(cell: Cell, x: float, y: float, wide: float) -> Html:
    shade = 0.0 if cell.drop is None or isnan(cell.drop) else min(max(cell.drop, 0.0) / _FULL, 1.0)
    lost = "" if cell.drop is None else f", {points(-cell.drop)} against in distribution"
    says = tag(
        "title", f"{cell.row} on {cell.column}: {percent(cell.value)} ({percent_range(cell.span)}){lost}"
    )
    box = tag("rect", says, x=x + 1, y=y, width=wide - 2, height=_ROW - 2, rx=3, class_="head",
              fill_opacity=0.06 + 0.5 * shade)  # fmt: skip
    frame = (
        tag("rect", x=x + 1.5, y=y + 0.5, width=wide - 3, height=_ROW - 3, rx=3, class_="base", fill="none")
        if cell.is_id
        else None
    )
    middle = x + wide / 2
    half = "" if cell.span is None else f"± {100 * (cell.span.high - cell.span.low) / 2:.1f}"
    value = tag("text", percent(cell.value), x=middle, y=y + 15, text_anchor="middle", class_="value")
    spread = tag("text", half, x=middle, y=y + 27, text_anchor="middle", class_="axis", font_size=9)
    kind = "arrow-worse" if shade else "arrow-unclear"
    return tag("g", box, frame, value, spread, class_=kind)


def shortened(name: str, wide: float) -> str:
    """A name as far as it fits a width in a drawing; the table under it has the whole."""
    shown, most = visible(name), max(int(wide / _LETTER), 4)
    return shown if len(shown) <= most else shown[: most - 1] + "…"
