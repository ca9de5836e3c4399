"""Reads what an evaluation by MINT left in its folder, and draws the runs that are shown."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heappush, heappushpop
from pathlib import Path
from typing import Any

from windward.reports.run_folder import ReportError, lines_in, need, object_in, results_in
from windward.reports.run_records import Row
from windward.rows import Result

EACH = 4
"""Runs shown of one ending."""
EXAMPLES = 2
"""Proposals shown of one kind of flip."""

ENDINGS = {
    "first": "solved in the first turn",
    "later": "solved in a later turn",
    "wrong_answer": "ended in a wrong answer",
    "invalid_action": "ended without an action that could be read",
    "execution_error": "ended in code that raised",
    "out_of_turns": "ran out of turns",
    "error": "broken off by an error",
    "unsolved": "unsolved, the reason was not kept",
}


@dataclass(frozen=True)
class Drawn:
    """Runs to show, by their ending, with how many there are of each."""

    shown: dict[str, list[Row]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    unreadable: int = 0


@dataclass(frozen=True)
class Flips:
    """Proposals judged differently from the recording.

    Attributes:
        profiles: who judged again.
        rows: how many there are, those whose verdict is unknown left out.
        unknown: recorded successes that could not be judged.
        examples: (profile, direction, rule) to a few of them.
        counts: the same keys to how many there are.
    """

    profiles: tuple[str, ...] = ()
    rows: int = 0
    unknown: int = 0
    examples: dict[tuple[str, str, str], list[Row]] = field(default_factory=dict)
    counts: dict[tuple[str, str, str], int] = field(default_factory=dict)


@dataclass(frozen=True)
class MintFolder:
    """Everything that the page draws from; empty where it is not there.

    Attributes:
        path: the folder.
        results: the result table.
        record: `run.json`.
        drawn: the runs to show; None where there are none to draw from.
        runs_in_all: of how many they were drawn; None where nobody said.
        flips: None without a list of disagreements.
        files: names of everything in the folder but the page itself.
    """

    path: Path
    results: tuple[Result, ...]
    record: Row
    drawn: Drawn | None
    runs_in_all: int | None
    flips: Flips | None
    files: tuple[str, ...]

    def setting(self, name: str) -> Any:
        """A setting of the run; None where it is not written."""
        settings = self.record.get("settings")
        return settings.get(name) if isinstance(settings, dict) else None

    @property
    def is_replay(self) -> bool:
        """Whether the runs were recorded elsewhere."""
        return bool(self.setting("what") == "replay")

    @property
    def seed(self) -> int:
        """The run's seed, which also draws what is shown; 0 where it is not written."""
        return _seed(self.record)


def read_mint_folder(folder: Path, runs: Iterable[Row] | None, runs_in_all: int | None) -> MintFolder:
    """Reads the folder.

    Args:
        folder: of the evaluation.
        runs: the runs to draw from; None are those of `runs.jsonl`.
        runs_in_all: how many there are, where `runs` is a sample of them.

    Raises:
        ReportError: there is no such folder, or a file in it is malformed.
    """
    if not folder.is_dir():
        raise ReportError(f"{folder} is not a folder: give the --out of `windward eval mint`")
    record = object_in(folder / "run.json")
    kept, drawn = folder / "runs.jsonl", None
    if runs is not None:
        drawn = draw(runs, _seed(record))
    elif kept.exists():
        drawn = draw(lines_in(kept, lambda row, where: _checked(row, where)), _seed(record))
        runs_in_all = sum(drawn.counts.values())
    return MintFolder(
        path=folder,
        results=results_in(folder / "results.parquet"),
        record=record,
        drawn=drawn,
        runs_in_all=runs_in_all,
        flips=_flips(folder / "disagreements.parquet"),
        files=tuple(
            sorted(path.name for path in folder.iterdir() if not path.name.startswith((".", "report.html")))
        ),
    )


