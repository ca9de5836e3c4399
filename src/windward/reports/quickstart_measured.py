"""The measured part of the quickstart page: the headline, the curves, the errors, the tokens."""

from __future__ import annotations

from collections.abc import Sequence

from windward.reports.attempt_view import REASONS
from windward.reports.bar_chart import bar_chart
from windward.reports.comparison import (
    Change,
    change,
    difference_text,
    headline,
    held_out,
    last_turn,
    split_name,
    stage_names,
    success,
)
from windward.reports.line_chart import line_chart
from windward.reports.markup import Html, tag
from windward.reports.parts import columns, missing, section, table
from windward.reports.range_chart import range_chart
from windward.reports.run_records import RunFolder
from windward.reports.wording import counted, figure, figure_range
from windward.rows import Result, select

_VERDICTS = {
    "better": "Better: the whole interval lies above zero.",
    "worse": "Worse: the whole interval lies below zero.",
    "unclear": "No measurable change: zero is not ruled out.",
}


def headline_block(run: RunFolder) -> Html:
    """What happened, in one sentence, then each held-out split with its interval."""
    splits = [split for split in held_out(run.results) if success(run.results, split)]
    changes = [found for split in splits if (found := change(run.results, split))]
    cards = columns(*(_card(split, run.results, change(run.results, split)) for split in splits))
    told = [
        f"{name} {value}" for name in ("model", "seed", "size") if (value := run.setting(name)) is not None
    ]
    return tag(
        "header",
        tag("p", "Windward quickstart", class_="eyebrow"),
        tag("h1", headline(changes) + "."),
        tag("p", " · ".join(told), class_="lead") if told else None,
        cards
        if splits
        else missing("Nothing measured.", "The run has no success rates on held-out problems yet."),
    )


def _card(split: str, results: Sequence[Result], found: Change | None) -> Html:
    """One held-out split: each stage's rate within all turns, and the difference."""
    rows = success(results, split)
    turn = last_turn(rows)
    names = stage_names(results)
    shown = [
        (index, name, one[0])
        for index, (stage, name) in enumerate(names.items())
        if len(one := select(rows, condition={"stage": stage, "turn": turn})) == 1
    ]
    told = "Measured at one stage only, so there is nothing to compare."
    if found is not None:
        told = f"{difference_text(found)}. {_VERDICTS[found.direction]}"
    title = split_name(split).capitalize()
    counts = " and ".join(sorted({counted(one.n, "problem") for _, _, one in shown}))
    return tag(
        "article",
        tag("h2", title),
        tag("p", f"solved within {counted(turn, 'turn')} · n = {counts}", class_="small"),
        range_chart(shown, title=title),
        tag("p", told, class_=f"told told-{found.direction if found else 'unclear'}"),
        class_="card",
    )


def success_curves(run: RunFolder) -> Html:
    """Success by turn 1…k with intervals, one chart a split."""
    splits = [*held_out(run.results), "train"]
    charts = [
        line_chart(
            rows, x="turn", by="stage", series=stage_names(run.results), title=_title(split), x_label="turn"
        )
        for split in splits
        if (rows := success(run.results, split))
    ]
    lead = (
        "The share of problems solved by each turn: a problem counts from the first turn with a correct answer on. "
        "Bars are 95 % intervals (Wilson). An answer that could not be read counts as wrong."
    )
    body = columns(*charts) if charts else missing("No success rates.", "results.parquet holds none yet.")
    return section("Success by turn", body, anchor="success", lead=lead)


def errors(run: RunFolder) -> Html:
    """How often each kind of error happened in the first turn, by stage."""
    rows = [
        row
        for row in select(run.results, metric="error_rate")
        if {"error_kind", "stage"} <= row.condition.keys()
    ]
    first = min((int(row.condition.get("turn", 1)) for row in rows), default=1)
    rows = [row for row in rows if row.condition.get("turn", first) == first]
    splits = [split for split in [*held_out(rows), "train"] if select(rows, split=split)]
    charts = [
        bar_chart(
            select(rows, split=split),
            category="error_kind",
            by="stage",
            series=stage_names(run.results),
            title=_title(split),
            names={kind: f"{kind}: {reason}" for kind, reason in REASONS.items()},
        )
        for split in splits
    ]
    lead = "What went wrong in the first turn, as a share of all problems. A stage without a bar had no such error."
    body = columns(*charts) if charts else missing("No error rates.", "results.parquet holds none.")
    return section("Errors by kind", body, anchor="errors", lead=lead)


def tokens(run: RunFolder) -> Html:
    """Tokens that the model wrote per problem, by split and stage."""
    rows = [row for row in select(run.results, metric="tokens_per_problem") if "stage" in row.condition]
    names = stage_names(run.results)
    lines = [
        (_title(split), name, figure(row), figure_range(row), f"{row.n:,}")
        for split in [*held_out(rows), "train"]
        for stage, name in names.items()
        for row in select(rows, split=split, condition={"stage": stage})
    ]
    headings = ("split", "stage", "tokens per problem", "95 % interval", "n")
    body = (
        table(headings, lines, numeric=(2, 3, 4))
        if lines
        else missing("No token counts.", "None measured yet.")
    )
    return section(
        "Tokens", body, anchor="tokens", lead="What the model wrote to solve a problem, over all its turns."
    )


def _title(split: str) -> str:
    return split_name(split).capitalize()
