"""Confidence: how it is spread on both halves, whether it comes true, and what answering only when sure would spare."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from windward.reports.bar_chart import bar_chart
from windward.reports.intervals import Interval, interval
from windward.reports.line_chart import MOST
from windward.reports.markup import Html, join, tag
from windward.reports.parts import disclosure, missing, section
from windward.reports.unknown_charts import Point, spread_chart, square_chart
from windward.reports.unknown_parts import by_model, pairs, signed, with_range
from windward.reports.unknown_table import (
    HALVES,
    RULES,
    Elicitation,
    UnknownTable,
    chunks,
    drawable,
    half_of,
    model_of,
    themselves,
    told_number,
)
from windward.reports.wording import mean, percent
from windward.rows import Result

Drawing = Callable[[str, Sequence[Result], Mapping[str, str]], Html]
"""From a title, rows and the names of series, in the order of their colours."""


def halves_section(found: UnknownTable) -> Html:
    """Each elicitation's values, with an answer and without."""
    lead = (
        "Where there is an answer, confidence should be higher. Values are shares of a scale that has two ends, and otherwise as they are; "
        "scales differ, so each elicitation has drawings of its own."
    )
    parts: list[object] = []
    if len({one.scale for one in found.elicitations}) > 1:
        parts.append(_scales_apart(found))
    for one in found.elicitations:
        drawn = _spreads(found, one)
        if drawn:
            parts += [_heading(found, one), *drawn]
    if not parts:
        parts.append(missing("None.", "No confidence was asked for."))
    return section("Confidence by half", *parts, anchor="confidence", lead=lead)


def _scales_apart(found: UnknownTable) -> Html:
    return missing(
        "Not in one chart.",
        f"The elicitations have different scales ({by_scale(found)}). What they order can be compared, above; their values cannot.",
    )


def by_scale(found: UnknownTable) -> str:
    """The elicitations in words, those of one scale together."""
    units = dict.fromkeys(one.unit for one in found.elicitations)
    return "; ".join(
        f"{unit}: {', '.join(found.called[one] for one in found.elicitations if one.unit == unit)}"
        for unit in units
    )


def _heading(found: UnknownTable, one: Elicitation) -> Html:
    return join(tag("h3", found.called[one].capitalize()), tag("p", one.unit, class_="small"))


def _spreads(found: UnknownTable, one: Elicitation) -> list[Html]:
    means = [row for half in HALVES for row in found.of("confidence_mean", split=half, **_keys(one))]
    cards = []
    for dataset in found.datasets:
        some = [row for row in means if row.dataset == dataset]
        histograms = [
            chart for model in found.models if (chart := _histogram(found, one, dataset, model)) is not None
        ]
        if found.single:
            cards += [tag("article", chart, class_="card") for chart in histograms]
            continue
        inside: list[object] = []
        if some and one.bounded:
            bars = drawable(some, "confidence_mean", half=half_of, model=model_of)
            inside.append(
                bar_chart(
                    bars,
                    category="model",
                    by="half",
                    series=HALVES,
                    title=f"{dataset}: mean, {found.called[one]}",
                )
            )
        elif some:
            inside += [tag("h4", f"{dataset}: {found.called[one]}"), *histograms]
        if one.bounded and histograms:
            inside.append(disclosure("How each model's values are spread", *histograms))
        if inside:
            cards.append(tag("article", *inside, class_="card"))
    if not cards and not means:
        return []
    told = _means(found, means, one)
    return (
        [pairs([*cards, told])]
        if found.single
        else [pairs(cards), disclosure("The means", told, class_="after")]
    )


def _histogram(found: UnknownTable, one: Elicitation, dataset: str, model: str) -> Html | None:
    bins = {
        half: rows
        for half in HALVES
        if (rows := found.of("confidence_histogram", model=model, dataset=dataset, split=half, **_keys(one)))
    }
    if not bins:
        return None
    return spread_chart(
        bins,
        series=HALVES,
        title=f"{dataset}: {found.called[one]}" if found.single else model,
        axis=_axis(one),
    )


def _axis(one: Elicitation) -> str:
    return f"share of the scale {one.scale}" if one.bounded else one.unit


def _means(found: UnknownTable, rows: Sequence[Result], one: Elicitation) -> Html:
    cells = {(row.model, row.dataset, row.split): row for row in rows}
    body = []
    for model, dataset in dict.fromkeys((row.model, row.dataset) for row in rows):
        there = [cells.get((model, dataset, half)) for half in HALVES]
        body.append((model, dataset, *(_mean(row, one) if row is not None else "–" for row in there)))
    heads = ("model", "set", *(f"mean {name}" for name in HALVES.values()))
    return by_model(found, heads, body, (2, 3))


