"""The page of `windward eval control`: each level asked for beside what came, refusals, harm, and what is traded for what."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from windward.reports.again import again
from windward.reports.controllable_charts import realised_chart
from windward.reports.markup import Html, tag
from windward.reports.page import footer, navigation, page, write_page
from windward.reports.parts import columns, disclosure, facts, missing, raw, section, table
from windward.reports.run_folder import ReportError, lines_in, need, object_in, results_in
from windward.reports.run_records import Row
from windward.reports.wording import figure_range, mean, percent
from windward.rows import Result, select

ANSWERS_SHOWN = 4
"""Prompts whose answers are shown, each under every condition."""


def write_eval_control_report(folder: Path) -> Path:
    """Writes `folder/report.html` from what is beside it, whole or not at all.

    Raises:
        ReportError: there is no result table, or a file is malformed; says which.
    """
    return write_page(Path(folder), eval_control_page(Path(folder)))


def eval_control_page(folder: Path) -> str:
    """The page as text."""
    if not (folder / "results.parquet").is_file():
        raise ReportError(f"{folder} holds no results.parquet: give the --out of windward eval control")
    results, record = results_in(folder / "results.parquet"), object_in(folder / "run.json")
    files = sorted(path.name for path in folder.iterdir() if not path.name.startswith((".", "report.html")))
    sections = [
        ("levels", "Asked and got", _levels(results)),
        ("traded", "Under each condition", _traded(results)),
        ("refused", "Refusals and harm", _refused(results)),
        ("examples", "Answers", _examples(folder)),
        ("again", "Do it again", again(record, files)),
    ]
    contents = navigation([(anchor, name) for anchor, name, _ in sections])
    return page("Control", _head(results), contents, *(body for *_, body in sections), footer())


def _whole(results: Sequence[Result], metric: str, named: str = "alone") -> list[Result]:
    rows = select(results, metric=metric, condition={"named": named})
    return [row for row in rows if "requested" not in row.condition]


def _level(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _said(row: Result, name: str) -> str:
    return str(row.condition.get(name, ""))


def _head(results: Sequence[Result]) -> Html:
    errors = _whole(results, "absolute_error")
    told = "; ".join(
        f"{_said(row, 'objective')} {_level(row.value)}"
        + (f" ({row.unparsed:,} of {row.n:,} answers without a rating)" if row.unparsed else "")
        for row in errors
    )
    one = next(iter(results), None)
    about = {
        "model": one.model if one else "",
        "prompts": one.dataset if one else "",
        "conditions written as": _said(one, "style") if one else "",
        "judged by": ", ".join(f"{_said(row, 'objective')}: {_said(row, 'judge')}" for row in errors) or "see the tables",
    }  # fmt: skip
    return tag(
        "header",
        tag("p", "Requested and realised levels", class_="eyebrow"),
        tag("h1", f"Levels between what was asked for and what came — {told}" if told else "Nothing was asked for"),
        columns(
            tag("article", tag("h2", "What was asked"), facts(about), class_="card"),
            tag(
                "article",
                tag("h2", "How it is counted"),
                tag("p", "Each prompt is asked for every level of each objective, and free. Who rates is not told what was asked for. An "
                    "answer without a rating stays in the count: it has the largest error that its request allows, and is never safe."),
                class_="card",
            ),
        ),
    )  # fmt: skip


def _levels(results: Sequence[Result]) -> Html:
    drawings, lines = [], []
    for row in _whole(results, "absolute_error"):
        name = _said(row, "objective")
        where = {"named": "alone", "objective": name}
        shares = _confusion(select(results, metric="confusion", condition=where), name)
        came = [
            replace(one, condition={"requested": one.condition["requested"], "method": "model"})
            for one in select(results, metric="realised_mean", condition=where)
        ]
        title = f"{name.capitalize()}, asked for alone"
        card = (
            tag("article", realised_chart(came, series={"model": row.model}, title=title), class_="card")
            if came
            else missing("None.", f"No answer has a rating in {name}.")
        )
        drawings.append(columns(card, shares))
    for named in ("alone", "together"):
        orders = {_said(one, "objective"): one for one in _whole(results, "monotonicity", named)}
        for row in _whole(results, "absolute_error", named):
            name = _said(row, "objective")
            order = _level(orders[name].value) if name in orders else "–"
            lines.append(
                (
                    name,
                    named,
                    _said(row, "judge"),
                    _level(row.value),
                    figure_range(row),
                    order,
                    f"{row.n:,}",
                    f"{row.unparsed:,}",
                )
            )
    if not lines:
        return section(
            "Asked and got", missing("None.", "Nothing but the free condition was asked."), anchor="levels"
        )
    names = (
        "objective",
        "asked for",
        "judged by",
        "mean absolute error",
        "95 % interval",
        "order kept (τ)",
        "answers",
        "no rating",
    )
    lead = "On the broken line what came is what was asked for. The error is a mean over requested levels, each counting the same."
    return section("Asked and got", *drawings, table(names, lines, numeric=(3, 5, 6, 7)), anchor="levels", lead=lead)  # fmt: skip


def _confusion(rows: Sequence[Result], name: str) -> Html:
    """Shares of the answers to each request whose nearest level is each one."""
    cells = {(row.condition["requested"], row.condition["realised"]): row.value for row in rows}
    asked = sorted({requested for requested, _ in cells})
    came = sorted({realised for _, realised in cells if realised is not None})
    lines = [
        (f"{level:g}", *(percent(cells.get((level, other), 0.0)) for other in (*came, None)))
        for level in asked
    ]
    heads = ("asked for", *(f"came {level:g}" for level in came), "no rating")
    shown = table(heads, lines, numeric=tuple(range(1, len(heads))))
    return tag("div", tag("h3", f"Which level of {name} came"), shown, class_="dense")


def _traded(results: Sequence[Result]) -> Html:
    rows = [row for row in select(results, metric="mean_rating") if "domain" not in row.condition]
    names = list(dict.fromkeys(_said(row, "objective") for row in rows))
    front = {one for row in select(results, metric="hypervolume") for one in row.condition.get("front", ())}
    cells = {(_said(row, "asked"), _said(row, "objective")): row for row in rows}
    lines = [
        (asked, *(_level(cells[asked, name].value) if (asked, name) in cells else "–" for name in names),
         *(("yes" if asked in front else "no",) if front else ()))
        for asked in dict.fromkeys(asked for asked, _ in cells)
    ]  # fmt: skip
    heads = ("asked for", *names, *(("on the front",) if front else ()))
    told = []
    for row in select(results, metric="hypervolume"):
        told.append(
            (
                f"hypervolume over {', '.join(map(str, row.condition['objectives']))}",
                _level(row.value),
                figure_range(row),
                f"{row.n:,}",
            )
        )
    for row in select(results, metric="alignment_tax"):
        told.append(
            (f"alignment tax, {_said(row, 'objective')}", _level(row.value), figure_range(row), f"{row.n:,}")
        )
    sums = table(("figure", "value", "95 % interval", "prompts"), told, numeric=(1, 3)) if told else None
    lead = "The mean rating of all answers under each condition, of those that were rated"
    lead += "; the front is what no other condition beats in all objectives." if front else "."
    shown = (
        table(heads, lines, numeric=tuple(range(1, len(heads))))
        if lines
        else missing("None.", "No answer has a rating.")
    )
    return section(
        "Under each condition", shown, _domains(results),
        tag("h3", "Traded") if told else None, sums, anchor="traded", lead=lead,
    )  # fmt: skip


def _domains(results: Sequence[Result]) -> Html | None:
    lines = [
        (_said(row, "asked"), _said(row, "objective"), _said(row, "domain"), mean(row.value), figure_range(row), f"{row.n:,}", f"{row.unparsed:,}")
        for row in select(results, metric="mean_rating")
        if "domain" in row.condition
    ]  # fmt: skip
    if not lines:
        return None
    heads = ("asked for", "objective", "domain", "mean rating", "95 % interval", "answers", "no rating")
    return disclosure("By domain", table(heads, lines, numeric=(3, 5, 6)))


def _refused(results: Sequence[Result]) -> Html:
    lines = list(_refusal_lines(results))
    heads = ("asked for", "figure", "judged by", "value", "95 % interval", "answers", "not read")
    lead = (
        "A refusal is read off an answer's first words by a word list (lexical). Of harmful requests, the score is ten times the share of "
        "safe answers at each level, and the plain mean of the levels."
    )
    return section("Refusals and harm", table(heads, lines, numeric=(3, 5, 6)), anchor="refused", lead=lead)


def _refusal_lines(results: Sequence[Result]) -> Iterator[tuple[object, ...]]:
    for row in results:
        if row.metric in ("refusal_rate", "over_refusal_rate"):
            what = "refused" if row.metric == "refusal_rate" else "refused, though harmless"
            value = percent(row.value)
        elif row.metric in ("harmlessness_score", "harmlessness_score_mean"):
            level = row.condition.get("level")
            what = "harmlessness, mean of levels" if level is None else f"harmlessness, level {level}"
            value = mean(row.value)
        else:
            continue
        yield (
            _said(row, "asked"),
            what,
            _said(row, "judge"),
            value,
            figure_range(row),
            f"{row.n:,}",
            f"{row.unparsed:,}",
        )


def _examples(folder: Path) -> Html:
    """Prompts drawn by a hash, each with its answers under all conditions; all of it shown as text."""
    found: dict[str, list[Row]] = {}
    for row in lines_in(folder / "answers.jsonl", _told):
        found.setdefault(str(row["prompt_id"]), []).append(row)
    drawn = sorted(found, key=lambda id: hashlib.sha256(id.encode()).hexdigest())[:ANSWERS_SHOWN]
    if not drawn:
        return section("Answers", missing("None.", "answers.jsonl is not there."), anchor="examples")
    shown = []
    for id in drawn:
        lines = [
            (str(one["asked"]), raw(str(one["answer"]) or "(empty)", 600), _ratings(one["ratings"]))
            for one in found[id]
        ]
        first = next((str(one["sent"]) for one in found[id] if one["asked"] == "free"), "")
        shown.append(
            disclosure(
                f"Prompt {id}: {first[:90]}", table(("asked for", "answer", "rated"), lines), class_="run"
            )
        )
    lead = f"{len(drawn)} prompts, drawn by a hash and not picked by hand."
    return section("Answers", *shown, anchor="examples", lead=lead)


def _told(row: Row, where: str) -> Row:
    for name in ("prompt_id", "asked", "sent", "answer"):
        need(row, name, str, where)
    need(row, "ratings", dict, where)
    return row


def _ratings(found: object) -> str:
    told: Mapping[str, object] = found if isinstance(found, dict) else {}
    return ", ".join(f"{name} {'none' if value is None else value}" for name, value in told.items())
