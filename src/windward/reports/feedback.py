"""The page of preference data: what was made, who is rated how, how far the judges can be trusted, and what it cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from windward.reports.again import again
from windward.reports.feedback_judges import agreement, cost, overall, position, reading
from windward.reports.feedback_scores import scores
from windward.reports.feedback_shown import examples, first_records
from windward.reports.markup import Html, tag
from windward.reports.page import footer, navigation, page, write_page
from windward.reports.parts import columns, facts
from windward.reports.run_folder import ReportError, object_in, results_in
from windward.reports.wording import counted, percent
from windward.rows import Result, select

SYSTEM, RECORDS = "feedback", "records.parquet"


def write_feedback_report(folder: Path) -> Path:
    """Writes `folder/report.html` from what is beside it, whole or not at all.

    Stages that were not done are named as missing.

    Raises:
        ReportError: there are neither records nor figures, or a file is malformed; says which.
    """
    return write_page(Path(folder), feedback_page(Path(folder)))


def feedback_page(folder: Path) -> str:
    """The page as text."""
    if not any((folder / name).is_file() for name in (RECORDS, "results.parquet")):
        raise ReportError(
            f"{folder} holds neither {RECORDS} nor results.parquet: give the --out of windward feedback"
        )
    results = select(results_in(folder / "results.parquet"), system=SYSTEM, dataset=SYSTEM)
    record = object_in(folder / "run.json")
    shown, whole = first_records(folder / RECORDS)
    files = sorted(path.name for path in folder.iterdir() if not path.name.startswith((".", "report.html")))
    sections = [
        ("models", "Models", scores(results, "model")),
        ("sources", "Sources", scores(results, "source")),
        ("principles", "Principles", scores(results, "principle")),
        ("overall", "Overall score", overall(results)),
        ("reading", "What was read", reading(results)),
        ("agreement", "Agreement", agreement(results)),
        ("position", "Place", position(results)),
        ("cost", "Cost", cost(results)),
        ("examples", "Records", examples(shown, whole)),
        ("again", "Do it again", again(record, files)),
    ]
    contents = navigation([(anchor, name) for anchor, name, _ in sections])
    head = _head(results, record, whole)
    return page("Preference data", head, contents, *(body for *_, body in sections), footer())


def _head(results: Sequence[Result], record: Mapping[str, object], whole: int) -> Html:
    found = {
        row.metric: row
        for row in results
        if row.metric in ("instructions", "completions", "ratings", "critiques")
    }
    count = {name: int(row.value) for name, row in found.items()}
    absent = {name: int(row.condition.get("absent", 0)) for name, row in found.items()}
    instructions = count.get("instructions", whole)
    title = counted(instructions, "instruction")
    if count.get("completions"):
        title = f"{counted(count['completions'], 'answer')} to {title}"
    if count.get("ratings"):
        title += f", {counted(count['ratings'], 'rating')}"
    told: dict[str, object] = {"instructions": f"{instructions:,}"}
    for name, lost in (
        ("completions", "without an answer"),
        ("ratings", "not read"),
        ("critiques", "score not read"),
    ):
        if name in count:
            told[name] = f"{count[name]:,}; {lost}: {absent[name]:,} ({percent(absent[name] / count[name])})"
        else:
            told[name] = "not made"
    setting = record.get("settings")
    stage = setting.get("stage") if isinstance(setting, dict) else None
    if stage:
        told["last stage"] = str(stage)
    judges = dict.fromkeys(str(row.condition["judge"]) for row in select(results, metric="unread_rate"))
    told["judges"] = ", ".join(judges) or "none"
    return tag(
        "header",
        tag("p", "UltraFeedback · Preference data", class_="eyebrow"),
        tag("h1", title),
        columns(
            tag("article", tag("h2", "What was made"), facts(told), class_="card"),
            tag(
                "article",
                tag("h2", "How to read it"),
                tag("p", "Ratings go from 1 to 5 in each of four aspects; their mean is the fine-grained score. The overall score, 1 to "
                    "10, comes with a critique from a call of its own."),
                tag("p", "Intervals are 95 % and take the answers to one instruction as belonging together. What could not be read is "
                    "counted and never guessed."),
                class_="card",
            ),
        ),
    )  # fmt: skip
