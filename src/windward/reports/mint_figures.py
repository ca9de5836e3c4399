"""The measured part of MINT's page: the headline, SR against k, models and tasks."""

from __future__ import annotations

from collections.abc import Sequence

from windward.reports.line_chart import line_chart, pick_chart
from windward.reports.markup import Html, join, tag
from windward.reports.mint_folder import MintFolder
from windward.reports.mint_measured import FAMILIES, Measured, with_model
from windward.reports.parts import columns, disclosure, facts, missing, section, table
from windward.reports.range_chart import range_chart
from windward.reports.wording import (
    counted,
    figure_range,
    percent,
)
from windward.reports.wording import figure as worded
from windward.rows import Result

NOBODY = missing("Nothing measured.", "results.parquet is not there or holds no success rates.")


def head(folder: MintFolder, found: Measured | None) -> Html:
    """What was measured, in one sentence; the rates with intervals; the setting."""
    title = "Nothing was measured yet." if found is None else _headline(found)
    told = "Recorded runs" if folder.is_replay else "Live run"
    shown = NOBODY if found is None else columns(_card(folder, found), _setting_card(folder, found))
    return tag("header", tag("p", f"MINT · {told}", class_="eyebrow"), tag("h1", title), shown)


def _headline(found: Measured) -> str:
    best = found.by_model("success_rate")[found.models[0]]
    rate, turns = percent(best.value), counted(found.k, "turn")
    if len(found.models) == 1:
        return f"{best.model} solves {rate} of {counted(best.n, 'problem')} within {turns}."
    lead = f"{len(found.models)} models: {best.model} solves most"
    return f"{lead}, {rate} of {counted(best.n, 'problem')} within {turns}."


def _card(folder: MintFolder, found: Measured) -> Html:
    """The best models on all tasks; of a single model, the families too."""
    rates = found.by_model("success_rate")
    if len(found.models) == 1:
        model = found.models[0]
        rows = [(0, "all tasks", rates[model])]
        for index, (family, name) in enumerate(FAMILIES.items(), start=1):
            if model in (of_family := found.by_model("success_rate", family)):
                rows.append((index, name, of_family[model]))
    else:
        rows = [(index, model, rates[model]) for index, model in enumerate(found.chosen)]
    counts = " and ".join(sorted({f"{row.n:,}" for _, _, row in rows}))
    title = f"Success within {counted(found.k, 'turn')}"
    lines = [
        (name, worded(row), figure_range(row), f"{row.n:,}", unread(folder, row)) for _, name, row in rows
    ]
    return tag(
        "article",
        tag("h2", title),
        tag("p", f"n = {counts}; bars are 95 % intervals (Wilson)", class_="small"),
        range_chart(rows, title=title),
        disclosure("The figures", table(("", "SR", "95 % interval", "n", "unread"), lines, numeric=(1, 2, 3, 4))),
        class_="card",
    )  # fmt: skip


def _setting_card(folder: MintFolder, found: Measured) -> Html:
    budgets = found.budgets
    told: dict[str, object] = {
        "k": f"{budgets[0]} to {budgets[-1]}; the headline takes {found.k}" if len(budgets) > 1 else found.k,
        "proposals": _said(folder.setting("proposals"), folder),
        "feedback": str(found.feedback),
        "mode": _mode(found),
        "judged by": _judges(found),
        "tasks": ", ".join(map(str, folder.setting("tasks") or ())) or "not written down",
        "seed": "none: nothing is drawn" if folder.is_replay else _said(folder.record.get("seed"), folder),
    }
    if folder.setting("limit") is not None:
        told["limit"] = f"{folder.setting('limit')} problems of each task, drawn by the seed"
    return tag("article", tag("h2", "Setting"), facts(told), class_="card")


def _said(value: object, folder: MintFolder) -> str:
    if value is not None:
        return str(value)
    return "as recorded" if folder.is_replay else "not written down"


def _mode(found: Measured) -> str:
    mode = str(found.rows("success_rate")[0].condition.get("mode", ""))
    return {
        "prefix": "prefix: every SR_k is read off one run with the largest budget",
        "independent": "independent: each budget k has runs of its own",
    }.get(mode, mode or "not written down")


def _judges(found: Measured) -> str:
    others = ", ".join(found.profiles[1:])
    return f"profile {found.profile}" + (f" (the table also has {others}: see the graders)" if others else "")


def curves(found: Measured | None) -> Html:
    """SR against k of the best and the chosen models; where there is no more than one k, that is said."""
    lead: object = "The share of problems solved within k turns. What could not be read counts as unsolved."
    if found is None:
        return section("Success by turns", NOBODY, anchor="success", lead=lead)
    common = found.common_budgets
    title, rows = "SR against k", _within(found.rows("success_rate"), common)
    if len(found.models) > len(found.chosen):
        title += f": choose among {len(found.models)} models"
        chart = pick_chart(
            with_model(rows),
            x="k",
            by="model",
            series=found.models,
            shown=found.chosen,
            title=title,
            x_label="k",
        )
    else:
        chart = line_chart(
            found.of_chosen(rows), x="k", by="model", series=found.names, title=title, x_label="k"
        )
    only = None
    if len(found.budgets) == 1:
        only = missing("One budget only.", f"Every run had k = {found.k}, so there is no curve.")
    families = [
        line_chart(of_family, x="k", by="model", series=found.names, title=name.capitalize(), x_label="k")
        for family, name in FAMILIES.items()
        if (of_family := _within(found.of_chosen(found.rows("success_rate", family)), common))
    ]
    more = disclosure("By family of tasks", columns(*families)) if families else None
    return section("Success by turns", only, chart, more, anchor="success", lead=lead)


