"""Who is rated how, by model, source and principle: the charts and tables of preference data's page."""

from __future__ import annotations

from collections.abc import Sequence

from windward.reports.feedback_chart import score_chart
from windward.reports.intervals import interval
from windward.reports.markup import Html, cut_middle, join, tag
from windward.reports.parts import columns, missing, section, table
from windward.reports.wording import figure_range, percent
from windward.rows import Result, select

ASPECTS = {
    "instruction_following": "instruction following",
    "truthfulness": "truthfulness",
    "honesty": "honesty",
    "helpfulness": "helpfulness",
}
"""What is rated, in the order of the page."""
KINDS = {"model": "rated by models", "verifier": "computed by programs"}
_COLOURS = {name: (index, said) for index, (name, said) in enumerate(ASPECTS.items())}
_GROUPS = {
    "model": "models",
    "source": "sources",
    "principle": "principles",
}
CHARTED = 24
"""Names drawn in a chart at most; the table has all."""


def scores(results: Sequence[Result], by: str) -> Html:
    """The section of one grouping."""
    title, anchor = f"By {by}", _GROUPS[by]
    parts = [part for kind in KINDS if (part := _of_kind(results, by, kind)) is not None]
    if not parts:
        return section(title, missing("Not rated yet.", "windward feedback annotate has a judge rate the answers."), anchor=anchor)  # fmt: skip
    leads = {
        "model": "Mean rating of each model's answers. Prompts, and so their difficulty, may differ between models.",
        "source": "Mean rating of the answers to instructions of one source.",
        "principle": "Mean rating of the answers that were asked for with one principle in the system prompt.",
    }
    return section(title, *parts, anchor=anchor, lead=leads[by])


def _of_kind(results: Sequence[Result], by: str, kind: str) -> Html | None:
    at = {"by": by, "kind": kind}
    ratings = select(results, metric="rating", condition=at)
    fine = {str(row.condition["name"]): row for row in select(results, metric="fine_grained", condition=at)}
    overall = {
        str(row.condition["name"]): row for row in select(results, metric="overall_score", condition=at)
    }
    if not ratings and not overall:
        return None
    cells: dict[str, dict[str, Result]] = {name: {} for name in (*fine, *overall)}
    for row in ratings:
        cells.setdefault(str(row.condition["name"]), {})[str(row.condition["aspect"])] = row
    order = sorted(cells, key=lambda name: (-_value(fine.get(name) or overall.get(name)), name))
    drawn = order[:CHARTED]
    charts = []
    if ratings:
        charts.append(
            score_chart([(name, cells[name]) for name in drawn], series=_COLOURS, low=1, high=5, title="Ratings by aspect, 1 to 5")
        )  # fmt: skip
    several = len({row.condition["aspect"] for row in ratings}) > 1  # of one aspect, the mean is that aspect
    means = [(name, {"fine": fine[name]}) for name in drawn if name in fine and several]
    scored = [(name, {"overall": overall[name]}) for name in drawn if name in overall]
    side = []
    if means:
        side.append(score_chart(means, series={"fine": (4, "mean of the aspects")}, low=1, high=5, title="Fine-grained score, 1 to 5"))  # fmt: skip
    if scored:
        side.append(score_chart(scored, series={"overall": (5, "overall score")}, low=1, high=10, title="Overall score, 1 to 10"))  # fmt: skip
    if side:
        charts.append(join(*side))
    rest = len(order) - len(drawn)
    return join(
        tag("h3", KINDS[kind].capitalize()),
        columns(*(tag("article", chart, class_="card") for chart in charts)),
        tag("p", f"{rest:,} more are in the table.", class_="small") if rest else None,
        tag("div", _table(by, order, cells, fine, overall), class_="sortable dense after"),
    )


def _table(
    by: str,
    order: Sequence[str],
    cells: dict[str, dict[str, Result]],
    fine: dict[str, Result],
    overall: dict[str, Result],
) -> Html:
    aspects = [name for name in ASPECTS if any(name in found for found in cells.values())]
    headings = [by, *(ASPECTS[name] for name in aspects), "fine-grained", *(["overall"] if overall else [])]
    lines = [
        (
            cut_middle(name, 80),
            *(_cell(cells[name].get(aspect)) for aspect in aspects),
            _cell(fine.get(name)),
            *([_cell(overall.get(name))] if overall else []),
        )
        for name in order
    ]
    return table(headings, lines, numeric=range(1, len(headings)))


def _cell(row: Result | None) -> object:
    """A mean over its interval and its n; what was not read is said with it."""
    if row is None:
        return "–"
    span, told = interval(row), [f"n = {row.n:,}"]
    if row.unparsed:
        told.append(f"{row.unparsed:,} not read")
    spread = f"{span.low:.2f}–{span.high:.2f}" if span else "no interval"
    return join(
        "n/a" if row.value != row.value else f"{row.value:.2f}",
        *(tag("span", one, class_="spread") for one in (spread, *told)),
    )


def _value(row: Result | None) -> float:
    return row.value if row is not None and row.value == row.value else float("-inf")


def share(row: Result | None) -> str:
    """A rate with its interval, for a cell."""
    return "–" if row is None else f"{percent(row.value)} ({figure_range(row)})"
