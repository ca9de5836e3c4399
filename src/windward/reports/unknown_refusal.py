"""Refusals: how often on each half, by which detector, and what that detector's own errors leave of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from windward.reports.bar_chart import bar_chart
from windward.reports.intervals import interval
from windward.reports.markup import Html, tag
from windward.reports.parts import disclosure, missing, section, table
from windward.reports.unknown_parts import by_model, pairs, with_range
from windward.reports.unknown_table import (
    HALVES,
    RULES,
    UnknownTable,
    dataset_of,
    drawable,
    half_of,
    halves_pooled,
    model_of,
    pools,
    themselves,
)
from windward.reports.wording import figure_range, percent, percent_range, points, points_range
from windward.rows import Result

CORRECTED = "refusal_rate_corrected"
_CORRECTED = {half: f"{half}, corrected" for half in HALVES}
SERIES = HALVES | {name: f"{HALVES[half]}, corrected" for half, name in _CORRECTED.items()}


def refusal_section(found: UnknownTable, first: str | None = None) -> Html:
    """Both halves by each detector, `first` before the others, one after another and never together."""
    lead = (
        "A good model refuses what has no answer and answers the rest: both halves count, and their difference most. A reply that is missing "
        "has not refused, and stays in the count."
    )
    parts: list[object] = []
    if not found.detectors:
        parts.append(missing("None.", "No replies were looked at for refusals."))
    if len(found.detectors) > 1:
        parts.append(apart(found.detectors))
    for name in sorted(found.detectors, key=lambda name: name != first):
        parts += _detector(found, name)
    return section("Refusals", *parts, anchor="refusals", lead=lead)


def apart(detectors: Sequence[str]) -> Html:
    """Why figures of several detectors have charts of their own."""
    names = f"{', '.join(detectors[:-1])} and {detectors[-1]}"
    return missing(
        "Not in one chart.",
        f"{names} count different things as a refusal. Compare models within one of them; a rate by one beside a rate by another "
        "says as much of the detectors as of the models.",
    )


def measured_errors(found: UnknownTable, detector: str) -> str:
    """The detector's precision and recall on labelled replies of either half, as far as the table tells them; a range where sets differ."""
    told = {
        half: ", ".join(
            f"{name} {_least_to_most(values)}"
            for name in QUALITY
            if (values := [value for row in found.of(CORRECTED, detector=detector, split=half)
                           if (value := quality(row).get(name)) is not None])
        )
        for half in HALVES
    }  # fmt: skip
    known = {half: line for half, line in told.items() if line}
    if not known:
        return "precision and recall not measured"
    if len(known) == len(HALVES) and len(set(known.values())) == 1:
        return f"{next(iter(known.values()))} on labelled replies"
    return "on labelled replies to questions " + "; ".join(
        f"{HALVES[half]}: {line}" for half, line in known.items()
    )


def _least_to_most(values: Sequence[float]) -> str:
    low, high = f"{min(values):.2f}", f"{max(values):.2f}"
    return low if low == high else f"{low} to {high}"


QUALITY = ("precision", "recall", "specificity")


def quality(row: Result) -> dict[str, float]:
    """What a corrected rate tells of its detector; recall also goes by the name of sensitivity."""
    told = row.condition | {"recall": row.condition.get("recall", row.condition.get("sensitivity"))}
    return {name: value for name in QUALITY if isinstance(value := told.get(name), float)}


def _detector(found: UnknownTable, name: str) -> list[Html]:
    rows = [row for half in HALVES for row in found.of("refusal_rate", detector=name, split=half)]
    if not rows:
        return []
    asked = [row for row in rows if row.dataset in found.datasets]
    lacking = [model for model in found.models if model not in {row.model for row in asked}]
    return [
        tag("h3", f"Counted by {name}"),
        tag("p", f"Flagged replies: {measured_errors(found, name)}.", class_="small"),
        *(
            [missing("Not compared here.", f"{', '.join(lacking)}: no figures by {name}.")]
            if lacking and len(found.models) > 1
            else []
        ),
        *_sets(found, name, asked),
        *_pooled(found, name),
    ]


def _sets(found: UnknownTable, detector: str, rows: Sequence[Result]) -> list[Html]:
    """Of one model a drawing with all sets; of several a drawing a set. Beside each the figures."""
    corrected = [row for half in HALVES for row in found.of(CORRECTED, detector=detector, split=half)]
    key = "set" if found.single else "model"
    group = {key: dataset_of if found.single else model_of}
    drawn = drawable(rows, "refusal_rate", half=half_of, **group)
    drawn += drawable(corrected, "corrected_refusal_rate", half=lambda row: _CORRECTED[row.split], **group)
    shown = []
    for datasets in [found.datasets] if found.single else [[name] for name in found.datasets]:
        some = [row for row in drawn if row.dataset in datasets]
        if some:
            title = f"{found.models[0] if found.single else datasets[0]}, {detector}"
            chart = bar_chart(some, category=key, by="half", series=SERIES, title=title)
            lines = list(dict.fromkeys((row.model, row.dataset) for row in some))
            shown.append(pairs([tag("article", chart, class_="card"), _table(found, detector, lines)]))
    return shown


