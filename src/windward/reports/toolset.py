"""The page of `windward toolset stats`: what a library is made of, what in it does not work, how far it reaches, and every tool."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from windward.reports.again import again
from windward.reports.intervals import interval
from windward.reports.markup import Html, cut_middle, join, tag
from windward.reports.page import footer, navigation, page, write_page
from windward.reports.parts import columns, disclosure, facts, missing, section
from windward.reports.range_chart import range_chart
from windward.reports.toolset_figures import growth_section, stages_section, texts_section, uses_section
from windward.reports.toolset_folder import ShownTool, ToolsetFolder, read_toolset_folder
from windward.reports.toolset_shown import evidence, tool_entry
from windward.reports.wording import counted, mean, percent, percent_range
from windward.rows import Result

FAILURES_OPEN = 10
"""So many failures are shown opened."""


def write_toolset_report(out: Path, library: Path, audit: Path | None = None) -> Path:
    """Writes `out/report.html` from the statistics there and the library's own files, whole or not at all.

    Args:
        out: folder of `windward toolset stats`.
        library: folder of the tools.
        audit: folder of `verdicts.parquet`; None is the library's.

    Raises:
        ReportError: a file is missing or malformed; says which.
    """
    return write_page(Path(out), toolset_page(read_toolset_folder(Path(out), Path(library), audit)))


def toolset_page(found: ToolsetFolder) -> str:
    """The page as text."""
    sections = [
        ("failures", "Failures", _failures(found)),
        ("growth", "Growth and coverage", growth_section(found)),
        ("stages", "Stages", stages_section(found)),
        ("texts", "Complexity and atomicity", texts_section(found)),
        ("uses", "Uses", uses_section(found)),
        ("tools", "Tools", _tools(found)),
        ("again", "Do it again", again(found.record, found.files)),
    ]
    contents = navigation([(anchor, name) for anchor, name, _ in sections])
    return page("A library of tools", _head(found), contents, *(body for *_, body in sections), footer())


def _head(found: ToolsetFolder) -> Html:
    name = next((row.model for row in found.results), "library")
    told = (
        "Functions that a model wrote to solve problems, checked on the problem that each came from, made general, and freed of "
        "duplicates. A program that meets a new problem is shown those that were found for it."
    )
    return tag(
        "header",
        tag("p", "CRAFT · a library of tools", class_="eyebrow"),
        tag("h1", _headline(found, cut_middle(name, 60))),
        tag("p", told, class_="lead"),
        columns(
            tag("article", tag("h2", "What it is"), facts(_setting(found)), class_="card"),
            tag("article", tag("h2", "What it comes to"), _rates(found), class_="card"),
        ),
    )


def _headline(found: ToolsetFolder, name: str) -> str:
    tools = counted(len(found.tools), "tool")
    if not found.audited:
        return f"{name}: {tools}, not audited"
    if wrong := sum(one.failed for one in found.tools):
        return f"{name}: {wrong:,} of {tools} do not do what they should"
    if unknown := sum(not one.verdict for one in found.tools):
        return f"{name}: {tools}, of which {unknown:,} were not audited"
    return f"{name}: {tools}, and each still does what it should"


def _setting(found: ToolsetFolder) -> dict[str, object]:
    told: dict[str, object] = {"tools": f"{len(found.tools):,}"}
    problems = found.of("passed", stage="problem")
    if problems:
        total = sum(row.value for row in problems)
        told["made from"] = f"{total:,.0f} problems in {counted(len(problems), 'epoch')}"
    if (complexity := found.one("complexity_mean")) is not None:
        told["cyclomatic complexity"] = f"mean {complexity.value:.3f}{_span(complexity)} over {complexity.n:,} functions, largest {complexity.condition['largest']}"  # fmt: skip
    if (arguments := found.one("arguments_mean")) is not None:
        told["arguments"] = f"mean {mean(arguments.value)}, largest {arguments.condition['largest']}"
    told["steps on record"] = f"{found.steps:,}"
    told["decisions between duplicates"] = f"{found.decisions:,}"
    if found.environments:
        told["audited with"] = "; ".join(cut_middle(one, 300) for one in found.environments[:3])
    return told


def _span(row: Result) -> str:
    span = interval(row)
    return f" ({span.low:.3f} to {span.high:.3f})" if span else ""


def _rates(found: ToolsetFolder) -> Html:
    """The shares that say most, each with its interval."""
    rows: list[tuple[int, str, Result]] = []

    def add(index: int, name: str, row: Result | None) -> None:
        if row is not None:
            rows.append((index, name, row))

    largest = max((row.condition["tools"] for row in found.of("similar_rate")), default=None)
    add(4, f"tools that still work, of {len(found.tools):,}", found.one("verdict_rate", verdict="ok"))
    add(2, "atomic: one function, calling no other tool", found.one("atomic_rate"))
    for stage, name in (
        ("solution verdict", "problems solved in building"),
        ("library", "problems that left a tool"),
    ):
        add(1, name, found.one("passed_rate", stage=stage))
    add(
        3,
        "new problems like an old one (cosine ≥ 0.6)",
        found.one("similar_rate", tools=largest, threshold=0.6),
    )
    for row in found.of("answered_rate"):
        if row.condition["tools"] == len(found.tools):
            add(5, f"answered with tools, {cut_middle(row.dataset, 30)}", row)
    if not rows:
        return missing("No shares.", "The library is empty.")
    return range_chart(rows, title="Shares of this library with their 95 % intervals")


def _failures(found: ToolsetFolder) -> Html:
    """What the audit found wrong, first."""
    title = "What does not do what it should"
    if not found.audited:
        why = "No verdicts were found: run windward toolset audit on the library, then this again."
        return section(title, missing("Not audited.", why), anchor="failures")
    failed = [one for one in found.tools if one.failed]
    unknown = sum(not one.verdict for one in found.tools)
    rate = found.one("verdict_rate", verdict="ok")
    told = ""
    if rate is not None:
        good = len(found.tools) - len(failed) - unknown
        told = f"{good:,} of {len(found.tools):,} work: {percent(rate.value)} ({percent_range(interval(rate))}). "
    if unknown:
        told += f"{counted(unknown, 'tool')} were not audited. "
    lead = told + (
        "Every tool was run again on the problem it came from, and what it prints held against the right answer. A tool that is changed "
        "has a text that none of the steps on record made."
    )
    if not failed:
        return section(title, tag("p", "Nothing was found."), anchor="failures", lead=lead)
    counts = Counter(one.kind for one in failed)
    shown = [_failure(one, opened=place < FAILURES_OPEN) for place, one in enumerate(failed)]
    summary = ", ".join(f"{count:,} {cut_middle(kind, 40)}" for kind, count in counts.most_common())
    return section(title, tag("p", summary), *shown, anchor="failures", lead=lead)


def _failure(one: ShownTool, *, opened: bool) -> Html:
    asked = " ".join(cut_middle(str(one.tool["question"]), 400).split())
    title = join(tag("strong", one.kind), " · ", tag("code", cut_middle(str(one.about["head"]), 120)))
    link = tag(
        "p", tag("a", "the whole chain of this tool", href=f"#{one.anchor}", class_="opens"), class_="small"
    )
    return disclosure(
        title, tag("p", asked, class_="small"), evidence(one), link, opened=opened, class_="run"
    )


def _tools(found: ToolsetFolder) -> Html:
    if not found.tools:
        return section("Every tool", missing("None.", "The library is empty."), anchor="tools")
    lead = (
        "In the order of the library. Each opens to its whole chain: problem, first solution, verdict, abstraction, verdict, what it was "
        "compared with and why it stayed, and what it was retrieved for."
    )
    shown, left = found.listed, None
    entries = (tool_entry(one, shown) for one in shown.values())
    if len(shown) < len(found.tools):
        told = f"{len(shown):,} of {len(found.tools):,} are shown: the first, and those that the audit found wrong."
        left = tag("p", told, class_="small")
    return section("Every tool", left, tag("div", *entries, class_="finder"), anchor="tools", lead=lead)
