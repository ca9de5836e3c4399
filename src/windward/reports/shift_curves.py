"""The part of the page on curves: whether the score in distribution tells the one out of it, set by set."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan, nan

from windward.reports.intervals import interval
from windward.reports.markup import Html, join, tag
from windward.reports.parts import disclosure, section, table
from windward.reports.shift_pairs import in_pairs
from windward.reports.shift_scatter import Scored, Shape, scatter_chart
from windward.reports.wording import percent, percent_range
from windward.rows import Result, select

METRICS = {"accuracy": "accuracy", "entity_f1": "entity F1", "f1": "word F1"}
"""That decide a task, and what the page calls them."""
_TYPES = {
    "type I": "one rising line",
    "type II": "rising, and steeper after a knee",
    "type III": "falling, then rising after a knee",
    "falling line": "one falling line",
    "falling with a knee": "falling on both sides of a knee",
    "inverted V": "rising, then falling after a knee",
    "saturating": "rising, and less steep after a knee",
    "flat": "no relation",
}
"""What each type says, in words."""
_ONE = ("task", "of")


def verdict_rows(own: Sequence[Result]) -> list[Result]:
    """One a curve."""
    return select(own, metric="curve_verdict")


def verdict_sentence(verdict: Result) -> str:
    """The verdict of a curve in words; of one that is not determined also whether the scores move together at all."""
    named, nearest = str(verdict.condition.get("verdict")), str(verdict.condition.get("nearest"))
    if named != "undetermined":
        return f"{verdict.dataset}: {_named(named)}."
    return f"{verdict.dataset}: undetermined, the nearest is {_named(nearest)}; {_together(verdict)}."


def _together(verdict: Result) -> str:
    rank = verdict.condition.get("rank")
    value, low, high = (
        (float(one) for one in rank) if isinstance(rank, list) and len(rank) == 3 else (nan,) * 3
    )
    if rank == []:
        return "too few points to say whether the scores move together"
    if isnan(value) or isnan(low):
        return "there is no rank correlation of a constant"
    moves = (
        "the scores rise together"
        if low > 0
        else "one falls as the other rises"
        if high < 0
        else "no relation is shown"
    )
    return f"{moves} (rank correlation {value:.2f}, {low:.2f} to {high:.2f})"


def verdict_lines(own: Sequence[Result]) -> list[str]:
    """The verdicts as lines of text: each set's, its figures, and the reasons."""
    lines = []
    for verdict in verdict_rows(own):
        rows = _of(own, verdict)
        lines.append(
            f"{verdict_sentence(verdict)[:-1]} ({verdict.n} points, {percent(verdict.value)} of the resamples)"
        )
        names = {"whole": "slope", "before": "slope before the knee", "after": "slope after it"}
        wanted = ("whole",) if _least(rows) != "knee" else ("before", "after")
        for row in select(rows, metric="curve_slope"):
            if row.condition.get("segment") in wanted:
                lines.append(f"  {names[row.condition['segment']]} {row.value:.2f} ({_range(row)})")
        if "before" in wanted:
            lines += [
                f"  knee at {percent(row.value)} ({percent_range(interval(row))})"
                for row in select(rows, metric="curve_knee")
            ]
        lines += [f"  {reason}" for reason in _reasons(verdict)]
    return lines


def _of(own: Sequence[Result], verdict: Result) -> list[Result]:
    return select(own, dataset=verdict.dataset, condition={key: verdict.condition.get(key) for key in _ONE})


def _reasons(verdict: Result) -> list[str]:
    reasons = verdict.condition.get("reasons")
    return [str(one) for one in reasons] if isinstance(reasons, list) else []


def _least(rows: Sequence[Result]) -> str:
    """The shape that was taken."""
    return next(
        (
            str(row.condition["shape"])
            for row in select(rows, metric="curve_bic")
            if row.condition.get("taken")
        ),
        "",
    )


def _named(kind: str) -> str:
    return f"{kind} ({_TYPES[kind]})" if kind.startswith(("type", "flat")) and kind in _TYPES else kind