def _within(rows: Sequence[Result], budgets: Sequence[int]) -> list[Result]:
    return [row for row in rows if row.condition["k"] in budgets]


def of_models(found: Measured, what: str) -> str:
    """A title that says which models it leaves out."""
    if len(found.models) == len(found.chosen):
        return what
    return f"{what}: {len(found.chosen)} of {len(found.models)} models"


def unread_told(folder: MintFolder) -> str:
    """What the column of unread runs holds."""
    if folder.setting("trust_recorded"):
        return (
            "Unread runs were not told apart: recorded verdicts do not say whether an action could be read."
        )
    return "Unread: runs that ended without an action that could be read; they count as unsolved."


def unread(folder: MintFolder, row: Result) -> str:
    """How many runs of a figure were unread; a dash where nobody looked."""
    return "–" if folder.setting("trust_recorded") else f"{row.unparsed:,}"


def models(folder: MintFolder, found: Measured | None) -> Html:
    """Every model: SR_k with its interval, the slope of SR over k, the other budgets, what could not be read."""
    if found is None:
        return section("Models", NOBODY, anchor="models")
    rates, slopes = found.by_model("success_rate"), found.by_model("tool_slope")
    others = [k for k in found.common_budgets if k != found.k]
    shown_by = {k: found.by_model("success_rate", k=k) for k in others}
    lines = []
    for model in found.models:
        rate, slope = rates[model], slopes.get(model)
        lines.append(
            (
                model,
                percent(rate.value),
                figure_range(rate),
                *(percent(shown_by[k][model].value) if model in shown_by[k] else "–" for k in others),
                "–" if slope is None else f"{slope.value:+.2f}".replace("-", "−"),
                "–" if slope is None else _slope_range(slope),
                "–" if slope is None or slope.condition.get("r2") is None else f"{slope.condition['r2']:.2f}",
                f"{rate.n:,}",
                unread(folder, rate),
            )
        )
    headings = ("model", f"SR_{found.k}", "95 % interval", *(f"SR_{k}" for k in others), "points a turn", "its interval",
                "R²", "n", "unread")  # fmt: skip
    lead = (
        "Points a turn: the least-squares slope of SR over k = 1 … 5, what each further turn with tools brings. "
        f"{unread_told(folder)}"
    )
    note = None if slopes else missing("No slopes.", "They need runs for each k from 1 to 5.")
    told = table(headings, lines, numeric=range(1, len(headings)))
    return section(
        "Models",
        note,
        tag("div", told, class_="sortable dense"),
        _rare_budgets(found),
        anchor="models",
        lead=lead,
    )


def _rare_budgets(found: Measured) -> Html | None:
    """Budgets that few models have, in words."""
    rare = [row for row in found.rows("success_rate") if row.condition["k"] not in found.common_budgets]
    if not rare:
        return None
    told = "; ".join(
        f"{row.model}, k = {row.condition['k']}: {percent(row.value)} ({figure_range(row)}, n = {row.n:,})"
        for row in sorted(rare, key=lambda row: (row.model, row.condition["k"]))
    )
    return tag("p", "Budgets of few models, in no chart: ", told, ".", class_="small after")


def _slope_range(row: Result) -> str:
    if row.stderr is None:
        return "no interval"
    # Five points leave three degrees of freedom: Student's t, not the normal quantile.
    half = 3.182446 * row.stderr
    return f"{row.value - half:+.2f} to {row.value + half:+.2f}".replace("-", "−")


def tasks(folder: MintFolder, found: Measured | None) -> Html:
    """SR of every task: with interval and n; of many models, a model a row."""
    if found is None:
        return section("Tasks", NOBODY, anchor="tasks")
    names = sorted({row.dataset for row in found.results} - {"all", *FAMILIES})
    cells = {task: found.by_model("success_rate", task) for task in names}
    names = [task for task in names if cells[task]]
    if len(found.models) == 1:
        model = found.models[0]
        lines = [
            (task, percent(row.value), figure_range(row), f"{row.n:,}", unread(folder, row))
            for task in names
            if (row := cells[task].get(model))
        ]
        told = table(("task", f"SR_{found.k}", "95 % interval", "n", "unread"), lines, numeric=(1, 2, 3, 4))
    else:
        counts = {task: max(row.n for row in cells[task].values()) for task in names}
        rows = [(model, *(_rate_cell(cells[task].get(model)) for task in names)) for model in found.models]
        headings = ("model", *(f"{task} ({counts[task]})" for task in names))
        told = tag("div", table(headings, rows, numeric=range(1, len(headings))), class_="sortable dense")
    lead = (
        f"SR within {counted(found.k, 'turn')} and its 95 % interval (Wilson); n stands beside a task's name."
    )
    return section("Tasks", told, anchor="tasks", lead=lead)


def _rate_cell(row: Result | None) -> object:
    if row is None:
        return "–"
    return join(percent(row.value), tag("span", figure_range(row), class_="spread"))
