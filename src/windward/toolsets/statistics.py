"""Statistics of a library: complexity, atomicity, names, duplicates, yield of its stages, verdicts and uses, as rows of the result table.

Shares end in `_rate` or `_accuracy` and stand over their n, so that an interval follows from the row alone (Wilson's). What cannot be read
is in `unparsed` and stays in n.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from pathlib import Path
from statistics import fmean, median, stdev
from typing import Any

from windward.rows import Result
from windward.toolsets.atomicity import GOOD_COMPLEXITY, Atomicity, atomicity, defined_names
from windward.toolsets.complexity import complexities
from windward.toolsets.dedup import Decision
from windward.toolsets.facts import read_facts
from windward.toolsets.parquet_files import text_list, text_schema, write_checked
from windward.toolsets.records import Tool
from windward.toolsets.solved import Solved
from windward.toolsets.steps import STAGES, Step

SYSTEM = "toolsets"
DESCRIBED, USES = "described.parquet", "uses.parquet"
KEPT = "library"
"""The last stage of the yield: what de-duplication left."""


@dataclass(frozen=True)
class Described:
    """One tool, as its text says without being run.

    Attributes:
        tool: its id.
        name: of its first function; "" where there is none.
        head: name and arguments.
        explanation: the first line of its docstring.
        complexity: of its most complex function; 0 where there is none.
        functions: see `Atomicity`; 0 where there is none, as the next two.
        statements: likewise.
        arguments: likewise.
        calls: likewise.
        problem: why nothing is known of it; "" where something is.
    """

    tool: str
    name: str
    head: str
    explanation: str
    complexity: int
    functions: int
    statements: int
    arguments: int
    calls: tuple[str, ...]
    problem: str


@dataclass(frozen=True)
class Use:
    """One tool that was shown for one problem.

    Attributes:
        tool: its id.
        problem: id of the problem.
        question: of the problem.
        rank: its place among the tools shown, from 1.
        votes: rankings that named it.
        used: whether the program calls it.
        lenient: whether the problem was answered, by the paper's last rule.
        strict: whether it was, by value.
        run: where it was solved.
    """

    tool: str
    problem: str
    question: str
    rank: int
    votes: int
    used: bool
    lenient: bool
    strict: bool
    run: str


def described(tools: Sequence[Tool]) -> list[Described]:
    """Every tool of a library, in its order."""
    names, found = defined_names(tool.code for tool in tools), []
    for tool in tools:
        facts, functions = read_facts(tool.code), complexities(tool.code) or []
        made = atomicity(tool.code, names) or Atomicity(0, 0, 0, ())
        found.append(
            Described(
                tool.id, facts.name, facts.head, facts.explanation, max((value for _, value in functions), default=0),
                made.functions, made.statements, made.arguments, made.calls, facts.problem,
            )
        )  # fmt: skip
    return found


def uses(solved: Mapping[str, Sequence[Solved]]) -> list[Use]:
    """Every tool shown for every problem, by the name of the run that solved it."""
    return [
        Use(tool, row.problem.id, row.problem.question, rank, votes, tool in row.used, row.lenient, row.strict, run)
        for run, rows in solved.items()
        for row in rows
        for rank, (tool, votes) in enumerate(zip(row.tools, row.votes, strict=True), 1)
    ]  # fmt: skip


def text_results(tools: Sequence[Tool], library: str) -> list[Result]:
    """Complexity, atomicity, names and arguments."""
    rows, found = _Rows(library), described(tools)
    read = [one for one in found if not one.problem]
    unread, n = len(found) - len(read), len(found)
    values = [value for tool in tools for _, value in complexities(tool.code) or ()]
    rows.count("tools", n, n)
    rows.mean("complexity_mean", values, unread)
    for value, count in sorted(Counter(values).items()):
        rows.count("functions_of_complexity", count, len(values), complexity=value)
    rows.share(
        "complex_rate", sum(value > GOOD_COMPLEXITY for value in values), len(values), over=GOOD_COMPLEXITY
    )
    rows.share("atomic_rate", sum(one.functions == 1 and not one.calls for one in read), n, unread)
    rows.share("several_functions_rate", sum(one.functions > 1 for one in read), n, unread)
    rows.share("calls_a_tool_rate", sum(bool(one.calls) for one in read), n, unread)
    rows.mean("functions_mean", [one.functions for one in read], unread)
    rows.mean("statements_mean", [one.statements for one in read], unread)
    rows.mean("arguments_mean", [one.arguments for one in read], unread)
    for value, count in sorted(Counter(one.arguments for one in read).items()):
        rows.count("tools_with_arguments", count, n, arguments=value)
    names = Counter(one.name for one in read)
    rows.count("names", len(names), n)
    rows.share("shared_name_rate", sum(names[one.name] > 1 for one in read), n, unread)
    rows.share("docstring_rate", sum(bool(one.explanation) for one in read), n, unread)
    return rows.made


def duplicate_results(decisions: Sequence[Decision], library: str) -> list[Result]:
    """Decisions of de-duplication by rule and step, and the tools that each dropped."""
    rows = _Rows(library)
    groups = Counter((one.rule, one.step) for one in decisions)
    dropped: Counter[tuple[str, str]] = Counter()
    for one in decisions:
        dropped[one.rule, one.step] += len(one.candidates) - 1
    for (rule, step), count in groups.items():
        rows.count("decisions", count, len(decisions), rule=rule, step=step)
        rows.count("dropped", dropped[rule, step], dropped.total(), rule=rule, step=step)
    return rows.made


def epochs_of(steps: Iterable[Step]) -> dict[str, int]:
    """The epoch of each tool, as its steps have it."""
    return {step.tool: step.epoch for step in steps}


def yield_results(
    steps: Sequence[Step], tools: Sequence[Tool], decisions: Sequence[Decision], library: str
) -> list[Result]:
    """The yield of each stage and epoch: how many problems got past it, and where the others were lost.

    `passed` counts by epoch, `grown` over epochs, the library last; `lost` goes by a problem's last step.
    A step of which only the outcome is known (`recorded`) was passed where the tool is found after it: at a later stage, among the
    candidates of a decision, or in the library.
    """
    rows, epochs = _Rows(library), epochs_of(steps)
    present = [stage for stage in STAGES if any(step.stage == stage for step in steps)]
    latest: dict[str, int] = {}
    for step in steps:
        latest[step.tool] = max(latest.get(step.tool, 0), STAGES.index(step.stage))
    known = {tool for decision in decisions for tool in decision.candidates} | {tool.id for tool in tools}
    passed: dict[str, set[str]] = {stage: set() for stage in (*present, KEPT)}
    for step in steps:
        later = latest[step.tool] > STAGES.index(step.stage) or step.tool in known
        if step.verdict == "ok" or (step.verdict == "recorded" and later):
            passed[step.stage].add(step.tool)
    passed[KEPT] = {tool.id for tool in tools if tool.id in epochs}
    for epoch in sorted(set(epochs.values())):
        asked = {tool for tool, of in epochs.items() if of == epoch}
        rows.count("passed", len(asked), len(asked), stage="problem", epoch=epoch)
        for stage, of_stage in passed.items():
            rows.count("passed", len(asked & of_stage), len(asked), stage=stage, epoch=epoch)
    for stage, of_stage in passed.items() if epochs else ():
        rows.share("passed_rate", len(of_stage), len(epochs), stage=stage)
    last = {step.tool: step for step in steps if step.tool not in known}
    lost: Counter[tuple[str, str]] = Counter((step.stage, step.verdict) for step in last.values())
    lost["de-duplication", "another stayed"] = len((epochs.keys() & known) - passed[KEPT])
    for (stage, verdict), count in lost.items():
        if count:
            rows.count("lost", count, len(epochs), stage=stage, verdict=verdict)
    for epoch in sorted(set(epochs.values())):
        asked = {tool for tool, of in epochs.items() if of <= epoch}
        for stage, of_stage in passed.items():
            rows.count("grown", len(asked & of_stage), len(asked), stage=stage, problems=len(asked))
    return rows.made


def verdict_results(
    verdicts: Sequence[Mapping[str, Any]], tools: Sequence[Tool], library: str
) -> list[Result]:
    """Verdicts of an audit, over all tools of the library; `not audited` is one too.

    Args:
        verdicts: rows of `verdicts.parquet`; of each `tool`, `verdict` and `strict` (the outcome by value) are read.
        tools: of the library.
        library: its name.
    """
    if not verdicts:
        return []
    rows, by_tool = _Rows(library), {str(row["tool"]): row for row in verdicts}
    found = Counter(
        str(by_tool[tool.id]["verdict"]) if tool.id in by_tool else "not audited" for tool in tools
    )
    for verdict, count in found.most_common():
        rows.share("verdict_rate", count, len(tools), found["not audited"], verdict=verdict)
    strict = sum(by_tool[tool.id].get("strict") == "ok" for tool in tools if tool.id in by_tool)
    rows.share("strict_rate", strict, len(tools), found["not audited"])
    return rows.made


def use_results(solved: Mapping[str, Sequence[Solved]], tools: Sequence[Tool], library: str) -> list[Result]:
    """What became of problems that were solved with the library, and how many of its tools were of use, for each run."""
    made = []
    for run, solutions in solved.items():
        rows, n = _Rows(library, run, "problems"), len(solutions)
        unread = sum(row.status == "unread" for row in solutions)
        rows.share("shown_rate", sum(bool(row.tools) for row in solutions), n, unread)
        rows.share("used_rate", sum(bool(row.used) for row in solutions), n, unread)
        with_tools = [row for row in solutions if row.used]
        for which, some in (("all", solutions), ("that call a tool", with_tools)):
            lost = sum(row.status == "unread" for row in some)
            rows.share("lenient_accuracy", sum(row.lenient for row in some), len(some), lost, programs=which)
            rows.share("strict_accuracy", sum(row.strict for row in some), len(some), lost, programs=which)
        shown = {tool for row in solutions for tool in row.tools}
        used = {tool for row in solutions for tool in row.used}
        right = {tool for row in with_tools if row.lenient for tool in row.used}
        for metric, of in (("tool_shown_rate", shown), ("tool_used_rate", used), ("tool_solved_rate", right)):
            rows.share(metric, sum(tool.id in of for tool in tools), len(tools))
        made += rows.made
    return made


def write_described(folder: Path, tools: Sequence[Described], shown: Sequence[Use]) -> None:
    """Writes `described.parquet` and `uses.parquet`.

    Raises:
        ToolsetError: a text cannot be written as UTF-8.
    """
    import pyarrow as pa

    counts = dict.fromkeys(("complexity", "functions", "statements", "arguments"), pa.int64())
    texts = ("tool", "name", "head", "explanation", "problem")
    schema = text_schema(texts, **counts, calls=text_list())
    write_checked(folder / DESCRIBED, [asdict(one) | {"calls": list(one.calls)} for one in tools], schema)
    flags = dict.fromkeys(("used", "lenient", "strict"), pa.bool_())
    schema = text_schema(("tool", "problem", "question", "run"), rank=pa.int64(), votes=pa.int64(), **flags)
    write_checked(folder / USES, [asdict(one) for one in shown], schema)


class _Rows:
    """Rows of one library, in the order in which they are added."""

    def __init__(self, library: str, dataset: str = "library", split: str = "tools") -> None:
        self._library, self._dataset, self._split = library, dataset, split
        self.made: list[Result] = []

    def count(self, metric: str, value: float, n: int, **condition: Any) -> None:
        """A count out of n."""
        self._add(metric, float(value), n, condition)

    def share(self, metric: str, count: int, n: int, unparsed: int = 0, **condition: Any) -> None:
        """A share of n; nothing where n is 0."""
        if n:
            share = count / n
            self._add(metric, share, n, condition, sqrt(share * (1 - share) / n), unparsed)

    def mean(self, metric: str, values: Sequence[int], unparsed: int) -> None:
        """A mean with its standard error, and median and largest as conditions; nothing where there is no value."""
        if values:
            error = stdev(values) / sqrt(len(values)) if len(values) > 1 else None
            spread = {"median": float(median(values)), "largest": max(values)}
            self._add(metric, fmean(values), len(values), spread, error, unparsed)

    def _add(self, metric: str, value: float, n: int, condition: dict[str, Any], stderr: float | None = None,
             unparsed: int = 0) -> None:  # fmt: skip
        self.made.append(
            Result(
                SYSTEM,
                self._library,
                self._dataset,
                self._split,
                metric,
                value,
                n,
                condition,
                stderr,
                unparsed,
            )
        )
