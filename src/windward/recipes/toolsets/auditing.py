"""`windward toolset audit`: every tool of a library runs again on its own problem, and recorded programs that used it run again too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from windward.evals.folder import write_json
from windward.journal import Journal
from windward.recipes.errors import RecipeError
from windward.recipes.toolsets.rerun import (
    check_writable,
    forget,
    load_toolset,
    over_rows,
    run_version,
    runs_in,
)
from windward.toolsets.audit import (
    VERDICTS,
    AuditedTool,
    audited,
    counts,
    read_verdicts,
    since,
    write_verdicts,
)
from windward.toolsets.audit_fresh import FreshUse, fresh_of_tool, run_again, with_used_tools
from windward.toolsets.provenance import Provenance
from windward.toolsets.records import Tool
from windward.toolsets.solved import Solved, read_solved
from windward.toolsets.stored_domain import run_settings
from windward.toolsets.validate import Environment, ToolVerdict, Validator

JOURNAL = "audit.sqlite"
"""What was run in a library's folder; verdicts of the same text, answer and environment are taken from there."""


@dataclass(frozen=True)
class Audit:
    """What an audit found.

    Attributes:
        tools: in the library's order.
        environment: where it was found.
        domain: the name of the library's.
        uses: recorded programs that were run again; None where none were given.
        since: what differs from the audit before this one; None where there was none.
    """

    tools: tuple[AuditedTool, ...]
    environment: Environment
    domain: str
    uses: tuple[FreshUse, ...] | None = None
    since: dict[str, Any] | None = None

    @property
    def all_ok(self) -> bool:
        """Whether there is nothing to report of any tool."""
        return all(tool.verdict == "ok" for tool in self.tools)

    def told(self) -> dict[str, Any]:
        """As a JSON value."""
        uses = self.uses or ()
        return {
            "environment": asdict(self.environment),
            "domain": self.domain,
            "counts": counts(self.tools),
            "steps": _steps_told(self.tools),
            "tools": {
                one.tool: one.told() | ({} if self.uses is None else {"fresh": fresh_of_tool(uses, one.tool)})
                for one in self.tools
            },
            "since": self.since,
            "fresh": None if self.uses is None else [asdict(use) for use in uses],
        }


def audit_library(
    library: Path,
    out: Path,
    *,
    solved: Path | None = None,
    validator: Validator | None = None,
    jobs: int = 2,
    again: bool = False,
    tell: Callable[[str], None] = print,
) -> Audit:
    """Audits a library; a killed audit goes on where it was.

    Writes the JSON report, and `verdicts.parquet` into the library's folder.

    Args:
        library: folder of a toolset.
        out: the JSON file.
        solved: folder of a run that solved problems with these tools (`solved.parquet`): its programs are run again.
        validator: runs the tools, in the library's domain; None makes one by the domain that the folder names.
        jobs: tools that run at a time.
        again: also runs what was run before.
        tell: shows a line.

    Raises:
        RecipeError: the folder holds no toolset or is of a domain that has to be given, the run holds no programs, or the report
            cannot be written there.
        ToolsetError: a file of a folder was damaged.
        RowsFailedError: tools could not be run.
    """
    toolset = load_toolset(library)
    provenance = Provenance.of_folder(library)
    programs = _programs(solved) if solved is not None else []
    before = read_verdicts(library)
    check_writable(out)
    forget(library / JOURNAL, again=again)
    tools = {tool.id: tool for tool in toolset.tools}
    with (
        runs_in(library, validator, jobs) as validator,
        Journal(library / JOURNAL) as journal,
    ):

        def validated(tool: Tool) -> dict[str, Any]:
            return validator.validate_one(tool, "abstracted").row()

        def reran(row: _Program) -> dict[str, Any]:
            return asdict(run_again(row.solved, tools, validator))

        version = run_version(validator)
        verdicts = over_rows("audit", validated, toolset.tools, lambda tool: tool.id, version, journal, jobs)
        rows = [_Program(row, [tools[id].code for id in row.tools if id in tools]) for row in programs]
        uses = over_rows("fresh", reran, rows, lambda row: row.solved.problem.id, version, journal, jobs)
    now = tuple(
        audited(tool, _verdict(row, validator.environment), provenance)
        for tool, row in zip(toolset.tools, verdicts, strict=True)
    )
    found = Audit(
        now,
        validator.environment,
        validator.domain.name,
        tuple(_use(row) for row in uses) if solved is not None else None,
        since(before, now),
    )
    write_verdicts(library, found.tools)
    write_json(out, found.told())
    for line in lines(found):
        tell(line)
    return found


