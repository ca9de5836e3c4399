"""The page of `windward eval robtest`: how a model holds up, by dimension and degree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from windward.reports.again import again
from windward.reports.intervals import interval
from windward.reports.line_chart import line_chart
from windward.reports.markup import Html, tag
from windward.reports.page import footer, navigation, page, write_page
from windward.reports.parts import columns, facts, missing, section, table
from windward.reports.radar_chart import radar_chart
from windward.reports.robtest_searched import searched_section
from windward.reports.robtest_shown import examples_section
from windward.reports.robtest_validity import validity_section
from windward.reports.run_folder import ReportError, object_in, results_in
from windward.reports.wording import number, percent, percent_range
from windward.rows import Result, select

CASES = {"average": "average over samples", "worst": "worst of samples", "search": "attacked by search"}
"""Series of every chart, in the order of their colours."""


def write_robtest_report(folder: Path) -> Path:
    """Writes `folder/report.html` from what is beside it, whole or not at all.

    Raises:
        ReportError: there is no result table, or a file is malformed; says which.
    """
    return write_page(Path(folder), robtest_page(Path(folder)))


def robtest_page(folder: Path) -> str:
    """The page as text."""
    if not (folder / "results.parquet").is_file():
        raise ReportError(f"{folder} holds no results.parquet: give the --out of windward eval robtest")
    results, record = results_in(folder / "results.parquet"), object_in(folder / "run.json")
    if not results:
        raise ReportError(f"{folder / 'results.parquet'} is empty")
    settings = record["settings"] if isinstance(record.get("settings"), Mapping) else {}
    classes = [str(name) for name in settings.get("classes", ())]
    files = sorted(path.name for path in folder.iterdir() if not path.name.startswith((".", "report.html")))
    valid = validity_section(results, curves(results), object_in(folder / "validity.json"))
    attacked = searched_section(results, curves(results))
    sections = [
        ("totals", "By dimension", _totals(results, settings.get("resources", {}))),
        ("degrees", "By degree", _degrees(results)),
        *([("searched", "Attacked by search", attacked)] if attacked else []),
        ("classes", "By class", _classes(results)),
        ("realised", "What was changed", _realised(results)),
        *([("validity", "Validity", valid)] if valid else []),
        ("examples", "Worst examples", _examples(folder, classes, results)),
        ("again", "Do it again", again(record, files)),
    ]
    contents = navigation([(anchor, name) for anchor, name, _ in sections])
    return page("Robustness", _head(results), contents, *(body for *_, body in sections), footer())


def curves(results: Sequence[Result]) -> list[tuple[str, str]]:
    """Dimension and mode of each curve, in their order."""
    found = (
        (row.condition["dimension"], row.condition["mode"]) for row in results if "mode" in row.condition
    )
    return list(dict.fromkeys(found))


def _named(dimension: str, mode: str) -> str:
    return f"{dimension} ({mode})"


def _of(results: Sequence[Result], metric: str, dimension: str, mode: str, **told: object) -> list[Result]:
    condition = {"dimension": dimension, "mode": mode, "samples": "all", **told}
    return select(results, metric=metric, split="all", condition=condition)


def _head(results: Sequence[Result]) -> Html:
    totals = select(results, metric="ewma_normalised", condition={"samples": "all", "case": "worst"})
    weakest = min(totals, key=lambda row: row.value)
    average = next(
        row
        for row in select(
            results, metric="ewma_normalised", condition={**weakest.condition, "case": "average"}
        )
    )
    clean = select(results, metric="accuracy", split="all", condition={"degree": 0.0, "case": "average"})[0]
    name = _named(weakest.condition["dimension"], weakest.condition["mode"])
    headline = f"{clean.model} is right on {percent(clean.value)} of clean texts; weakest against {name}"
    lead = (
        f"There, weighted over degrees, it is right on {percent(average.value)} of samples, and on {percent(weakest.value)} of texts "
        "whatever the sample."
    )
    about = {
        "model": clean.model,
        "texts": f"{clean.n:,} of {clean.dataset}",
        "clean accuracy": f"{percent(clean.value)} ({percent_range(interval(clean))})",
        "dimensions": f"{len({dimension for dimension, _ in curves(results)})}",
        "seed": str(clean.condition.get("seed", "")),
    }
    return tag("header", tag("p", "RobTest · realistic change, by dimension and degree", class_="eyebrow"),
               tag("h1", headline), tag("p", lead, class_="lead"), facts(about))  # fmt: skip


def _totals(results: Sequence[Result], resources: object) -> Html:
    rows, drawn = [], []
    known = resources if isinstance(resources, Mapping) else {}
    searched = bool(select(results, condition={"case": "search"}))
    cases = ("average", "worst", "search") if searched else ("average", "worst")
    for dimension, mode in curves(results):
        cells: list[object] = []
        for case in cases:
            (found,) = _of(results, "ewma_normalised", dimension, mode, case=case)
            cells += [percent(found.value), percent_range(interval(found))]
            drawn.append(replace(found, condition={"dimension": _named(dimension, mode), "case": case}))
        paper = [f"{_of(results, 'ewma', dimension, mode, case=case)[0].value:.3f}" for case in cases]
        rows.append((_named(dimension, mode), *cells, " / ".join(paper), str(known.get(dimension, ""))))
    shares = [name for case in cases for name in (case, "95 %")]
    names = ("dimension", *shares, "as in the paper", "drawn from")
    return section(
        "By dimension",
        radar_chart(
            drawn, axis="dimension", by="case", series=CASES, title="Accuracy, weighted over degrees"
        ),
        table(names, rows, numeric=range(1, len(names) - 1)),
        anchor="totals",
        lead="Low degrees weigh most: half the weight is that of the lowest, a quarter that of the next. The paper's total has weights "
        "that add up to 127/128 at seven degrees; the others are divided by their sum.",
    )


def _degrees(results: Sequence[Result]) -> Html:
    charts = [
        line_chart(
            _of(results, "accuracy", dimension, mode),
            x="degree",
            by="case",
            series=CASES,
            title=_named(dimension, mode),
            x_label="degree",
        )
        for dimension, mode in curves(results)
    ]
    return section(
        "By degree",
        columns(*charts),
        anchor="degrees",
        lead="General change is counted in words, malicious change in characters; no sample exceeds its degree. A text that is "
        "lost at a degree stays lost at higher ones.",
    )


def _classes(results: Sequence[Result]) -> Html:
    splits = list(
        dict.fromkeys(row.split for row in results if row.metric == "accuracy" and row.split != "all")
    )
    rows = []
    for dimension, mode in curves(results):
        for case in CASES:
            condition = {"dimension": dimension, "mode": mode, "case": case, "samples": "all"}
            found = {
                split: select(results, metric="accuracy", split=split, condition=condition)
                for split in splits
            }
            last = {
                split: max(own, key=lambda row: row.condition["degree"])
                for split, own in found.items()
                if own
            }
            if last:
                degree = number(max(row.condition["degree"] for row in last.values()))
                shown = [percent(last[split].value) if split in last else "" for split in splits]
                rows.append((_named(dimension, mode), case, degree, *shown))
    names = ("dimension", "case", "degree", *splits)
    return section("By class", table(names, rows, numeric=range(2, len(names))), anchor="classes",
                   lead="Accuracy at the highest degree, for the texts of each class.")  # fmt: skip


def _realised(results: Sequence[Result]) -> Html:
    rows = []
    degrees = sorted({row.condition["degree"] for row in results if row.condition.get("degree")})
    for dimension, mode in curves(results):
        means = {row.condition["degree"]: row for row in _of(results, "realised_degree", dimension, mode)}
        lacking = _of(results, "shortfall", dimension, mode)
        missed = [row for row in lacking if row.condition["degree"] > 0]
        share = f"{sum(row.value for row in missed):,.0f} of {sum(row.n for row in missed):,}"
        shown = [f"{means[degree].value:.3f}" if degree in means else "" for degree in degrees]
        rows.append((_named(dimension, mode), *shown, share))
    names = ("dimension", *map(number, degrees), "samples not to be had")
    return section("What was changed", table(names, rows, numeric=range(1, len(names))), anchor="realised",
                   lead="The mean realised degree of the samples, by the degree that was asked for. It is never above it; it is below it "
                   "where texts are short, or where too few words can change. Where fewer distinct samples exist than were asked for, the "
                   "missing ones are counted.")  # fmt: skip


def _examples(folder: Path, classes: Sequence[str], results: Sequence[Result]) -> Html:
    parts = examples_section(folder, classes, curves(results))
    if (folder / "searches").is_dir():
        parts += examples_section(folder, classes, curves(results), samples="searches", kind="search")
    if not parts:
        parts = [missing("No text was broken.", "The model has every sample right whose text it has right.")]
    return section("Worst examples", *parts, anchor="examples",
                   lead="Texts that the model has right as they are, and wrong at the lowest degree that broke any; its surest mistakes "
                   "first. What was changed is marked.")  # fmt: skip