def curves_section(own: Sequence[Result]) -> Html | None:
    """A card a curve; None without any."""
    verdicts = verdict_rows(own)
    if not verdicts:
        return None
    factors = list(
        dict.fromkeys(str(row.condition.get("factor")) for row in select(own, metric="curve_point"))
    )
    return section(
        "In and out of distribution",
        *in_pairs([_card(own, verdict, factors) for verdict in verdicts]),
        anchor="curves",
        lead="A point is a trained model. Type I is one rising line, type II rises faster after a knee, type III falls before it and rises after "
        "it. A type is named only where the criterion, the resamples and the intervals agree; the band is the 95 % interval of one further "
        "model. Solid: a type was named; dashed: the nearest shape. Dotted: both scores equal.",
    )


def _card(own: Sequence[Result], verdict: Result, factors: Sequence[str]) -> Html:
    rows = _of(own, verdict)
    metric = str(verdict.condition.get("of"))
    told = "" if metric == "accuracy" else f" ({METRICS.get(metric, metric)})"
    inside = str(verdict.condition.get("id") or "the set in distribution")
    chart = scatter_chart(
        _scored(select(rows, metric="curve_point")),
        _shape(rows, verdict),
        series={factor: factor for factor in factors},
        title=f"{verdict.dataset}{told}: {verdict.condition.get('verdict')}",
        axes=(f"score on {inside}", f"score on {verdict.dataset}"),
    )
    why = _reasons(verdict)
    because = tag("ul", *(tag("li", one) for one in why), class_="small") if why else None
    return tag("article", chart, tag("p", verdict_sentence(verdict), class_="verdict"), because, _figures(rows, verdict),
               class_="card")  # fmt: skip


def _scored(points: Sequence[Result]) -> list[Scored]:
    """The points, each called by what tells it from the others."""
    models, methods = {row.model for row in points}, {row.condition.get("method") for row in points}
    found = []
    for row in points:
        told = row.condition
        factor = str(told.get("factor", ""))
        words = [
            row.model if len(models) > 1 else "",
            str(told.get("method", "")) if len(methods) > 1 and factor != "method" else "",
            f"{factor} {told.get('value', '')}".strip(),
            f"seed {told['seed']}" if "seed" in told else "",
        ]
        score = float(told["id_score"])
        found.append(Scored(factor, ", ".join(filter(None, words)), score, row.value, interval(row)))
    return found


def _shape(rows: Sequence[Result], verdict: Result) -> Shape | None:
    line = [
        (float(row.condition["at"]), row.value, float(row.condition["low"]), float(row.condition["high"]))
        for row in select(rows, metric="curve_forecast")
    ]
    if not line:
        return None
    knee = next(iter(select(rows, metric="curve_knee")), None)
    span = interval(knee) if knee and _least(rows) == "knee" else None
    shown = verdict.condition.get("verdict") != "undetermined"
    return Shape(line, (knee.value, span) if knee and span else None, shown)


def _figures(rows: Sequence[Result], verdict: Result) -> Html:
    criteria = select(rows, metric="curve_bic")
    least = min((row.value for row in criteria), default=0.0)
    shapes = [
        (str(row.condition.get("shape")), str(row.condition.get("parameters")), f"{row.condition.get('rmse', 0):.4f}",
         f"{row.value - least:.1f}")
        for row in criteria
    ]  # fmt: skip
    slopes = [
        (f"slope, {row.condition.get('segment')}", f"{row.value:.2f}", _range(row))
        for row in select(rows, metric="curve_slope")
    ]
    knees = [
        ("knee", percent(row.value), percent_range(interval(row)))
        for row in select(rows, metric="curve_knee")
        if not isnan(row.value)
    ]
    ranks = [
        ("rank correlation", f"{row.value:.2f}", _range(row)) for row in select(rows, metric="curve_spearman")
    ]
    runs = verdict.condition.get("runs")
    drawn = f"{verdict.n} points" + (
        f" of {runs} training runs, drawn whole" if runs else ", drawn one by one"
    )
    names = ("shape", "parameters", "residual", "criterion")
    return disclosure(
        "The fit",
        join(
            tag("p", f"{drawn}; {percent(verdict.value)} of the resamples come to {verdict.condition.get('nearest')}. Residual: root of the mean square; criterion: above the least.", class_="small"),
            tag("div", table(names, shapes, numeric=(1, 2, 3)), class_="dense"),
            tag("div", table(("", "value", "95 % interval"), [*slopes, *knees, *ranks], numeric=(1, 2)), class_="dense"),
        ),
    )  # fmt: skip


def _range(row: Result) -> str:
    span = interval(row)
    return (
        "no interval"
        if span is None or isnan(span.low)
        else f"{span.low:.2f} to {span.high:.2f}".replace("-", "−")
    )
