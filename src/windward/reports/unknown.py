"""The page of `windward eval unknown`: refusals on both halves, and whether confidence is worth anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from pathlib import Path
from statistics import fmean, harmonic_mean

from windward.reports.again import again
from windward.reports.bar_chart import bar_chart
from windward.reports.markup import Html, tag
from windward.reports.page import footer, navigation, page, write_page
from windward.reports.parts import facts, missing
from windward.reports.run_folder import ReportError, object_in, results_in
from windward.reports.unknown_compared import compared_section
from windward.reports.unknown_confidence import by_scale, calibration_section, halves_section, risk_section
from windward.reports.unknown_failures import failures_section
from windward.reports.unknown_parts import pairs
from windward.reports.unknown_refusal import (
    CORRECTED,
    accuracy_section,
    measured_errors,
    quality,
    refusal_section,
)
from windward.reports.unknown_shown import examples_section
from windward.reports.unknown_table import (
    HALVES,
    UnknownTable,
    dataset_of,
    drawable,
    half_of,
    halves_pooled,
    model_of,
    pools,
)
from windward.reports.wording import counted, percent
from windward.rows import Result


def write_unknown_report(folder: Path) -> Path:
    """Writes `folder/report.html` from what is beside it, whole or not at all.

    Raises:
        ReportError: there is no result table, or a file is malformed; says which.
    """
    return write_page(Path(folder), unknown_page(Path(folder)))


def unknown_page(folder: Path) -> str:
    """The page as text."""
    if not (folder / "results.parquet").is_file():
        raise ReportError(f"{folder} holds no results.parquet: give the --out of windward eval unknown")
    found = UnknownTable(results_in(folder / "results.parquet"))
    record = object_in(folder / "run.json")
    files = sorted(path.name for path in folder.iterdir() if not path.name.startswith((".", "report.html")))
    sections = [
        ("refusals", "Refusals", refusal_section(found, headline_detector(found))),
        ("accuracy", "Accuracy", accuracy_section(found)),
        ("compared", "Elicitations", compared_section(found)),
        ("confidence", "Confidence by half", halves_section(found)),
        ("calibration", "Calibration", calibration_section(found)),
        ("risk", "Risk and coverage", risk_section(found)),
        ("failures", "Parse failures", failures_section(found)),
        ("examples", "Replies", examples_section(folder, _seed(record))),
        ("again", "Do it again", again(record, files)),
    ]
    contents = navigation([(anchor, name) for anchor, name, _ in sections])
    return page("UnknownBench", _head(found), contents, *(body for *_, body in sections), footer())


def headline_detector(found: UnknownTable) -> str | None:
    """The detector of the headline: the one that was measured best, else the first.

    Best is the harmonic mean of what is known of precision, recall and specificity; of several rows the least of these.
    """
    return max(found.detectors, key=lambda name: _least_quality(found, name), default=None)


def _least_quality(found: UnknownTable, detector: str) -> float:
    """0 where it was not measured."""
    told = [tuple(quality(row).values()) for row in found.of(CORRECTED, detector=detector)]
    return min((harmonic_mean(one) for one in told if one), default=0.0)


def _head(found: UnknownTable) -> Html:
    detector = headline_detector(found)
    eyebrow = tag("p", "UnknownBench · questions with an answer and without", class_="eyebrow")
    rows = {} if detector is None else _rates(found, detector)
    if detector is None or not rows:
        return tag("header", eyebrow, tag("h1", "Nothing was measured yet"), missing("No figures.", "results.parquet holds no refusal rates."))  # fmt: skip
    best = _widest(found, detector)
    lead = f"Counted by {detector}: {measured_errors(found, detector)}."
    return tag("header", eyebrow, tag("h1", _headline(found, best, rows)), tag("p", lead, class_="lead"),
               pairs([*_card(found, detector, rows), _setting(found)]))  # fmt: skip


def _rates(found: UnknownTable, detector: str) -> dict[tuple[str, str], dict[str, Result]]:
    """By model and set, the rate of each half; where sets are counted together, of these alone."""
    pooled = found.pooled(detector)
    halves = {(row.model, row.dataset): halves_pooled(row) for row in pooled}
    if not halves:
        asked = [row for row in found.of("refusal_rate", detector=detector) if row.dataset in found.datasets]
        halves = {(row.model, row.dataset): dict.fromkeys(HALVES, row.dataset) for row in asked}
    return {
        (model, shown): {
            half: row
            for half, dataset in of.items()
            if (row := found.one("refusal_rate", model=model, dataset=dataset, split=half, detector=detector))
        }
        for (model, shown), of in halves.items()
    }


def _widest(found: UnknownTable, detector: str) -> str:
    """The model whose refusals differ most between the halves, of sets counted together or on average over sets; else the first."""
    rows = found.pooled(detector) or found.of("refusal_difference", detector=detector)

    def average(model: str) -> float:
        own = [row.value for row in rows if row.model == model]
        return fmean(own) if own else -inf

    return max(found.models, key=average)


def _headline(found: UnknownTable, model: str, rows: Mapping[tuple[str, str], Mapping[str, Result]]) -> str:
    """What one model refuses on both halves, as a span over sets; of several the one with the widest difference."""
    own = [halves for (name, _), halves in rows.items() if name == model]
    spans = {half: _span([halves[half] for halves in own if half in halves]) for half in HALVES}
    told = [f"{spans[half]} of the questions {HALVES[half]}" for half in reversed(HALVES) if spans[half]]
    sentence = f"{model} refuses {' and '.join(told)}"
    return sentence if found.single else f"{sentence}: the widest difference of {len(found.models)} models"


def _span(rows: Sequence[Result]) -> str:
    if not rows:
        return ""
    shown = percent(min(row.value for row in rows)), percent(max(row.value for row in rows))
    return shown[0] if shown[0] == shown[1] else f"{shown[0]} to {shown[1]}"


def _card(
    found: UnknownTable, detector: str, rows: Mapping[tuple[str, str], Mapping[str, Result]]
) -> list[Html]:
    """Both halves of every model, of sets counted together or of the only set; of one model every set. Else the section below says it."""
    several = len({dataset for _, dataset in rows}) > 1
    if several and not found.single:
        return []
    drawn = drawable(
        [row for halves in rows.values() for row in halves.values()],
        "refusal_rate",
        half=half_of,
        set=dataset_of,
        model=model_of,
    )
    pooled = found.pooled(detector)
    title = f"Refused, counted by {detector}" + (f": {pools(pooled[0])}" if pooled else "")
    chart = bar_chart(drawn, category="set" if several else "model", by="half", series=HALVES, title=title)
    return [tag("article", chart, class_="card")]


def _setting(found: UnknownTable) -> Html:
    sizes = {
        dataset: " + ".join(
            f"{row.n:,}" for half in HALVES if (row := found.one("refusal_rate", dataset=dataset, split=half))
        )
        for dataset in found.datasets
    }
    told = {
        "models": ", ".join(found.models),
        "questions": ", ".join(f"{name} {size}" for name, size in sizes.items() if size),
        "detectors of refusals": ", ".join(found.detectors) or "none",
        "confidence": by_scale(found) or "not asked",
    }  # fmt: skip
    lost = sum(row.unparsed for row in found.of("refusal_rate") if row.dataset in found.datasets)
    if lost:
        told["verdicts not read"] = counted(lost, "reply", "replies")
    note = tag(
        "p",
        "Refusing everything would look perfect on one half: the difference between the halves is what counts.",
        class_="small",
    )
    return tag("article", tag("h2", "What was measured"), facts(told), note, class_="card")


def _seed(record: Mapping[str, object]) -> int:
    seed = record.get("seed")
    return seed if isinstance(seed, int) else 0
