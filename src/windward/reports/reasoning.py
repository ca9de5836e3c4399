"""The report of a reasoning run: the twelve tests, from the files in its folder to one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from windward.reports.again import again
from windward.reports.intervals import interval
from windward.reports.markup import Html, tag
from windward.reports.page import footer, navigation, page, write_page
from windward.reports.parts import facts, missing, section
from windward.reports.reasoning_figures import (
    MODES,
    beside_published,
    chart,
    means,
    name_of,
    overall,
    parts_of,
    policies_of,
    readings,
    scores,
    settings,
)
from windward.reports.reasoning_published import TESTS
from windward.reports.reasoning_shown import answer_row, differences, shown
from windward.reports.run_folder import ReportError, lines_in, object_in, results_in
from windward.reports.wording import percent, percent_range
from windward.rows import Result


def write_reasoning_report(folder: Path) -> Path:
    """Writes `folder/report.html` from the files of a reasoning run, whole or not at all.

    Raises:
        ReportError: there is no such folder, or a file is malformed; says which and where.
    """
    if not Path(folder).is_dir():
        raise ReportError(f"{folder} is not a folder: give the --out of a run")
    return write_page(Path(folder), reasoning_page(Path(folder)))


def reasoning_page(folder: Path) -> str:
    """The page as text."""
    results = results_in(folder / "results.parquet")
    record = object_in(folder / "run.json")
    answers = list(lines_in(folder / "answers.jsonl", answer_row))
    files = sorted(path.name for path in folder.iterdir() if not path.name.startswith((".", "report.html")))
    policies = policies_of(results)
    sections = [("scores", "Scores", _scores(results, policies))] if policies else []
    if len(policies) > 1:
        lead = (
            "The same replies by our rules and by the release's: what a gap to a published figure is made of."
        )
        body = section("Two sets of rules", differences(answers), anchor="rules", lead=lead)
        sections.append(("rules", "Two sets of rules", body))
    if policies:
        lead = "Not a comparison under one setting: prompts, samples and model size differ."
        body = section("Beside the paper", beside_published(results, policies[0]), anchor="paper", lead=lead)
        sections.append(("paper", "Beside the paper", body))
    sections += [
        ("replies", "Replies to read", shown(answers, _seed(record))),
        ("again", "Do it again", again(record, files)),
    ]
    contents = navigation([(anchor, name) for anchor, name, _ in sections])
    foot = footer()
    return page("Reasoning: twelve tests", _head(results, record, policies), contents,
                *(body for *_, body in sections), foot)  # fmt: skip


def _scores(results: Sequence[Result], policies: Sequence[str]) -> Html:
    parts: list[object] = [chart(results, policies[0])]
    parts += [scores(results, policy) for policy in policies]
    parts += [readings(results), means(results), settings(results), parts_of(results, policies[0])]
    lead = (
        "Maths is asked twice, once in words and once as a program whose output is the answer; both are reported, never "
        "only the better one. Code counts if it passes its tests, a reply to instructions if it follows all of them."
    )
    return section("Scores", *parts, anchor="scores", lead=lead)


def _head(results: Sequence[Result], record: Mapping[str, object], policies: Sequence[str]) -> Html:
    models = sorted({result.model for result in results})
    rows = overall(results, policies[0]) if policies else []
    lines = []
    for test in dict.fromkeys(row.dataset for row in rows):
        said = ", ".join(
            f"{MODES[str(row.condition['mode'])]} {percent(row.value)} ({percent_range(interval(row))}, n = {row.n:,})"
            for row in rows
            if row.dataset == test
        )
        lines.append(tag("li", tag("strong", name_of(test)), f": {said}"))
    absent = [name for test, name in TESTS.items() if test not in {row.dataset for row in rows}]
    told = {
        "model": ", ".join(models) or "none",
        "not run": ", ".join(absent) or "none: all twelve are there",
        "started": str(record.get("started") or "not written down"),
    }
    setting = record.get("settings")
    seen = setting.get("contaminated") if isinstance(setting, dict) else None
    if isinstance(seen, list) and seen:
        told["trained on problems of"] = ", ".join(map(str, seen))
    body = tag("ul", *lines) if lines else missing("No figures.", "results.parquet is not there or empty.")
    return tag("header", tag("h1", "How well does it reason?"),
               tag("p", "Code, maths, logic and instructions, each judged by what a program can check. Intervals are "
                   "95 %.", class_="lead"), body, facts(told))  # fmt: skip


def _seed(record: Mapping[str, object]) -> int:
    seed = record.get("seed")
    return seed if isinstance(seed, int) else 0
