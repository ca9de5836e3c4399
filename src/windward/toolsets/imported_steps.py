"""What a release tells of its tools' way: the steps of each epoch, and the choices between duplicates that its files imply.

A released file holds those that passed the step before it, and says nothing of why the others did not: of those the
outcome is `recorded`, and the validator has to be asked why (`windward toolset replay`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from windward.toolsets.dedup import LAST_STEP, Choice, Decision, DedupError, Key, dedup
from windward.toolsets.problems import ToolProblem
from windward.toolsets.records import Tool
from windward.toolsets.released import LIBRARY, read_tools
from windward.toolsets.steps import Stage, Step

RELEASED_KEY: Key = "released name"
"""By what the released code groups tools."""
_RAW, _SOLVED = "1_raw_specific_solutions.json", "2_valid_specific_solutions.csv"
_GENERAL, _VALID = "3_all_general_tools.json", "4_valid_tools.csv"
_FILES = (_RAW, _SOLVED, _GENERAL, _VALID, LIBRARY)


@dataclass(frozen=True)
class ReleasedSteps:
    """What was found in a release's folder.

    Attributes:
        steps: by epoch, then by stage, in the files' order.
        problems: that the steps started from, by tool id; the answer is that of the earliest file that has it.
        epochs: how many folders were found.
        missing: files that are not there; what they would tell is unknown.
        valid: of each epoch the tools that went into de-duplication.
        kept: of each epoch those that it left.
    """

    steps: tuple[Step, ...] = ()
    problems: tuple[ToolProblem, ...] = ()
    epochs: int = 0
    missing: tuple[str, ...] = ()
    valid: tuple[tuple[Tool, ...], ...] = ()
    kept: tuple[tuple[Tool, ...], ...] = ()

    @property
    def whole(self) -> bool:
        """Whether every text that the pipeline made is among the steps, so that a text which is not was made elsewhere."""
        return self.epochs > 0 and not any(name.endswith(_GENERAL) for name in self.missing)


def find_epochs(*near: Path) -> Path | None:
    """The first folder that holds `epoch_0`, of those in which the given files lie and of those above them."""
    folders = [above for path in near for above in path.resolve().parents[:2]]
    return next((folder for folder in folders if (folder / "epoch_0").is_dir()), None)


def read_released_steps(folder: Path) -> ReleasedSteps:
    """Reads `epoch_0`, `epoch_1`, … of a folder; files that are not there are named, not required.

    Raises:
        ReleasedFileError: a file is malformed; the message names it and the row.
    """
    steps: list[Step] = []
    problems: dict[str, ToolProblem] = {}
    missing: list[str] = []
    valid: list[tuple[Tool, ...]] = []
    kept: list[tuple[Tool, ...]] = []
    count = 0
    while (folder / f"epoch_{count}").is_dir():
        here = folder / f"epoch_{count}"
        lacking = [name for name in _FILES if not (here / name).is_file()]
        missing += [f"{here.name}/{name}" for name in lacking]
        files = {name: () if name in lacking else tuple(read_tools(here / name)) for name in _FILES}
        for tools in files.values():
            for tool in tools:
                problems.setdefault(tool.id, ToolProblem.of_tool(tool))
        steps += epoch_steps(count, *(files[name] for name in _FILES[:4]))
        valid.append(files[_VALID])
        kept.append(files[LIBRARY])
        count += 1
    return ReleasedSteps(
        tuple(steps), tuple(problems.values()), count, tuple(missing), tuple(valid), tuple(kept)
    )


def epoch_steps(
    epoch: int, raw: Sequence[Tool], solved: Sequence[Tool], general: Sequence[Tool], valid: Sequence[Tool]
) -> list[Step]:
    """The steps of one epoch from the tools of its first four files, each of which may be empty for want of the file.

    A solution has passed where the next file has it. Where the second file was not filtered (as for tables), the third is the next.
    """
    started = raw or solved or general or valid
    made = general or valid
    steps = [_step(tool, epoch, "solution") for tool in started if tool.solution]
    if solved and (len(solved) < len(raw) or not general):
        steps += _verdicts(started, solved, epoch, "solution verdict", _SOLVED)
    elif general:
        steps += _verdicts(started, general, epoch, "solution verdict", _GENERAL)
    steps += [_step(tool, epoch, "abstraction") for tool in made if tool.code]
    if valid:  # its order is that in which de-duplication met them
        passed = {tool.id for tool in valid}
        ordered = [*valid, *(tool for tool in general if tool.id not in passed)]
        steps += _verdicts(ordered, valid, epoch, "abstraction verdict", _VALID)
    return steps


def stage_file_steps(path: Path) -> list[Step]:
    """The steps that one file of a release tells: what its rows hold of solutions and of tools.

    Raises:
        ReleasedFileError: it is malformed.
    """
    found = re.fullmatch(r"epoch_(\d{1,6})", path.resolve().parent.name)
    epoch = int(found[1]) if found else 0
    tools = read_tools(path)
    return [_step(tool, epoch, "solution") for tool in tools if tool.solution] + [
        _step(tool, epoch, "abstraction") for tool in tools if tool.code
    ]


def _step(tool: Tool, epoch: int, stage: Stage) -> Step:
    code, call = _texts(tool, stage)
    return Step(tool.id, epoch, stage, code, call, "ok")


def _texts(tool: Tool, stage: Stage) -> tuple[str, str]:
    return (tool.solution, tool.solution_call) if stage.startswith("solution") else (tool.code, tool.call)


def _verdicts(
    tools: Sequence[Tool], passed: Sequence[Tool], epoch: int, stage: Stage, file: str
) -> list[Step]:
    ids = {tool.id for tool in passed}
    rows = []
    for tool in tools:
        verdict, told = ("ok", f"it is in {file}") if tool.id in ids else ("recorded", f"it is not in {file}")
        rows.append(Step(tool.id, epoch, stage, *_texts(tool, stage), verdict, told))
    return rows


class _Staying:
    """Keeps the one candidate that is in the step's output."""

    def __init__(self, stayed: Sequence[Tool]) -> None:
        self._stayed = {tool.id for tool in stayed}

    async def choose(self, candidates: Sequence[Tool]) -> Choice:
        places = [place for place, tool in enumerate(candidates) if tool.id in self._stayed]
        if len(places) != 1:
            names = ", ".join(tool.id for tool in candidates)
            raise DedupError(f"of {names} the release keeps {len(places)}, so that no choice is implied")
        return Choice(places[0], "it is the one that the release keeps")


async def implied_decisions(
    valid: Sequence[Sequence[Tool]], kept: Sequence[Sequence[Tool]], library: Sequence[Tool]
) -> list[Decision]:
    """The decisions of every de-duplication step, from who went in and who stayed.

    Args:
        valid: of each epoch the tools that went in.
        kept: of each epoch those that stayed.
        library: those of the last step.

    Raises:
        DedupError: the files imply no choice, or the choices do not lead from one file to the next.
    """
    steps = [
        (f"epoch {number}", tuple(before), tuple(after))
        for number, (before, after) in enumerate(zip(valid, kept, strict=True))
    ]
    left = tuple(tool for after in kept for tool in after)
    decisions: list[Decision] = []
    for step, before, after in [*steps, (LAST_STEP, left, tuple(library))]:
        done = await dedup(before, _Staying(after), key=RELEASED_KEY, step=step)
        if [tool.id for tool in done.tools] != [tool.id for tool in after]:
            raise DedupError(
                f"{step}: the choices that its files imply leave other tools than the release has"
            )
        decisions += done.decisions
    return decisions
