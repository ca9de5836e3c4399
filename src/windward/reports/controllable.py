"""The page of `windward controllable study`: is what is asked for what comes, and what is traded for what."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from windward.reports.again import again
from windward.reports.controllable_charts import Traded, realised_chart, trade_chart
from windward.reports.controllable_shown import examples
from windward.reports.intervals import interval
from windward.reports.markup import Html, join, tag
from windward.reports.page import footer, navigation, page, write_page
from windward.reports.parts import columns, facts, missing, section, table
from windward.reports.run_folder import ReportError, object_in, results_in
from windward.reports.wording import counted, percent
from windward.rows import Result, select

SHOWN = {
    "sft": "SFT",
    "cpsft": "CPSFT",
    "cdpo": "CDPO",
    "cdpo-even": "CDPO, λ = 1",
    "cdpo-released": "CDPO, released formula",
}
KINDS = ("one level", "feasible pair", "infeasible pair")
SETTINGS = "Settings were chosen on seeds of their own, which are in no figure here."


def write_control_report(folder: Path) -> Path:
    """Writes `folder/report.html` from what is beside it, whole or not at all.

    Raises:
        ReportError: there is no result table, or a file is malformed; says which.
    """
    return write_page(Path(folder), control_page(Path(folder)))


def control_page(folder: Path) -> str:
    """The page as text."""
    results = results_in(folder / "results.parquet")
    whole = [row for row in results if "seeds" in row.condition]
    if not whole:
        raise ReportError(
            f"{folder} holds no results.parquet of a study: give the --out of windward controllable study"
        )
    record = object_in(folder / "run.json")
    series = _series(whole)
    files = ("answers/", "training/", "results.parquet", "run.json")
    sections = [
        ("asked", "Asked and got", _asked(whole, series)),
        ("traded", "Traded", _traded(whole, series)),
        ("ahead", "Seed by seed", _ahead(whole, series)),
        ("examples", "Answers", examples(folder, series)),
        ("again", "Do it again", again(record, files)),
    ]
    contents = navigation([(anchor, name) for anchor, name, _ in sections])
    head = _head(whole, series, record)
    return page("Control", head, contents, *(body for *_, body in sections), footer())


def _series(whole: Sequence[Result]) -> dict[str, str]:
    """Methods in the order of the table, by the name that a reader knows."""
    names = dict.fromkeys(str(row.condition.get("method")) for row in whole)
    return {
        name: SHOWN.get(name) or f"DPO on {name.removeprefix('dpo-')} alone"
        for name in sorted(names, key=_rank)
    }


def _rank(name: str) -> tuple[int, str]:
    order = ("sft", "cpsft", "cdpo", "cdpo-even", "cdpo-released")
    return (order.index(name) if name in order else len(order), name)


def _objectives(whole: Sequence[Result]) -> list[str]:
    found = select(whole, metric="absolute_error")
    return list(dict.fromkeys(str(row.condition["objective"]) for row in found))


def _levels(whole: Sequence[Result]) -> list[float]:
    """All levels that were asked for."""
    errors = select(whole, metric="absolute_error")
    return sorted({float(row.condition["requested"]) for row in errors if "requested" in row.condition})


def _errors(whole: Sequence[Result], asked: str, objective: str) -> dict[str, Result]:
    where = {"asked": asked, "objective": objective}
    return {
        str(row.condition["method"]): row
        for row in select(whole, metric="absolute_error", condition=where)
        if "requested" not in row.condition
    }


def _head(whole: Sequence[Result], series: Mapping[str, str], record: Mapping[str, object]) -> Html:
    said = []
    for objective in _objectives(whole):
        errors = _errors(whole, "one level", objective)
        told = [
            f"{series[name]} {errors[name].value:.2f}" for name in ("cdpo", "cpsft", "sft") if name in errors
        ]
        said.append(f"{objective}: {', '.join(told)}")
    seeds = max(row.n for row in whole)
    about = {
        "world": whole[0].dataset,
        "seeds": f"{seeds}",
        "methods": "; ".join(series.values()),
        "intervals": "95 %, by Student's t over seeds" if seeds > 1 else "none: there is one seed",
    }
    return tag(
        "header",
        tag("p", "Controllable preference optimization", class_="eyebrow"),
        tag("h1", f"Levels between what was asked for and what came — {'; '.join(said)}"),
        columns(
            tag("article", tag("h2", "What was compared"), facts(about), class_="card"),
            tag(
                "article",
                tag("h2", "How it is counted"),
                tag("p", "All methods learn from the same rated answers. Held-out instructions are asked at temperature 1 for each level "
                    "of each objective alone and for each pair; a program rates the answers. An answer without a rating has the largest "
                    "error that its request allows. SFT and DPO never met a condition and get the plain instruction."),
                tag("p", SETTINGS) if record else None,
                class_="card",
            ),
        ),
    )  # fmt: skip


def _asked(whole: Sequence[Result], series: Mapping[str, str]) -> Html:
    charts = [
        tag("article", realised_chart(found, series=series, title=f"{objective.capitalize()}, asked for alone"),
            class_="card")
        for objective in _objectives(whole)
        if (found := select(whole, metric="realised_mean", condition={"asked": "one level", "objective": objective}))
    ]  # fmt: skip
    lines = []
    for kind in KINDS:
        for objective in _objectives(whole):
            errors = _errors(whole, kind, objective)
            for name in series:
                if name in errors:
                    lines.append(_error_line(whole, errors[name], kind, objective, series[name]))
    names = ("asked for", "objective", "method", "mean absolute error", "95 % interval", "rated answers only", "order kept (τ)", "answers", "no rating")  # fmt: skip
    levels = _levels(whole)
    lead = (
        f"On the broken line what came is what was asked for. The error is a mean over requested levels, from {min(levels, default=1):g} to "
        f"{max(levels, default=5):g}; "
        "an infeasible pair cannot be had in one answer, so its error cannot be 0."
    )
    shown = tag("div", table(names, lines, numeric=(3, 4, 5, 6, 7, 8)), class_="dense")
    return section("Asked and got", columns(*charts), shown, anchor="asked", lead=lead)


def _error_line(
    whole: Sequence[Result], row: Result, kind: str, objective: str, name: str
) -> tuple[str, ...]:
    where = {"method": row.condition["method"], "asked": kind, "objective": objective}

    def value(metric: str) -> str:
        found = select(whole, metric=metric, condition=where)
        return f"{found[0].value:.2f}" if found else "none"

    answers = row.condition.get("answers")
    told = f"{answers:,}" if isinstance(answers, int) else "not written down"
    return (kind, objective, name, f"{row.value:.3f}", _range(row), value("rated_error"), value("monotonicity"),
            told, f"{row.unparsed:,}")  # fmt: skip


def _traded(whole: Sequence[Result], series: Mapping[str, str]) -> Html:
    objectives = _objectives(whole)
    points = _points(whole, objectives)
    parts: list[object] = []
    if points and len(objectives) == 2:
        chart = trade_chart(
            points,
            series=series,
            title="Mean levels under every condition; fronts as steps",
            names=(objectives[0], objectives[1]),
            levels=_levels(whole),
        )
        parts.append(tag("article", chart, class_="card"))
    volumes = {str(row.condition["method"]): row for row in select(whole, metric="hypervolume")}
    best = next((row.condition.get("of_single_answers") for row in volumes.values()), None)
    lines = [
        (series[name], f"{volumes[name].value:.2f}", _range(volumes[name])) for name in series if name in volumes
    ]  # fmt: skip
    if best is not None:
        lines.append(("the best single answers", f"{best:.2f}", "by count"))
    taxes = [
        (
            series[str(row.condition["method"])],
            str(row.condition["objective"]),
            f"{row.value:+.2f}".replace("-", "−"),
            _range(row),
        )
        for row in select(whole, metric="alignment_tax")
    ]
    parts.append(tag("div", table(("method", "hypervolume", "95 % interval"), lines, numeric=(1, 2))))
    taxed = join(
        tag("h3", "Alignment tax"),
        tag("p", "Levels that asking for the top gives less than the policy that DPO trained for this objective alone."),
        table(("method", "objective", "levels", "95 % interval"), taxes, numeric=(2, 3)) if taxes else missing("None.", "No method for one objective alone."),
    )  # fmt: skip
    lead = (
        "Hypervolume: the area of the levels that a method's mean points are better than, above (1, 1), fixed beforehand. A method "
        "without conditions has one point. An answer without a rating counts as the lowest level."
    )
    return section("Traded", columns(*parts), taxed, anchor="traded", lead=lead)


def _points(whole: Sequence[Result], objectives: Sequence[str]) -> list[Traded]:
    found: dict[tuple[str, str], dict[str, Result]] = {}
    for row in select(whole, metric="mean_level"):
        key = (str(row.condition["method"]), str(row.condition["condition"]))
        found.setdefault(key, {})[str(row.condition["objective"])] = row
    return [
        Traded(
            method,
            _condition(told),
            rows[objectives[0]].value,
            rows[objectives[1]].value,
            bool(rows[objectives[0]].condition.get("front")),
        )
        for (method, told), rows in found.items()
        if len(objectives) == 2 and set(objectives) <= rows.keys()
    ]


def _condition(told: str) -> str:
    try:
        levels = json.loads(told)
    except ValueError:
        return told
    return (
        ", ".join(f"{name} {level:g}" for name, level in levels.items()) if isinstance(levels, dict) else told
    )


def _ahead(whole: Sequence[Result], series: Mapping[str, str]) -> Html:
    lines = []
    for metric, shown in (("absolute_error_difference", "error"), ("hypervolume_difference", "hypervolume")):
        for row in select(whole, metric=metric):
            told = row.condition
            against = str(told.get("against"))
            lines.append(
                (
                    shown,
                    str(told.get("objective", "both")),
                    str(told.get("asked", "every condition")),
                    series.get(against, against),
                    f"{row.value:+.3f}".replace("-", "−"),
                    _range(row),
                    f"{told.get('below')} of {row.n}",
                )
            )
    if not lines:
        return section("Seed by seed", missing("None.", "CDPO was not trained."), anchor="ahead")
    names = ("figure", "objective", "asked for", "CDPO less", "difference", "95 % interval", "seeds below 0")
    lead = "CDPO's figure less the other method's of the same seed. Errors should be below 0, hypervolumes above."
    shown_table = tag("div", table(names, lines, numeric=(4, 5, 6)), class_="dense")
    unrated = [
        (series[str(row.condition["method"])], percent(row.value), counted(int(row.condition["answers"]), "answer"))
        for row in select(whole, metric="unrated_rate")
    ]  # fmt: skip
    rated = table(("method", "answers without a rating", "of"), unrated, numeric=(1, 2))
    return section("Seed by seed", shown_table, rated, anchor="ahead", lead=lead)


def _range(row: Result) -> str:
    if "low" not in row.condition:
        return "one seed"
    span = interval(row)
    return "none" if span is None else f"{span.low:.2f} to {span.high:.2f}".replace("-", "−")
