"""Elicitations beside each other on the same questions, beside what the question's wording alone gives away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from windward.reports.bar_chart import bar_chart
from windward.reports.line_chart import MOST
from windward.reports.markup import Html, join, tag
from windward.reports.parts import disclosure, missing, section
from windward.reports.unknown_parts import by_model, decimals, pairs
from windward.reports.unknown_table import (
    BOTH,
    HALVES,
    RULES,
    UnknownTable,
    chunks,
    dataset_of,
    drawable,
    elicitation_of,
    model_of,
    themselves,
)
from windward.rows import Result, select

WHY_BASELINE = (
    "The baseline never looks at an answer: it is the perplexity of the question's wording. Questions without an answer are often made with "
    "invented words, and odd spelling alone then tells the halves apart. A confidence that does no better than this may have noticed the "
    "spelling and know nothing; what counts is what it adds."
)
NO_BASELINE = (
    "The perplexity of the questions was not measured. Where questions hold invented words, odd spelling alone can tell the halves apart, so "
    "that no figure here shows by itself that a model knows what it does not know."
)


def compared_section(found: UnknownTable) -> Html:
    """How well each elicitation tells the halves apart, the baseline among them; then every figure of each."""
    rows = found.of("answerable_auroc", split=BOTH)
    lead = (
        "AUROC is the chance that a question with an answer has a higher confidence than one without: 0.5 is a coin, 1 never errs. It "
        "depends on order alone, so elicitations of different scales can be compared by it."
    )
    if not rows:
        return section(
            "Elicitations compared",
            missing("None.", "No elicitation was asked on both halves of a set."),
            anchor="compared",
            lead=lead,
        )
    note = _baseline(found)
    return section(
        "Elicitations compared", *_uneven(found, rows), pairs([note, *_charts(found, rows)]), _against_right(found), *_with_refusal(found),
        anchor="compared", lead=lead,
    )  # fmt: skip


def _baseline(found: UnknownTable) -> Html:
    """Why the wording of a question is measured beside a model's confidence."""
    names = [one.method.replace("-", " ") for one in found.elicitations if one.is_baseline]
    title = f"Why there is a baseline: {' and '.join(names)}" if names else "No baseline"
    return tag("div", tag("h3", title, class_="first"), tag("p", WHY_BASELINE if names else NO_BASELINE))


def _charts(found: UnknownTable, rows: Sequence[Result]) -> list[Html]:
    """Bars by elicitation: of a single model a bar a set, else a card a set with a bar a model."""
    by, series = ("set", found.datasets) if found.single else ("model", found.models)
    drawn = drawable(
        rows,
        "answerable_auroc",
        set=dataset_of,
        model=model_of,
        elicitation=found.elicited_by,
    )
    cards = []
    for dataset in [None] if found.single else found.datasets:
        for some in chunks(series, MOST):
            of_them = [
                row
                for row in drawn
                if row.condition[by] in some and (dataset is None or row.dataset == dataset)
            ]
            if of_them:
                title = f"{dataset or found.models[0]}: halves told apart, AUROC"
                chart = bar_chart(
                    of_them, category="elicitation", by=by, series=themselves(some), title=title
                )
                cards.append(tag("article", chart, class_="card"))
    return cards


def _uneven(found: UnknownTable, rows: Sequence[Result]) -> list[Html]:
    """Says which elicitations have no figure at all, and where they have values for different numbers of questions."""
    there = {elicitation_of(row) for row in rows}
    absent = [found.called[one] for one in found.elicitations if one not in there]
    none = (
        [missing("No figure.", f"{', '.join(absent)}: no value on both halves of a set.")] if absent else []
    )
    told = []
    for model in found.models:
        for dataset in found.datasets:
            own = [row for row in rows if (row.model, row.dataset) == (model, dataset)]
            counts = {found.elicited_by(row): row.n - row.unparsed for row in own}
            if len(set(counts.values())) > 1:
                each = ", ".join(f"{name} {count:,}" for name, count in counts.items())
                told.append(f"{model}, {dataset}: {each}")
    if not told:
        return [
            *none,
            tag(
                "p", "All elicitations compared have values for the same number of questions.", class_="small"
            ),
        ]
    return [
        *none,
        missing("Not quite the same questions.", "A value that is missing takes its question out of that elicitation's figure."),
        disclosure("Questions with a value", tag("ul", *(tag("li", one) for one in told))),
    ]  # fmt: skip


