"""How runs of MINT ended that were not solved, what a run took, and what the feedback gave away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from windward.reports.bar_chart import bar_chart
from windward.reports.intervals import Z95, Interval
from windward.reports.markup import Html, join, tag
from windward.reports.mint_figures import NOBODY, of_models
from windward.reports.mint_folder import MintFolder
from windward.reports.mint_measured import Measured
from windward.reports.parts import columns, disclosure, missing, section, table
from windward.reports.wording import counted, figure_range, is_rate, mean, number
from windward.reports.wording import figure as worded
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
    kinds = _kinds(folder)
    rows = [row for row in found.rows("failure_rate", k=found.k) if row.condition.get("kind") in kinds]
    body: Html = missing("No failures.", "results.parquet does not say how runs ended.")
    if rows:
        body = bar_chart(
            found.of_chosen(rows),
            category="kind",
            by="model",
            series=found.names,
            title=of_models(found, f"How runs of {counted(found.k, 'turn')} ended that were not solved"),
            names=kinds,
        )
    lead = "As a share of all runs. A run that broke off (a context that was full) has no kind and counts as unsolved."
    told = columns(body, _leaks(folder, found))
    return section(
        "Failures", told, _unseen(folder), _effort(found, rows, kinds), anchor="failures", lead=lead
    )


def _kinds(folder: MintFolder) -> dict[str, str]:
    """The kinds of failure that can be told apart in this folder's runs."""
    if not folder.is_replay:
        return FAILURES
    hidden = {"execution_error"} | ({"invalid_action"} if folder.setting("trust_recorded") else set())
    return {kind: name for kind, name in FAILURES.items() if kind not in hidden}


def _unseen(folder: MintFolder) -> Html | None:
    """The kinds that a recording does not show."""
    if not folder.is_replay:
        return None
    why = "What the last turn of a recorded run showed was not recorded, so code that raised there counts as out of turns."
    if folder.setting("trust_recorded"):
        why += " Recorded verdicts alone do not tell a last turn without an action from one that ran code."
    return missing("Not told apart.", why)


def _effort(found: Measured, failed: Sequence[Result], kinds: Mapping[str, str]) -> Html:
    """Of every model: how its runs ended, and what they took."""
    counts = {
        "turns": found.by_model("turns_per_problem"),
        "proposals": found.by_model("proposals_per_problem"),
        "unreadable turns": found.by_model("invalid_turns_per_problem"),
    }
    shares = {
        name: {row.model: row for row in failed if row.condition["kind"] == kind}
        for kind, name in kinds.items()
    }
    lines = [
        (model, *(_cell(of.get(model)) for of in (*shares.values(), *counts.values())))
        for model in found.models
    ]
    headings = ("model", *shares, *(f"{name} per problem" for name in counts))
    told = table(headings, lines, numeric=range(1, len(headings)))
    return disclosure("Every model, and what a run took, with 95 % intervals",
                      tag("div", told, class_="sortable dense"), class_="after", opened=len(lines) == 1)  # fmt: skip


def _cell(row: Result | None) -> object:
    if row is None:
        return "–"
    shown = figure_range(row) if is_rate(row) else _mean_range(row)
    return join(worded(row), tag("span", shown, class_="spread"))


def _mean_range(row: Result) -> str:
    if row.stderr is None:
        return "no interval"
    span = Interval(row.value - Z95 * row.stderr, row.value + Z95 * row.stderr)
    return f"{mean(max(0.0, span.low))}–{mean(span.high)}"


def _leaks(folder: MintFolder, found: Measured) -> Html:
    """Leaks of the feedback at the headline's budget."""
    title = tag("h3", "Feedback that gave the answer away", class_="first")
    if folder.is_replay:
        return tag(
            "div",
            title,
            missing(
                "Not measured.", "In recorded runs nobody looked for it; the paper's expert was not checked."
            ),
        )
    if found.feedback.by == "none":
        return tag("div", title, tag("p", "There was no feedback, so nothing could be given away."))
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
    return tag(
        "div",
        title,
        *(shown if told else (missing("Not measured.", "results.parquet has no count of leaks."),)),
    )