def _table(found: UnknownTable, detector: str, lines: Sequence[tuple[str, str]]) -> Html:
    """A line a model and set: both halves and their difference."""
    several = len({dataset for _, dataset in lines}) > 1
    heads = ("set" if several else "model", *(f"refused, {name}" for name in HALVES.values()), "difference")
    body = [
        (
            dataset if several else model,
            *_line(found, detector, model, dataset, dict.fromkeys(HALVES, dataset)),
        )
        for model, dataset in lines
    ]
    return _dense(heads, body)


def _pooled(found: UnknownTable, detector: str) -> list[Html]:
    """The sets that the released evaluation counts together."""
    rows = found.pooled(detector)
    if not rows:
        return []
    heads = ("model", *(f"refused, {name}" for name in HALVES.values()), "difference")
    body = [(row.model, *_line(found, detector, row.model, row.dataset, halves_pooled(row))) for row in rows]
    told = "; ".join(dict.fromkeys(pools(row) for row in rows))
    return [disclosure("Sets counted together, as the released evaluation does", tag("p", f"{told}.", class_="small"), _dense(heads, body), class_="after")]  # fmt: skip


def _dense(heads: Sequence[str], body: Sequence[Sequence[object]]) -> Html:
    return tag("div", table(heads, body, numeric=range(1, len(heads))), class_="dense")


def _line(
    found: UnknownTable, detector: str, model: str, shown: str, datasets: Mapping[str, str]
) -> list[Html | str]:
    cells = [_half(found, detector, model, dataset, half) for half, dataset in datasets.items()]
    between = found.one("refusal_difference", model=model, dataset=shown, detector=detector)
    if between is None:
        return [*cells, "–"]
    span = interval(between)
    return [*cells, with_range(points(between.value), points_range(span) if span is not None else None)]


def _half(found: UnknownTable, detector: str, model: str, dataset: str, half: str) -> Html | str:
    """The rate with its interval; under it what the detector's errors leave, how many challenge the premise, and n."""
    wanted = {"model": model, "dataset": dataset, "split": half, "detector": detector}
    rate, corrected, challenged = (
        found.one(name, **wanted) for name in ("refusal_rate", CORRECTED, "challenge_rate")
    )
    if rate is None:
        return "–"
    more = []
    if corrected is not None:
        more.append(f"corrected {percent(corrected.value)}")
        if (span := interval(corrected)) is not None:
            more.append(percent_range(span))
    if challenged is not None:
        more.append(f"challenged {percent(challenged.value)}")
    more.append(f"n = {rate.n:,}")
    if rate.unparsed:
        more.append(f"{rate.unparsed:,} not read")
    return with_range(percent(rate.value), percent_range(interval(rate)), *more)


def accuracy_section(found: UnknownTable) -> Html:
    """How often an answer is right where right answers are known, by the paper's rule and by ours."""
    metrics = ("accuracy", "alias_aware_accuracy")
    rows = [row for metric in metrics for row in found.of(metric)]
    if not rows:
        return section(
            "Accuracy", missing("None.", "No set that was asked names right answers."), anchor="accuracy"
        )
    rules = list(dict.fromkeys(_rule(row) for row in rows))
    key = "set" if found.single else "model"
    group = {key: dataset_of if found.single else model_of}
    cards = [
        tag(
            "article",
            bar_chart(
                drawable(some, "accuracy", rule=_rule, **group),
                category=key,
                by="rule",
                series=themselves(rules),
                title=f"Right, {title}",
            ),
            class_="card",
        )
        for title, some in _panels(found, rows)
    ]
    lead = (
        "A reply is right where it names a known answer. The paper's rule finds an alias anywhere in it, letter by letter; ours asks for whole "
        "words, however they are written. All questions count, those that were refused too."
    )
    return section("Accuracy", pairs([*cards, _right(found, rows, rules)]), anchor="accuracy", lead=lead)


def _right(found: UnknownTable, rows: Sequence[Result], rules: Sequence[str]) -> Html:
    """A line a model and set, a column a rule."""
    cells = {(row.model, row.dataset, row.split, _rule(row)): row for row in drawable(rows, "accuracy")}
    sets = list(dict.fromkeys((row.model, row.dataset, row.split) for row in rows))
    body = []
    for model, dataset, split in sets:
        there = [cells.get((model, dataset, split, rule)) for rule in rules]
        first = next(row for row in there if row is not None)
        n = f"{first.n:,}" + (f", {first.unparsed:,} without reply or answer" if first.unparsed else "")
        shown = [
            with_range(percent(row.value), figure_range(row)) if row is not None else "–" for row in there
        ]
        body.append((model, f"{dataset}, {HALVES.get(split, split)}", *shown, n))
    heads = ("model", "set", *rules, "n")
    return by_model(found, heads, body, range(2, len(heads)))


def _rule(row: Result) -> str:
    rule = str(row.condition.get("rule", ""))
    return RULES.get(rule, rule or "rule not named")


def _panels(found: UnknownTable, rows: Sequence[Result]) -> list[tuple[str, list[Result]]]:
    if found.single:
        return [(found.models[0], list(rows))]
    names = list(dict.fromkeys((row.dataset, row.split) for row in rows))
    return [
        (f"{dataset}, questions {HALVES.get(split, split)}", [row for row in rows if (row.dataset, row.split) == (dataset, split)])
        for dataset, split in names
    ]  # fmt: skip
