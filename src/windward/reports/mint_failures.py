"""How runs of MINT ended that were not solved, what a run took, and what the feedback gave away."""

from __future__ import annotations

from windward.reports.bar_chart import bar_chart
from windward.reports.intervals import Z95, Interval
from windward.reports.markup import Html, join, tag
from windward.reports.mint_figures import NOBODY, of_models
from windward.reports.mint_folder import MintFolder
from windward.reports.mint_measured import Measured
from windward.reports.parts import columns, disclosure, missing, section, table
from windward.reports.wording import counted, mean, number
from windward.rows import Result

FAILURES = {
    "invalid_action": "no action that could be read",
    "execution_error": "code that raised",
    "wrong_answer": "a wrong answer",
    "out_of_turns": "out of turns",
}


def failures(folder: MintFolder, found: Measured | None) -> Html:
    """How unsolved runs ended, what a run took, and how many feedback messages gave the answer away."""
    if found is None:
        return section("Failures", NOBODY, anchor="failures")
    rows = found.of_chosen(found.rows("failure_rate", k=found.k))
    body: Html = missing("No failures.", "results.parquet does not say how runs ended.")
    if rows:
        title = of_models(found, f"How runs of {counted(found.k, 'turn')} ended that were not solved")
        body = bar_chart(rows, category="kind", by="model", series=found.names, title=title, names=FAILURES)
    lead = "As a share of all runs. A run that broke off (a context that was full) has no kind and counts as unsolved."
    if folder.is_replay:
        lead += " What the last turn of a recorded run showed was not recorded: code that raised there counts as out of turns."
    side = tag("div", _effort(found), _leaks(folder, found))
    return section("Failures", columns(body, side), anchor="failures", lead=lead)


def _effort(found: Measured) -> Html:
    wanted = {
        "turns_per_problem": "turns",
        "proposals_per_problem": "proposals",
        "invalid_turns_per_problem": "unreadable turns",
    }
    lines = [
        (model, name, mean(row.value), _mean_range(row), f"{row.n:,}")
        for model in found.chosen
        for metric, name in wanted.items()
        if (row := found.by_model(metric).get(model))
    ]
    if not lines:
        return missing("No counts.", "results.parquet does not say what runs took.")
    headings = ("model", "per problem", "mean", "95 % interval", "n")
    return disclosure("What a run took", table(headings, lines, numeric=(2, 3, 4)), opened=len(lines) <= 6)


def _mean_range(row: Result) -> str:
    if row.stderr is None:
        return "no interval"
    span = Interval(row.value - Z95 * row.stderr, row.value + Z95 * row.stderr)
    return f"{mean(max(0.0, span.low))}–{mean(span.high)}"


def _leaks(folder: MintFolder, found: Measured) -> Html:
    """Leaks of the feedback at the headline's budget."""
    title = tag("h3", "Feedback that gave the answer away")
    if folder.is_replay:
        return join(
            title,
            missing(
                "Not measured.", "In recorded runs nobody looked for it; the paper's expert was not checked."
            ),
        )
    if found.feedback.by == "none":
        return join(title, tag("p", "There was no feedback, so nothing could be given away."))
    told = []
    for model in found.models:
        row = found.by_model("leaks_per_problem").get(model)
        if row is not None:
            count = round(row.value * row.n)
            told.append(
                f"{model}: {counted(count, 'message')} in {counted(row.n, 'run')}, withheld from the model."
            )
    if folder.drawn is not None and folder.drawn.unreadable:
        told.append(f"{number(folder.drawn.unreadable)} messages judged nothing or did not come.")
    shown = (tag("p", line) for line in told)
    return join(
        title, *(shown if told else (missing("Not measured.", "results.parquet has no count of leaks."),))
    )
