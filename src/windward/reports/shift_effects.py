"""The part of the page on methods: what each does against the baseline, with nothing said where nothing is shown."""

from __future__ import annotations

from collections.abc import Sequence

from windward.reports.intervals import interval
from windward.reports.markup import Html, tag
from windward.reports.parts import disclosure, section, table
from windward.reports.shift_forest import Difference, forest_chart, widest
from windward.reports.shift_pairs import in_pairs
from windward.reports.wording import counted, percent, points, points_range
from windward.rows import Result, select


def effects_section(own: Sequence[Result]) -> Html | None:
    """A drawing a test set; None without effects."""
    rows = select(own, metric="method_effect")
    if not rows:
        return None
    models = {row.model for row in rows}
    sets = list(dict.fromkeys((str(row.condition.get("task", "")), row.dataset) for row in rows))
    several = len({task for task, _ in sets}) > 1
    half = widest([_difference(row, models) for row in rows])
    charts = []
    for task, dataset in sets:
        some = [row for row in rows if (str(row.condition.get("task", "")), row.dataset) == (task, dataset)]
        where = "in distribution" if some[0].condition.get("role") == "id" else "out of distribution"
        title = f"{task}, {dataset} ({where})" if several else f"{dataset} ({where})"
        drawn = forest_chart([_difference(row, models) for row in some], title=title, half=half)
        charts.append(tag("article", drawn, class_="card"))
    baseline = str(rows[0].condition.get("baseline", "the baseline"))
    lines: list[tuple[str, ...]] = [
        (_name(row, models), row.dataset, percent(float(row.condition["before"])), percent(float(row.condition["after"])),
         points(row.value), points_range(interval(row)), _paired(row), _said(row))
        for row in rows
    ]  # fmt: skip
    names = ["method", "tested on", baseline, "method's", "difference", "95 % interval", "paired over", ""]
    lead = (
        f"Percentage points against {baseline} training, seed by seed and, where the answers are known, text by text. Green or red: the "
        "interval leaves zero out; grey: no measurable change. The intervals are of one comparison each: of twenty without any effect, one "
        "would be coloured."
    )
    beyond = [_beyond(own, row) for row in rows]
    if any(beyond):
        names.append("beyond the curve")
        lines = [(*line, more) for line, more in zip(lines, beyond, strict=True)]
        lead += (
            " Beyond the curve: what a method gains out of distribution over what its gain in distribution explains, by the curve of "
            f"{baseline} models (effective robustness)."
        )
    return section(
        "Methods",
        tag("p", _summary(rows, baseline)),
        *in_pairs(charts),
        disclosure("The figures", tag("div", table(names, lines, numeric=(2, 3, 4, 5)), class_="dense")),
        anchor="methods",
        lead=lead,
    )


def _difference(row: Result, models: set[str]) -> Difference:
    return Difference(_name(row, models), row.value, interval(row))


def _name(row: Result, models: set[str]) -> str:
    method = str(row.condition.get("method"))
    return f"{row.model}, {method}" if len(models) > 1 else method


def _said(row: Result) -> str:
    told = {"better": "better", "worse": "worse", "unclear": "no measurable change"}
    return told[Difference("", row.value, interval(row)).direction]


def _paired(row: Result) -> str:
    seeds, texts = int(row.condition.get("seeds", 0)), row.condition.get("texts")
    told = counted(seeds, "seed")
    return f"{told}, {counted(int(texts), 'text')}" if isinstance(texts, int) else told


def _beyond(own: Sequence[Result], effect: Result) -> str:
    same = {
        "task": effect.condition.get("task", ""),
        "of": effect.condition.get("of"),
        "method": effect.condition.get("method"),
    }
    found = select(own, metric="curve_beyond", dataset=effect.dataset, model=effect.model, condition=same)
    if not found:
        return ""
    return f"{points(found[0].value)} ({points_range(interval(found[0]))})".replace("\u00a0points (", " (")


def _summary(rows: Sequence[Result], baseline: str) -> str:
    outside = [row for row in rows if row.condition.get("role") != "id"]
    better = [row for row in outside if _said(row) == "better"]
    worse = [row for row in outside if _said(row) == "worse"]
    told = f"Of {counted(len(outside), 'comparison')} out of distribution, {len(better)} are better than {baseline}, {len(worse)} worse, "
    told += f"{len(outside) - len(better) - len(worse)} show no measurable change."
    sets = {row.dataset for row in outside}
    methods = list(dict.fromkeys(str(row.condition.get("method")) for row in outside))
    always = [
        name for name in methods
        if {row.dataset for row in better if row.condition.get("method") == name} == sets and sets
    ]  # fmt: skip
    return told + (
        f" Better on every set: {', '.join(always)}." if always else " No method is better on every set."
    )
