"""`windward eval mint --replay FILE`: the figures of recorded runs, by recorded verdicts or by grading them again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from windward.evals.folder import claim
from windward.evals.mint.disagreements import flip_results, write_disagreements
from windward.evals.mint.graders import PROFILES, Profile
from windward.evals.mint.instances import selected_tasks
from windward.evals.mint.metrics import Mode, results_of
from windward.evals.mint.ranking import ranking_results
from windward.evals.mint.recorded import RecordedRun, RecordingError, read_recorded
from windward.evals.mint.regrade import Collection, Play, Verdicts, collect, judged, regrade, verdict_of
from windward.evals.mint.runs import Run
from windward.evals.mint.shown import Said, shown_runs
from windward.grading import Verdict
from windward.journal import FILE_NAME, Journal, run
from windward.reports import write_mint_report
from windward.rows import Result, write_results

RESULTS = "results.parquet"
DISAGREEMENTS = "disagreements.parquet"


@dataclass(frozen=True)
class ReplayConfig:
    """What a replay does.

    Attributes:
        recording: Parquet file of recorded runs (`recorded.COLUMNS`).
        trust_recorded: takes the recorded verdicts; nothing is graded.
        profiles: who grades otherwise.
        models: only these; all without any.
        tasks: names of tasks and families; all eight without any.
        games: folder of ALFWorld's games, to play recorded games again for the strict profile: recorded is that a game
            was over, not that it was won. Without it, that is left as recorded and listed as unknown.
        mode: `independent`: each budget k has runs of its own; `prefix`: SR_1 … SR_k are read off the largest.
    """

    recording: Path
    trust_recorded: bool = False
    profiles: tuple[Profile, ...] = PROFILES
    models: tuple[str, ...] = ()
    tasks: tuple[str, ...] = field(default=("all",))
    games: Path | None = None
    mode: Mode = "independent"


def replay(
    config: ReplayConfig, out: Path, *, command: Sequence[str] = (), tell: Callable[[str], None] = print
) -> Path:
    """Writes `results.parquet`, `disagreements.parquet` (empty where nothing is graded) and `report.html`; the same run goes on.

    Args:
        config: see `ReplayConfig`.
        out: folder of the run: new, empty, or of the same run.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Returns:
        The result table.

    Raises:
        RecordingError: the recording is malformed, or holds none of what was asked for.
        DataError: a name in `tasks` is no task.
        FolderError: `out` holds another run.
        RowsFailedError: some proposals could not be graded.
    """
    tasks = selected_tasks(config.tasks)
    if not config.recording.is_file():
        raise RecordingError(f"{config.recording} is not there: name the Parquet file of recorded runs")
    settings = {
        "what": "replay",
        "recording": _digest(config.recording),
        "trust_recorded": config.trust_recorded,
        "profiles": [] if config.trust_recorded else list(config.profiles),
        "models": sorted(config.models),
        "tasks": list(tasks),
        "mode": config.mode,
    }
    if config.games is not None and "alfworld" in tasks:
        settings["games"] = "played again"
    claim("mint", out, settings, command)
    if config.trust_recorded:
        recorded = read_recorded(config.recording, models=config.models, tasks=tasks, verdicts_only=True)
        runs = [record.run() for record in _some(recorded, config)]
        tell(f"read {len(runs):,} runs; their recorded verdicts are trusted")
        write_disagreements(out / DISAGREEMENTS, Collection(), (), Verdicts({}))
        write_results(out / RESULTS, results_of(runs, profile="recorded", mode=config.mode))
        _report(config, tasks, out, runs, None, tell)
    else:
        results, runs, said = _regraded(config, tasks, out, tell)
        write_results(out / RESULTS, results)
        _report(config, tasks, out, runs, said, tell)
    return out / RESULTS


def _regraded(
    config: ReplayConfig, tasks: Sequence[str], out: Path, tell: Callable[[str], None]
) -> tuple[list[Result], list[Run], Said]:
    collection = collect(
        _some(read_recorded(config.recording, models=config.models, tasks=tasks), config), tell
    )
    tell(f"{len(collection.runs):,} runs with {len(collection.proposals):,} different proposals to grade")
    with Journal(out / FILE_NAME) as journal:
        verdicts = run(regrade(collection, config.profiles, journal, play=_player(config.games)))
    results = results_of((kept.run for kept in collection.runs), profile="recorded", mode=config.mode)
    recorded = results
    for profile in config.profiles:
        ours = results_of(
            (judged(kept, profile, verdicts) for kept in collection.runs), profile=profile, mode=config.mode
        )
        results = results + ours + ranking_results(recorded, ours, profile)
    flips = flip_results(collection, config.profiles, verdicts)
    count = write_disagreements(out / DISAGREEMENTS, collection, config.profiles, verdicts)
    tell(f"{count:,} proposals are judged differently: {out / DISAGREEMENTS}")

    def said(place: int, turn: int) -> dict[str, Verdict]:
        kept = collection.runs[place]
        return {
            profile: verdict_of(kept, proposal, profile, verdicts)
            for proposal in kept.proposals
            if proposal.turn == turn and kept.run.task != "alfworld"
            for profile in config.profiles
        }

    return results + flips, [kept.run for kept in collection.runs], said


def _report(
    config: ReplayConfig,
    tasks: Sequence[str],
    out: Path,
    runs: Sequence[Run],
    said: Said | None,
    tell: Callable[[str], None],
) -> None:
    """The page of the figures, with a few recorded runs to read."""
    shown = shown_runs(config.recording, runs, said, models=config.models, tasks=tasks)
    tell(f"report: {write_mint_report(out, runs=shown, runs_in_all=len(runs))}")


def _player(games: Path | None) -> Play | None:
    if games is None:
        return None
    from windward.evals.mint.alfworld import replay_actions

    return lambda game, actions: replay_actions(game, actions, games).won


def _some(recorded: Iterator[RecordedRun], config: ReplayConfig) -> Iterator[RecordedRun]:
    """The runs, of which there must be one."""
    empty = True
    for record in recorded:
        empty = False
        yield record
    if empty:
        raise RecordingError(
            f"{config.recording} holds no run of models {', '.join(config.models) or '(any)'} on tasks "
            f"{', '.join(config.tasks)}"
        )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