def draw(runs: Iterable[Row], seed: int, each: int = EACH) -> Drawn:
    """A few runs of each ending, by a hash of seed and problem: the same seed draws the same runs, unseen.

    Raises:
        ReportError: a run lacks a field.
    """
    counts: Counter[str] = Counter()
    kept: dict[str, list[tuple[int, int, Row]]] = {}
    unreadable = 0
    for place, row in enumerate(runs, start=1):
        row = _checked(row, f"run {place}")
        ending = ending_of(row)
        counts[ending] += 1
        unreadable += int(row["run"].get("unreadable") or 0)
        # A heap of the largest negated hashes keeps the smallest hashes, whatever the order of the runs.
        entry = (-_lot(row, seed), place, row)
        heap = kept.setdefault(ending, [])
        if len(heap) < each:
            heappush(heap, entry)
        else:
            heappushpop(heap, entry)
    shown = {
        ending: [row for _, _, row in sorted(kept[ending], reverse=True)]
        for ending in ENDINGS
        if ending in kept
    }
    return Drawn(shown, dict(counts), unreadable)


def ending_of(row: Row) -> str:
    """How a run ended, a key of `ENDINGS`."""
    run = row["run"]
    if run["solved_at"] is not None:
        return "first" if run["solved_at"] == 1 else "later"
    if run.get("error"):
        return "error"
    return run["failure"] if run.get("failure") in ENDINGS else "unsolved"


def _lot(row: Row, seed: int) -> int:
    run = row["run"]
    name = f"{seed}/{run['model']}/{run['task']}/{run['task_id']}/{run.get('setting')}"
    return int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:8])


def _seed(record: Row) -> int:
    seed = record.get("seed")
    return seed if isinstance(seed, int) else 0


def _checked(row: Row, where: str) -> Row:
    """The row, if it is a run with its turns.

    Raises:
        ReportError: a field is missing or of another type.
    """
    run, episode = need(row, "run", dict, where), need(row, "episode", dict, where)
    for name in ("model", "task", "task_id"):
        need(run, name, str, f"{where}, run")
    need(run, "solved_at", (int, type(None)), f"{where}, run")
    for place, turn in enumerate(need(episode, "turns", list, f"{where}, episode"), start=1):
        for name in ("reply", "kind"):
            need(turn, name, str, f"{where}, turn {place}")
    return row


def _flips(path: Path) -> Flips | None:
    """Counts the list of disagreements by profile, direction and rule, and keeps the first few of each."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.exists():
        return None
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise ReportError(f"{path} cannot be read as Parquet: {error}") from error
    profiles = tuple(name.removesuffix("_rule") for name in table.column_names if name.endswith("_rule"))
    if wanting := [name for name in ("recorded", *profiles) if name not in table.column_names]:
        raise ReportError(f"{path} is no list of disagreements: columns {', '.join(wanting)} are missing")
    counts: Counter[tuple[str, str, str]] = Counter()
    examples: dict[tuple[str, str, str], list[Row]] = {}
    flipped = unknown = 0
    for row in table.to_pylist():
        against = [name for name in profiles if row[name] is not None and row[name] != row["recorded"]]
        flipped += bool(against)
        unknown += not against
        for profile in against:
            key = (
                profile,
                "accepted" if row[profile] else "rejected",
                rule_kind(str(row[f"{profile}_rule"])),
            )
            counts[key] += 1
            shown = examples.setdefault(key, [])
            if len(shown) < EXAMPLES and _case(row) not in map(_case, shown):
                shown.append(row)
    return Flips(profiles, flipped, unknown, examples, dict(counts))


def _case(row: Row) -> tuple[object, ...]:
    """What is told apart among examples: the same answer to the same problem is shown once."""
    return row.get("task"), row.get("task_id"), row.get("answer")


def rule_kind(rule: str) -> str:
    """A rule without the counts of one case: `tests:1/3 AssertionError` is `AssertionError`, `tests:3/3` is `tests`."""
    if rule.startswith("tests:"):
        return rule.split(" ", 1)[1] if " " in rule else "tests"
    return rule
