"""`windward toolset import`: a released library becomes a folder that can be searched, audited and replayed."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from windward.evals.folder import claim, write_json
from windward.recipes.errors import RecipeError
from windward.toolsets.dedup import Decision, DedupError
from windward.toolsets.domains import DOMAINS, MATH, TABLES
from windward.toolsets.imported_problems import STAGE_FIELDS, MatchedTools, match_problems
from windward.toolsets.imported_steps import (
    RELEASED_KEY,
    ReleasedSteps,
    find_epochs,
    implied_decisions,
    read_released_steps,
    stage_file_steps,
)
from windward.toolsets.index import Encoder
from windward.toolsets.indexed import indexed
from windward.toolsets.problems import ToolProblem, read_tool_problems
from windward.toolsets.provenance import IMPORTED, write_problems
from windward.toolsets.records import Tool
from windward.toolsets.steps import Step, write_steps
from windward.toolsets.toolset import Toolset

SYSTEM = "toolset"


@dataclass(frozen=True)
class ImportConfig:
    """What is read.

    Attributes:
        released: a released library (`5_deduplicated_tools.csv`), or a file of stage 3 or 4.
        problems: files of the originating problems, in any form of `read_tool_problems`, or released files of any stage.
        steps: folder that holds `epoch_0`, `epoch_1`, …; None looks beside the other files.
        domain: `math` or `tables`; None goes by whether the tools' problems have tables.
    """

    released: Path
    problems: tuple[Path, ...] = ()
    steps: Path | None = None
    domain: str | None = None


def import_released(
    config: ImportConfig,
    out: Path,
    *,
    encoder: Callable[[], Encoder] | None = None,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Reads a released library into a folder; the same command again makes the same folder.

    Args:
        config: see `ImportConfig`.
        out: new, empty, or a folder of the same import.
        encoder: makes what the index is encoded with; None makes no index.
        command: how it was called, for the record.
        tell: shows a line of what was found.

    Returns:
        `import.json`, which tells what was found.

    Raises:
        RecipeError: the library is empty, the domain unknown, or the folder of steps holds none.
        ReleasedFileError: a released file is malformed.
        ToolsetError: the library holds solutions, no tools.
        ToolProblemError: a file of problems is malformed.
        FolderError: the folder holds something else.
    """
    toolset = Toolset.from_released(config.released)
    if not toolset.tools:
        raise RecipeError(f"{config.released} holds no tools: it has a header and no rows")
    domain = _domain(config, toolset.tools)
    problems = _problems(config.problems)
    folder = _steps_folder(config)
    matched = match_problems(toolset.tools, problems)
    steps = read_released_steps(folder) if folder is not None else ReleasedSteps()
    decisions, why = _decisions(steps, toolset.tools)
    rows = _with_stage_files(steps.steps, config)
    claim(SYSTEM, out, _settings(config, domain, folder), command)
    toolset = Toolset(matched.tools, tuple(decisions))
    toolset.save(out)
    write_steps(out, rows)
    write_problems(out, _all_problems(steps.problems, toolset.tools))
    told = {
        "tools": len(toolset.tools),
        "domain": domain,
        "problems": matched.told() if config.problems else None,
        "steps": {
            "folder": None if folder is None else str(folder),
            "epochs": steps.epochs,
            "rows": len(rows),
            "missing": list(steps.missing),
            "whole": steps.whole,
        },
        "decisions": {"rows": len(decisions), "key": RELEASED_KEY, "why_none": why},
    }
    for line in _lines(told, matched, config):
        tell(line)
    if encoder is not None:
        tell(f"encoding {len(toolset.tools):,} tools")
        indexed(out, toolset, encoder())
    write_json(out / IMPORTED, told)
    return out / IMPORTED


def _domain(config: ImportConfig, tools: Sequence[Tool]) -> str:
    if config.domain is None:
        return (TABLES if any(tool.facts.get("table", "").strip() for tool in tools) else MATH).name
    if config.domain not in DOMAINS:
        raise RecipeError(f"there is no domain {config.domain!r}: use one of {', '.join(DOMAINS)}")
    return config.domain


