"""Figures of a library's page: growth against coverage, yield of its stages, complexity and atomicity, uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from windward.reports.count_chart import count_chart
from windward.reports.line_chart import line_chart
from windward.reports.markup import Html, cut_middle, join, tag
from windward.reports.parts import columns, disclosure, missing, raw, section, table
from windward.reports.toolset_folder import ShownTool, ToolsetFolder
from windward.reports.unknown_parts import pairs, with_range
from windward.reports.wording import counted, figure, figure_range, percent
from windward.rows import Result

LOST = 30
"""So many problems that left no tool are shown."""
_VERDICTS = {"recorded": "only the outcome is on record"}
_STAGES = ("problem", "solution", "solution verdict", "abstraction", "abstraction verdict", "library")
_STAGE_NAMES = {
    "problem": "problems drawn",
    "solution": "a solution was read",
    "solution verdict": "the solution is right",
    "abstraction": "an abstraction was read",
    "abstraction verdict": "the abstraction is right",
    "library": "in the library",
}
_SHARES = {
    "atomic_rate": "atomic: one function that calls no other tool",
    "several_functions_rate": "define several functions",
    "calls_a_tool_rate": "call another tool of the library",
    "complex_rate": "functions of complexity over 10",
    "docstring_rate": "have a docstring",
    "shared_name_rate": "share their name with another tool",
}
_MEANS = {
    "complexity_mean": "cyclomatic complexity of a function",
    "functions_mean": "functions of a tool",
    "statements_mean": "statements of a tool",
    "arguments_mean": "arguments of a tool",
}
_OF_RUNS = {
    "shown_rate": "problems shown a tool",
    "used_rate": "programs that call one",
    "lenient_accuracy": "right, 1 % or two decimals",
    "strict_accuracy": "right by value",
    "tool_shown_rate": "tools ever shown",
    "tool_used_rate": "tools ever called",
    "tool_solved_rate": "tools in a right answer",
}


def growth_section(found: ToolsetFolder) -> Html:
    """Coverage at each size of the library, and what was answered where problems were solved."""
    similar, answered, grown = found.of("similar_rate"), found.of("answered_rate"), found.of("grown")
    if len({row.condition["problems"] for row in grown}) < 2:
        grown = []  # one epoch is no growth; the stages below have its counts
    drawn: list[Html] = []
    lead = "Coverage is that of the first n tools in the order of the library, and its intervals are over the problems. "
    if similar:
        one = similar[0]
        repeated = found.one("repeated")
        told = f"; {repeated.value:,.0f} of them are word for word a tool's own problem" if repeated else ""
        lead += (
            f"{one.n:,} problems of {cut_middle(one.dataset, 60)}, compared by their question alone (no table) with "
            f"{cut_middle(str(one.condition['encoder']), 60)}{told}."
        )
        drawn.append(
            line_chart(
                similar, x="tools", by="threshold", x_label="tools",
                series={str(row.condition["threshold"]): f"cosine ≥ {row.condition['threshold']}" for row in similar},
                title="Problems that resemble an originating problem",
            )
        )  # fmt: skip
        drawn.append(
            line_chart(
                found.of("found_rate"), x="tools", by="by", x_label="tools",
                series={"the library": "a tool gets both votes", "chance": "two random lists of ten meet"},
                title="Problems for which retrieval keeps a tool, without a planner",
            )
        )  # fmt: skip
    if answered:
        runs = {str(row.condition["run"]): cut_middle(str(row.condition["run"]), 40) for row in answered}
        title = "Problems answered with tools that are all among the first n"
        drawn.append(line_chart(answered, x="tools", by="run", x_label="tools", series=runs, title=title))
    if grown:
        names = {name: _STAGE_NAMES[name] for name in ("solution verdict", "abstraction verdict", "library")}
        rows = [row for row in grown if row.condition["stage"] in names]
        title = "What problems have come to, after so many"
        drawn.append(
            line_chart(rows, x="problems", by="stage", x_label="problems", series=names, title=title)
        )
    nothing = None
    if not similar and not answered:
        why = "No problems were given (--problems) and no solved run (--solved), so that there is nothing to cover."
        nothing, lead = missing("No coverage.", why), ""
    note = (
        "Without a planner the problem stands in for the hypothetical docstring, so that a tool needs a place among the ten nearest by "
        "problem and among the ten nearest by explanation. In a small library two lists of ten meet anyway: read it against chance."
        if similar
        else None
    )
    return section(
        "Growth against coverage", nothing, pairs(drawn), tag("p", note, class_="small after") if note else None, anchor="growth",
        lead=lead or None,
    )  # fmt: skip


def stages_section(found: ToolsetFolder) -> Html:
    """How many problems got past each stage, by epoch, and what de-duplication did."""
    rows = found.of("passed")
    parts: list[Html] = []
    if rows:
        epochs = sorted({int(row.condition["epoch"]) for row in rows})
        cells = {(str(row.condition["stage"]), int(row.condition["epoch"])): int(row.value) for row in rows}
        stages = [stage for stage in _STAGES if any((stage, epoch) in cells for epoch in epochs)]
        bars = {_STAGE_NAMES[stage]: [cells.get((stage, epoch), 0) for epoch in epochs] for stage in stages}
        names = [f"epoch {epoch}" for epoch in epochs]
        chart = (
            count_chart(bars, series=names, title="Problems past each stage, by epoch")
            if len(epochs) <= 6
            else count_chart({name: [sum(of)] for name, of in bars.items()}, series=["all epochs"], title="Problems past each stage")
        )  # fmt: skip
        parts.append(tag("div", chart, _shares_of_stages(found)))
    else:
        why = "No steps are on record: windward toolset build writes them, and import reads them where they lie beside the library."
        parts.append(missing("No stages.", why))
    parts.append(tag("div", _lost(found), _duplicates(found)))
    lead = (
        "A library is what is left of its problems. Of an imported release a step is passed where the next file has the tool; why others "
        "are not there is not on record."
    )
    return section("Yield of the stages", columns(*parts), _lost_shown(found), anchor="stages", lead=lead)


def _shares_of_stages(found: ToolsetFolder) -> Html:
    rows = [row for row in found.of("passed_rate") if row.condition["stage"] in _STAGE_NAMES]
    lines = [(_STAGE_NAMES[str(row.condition["stage"])], *_told(row)) for row in rows]
    return disclosure("Shares of all problems", _dense(("past", "share", "95 % interval", "n"), lines))


def _lost(found: ToolsetFolder) -> Html | None:
    rows = sorted(found.of("lost"), key=lambda row: -row.value)
    if not rows:
        return None
    lines = [
        (cut_middle(str(row.condition["stage"]), 60), _VERDICTS.get(str(row.condition["verdict"]), cut_middle(str(row.condition["verdict"]), 60)),
         f"{row.value:,.0f}")
        for row in rows
    ]  # fmt: skip
    return join(
        tag("h3", "Where problems were lost", class_="first"),
        tag("div", table(("last step", "verdict", "problems"), lines, numeric=(2,)), class_="dense"),
    )


def _lost_shown(found: ToolsetFolder) -> Html | None:
    """Some of the problems that left no tool, with what was tried last."""
    if not found.lost:
        return None
    shown = []
    for step in found.lost[:LOST]:
        verdict = _VERDICTS.get(str(step["verdict"]), cut_middle(str(step["verdict"]), 60))
        why = " ".join(cut_middle(str(step["why"]), 200).split())
        title = join(
            tag("strong", verdict),
            f" · {step['stage']} of ",
            cut_middle(str(step["tool"]), 60),
            f" · {why}" if why else "",
        )
        texts = [raw(str(step[name]), 1_500) for name in ("code", "call") if str(step[name]).strip()]
        shown.append(
            disclosure(title, *(texts or [tag("p", "nothing was read", class_="nothing")]), class_="run")
        )
    told = f"The last that was tried of {len(shown):,} of {len(found.lost):,} problems that left no tool"
    return disclosure(told, *shown)


def _duplicates(found: ToolsetFolder) -> Html:
    decisions = found.of("decisions")
    if not decisions:
        return missing(
            "No decisions.", "No two tools were alike, or what was decided between them is not on record."
        )
    made: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    for row in decisions:
        made[str(row.condition["rule"])] += int(row.value)
    for row in found.of("dropped"):
        dropped[str(row.condition["rule"])] += int(row.value)
    lines = [(rule, f"{count:,}", f"{dropped[rule]:,}") for rule, count in made.most_common()]
    lines.append(("all", f"{made.total():,}", f"{dropped.total():,}"))
    heads = ("rule", "decisions", "tools dropped")
    return tag(
        "div",
        tag("h3", "Duplicates", class_=None if found.of("lost") else "first"),
        tag("div", table(heads, lines, numeric=(1, 2)), class_="dense"),
    )


def texts_section(found: ToolsetFolder) -> Html:
    """Complexity, arguments and atomicity."""
    lead = (
        "Read off the texts, without running them. Cyclomatic complexity is counted as Lizard, which the paper used, counts it; good software, "
        "says the paper, has at most 10. It calls its tools atomic and measures no more than that: here a tool is atomic if its text "
        "defines one function, and that calls no other tool of the library."
    )
    charts = [
        _histogram(
            found.of("functions_of_complexity"),
            "complexity",
            "Functions by cyclomatic complexity",
            "functions",
        ),
        _histogram(found.of("tools_with_arguments"), "arguments", "Tools by arguments", "tools"),
    ]
    shares = [
        (name, *_told(row)) for metric, name in _SHARES.items() if (row := found.one(metric)) is not None
    ]
    means = [
        (name, f"{row.value:.3f}", figure_range(row), f"{row.condition['median']:g}", f"{row.condition['largest']:,}", f"{row.n:,}")
        for metric, name in _MEANS.items()
        if (row := found.one(metric)) is not None
    ]  # fmt: skip
    unread = found.one("atomic_rate")
    note = None
    if unread is not None and unread.unparsed:
        note = tag(
            "p",
            f"{counted(unread.unparsed, 'text')} could not be read and count as not atomic.",
            class_="small",
        )
    return section(
        "Complexity and atomicity",
        columns(*(chart for chart in charts if chart is not None)),
        tag("div", _dense(("", "share", "95 % interval", "n"), shares), class_="after"),
        _dense(("", "mean", "95 % interval", "median", "largest", "n"), means),
        note,
        anchor="texts",
        lead=lead,
    )


def _histogram(rows: Sequence[Result], key: str, title: str, what: str) -> Html | None:
    """A bar for each value, gaps included."""
    counts = {int(row.condition[key]): int(row.value) for row in rows}
    if not counts:
        return None
    bars = {str(value): [counts.get(value, 0)] for value in range(min(counts), max(counts) + 1)}
    return count_chart(bars, series=[what], title=title)


def uses_section(found: ToolsetFolder) -> Html:
    """Runs that solved problems with the library, and the tools that were never of use."""
    runs = list(dict.fromkeys(row.dataset for row in found.of("shown_rate")))
    if not runs:
        why = "No solved run was given (--solved), so that nothing is known of which tools are used."
        return section("Uses", missing("Not known.", why), anchor="uses")
    lines = [
        (what, *(_cell(found, metric, run, which) for run in runs))
        for metric, name in _OF_RUNS.items()
        for which, what in ((None, name), ("that call a tool", f"{name}, programs that call a tool"))
        if which is None or metric.endswith("accuracy")
    ]
    never = [one for one in found.tools if not one.used]
    listed = tag("p", *_names(never, found.listed)) if never else None
    more = (
        disclosure(f"Tools that no program called: {len(never):,} of {len(found.tools):,}", listed)
        if never
        else None
    )
    counts = Counter(one.used for one in found.tools)
    bars = {f"called {times}×": [counts[times]] for times in sorted(counts)}
    chart = (
        count_chart(bars, series=["tools"], title="Tools by how often they were called")
        if len(bars) <= 12
        else None
    )
    return section(
        "Uses",
        _dense(("share, 95 % interval, n", *(cut_middle(run, 60) for run in runs)), lines),
        columns(chart) if chart else None,
        more,
        anchor="uses",
    )


def _cell(found: ToolsetFolder, metric: str, run: str, which: str | None) -> Html:
    """One run's share over its interval and n."""
    for row in found.of(metric):
        if row.dataset == run and (which is None or row.condition.get("programs") == which):
            share, span, n = _told(row)
            return with_range(share, f"{span}, {n}")
    return with_range("–", None)


def _names(tools: Sequence[ShownTool], listed: Mapping[str, ShownTool]) -> list[object]:
    parts: list[object] = []
    for one in tools:
        name = cut_middle(str(one.about["name"] or one.id), 80)
        parts += [
            ", " if parts else "",
            tag("a", name, href=f"#{one.anchor}", class_="opens") if one.id in listed else name,
        ]
    return parts


def _told(row: Result) -> tuple[str, str, str]:
    share = percent(row.value) if row.metric.endswith(("rate", "accuracy")) else figure(row)
    return share, figure_range(row), f"{row.n:,}"


def _dense(heads: Sequence[str], lines: Sequence[Sequence[object]]) -> Html:
    return tag("div", table(heads, lines, numeric=range(1, len(heads))), class_="dense")