@dataclass(frozen=True)
class _Program:
    """A recorded program, and the tools' codes that it runs with."""

    solved: Solved
    codes: Sequence[str]


def _programs(solved: Path) -> list[Solved]:
    """The programs of a run that used tools."""
    rows = read_solved(solved)
    if str(run_settings(solved).get("tools", "")).startswith("callable"):
        raise RecipeError(
            f"{solved} is a run of agents, whose actions are no programs that can be run again: name a run of windward toolset solve "
            "--tools prompt"
        )
    return with_used_tools(rows)


def _verdict(row: dict[str, Any], environment: Environment) -> ToolVerdict:
    return ToolVerdict(**row | {"environment": environment})


def _use(row: dict[str, Any]) -> FreshUse:
    return FreshUse(**row | {"used": tuple(row["used"]), "gone": tuple(row["gone"])})


def _steps_told(found: Sequence[AuditedTool]) -> dict[str, Any]:
    unknown = sum(one.steps == "unknown" for one in found)
    note = "what the steps made of each tool's problem is known"
    if unknown:
        note = (
            f"of {unknown} of {len(found)} tools it is not known what the steps made, so that a change of their text cannot be "
            "found; import the library with the folder of its epochs (--steps)"
        )
    return {"known": len(found) - unknown, "unknown": unknown, "note": note}


def lines(found: Audit) -> list[str]:
    """What is not ok and why, as lines of a terminal; texts of tools are shown, never interpreted."""
    from windward.reports.markup import visible

    counted = counts(found.tools)
    environment = found.environment
    told = [
        f"python {environment.python}, numpy {environment.numpy}, pandas {environment.pandas}, scipy {environment.scipy}, sympy "
        f"{environment.sympy}; {environment.limits.seconds:g} s of CPU time a tool"
    ]
    width = max((len(one.tool) for one in found.tools), default=0)
    for one in found.tools:
        if one.verdict != "ok":
            kind = one.verdict if one.verdict == one.outcome else f"{one.verdict} ({one.outcome})"
            told.append(visible(f"{one.tool:<{width}}  {kind:<17}  {one.why}".replace("\n", " ")))
    summary = ", ".join(f"{counted[verdict]:,} {verdict}" for verdict in VERDICTS)
    told.append(f"{counted['tools']:,} tools: {summary}; ok by value (strict): {counted['strict_ok']:,}")
    if found.since is not None:
        for name, says in (("no_longer", "no longer works"), ("works_again", "works again")):
            told += [visible(f"since the last audit: {tool} {says}") for tool in found.since[name]]
    if counted["steps_unknown"]:
        told.append(f"warning: {_steps_told(found.tools)['note']}")
    if found.uses is not None:
        told += _fresh_lines(found.uses, visible)
    return told


def _fresh_lines(uses: Sequence[FreshUse], visible: Callable[[str], str]) -> list[str]:
    changed = Counter(use.change for use in uses)
    told = []
    for use in uses:
        if use.change != "same":
            names = ", ".join(use.used) + (f" (gone: {', '.join(use.gone)})" if use.gone else "")
            after = (
                f"{use.now}, prints {use.printed!r} for {use.answer!r}"
                if use.now == "wrong"
                else f"{use.now} {use.why}"
            )
            told.append(
                visible(
                    f"fresh problem {use.problem}, tools {names}: was {use.before}, is {after}".replace(
                        "\n", " "
                    )
                )
            )
    told.append(
        f"fresh problems: {len(uses):,} programs that used tools, {sum(use.now == 'ok' for use in uses):,} ok; "
        f"{changed['no longer']:,} no longer, {changed['new']:,} new"
    )
    return told
