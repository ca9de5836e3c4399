"""The page of `windward eurus study`: which of the paper's findings show on mined pairs, and which do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from windward.reports.again import again
from windward.reports.eurus_curves import furthest, signed_chart
from windward.reports.eurus_findings import (
    NOT_SHOWN,
    OBJECTIVES,
    OPPOSITE,
    POLICIES,
    PUBLISHED_CHOSEN,
    SHOWS,
    findings,
    range_of,
    short,
    signed,
)
from windward.reports.eurus_folder import StudyFolder, read_study_folder
from windward.reports.intervals import interval
from windward.reports.markup import Html, join, tag
from windward.reports.page import navigation, page, write_page
from windward.reports.parts import columns, disclosure, facts, missing, section, table
from windward.reports.range_chart import range_chart
from windward.reports.wording import counted, duration, figure_range, mean, percent
from windward.rows import Result, select

_SIDES = {"chosen": "chosen", "rejected": "rejected"}


def write_eurus_report(folder: Path) -> Path:
    """Writes `folder/report.html` from what is beside it, whole or not at all.

    Raises:
        ReportError: a file is missing or malformed; says which.
    """
    return write_page(Path(folder), eurus_page(read_study_folder(Path(folder))))


def eurus_page(found: StudyFolder) -> str:
    """The page as text."""
    sections = [
        ("findings", "Findings", _findings(found)),
        ("heads", "Reward heads", _heads(found)),
        ("policies", "DPO, KTO, NCA", _policies(found)),
        ("limits", "What this does not say", _limits(found)),
        ("again", "Do it again", again(found.record, found.files)),
    ]
    contents = navigation([(anchor, name) for anchor, name, _ in sections])
    foot = tag("footer", tag("p", "Made by Windward. Published figures are the paper's (arXiv 2404.02078), with models of 7 "
                             "billion weights and all of its data."))  # fmt: skip
    return page("Eurus at a small size", _head(found), contents, *(body for *_, body in sections), foot)


def _head(found: StudyFolder) -> Html:
    verdicts = Counter(one.verdict for one in findings(found.results, found.features))
    study = found.study
    told = {
        "pairs": f"{study.get('pairs', 0):,}",
        "problems": f"{study.get('problems', 0):,}",
        "splits by problem": str(study.get("seeds", "not written down")),
    }
    if "short_pairs" in study:
        told["short pairs, for policies"] = (
            f"{study['short_pairs']:,} of {study['short_problems']:,} problems"
        )
    return tag(
        "header",
        tag("p", "Eurus · Preference learning and reward modelling", class_="eyebrow"),
        tag("h1", f"{verdicts[SHOWS]} of {counted(verdicts.total(), 'finding')} show at this size"),
        columns(
            tag("article", tag("h2", "On what"), facts(told), class_="card"),
            tag(
                "article",
                tag("h2", "How to read it"),
                tag("p", "A finding shows where the whole 95 % interval lies on the paper's side, or all seeds, three or more, have its sign. "
                    f"“{NOT_SHOWN.capitalize()}” is no refutation: the interval holds both. “{OPPOSITE.capitalize()}” is one, "
                    "at this size."),
                class_="card",
            ),
        ),
    )  # fmt: skip


def _findings(found: StudyFolder) -> Html:
    lines = [
        (one.says, one.published, one.here, one.verdict) for one in findings(found.results, found.features)
    ]
    if not lines:
        return section("Findings", missing("None.", "No stage of the study was done."), anchor="findings")
    return section(
        "Findings",
        table(("finding", "published", "here (95 % interval)", "at this size"), lines),
        anchor="findings",
        lead="Every pair is judged by a model that has not seen its problem; no benchmark is scored.",
    )  # fmt: skip


def _heads(found: StudyFolder) -> Html:
    baseline = select(found.results, metric="pair_accuracy", model="shorter")
    parts = []
    for model in found.features:
        rows = select(found.results, model=model)
        accuracies = [
            (place, OBJECTIVES[name], row)
            for place, name in enumerate(OBJECTIVES)
            if (row := _whole(rows, "pair_accuracy", name))
        ]
        shown = [*accuracies, *((3, "the shorter one", row) for row in baseline)]
        parts.append(
            columns(
                tag("article", tag("h3", short(model)), range_chart(shown, title=f"Pair accuracy on {model}"), class_="card"),
                tag("article", tag("h3", "By task"), _by_task(rows), class_="card"),
            )
        )  # fmt: skip
        parts.append(tag("div", _head_table(rows), class_="dense"))
    body = join(*parts) if parts else missing("No heads.", "The stages sentence and model were not done.")
    lead = (
        "A small head on frozen features learns which of two actions is right. Accuracy: the right one is ahead, ties half. "
        "Balanced: right above 0, wrong below. Spread: standard deviation, over heads, of a head's mean reward."
    )
    return section("Reward heads", body, anchor="heads", lead=lead)


def _head_table(rows: Sequence[Result]) -> Html:
    lines = []
    for name, shown in OBJECTIVES.items():
        found = {
            metric: _whole(rows, metric, name)
            for metric in (
                "pair_accuracy", "balanced_accuracy", "chosen_reward", "chosen_reward_spread", "rejected_reward",
                "rejected_reward_spread", "reward_margin", "train_accuracy",
            )
        }  # fmt: skip
        seeds = [
            row.value
            for row in select(rows, metric="pair_accuracy", condition={"objective": name})
            if "seed" in row.condition
        ]
        if any(row is None for row in found.values()):
            continue
        cell = {metric: row for metric, row in found.items() if row is not None}
        lines.append(
            (
                shown,
                f"{percent(cell['pair_accuracy'].value)} ({figure_range(cell['pair_accuracy'])})",
                f"{percent(min(seeds))} – {percent(max(seeds))}" if seeds else "–",
                f"{percent(cell['balanced_accuracy'].value)} ({figure_range(cell['balanced_accuracy'])})",
                f"{signed(cell['chosen_reward'].value)} ± {mean(cell['chosen_reward_spread'].value)}",
                f"{signed(cell['rejected_reward'].value)} ± {mean(cell['rejected_reward_spread'].value)}",
                signed(cell["reward_margin"].value),
                percent(cell["train_accuracy"].value),
            )
        )
    names = ("loss", "pair accuracy", "lowest and highest seed", "balanced at 0", "chosen ± spread", "rejected ± spread",
             "margin", "on what was learnt")  # fmt: skip
    return table(names, lines, numeric=range(1, len(names)))


def _by_task(rows: Sequence[Result]) -> Html:
    tasks = [row for row in select(rows, metric="pair_accuracy") if "task" in row.condition]
    by = {(row.condition["task"], row.condition["objective"]): row for row in tasks}
    names = sorted({task for task, _ in by}, key=lambda task: -by[task, "bt"].n)
    lines = [
        (
            task,
            *(percent(by[task, name].value) if (task, name) in by else "–" for name in OBJECTIVES),
            f"{by[task, 'bt'].n:,}",
        )
        for task in names
    ]
    return table(("task", *OBJECTIVES.values(), "pairs"), lines, numeric=range(1, 5))


def _policies(found: StudyFolder) -> Html:
    curves = [
        row
        for row in found.results
        if "step" in row.condition and row.metric in ("chosen_reward", "rejected_reward")
    ]
    if not curves:
        return section(
            "DPO, KTO, NCA", missing("No runs.", "The stage policies was not done."), anchor="policies"
        )
    reach = furthest(curves)
    charts = []
    for objective, name in POLICIES.items():
        rows = [_with_side(row) for row in curves if row.condition["objective"] == objective]
        if rows:
            charts.append(
                signed_chart(
                    rows, x="step", by="side", series=_SIDES, title=name, x_label="step", reach=reach
                )
            )
    lines = []
    for objective, name in POLICIES.items():
        cells = [
            _end(found.results, f"{side}_reward", objective, at)
            for at in ("end", "held-out")
            for side in _SIDES
        ]
        if any(cells):
            seeds = next(str(row.condition["seeds"]) for row in cells if row)
            lines.append((name, signed(PUBLISHED_CHOSEN[objective]), *(_reward(row) for row in cells), seeds))
    names = (
        "objective",
        "chosen, published (7B)",
        "chosen",
        "rejected",
        "chosen, held out",
        "rejected, held out",
        "seeds",
    )
    runs = found.study.get("policy_runs") or []
    told = [
        (
            POLICIES.get(str(run.get("objective")), "?"),
            str(run.get("seed")),
            str(run.get("train_pairs")),
            duration(float(run.get("seconds", 0))),
        )
        for run in runs
    ]
    return section(
        "DPO, KTO, NCA",
        tag("div", table(names, lines, numeric=range(1, 7)), class_="dense"),
        columns(*charts),
        disclosure("The runs", table(("objective", "seed", "pairs learnt from", "time"), told, numeric=(1, 2, 3))),
        anchor="policies",
        lead="Implicit reward β log(π/π_ref), mean over the pairs of a step, before that step; at the end over the last pass. "
        "All charts share one scale.",
    )  # fmt: skip


def _limits(found: StudyFolder) -> Html:
    stamped = ", ".join(found.study.get("never_score") or ()) or "none"
    points = (
        "Small models, frozen or with adapters, on hundreds of pairs; the paper has 7 and 70 billion weights and 220,000 "
        "pairs. A difference of one or two points cannot show here.",
        "Folds of one seed and seeds share problems, so heads are not independent. Intervals of accuracies go by problems "
        "(each counted once, its verdicts averaged over seeds); that of a spread takes heads for independent.",
        "Rewards of L_BT have no zero of their own: any constant, or a term of the problem alone, leaves the loss as it is.",
        f"The problems come from test data: what is trained on them is never scored on {stamped}.",
    )
    return section("What this does not say", tag("ul", *(tag("li", one) for one in points)), anchor="limits")


def _whole(rows: Sequence[Result], metric: str, objective: str) -> Result | None:
    return next(
        (row for row in rows if row.metric == metric and row.condition == {"objective": objective}), None
    )


def _with_side(row: Result) -> Result:
    from dataclasses import replace

    return replace(row, condition=row.condition | {"side": row.metric.removesuffix("_reward")})


def _end(results: Sequence[Result], metric: str, objective: str, at: str) -> Result | None:
    rows = select(results, metric=metric, condition={"objective": objective, "at": at})
    return next((row for row in rows if "seeds" in row.condition), None)


def _reward(row: Result | None) -> str:
    if row is None:
        return "–"
    span = interval(row)
    return signed(row.value) if span is None else f"{signed(row.value)} ({range_of(span)})"