_KINDS: Mapping[str, tuple[str, dict[str, object]]] = {
    "right above wrong, AUROC": ("auroc", {}),
    "correlation by item": ("confidence_accuracy_correlation", {"by": "item"}),
    "by level": ("confidence_accuracy_correlation_by_level", {"by": "level"}),
    "ECE": ("ece", {}),
    "Brier": ("brier", {}),
    "area under risk–coverage": ("aurc", {}),
}


def _against_right(found: UnknownTable) -> Html | None:
    """Confidence against right answers, where these are known: a line a set, model and elicitation."""
    rows = [row for metric, _ in _KINDS.values() for row in found.of(metric, target="correct")]
    body = []
    for dataset in found.datasets:
        for model in found.models:
            for one in found.elicitations:
                of_it = [
                    row
                    for row in rows
                    if (row.dataset, row.model, elicitation_of(row)) == (dataset, model, one)
                ]
                if of_it:
                    cells = [_figure(found, of_it, metric, wanted) for metric, wanted in _KINDS.values()]
                    body.append((model, dataset, found.called[one], *cells))
    if not body:
        return None
    heads = ("model", "set", "elicitation", *_KINDS)
    names = [RULES.get(rule, rule) for rule in found.rules]
    rule = f", by {names[0]}" if names else ""
    others = f" The result table also has figures by {', '.join(names[1:])}." if len(names) > 1 else ""
    told = tag(
        "p",
        f"On questions whose right answers are known{rule}. Correlation by level counts every level alike, were it one reply or two "
        f"thousand: read it beside the one by item.{others}",
        class_="small",
    )
    return join(
        tag("h3", "Confidence against right answers"),
        told,
        by_model(found, heads, body, range(3, len(heads))),
    )


def _figure(
    found: UnknownTable, rows: Sequence[Result], metric: str, wanted: Mapping[str, object]
) -> Html | str:
    """The figure by the first rule of right answers; an ECE by bins of equal width before one by levels."""
    some = select(rows, metric=metric, condition=wanted)
    some.sort(key=lambda row: (_place(found, row), row.condition.get("bins") == "levels"))
    if not some:
        return "–"
    best = some[0].condition.get("optimal")
    shown = decimals(some[0])
    return (
        join(shown, tag("span", f"{best:.3f} at best", class_="spread")) if isinstance(best, float) else shown
    )


def _place(found: UnknownTable, row: Result) -> int:
    rule = row.condition.get("rule")
    return found.rules.index(rule) if rule in found.rules else len(found.rules)


def _with_refusal(found: UnknownTable) -> list[Html]:
    """Confidence against refusals, where the target of a good model is negative."""
    lines = []
    for row in found.of("auroc", target="refused") + found.of("auroc", target="refusal"):
        keys = {
            name: row.condition[name]
            for name in ("method", "scale", "target", "detector")
            if name in row.condition
        }
        where = {"model": row.model, "dataset": row.dataset, "split": row.split}
        by_item = found.one("confidence_accuracy_correlation", **where, **keys, by="item")
        by_level = found.one("confidence_accuracy_correlation_by_level", **where, **keys, by="level")
        lines.append(
            (row.model, row.dataset, HALVES.get(row.split, row.split), found.elicited_by(row), str(keys.get("detector", "")),
             decimals(row), decimals(by_item) if by_item else "–", decimals(by_level) if by_level else "–")
        )  # fmt: skip
    if not lines:
        return []
    heads = ("model", "set", "half", "elicitation", "detector", "AUROC", "correlation by item", "by level")
    told = tag("p", "Where no right answers are known the target is the refusal: a model that means it is less sure where it refuses, so "
               "AUROC below 0.5 and a negative correlation are the good ones.", class_="small")  # fmt: skip
    return [
        disclosure(
            "Confidence against refusals",
            told,
            by_model(found, heads, lines, (5, 6, 7)),
        )
    ]
