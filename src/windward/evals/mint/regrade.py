"""Grades every proposal of recorded runs again: each different one once, and what is graded is kept in the journal."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from windward.evals.mint.graders import Profile, grade
from windward.evals.mint.instances import Instance, family_of
from windward.evals.mint.recorded import RecordedRun, RecordingError
from windward.evals.mint.runs import Run
from windward.grading import Verdict
from windward.journal import Journal, run_rows, values

VERSIONS = {"grade words": "2", "grade code": "1", "play games": "1"}
"""Change when a grader does: verdicts of another version are made anew."""
_CHUNK = 500
_SIDE_BY_SIDE = 2 * (os.cpu_count() or 1)
MALFORMED = Verdict(False, None, "malformed", "unparsed")
"""Of a proposal without a closed solution block: the released loop counted it and graded nothing."""

Key = tuple[str, str, str]
"""Task, problem and text of a proposal."""

Moves = tuple[str, tuple[str, ...]]
"""A game of ALFWorld, and the code actions of a run in it."""

Play = Callable[[str, Sequence[str]], bool]
"""Plays the actions of a run in a game again; whether the game is won by them."""


class Proposed(NamedTuple):
    """A proposal of a run: its turn (from 1), its text (None where malformed), and whether it was recorded as right."""

    turn: int
    text: str | None
    recorded: bool


@dataclass(frozen=True)
class Kept:
    """What is kept of a recorded run while its proposals are graded; its moves only of a game that was over."""

    run: Run
    proposals: tuple[Proposed, ...]
    moves: Moves | None = None


@dataclass
class Collection:
    """Recorded runs with the different proposals in them.

    Attributes:
        runs: in the order of the recording.
        instances: the problems, by task and id.
        proposals: the different proposals, in the order in which they first appear.
        games: the different games that were over, by the actions that were taken.
    """

    runs: list[Kept] = field(default_factory=list)
    instances: dict[tuple[str, str], Instance] = field(default_factory=dict)
    proposals: dict[Key, None] = field(default_factory=dict)
    games: dict[Moves, None] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdicts:
    """What became of a collection.

    Attributes:
        proposals: verdicts by profile.
        games: whether a game that was over was won; empty where none was played.
    """

    proposals: dict[Key, dict[Profile, Verdict]]
    games: dict[Moves, bool] = field(default_factory=dict)


def collect(recorded: Iterable[RecordedRun], tell: Callable[[str], None]) -> Collection:
    """Takes from streamed runs what grading needs.

    Raises:
        RecordingError: one problem has two references.
    """
    found = Collection()
    for number, record in enumerate(recorded, start=1):
        problem = (record.instance.task, record.instance.id)
        known = found.instances.setdefault(problem, record.instance)
        if known.reference != record.instance.reference:
            raise RecordingError(
                f"run {number}: problem {problem[1]!r} of {problem[0]} has two references, {known.reference!r} and "
                f"{record.instance.reference!r}; a recording has one"
            )
        proposals = tuple(
            Proposed(place, turn.text, record.success and place == len(record.turns))
            for place, turn in enumerate(record.turns, start=1)
            if turn.kind == "proposal"
        )
        moves: Moves | None = None
        if record.instance.task != "alfworld":
            for proposal in proposals:
                if proposal.text is not None:
                    found.proposals[*problem, proposal.text] = None
        elif record.success:
            actions = tuple(
                turn.text for turn in record.turns if turn.kind == "code" and turn.text is not None
            )
            moves = record.instance.id, actions
            found.games[moves] = None
        found.runs.append(Kept(record.run(), proposals, moves))
        if number % 25_000 == 0:
            tell(f"read {number:,} runs, {len(found.proposals):,} different proposals")
    return found


async def regrade(
    collection: Collection,
    profiles: Sequence[Profile],
    journal: Journal,
    *,
    play: Play | None = None,
    progress: bool = True,
) -> Verdicts:
    """The verdicts of all different proposals under each profile, and of games where they can be played.

    Raises:
        RowsFailedError: some could not be graded; what was graded is kept.
    """

    def verdicts(task: str, problem: str, answer: str) -> list[list[Any]]:
        instance = collection.instances[task, problem]
        return [_stored(grade(instance, answer, profile)) for profile in profiles]

    async def words(row: dict[str, Any]) -> list[list[list[Any]]]:
        return [verdicts(row["task"], problem, answer) for problem, answer in row["proposals"]]

    async def code(row: dict[str, Any]) -> list[list[list[Any]]]:
        return [await asyncio.to_thread(verdicts, row["task"], *row["proposals"][0])]

    graded: dict[Key, dict[Profile, Verdict]] = {}
    for stage, work, size in (("grade words", words, _CHUNK), ("grade code", code, 1)):
        of_code = stage == "grade code"
        keys = [key for key in collection.proposals if (family_of(key[0]) == "code_generation") == of_code]
        rows = _rows(keys, size, profiles, collection)
        values = await _outcomes(work, rows, journal, stage, 1 if size > 1 else _SIDE_BY_SIDE, progress)
        for row, value in zip(rows, values, strict=True):
            for (problem, answer), judgements in zip(row["proposals"], value, strict=True):
                graded[row["task"], problem, answer] = {
                    profile: Verdict(*judgement)
                    for profile, judgement in zip(profiles, judgements, strict=True)
                }
    if play is None or "strict" not in profiles:
        return Verdicts(graded)
    return Verdicts(graded, await _played(collection, play, journal, progress))


async def _played(collection: Collection, play: Play, journal: Journal, progress: bool) -> dict[Moves, bool]:
    async def won(row: dict[str, Any]) -> bool:
        return await asyncio.to_thread(play, row["game"], row["actions"])

    rows = [
        {"key": f"{game}/{_digest(actions)}", "game": game, "actions": list(actions)}
        for game, actions in collection.games
    ]
    values = await _outcomes(won, rows, journal, "play games", _SIDE_BY_SIDE, progress)
    return dict(zip(collection.games, values, strict=True))


async def _outcomes(
    work: Callable[[dict[str, Any]], Awaitable[Any]],
    rows: Sequence[dict[str, Any]],
    journal: Journal,
    stage: str,
    side_by_side: int,
    progress: bool,
) -> list[Any]:
    """The values of all rows, each made once."""
    if not rows:
        return []
    outcomes = await run_rows(
        work,
        rows,
        journal=journal,
        stage=stage,
        key="key",
        version=VERSIONS[stage],
        concurrency=side_by_side,
        progress=progress,
    )
    return values(outcomes, f"rows ({stage})")


def _rows(
    keys: Sequence[Key], size: int, profiles: Sequence[Profile], collection: Collection
) -> list[dict[str, Any]]:
    """Rows for the journal: up to `size` proposals of one task each, with the references that they are graded by."""
    rows = []
    for task in dict.fromkeys(key[0] for key in keys):
        of_task = [key for key in keys if key[0] == task]
        for start in range(0, len(of_task), size):
            part = [[problem, answer] for _, problem, answer in of_task[start : start + size]]
            references = [collection.instances[task, problem].reference for problem, _ in part]
            content = {"task": task, "proposals": part, "references": references, "profiles": list(profiles)}
            rows.append({"key": f"{task}/{_digest(content)}"} | content)
    return rows


def _digest(content: object) -> str:
    return hashlib.sha256(repr(content).encode()).hexdigest()[:20]


def _stored(verdict: Verdict) -> list[Any]:
    # The text that was read is the proposal itself, for code; it is long, and there already.
    read = verdict.extracted if verdict.extracted is None else verdict.extracted[:200]
    return [verdict.correct, read, verdict.rule, verdict.status]


def judged(kept: Kept, profile: Profile, verdicts: Verdicts) -> Run:
    """The run as it counts under a profile: solved by its first right proposal.

    A run that recorded a success ended there; if that proposal is wrong by this profile, the run is unsolved, and
    what the model would have done next is not known. A run in a game keeps its recorded verdict, unless the game was
    played again for the strict profile and not won.
    """
    if kept.run.task == "alfworld":
        lost = profile == "strict" and kept.moves is not None and verdicts.games.get(kept.moves) is False
        return replace(kept.run, solved_at=None, failure="out_of_turns") if lost else kept.run
    for proposal in kept.proposals:
        if verdict_of(kept, proposal, profile, verdicts).correct:
            return replace(kept.run, solved_at=proposal.turn, failure=None)
    return replace(kept.run, solved_at=None, failure=kept.run.failure or "wrong_answer")


def verdict_of(kept: Kept, proposal: Proposed, profile: Profile, verdicts: Verdicts) -> Verdict:
    """The verdict of one proposal of a run."""
    if proposal.text is None:
        return MALFORMED
    return verdicts.proposals[kept.run.task, kept.run.task_id, proposal.text][profile]
