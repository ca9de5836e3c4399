"""`windward toolset replay`: the whole way of a library's tools again, from its folder alone and without a model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

from windward.evals.folder import RECORD, write_json
from windward.journal import Journal
from windward.recipes.errors import RecipeError
from windward.recipes.toolsets.replaying_votes import replay_votes
from windward.recipes.toolsets.rerun import (
    check_writable,
    forget,
    load_toolset,
    over_rows,
    run_version,
    runs_in,
)
from windward.toolsets.dedup import Key
from windward.toolsets.index import Encoder
from windward.toolsets.provenance import import_record, read_problems
from windward.toolsets.replay import (
    RECORDED,
    RecordedRun,
    ReplayedRun,
    ReplayedStep,
    recorded_runs,
    replay_dedup,
    replay_run,
    valid_tools,
)
from windward.toolsets.replay_votes import ReplayedVotes
from windward.toolsets.steps import FILE, Stage, read_steps
from windward.toolsets.stored_domain import run_settings
from windward.toolsets.validate import Environment, Validator

JOURNAL = "replay.sqlite"
REPORT = "replay.json"
VERDICTS: tuple[Stage, ...] = ("solution verdict", "abstraction verdict")


@dataclass(frozen=True)
class Replay:
    """What came of a replay.

    Attributes:
        runs: every recorded verdict, found again.
        steps: every step of de-duplication, made again; none where it is not known what was decided.
        without_problem: ids of verdicts whose problem is not on record, so that they could not be run.
        environment: where it was done.
        votes: the retrieval of a run of solving, done again; None where no run was given.
    """

    runs: tuple[ReplayedRun, ...]
    steps: tuple[ReplayedStep, ...]
    without_problem: tuple[str, ...]
    environment: Environment
    votes: tuple[ReplayedVotes, ...] | None = None

    @property
    def all_equal(self) -> bool:
        """Whether everything came out as recorded."""
        equal = [run.equal for run in self.runs] + [step.equal for step in self.steps]
        equal += [one.equal for one in self.votes or ()]
        return all(equal) and not self.without_problem

    def told(self) -> dict[str, Any]:
        """As a JSON value."""
        return {
            "environment": asdict(self.environment),
            "verdicts": {
                stage: [counted(self.runs, stage, epoch) for epoch in _epochs(self.runs, stage)]
                for stage in VERDICTS
            },
            "differences": [asdict(run) for run in self.runs if not run.equal],
            "duplicates": [asdict(step) for step in self.steps],
            "without_problem": list(self.without_problem),
            "votes": None if self.votes is None else [asdict(one) for one in self.votes],
        }


def replay_library(
    library: Path,
    out: Path | None = None,
    *,
    solved: Path | None = None,
    encoder: Callable[[], Encoder] | None = None,
    validator: Validator | None = None,
    jobs: int = 2,
    again: bool = False,
    tell: Callable[[str], None] = print,
) -> Replay:
    """Replays a library; a killed replay goes on where it was.

    Args:
        library: folder of a toolset with its steps.
        out: the JSON report; None is `replay.json` in the library's folder.
        solved: folder of a run that solved problems with this library: the tools of its problems are looked for again.
        encoder: makes the encoder of such a run; None is the embedded one.
        validator: runs the texts, in the library's domain; None makes one by the domain that the folder names.
        jobs: texts that run at a time.
        again: also runs what was run before.
        tell: shows a line.

    Raises:
        RecipeError: the folder holds no toolset or no steps, or the report cannot be written there.
        ToolsetError: a file of the folder was damaged.
        RowsFailedError: texts could not be run.
    """
    toolset = load_toolset(library)
    steps, problems = read_steps(library), read_problems(library)
    if not steps:
        raise RecipeError(
            f"{library} holds no steps ({FILE}): there is nothing to replay; import the library with the folder of its epochs (--steps)"
        )
    key = recorded_key(library)
    out = out or library / REPORT
    check_writable(out)
    forget(library / JOURNAL, again=again)
    runs, lost = recorded_runs(steps, problems)
    with (
        runs_in(library, validator, jobs) as validator,
        Journal(library / JOURNAL) as journal,
    ):

        def replayed(one: RecordedRun) -> dict[str, Any]:
            return asdict(replay_run(one, validator))

        votes = (
            replay_votes(library, toolset, solved, validator.domain, encoder) if solved is not None else None
        )
        rows = over_rows(
            "replay", replayed, runs, lambda one: str(one.row), run_version(validator), journal, jobs
        )
    made: list[ReplayedStep] = []
    record = import_record(library)
    if record is None or not record["decisions"].get(
        "why_none"
    ):  # where none are known, none can be made again
        made = asyncio.run(replay_dedup(valid_tools(steps, problems), toolset.decisions, toolset.tools, key))
    found = Replay(
        tuple(ReplayedRun(**row) for row in rows), tuple(made), tuple(step.tool for step in lost), validator.environment,
        None if votes is None else tuple(votes),
    )  # fmt: skip
    write_json(out, found.told())
    for line in lines(found):
        tell(line)
    return found


def recorded_key(folder: Path) -> Key:
    """What made tools alike when a library was de-duplicated, as its `run.json` has it; else name and count.

    Raises:
        RecipeError: `run.json` names no key that there is.
        ToolsetError: it cannot be read.
    """
    key = run_settings(folder).get("key", "name and count")
    for known in get_args(Key):
        if key == known:
            return known  # type: ignore[no-any-return]
    raise RecipeError(f"{folder / RECORD}: no key {key!r}; there are {', '.join(get_args(Key))}")


def counted(runs: Sequence[ReplayedRun], stage: Stage, epoch: int | None = None) -> dict[str, Any]:
    """How many verdicts of a stage are as recorded: of one epoch, or of all."""
    mine = [run for run in runs if run.stage == stage and epoch in (None, run.epoch)]
    return {
        "epoch": epoch,
        "n": len(mine),
        "equal": sum(run.equal for run in mine),
        "passed_then": sum(run.recorded == "ok" for run in mine),
        "pass_now": sum(run.now == "ok" for run in mine),
        "other_failure": sum(run.equal and run.recorded not in (RECORDED, run.now) for run in mine),
        "different": [run.tool for run in mine if not run.equal],
    }


def _epochs(runs: Sequence[ReplayedRun], stage: Stage) -> list[int]:
    return sorted({run.epoch for run in runs if run.stage == stage})


def lines(found: Replay) -> list[str]:
    """What came of it, as lines of a terminal."""
    from windward.reports.markup import visible

    told = []
    for run in found.runs:
        if not run.equal:
            then = "did not pass" if run.recorded == RECORDED else f"was {run.recorded}"
            after = (
                f"{run.now}: {run.why}"
                if run.why
                else f"{run.now}: prints {run.printed!r} for {run.answer!r}"
            )
            told.append(
                visible(
                    f"{run.stage} of {run.tool} (epoch {run.epoch}): {then}, is {after}, {run.cpu_seconds:.1f} s".replace(
                        "\n", " "
                    )
                )
            )
    for stage in VERDICTS:
        count = counted(found.runs, stage)
        told.append(
            f"{stage}s: {count['equal']:,} of {count['n']:,} as recorded; {count['passed_then']:,} passed then, "
            f"{count['pass_now']:,} pass now"
        )
    for step in found.steps:
        says = "as recorded" if step.equal else f"different: {step.why}"
        told.append(
            visible(
                f"duplicates, {step.step}: {step.tools:,} tools, {step.kept:,} kept, {step.decisions:,} decisions; {says}"
            )
        )
    if not found.steps:
        told.append("duplicates: it is not known what was decided (import.json says why)")
    for one in found.votes or ():
        if not one.equal:
            told.append(visible(f"retrieval, problem {one.problem}: {one.why}".replace("\n", " ")))
    if found.votes is not None:
        equal = sum(one.equal for one in found.votes)
        told.append(f"retrieval: tools and votes of {equal:,} of {len(found.votes):,} problems as recorded")
    if found.without_problem:
        told.append(
            f"warning: {len(found.without_problem):,} verdicts have no problem on record and were not run"
        )
    return told