def _mean(row: Result, one: Elicitation) -> Html:
    lost = f"{row.unparsed:,} of {row.n:,} without a value" if row.unparsed else f"n = {row.n:,}"
    span = interval(row)
    if span is not None and one.bounded:
        span = Interval(max(0.0, span.low), min(1.0, span.high))
    within = signed(f"{mean(span.low)} to {mean(span.high)}") if span is not None else None
    return with_range(signed(mean(row.value)), within, lost)


def calibration_section(found: UnknownTable) -> Html:
    """Reliability diagrams of what has a bounded scale, each elicitation by itself."""
    lead = (
        "On the broken line confidence comes true as often as it says; below it the model is too sure. Only questions whose right answers are "
        "known count. Whiskers are 95 % intervals of each bin."
    )
    body = _panels(found, "reliability", _reliability, 1)
    if not body:
        body = [
            missing("None.", "No elicitation with a bounded scale was asked where right answers are known.")
        ]
    return section("Calibration", *body, anchor="calibration", lead=lead)


def risk_section(found: UnknownTable) -> Html:
    """Risk over coverage, each elicitation by itself."""
    lead = (
        "Answering only the questions of which it is surest: the share of questions answered, and how many of those are wrong. A confidence "
        "that knows falls to the left; one that does not is level."
    )
    body = _panels(found, "risk_coverage", _risk, MOST)
    if not body:
        body = [missing("None.", "No elicitation was asked where right answers are known.")]
    return section("Risk and coverage", *body, anchor="risk", lead=lead)


def _panels(found: UnknownTable, metric: str, draw: Drawing, most: int) -> list[Html]:
    """A card an elicitation, set and `most` models of which there are rows; by the first rule of right answers."""
    cards, told = [], None
    for one in found.elicitations:
        rows = _by_first_rule(found, found.of(metric, **_keys(one)))
        for dataset, split in dict.fromkeys((row.dataset, row.split) for row in rows):
            for names in chunks(found.models, most):
                some = [
                    row for row in rows if (row.dataset, row.split) == (dataset, split) and row.model in names
                ]
                if some:
                    told = _by(some)
                    who = [names[0]] if most == 1 and not found.single else []
                    title = f"{', '.join([found.called[one].capitalize(), *who, dataset])}"
                    cards.append(tag("article", draw(title, some, themselves(names)), class_="card"))
    return [tag("p", told, class_="small"), pairs(cards)] if cards else []


def _by_first_rule(found: UnknownTable, rows: Sequence[Result]) -> list[Result]:
    rule = next(
        (name for name in found.rules if any(row.condition.get("rule") == name for row in rows)), None
    )
    return [row for row in rows if rule is None or row.condition.get("rule") == rule]


def _by(rows: Sequence[Result]) -> str:
    rule = str(rows[0].condition.get("rule", ""))
    return f"Right answers: {RULES.get(rule, rule or 'by a rule that is not named')}."


def _reliability(title: str, rows: Sequence[Result], series: Mapping[str, str]) -> Html:
    curves: dict[str, list[Point]] = {}
    for row in sorted(rows, key=lambda row: told_number(row, "low_edge")):
        items = row.condition.get("items", row.n)
        n = items if isinstance(items, int) else row.n
        if n:
            low, high = told_number(row, "low_edge"), told_number(row, "high_edge")
            told = f"said {percent(low)} to {percent(high)}"
            curves.setdefault(row.model, []).append(Point(told_number(row, "mean_confidence"), row, n, told))
    return square_chart(
        curves,
        series=series,
        title=title,
        axes=("mean confidence in the bin", "right"),
        column="mean confidence",
        diagonal=True,
    )


def _risk(title: str, rows: Sequence[Result], series: Mapping[str, str]) -> Html:
    curves: dict[str, list[Point]] = {}
    for row in sorted(rows, key=lambda row: told_number(row, "coverage")):
        share = told_number(row, "coverage")
        curves.setdefault(row.model, []).append(
            Point(share, row, row.n, f"answering the surest {percent(share)}")
        )
    return square_chart(
        curves,
        series=series,
        title=title,
        axes=("share of questions answered", "wrong of those"),
        column="answered",
        marks=False,
    )


def _keys(one: Elicitation) -> dict[str, str]:
    return {"method": one.method, "scale": one.scale}