def _problems(paths: Sequence[Path]) -> list[ToolProblem]:
    """Of all files; what a released stage says beside its problem is left out."""
    return [
        replace(problem, facts={name: text for name, text in problem.facts.items() if name not in STAGE_FIELDS})
        for path in paths
        for problem in read_tool_problems(path)
    ]  # fmt: skip


def _steps_folder(config: ImportConfig) -> Path | None:
    if config.steps is None:
        return find_epochs(config.released, *config.problems)
    if not (config.steps / "epoch_0").is_dir():
        raise RecipeError(
            f"{config.steps} holds no folder epoch_0: name the folder that the release's epochs lie in"
        )
    return config.steps


def _with_stage_files(steps: Sequence[Step], config: ImportConfig) -> list[Step]:
    """The steps, and those that a file of problems tells where it is a released stage and the steps have nothing of the tool."""
    told = {(step.tool, step.stage) for step in steps}
    rows = list(steps)
    for path in config.problems:
        if path.suffix not in (".csv", ".json") or path.resolve() == config.released.resolve():
            continue
        if any(set(STAGE_FIELDS) & problem.facts.keys() for problem in read_tool_problems(path)):
            rows += [step for step in stage_file_steps(path) if (step.tool, step.stage) not in told]
    return rows


def _decisions(steps: ReleasedSteps, library: Sequence[Tool]) -> tuple[list[Decision], str]:
    """What the files imply, or why they imply nothing."""
    if not any(steps.valid) or not any(steps.kept):
        return [], "there are no files of what went into de-duplication and of what it left"
    try:
        return asyncio.run(implied_decisions(steps.valid, steps.kept, library)), ""
    except DedupError as error:
        return [], str(error)


def _all_problems(problems: Sequence[ToolProblem], tools: Sequence[Tool]) -> list[ToolProblem]:
    """Of all steps, and of tools of which no step is known."""
    known = {problem.id for problem in problems}
    return [*problems, *(ToolProblem.of_tool(tool) for tool in tools if tool.id not in known)]


def _settings(config: ImportConfig, domain: str, folder: Path | None) -> dict[str, Any]:
    return {
        "made": "import",
        "domain": domain,
        "released": str(config.released),
        "released_sha256": _digest([config.released]),
        "problems": list(map(str, config.problems)),
        "problems_sha256": _digest(config.problems),
        "steps": None if folder is None else str(folder),
        "key": RELEASED_KEY,
    }


def _digest(paths: Sequence[Path]) -> str:
    found = hashlib.sha256()
    for path in paths:
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def _lines(told: dict[str, Any], matched: MatchedTools, config: ImportConfig) -> list[str]:
    lines = [f"{told['tools']:,} tools, domain {told['domain']}"]
    if config.problems:
        count = matched.by_id + matched.by_question
        lines.append(
            f"problems: {count:,} of {told['tools']:,} tools found ({matched.by_id:,} by id, {matched.by_question:,} by question); "
            f"{len(matched.differences):,} answers differ by value, {matched.in_text_only:,} in text only"
        )
        if matched.unmatched:
            lines.append(
                f"warning: the problems of {len(matched.unmatched):,} tools are not in "
                f"{', '.join(map(str, config.problems))}; they keep the question and answer of the released row (import.json names them)"
            )
    else:
        lines.append("problems: no file was given; tools keep the question and answer of the released row")
    steps = told["steps"]
    if steps["rows"]:
        lines.append(f"steps: {steps['rows']:,} of {steps['epochs']} epochs")
        if steps["missing"]:
            lines.append(
                f"warning: {len(steps['missing'])} files are not there: {', '.join(steps['missing'])}"
            )
    else:
        lines.append(
            "warning: no steps were found beside the files, so that an audit cannot tell whether a tool was changed; "
            "give the folder of the epochs as --steps"
        )
    decisions = told["decisions"]
    lines.append(
        f"decisions: {decisions['rows']:,}" + (f" ({decisions['why_none']})" if decisions["why_none"] else "")
    )
    return lines
