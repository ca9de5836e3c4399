"""How far MINT's figures depend on the grader: flips by kind, SR by each profile, and the orders of the models."""

from __future__ import annotations

from itertools import groupby

from windward.reports.markup import Html, cut_middle, join, tag
from windward.reports.mint_folder import Flips, MintFolder
from windward.reports.mint_measured import Measured, feedback_of
from windward.reports.parts import disclosure, missing, raw, section, table
from windward.reports.run_records import Row
from windward.reports.wording import counted, percent, points
from windward.rows import select

_KINDS_SHOWN = 40


def graders(folder: MintFolder, found: Measured | None) -> Html | None:
    """The part on graders; None for a live run, which has one."""
    if not folder.is_replay:
        return None
    title = "Graders"
    if folder.setting("trust_recorded"):
        why = "The recorded verdicts were trusted, so there are no flips. Leave out --trust-recorded to grade again."
        return section(title, missing("Nothing was graded again.", why), anchor="graders")
    lead = (
        "Flips: proposals that a profile judges differently from the recording. Accepted: recorded as wrong, now right; "
        "rejected: recorded as right, now wrong."
    )
    parts = [_rates(folder, found), _ranks(folder), _shares(folder), _listed(folder.flips)]
    return section(title, *parts, anchor="graders", lead=lead)


def _rates(folder: MintFolder, found: Measured | None) -> Html | None:
    """SR of each model by each profile."""
    if found is None or len(found.profiles) < 2:
        return None
    profiles = sorted(found.profiles, key=lambda name: (name != "recorded", name))
    rates = {
        (row.model, str(row.condition.get("profile"))): row
        for row in select(folder.results, metric="success_rate", dataset="all", condition={"k": found.k})
        if feedback_of(row) == found.feedback
    }
    lines = []
    for model in found.models:
        recorded = rates.get((model, "recorded"))
        cells = []
        for profile in profiles:
            row = rates.get((model, profile))
            cells.append(percent(row.value) if row else "–")
            if profile != "recorded":
                cells.append(points(row.value - recorded.value) if row and recorded else "–")
        lines.append((model, *cells))
    headings = ["model"]
    for profile in profiles:
        headings += [profile] if profile == "recorded" else [profile, f"{profile} − recorded"]
    told = table(headings, lines, numeric=range(1, len(headings)), caption=f"SR_{found.k} by whose verdicts")
    return tag("div", told, class_="sortable dense")


def _ranks(folder: MintFolder) -> Html | None:
    told = []
    for row in select(folder.results, metric="rank_kendall"):
        swapped = row.condition.get("swapped") or []
        spearman = select(
            folder.results, metric="rank_spearman", condition={"profile": row.condition.get("profile")}
        )
        rho = f", Spearman {spearman[0].value:.3f}" if spearman else ""
        told.append(
            tag("p", f"Order of {row.n} models by {row.condition.get('profile')} against recorded: Kendall "
                f"{row.value:.3f}{rho}; {counted(len(swapped), 'pair')} swapped.")
        )  # fmt: skip
    return join(*told) if told else None


def _shares(folder: MintFolder) -> Html:
    """Shares of each task's proposals by profile, direction and rule, largest first."""
    rows = sorted(select(folder.results, metric="flipped_proposals"), key=lambda row: -row.value)
    if not rows:
        return missing("No flips.", "No profile judged a proposal differently from the recording.")
    lines = [
        (
            row.dataset,
            str(row.condition.get("profile")),
            str(row.condition.get("now")),
            tag("code", cut_middle(str(row.condition.get("rule")), 80)),
            f"{row.condition.get('count', round(row.value * row.n)):,}",
            percent(row.value),
            f"{row.n:,}",
        )
        for row in rows
    ]
    headings = ("task", "profile", "now", "rule", "flips", "share", "proposals of the task")
    shown = table(
        headings, lines[:_KINDS_SHOWN], numeric=(4, 5, 6), caption="Flips by task, profile and rule"
    )
    rest = lines[_KINDS_SHOWN:]
    more = (
        disclosure(f"{len(rest)} smaller kinds", table(headings, rest, numeric=(4, 5, 6))) if rest else None
    )
    return join(tag("div", shown, class_="sortable dense"), more)


def _listed(flips: Flips | None) -> Html:
    if flips is None:
        return missing("No examples.", "disagreements.parquet is not there.")
    told = f"disagreements.parquet lists {counted(flips.rows, 'proposal')} judged differently"
    told += (
        f", and {counted(flips.unknown, 'success', 'successes')} whose verdict is unknown."
        if flips.unknown
        else "."
    )
    keys = sorted(flips.counts, key=lambda key: (key[:2], -flips.counts[key]))
    groups = [
        disclosure(
            f"{profile}: {direction} ({sum(flips.counts[key] for key in found):,})",
            *(_kind(flips, key) for key in found[:_KINDS_SHOWN]),
        )
        for (profile, direction), group in groupby(keys, key=lambda key: key[:2])
        if (found := list(group))
    ]
    return tag("div", tag("h3", "Examples"), tag("p", told), *groups)


def _kind(flips: Flips, key: tuple[str, str, str]) -> Html:
    shown = [_example(row, key[0]) for row in flips.examples[key]]
    heading = tag("h4", tag("code", cut_middle(key[2], 120)), f" · {counted(flips.counts[key], 'flip')}")
    return tag("div", heading, *shown, class_="turn")


def _example(row: Row, profile: str) -> Html:
    where = f"{row.get('task')} {row.get('task_id')} · {row.get('model')} · turn {row.get('turn')}"
    said = (
        f"recorded {_word(row['recorded'])}, {profile} {_word(row[profile])} by rule {row[f'{profile}_rule']}"
    )
    answer = row.get("answer")
    return tag(
        "div",
        tag("p", cut_middle(where, 300), class_="small after"),
        raw(str(answer), 1_500) if answer is not None else tag("p", "no answer was kept", class_="nothing"),
        tag("p", "reference ", tag("code", cut_middle(str(row.get("reference") or "none"), 300)), " · ", cut_middle(said, 300),
            class_="verdict"),
    )  # fmt: skip


def _word(correct: bool) -> str:
    return "right" if correct else "wrong"
