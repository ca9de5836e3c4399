"""Where graders disagree with the recorded verdicts: one row a proposal, and how many by task and rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from windward.evals.mint.graders import Profile
from windward.evals.mint.regrade import Collection, Kept, Proposed, Verdicts, verdict_of
from windward.grading import Verdict
from windward.rows import Result

UNKNOWN = "unknown (needs replay)"
"""ALFWorld by the strict profile: recorded is that the game was over, not that it was won."""


def write_disagreements(
    path: Path, collection: Collection, profiles: Sequence[Profile], verdicts: Verdicts
) -> int:
    """Writes every proposal that a profile judges differently from the recording, and unsure successes of ALFWorld.

    Columns: of the run (`model`, `feedback`, `form`, `with_reference`, `max_turns`, `task`, `task_id`, `turn`), `reference`,
    `answer`, `recorded`, and for each profile its verdict (None: unknown), its rule and its status.

    Returns:
        How many proposals are judged differently.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts = ("model", "feedback", "form", "task", "task_id", "reference", "answer")
    fields = [(name, pa.string()) for name in texts] + [("with_reference", pa.bool_())]
    fields += [("max_turns", pa.int64()), ("turn", pa.int64()), ("recorded", pa.bool_())]
    for profile in profiles:
        fields += [
            (profile, pa.bool_()),
            (f"{profile}_rule", pa.string()),
            (f"{profile}_status", pa.string()),
        ]
    rows = list(_rows(collection, profiles, verdicts))
    temporary = path.with_suffix(path.suffix + ".part")
    pq.write_table(pa.Table.from_pylist(rows, schema=pa.schema(fields)), temporary)
    temporary.replace(path)
    return sum(any(row[profile] not in (None, row["recorded"]) for profile in profiles) for row in rows)


def _rows(
    collection: Collection, profiles: Sequence[Profile], verdicts: Verdicts
) -> Iterator[dict[str, Any]]:
    for kept in collection.runs:
        if kept.run.task == "alfworld":
            game = kept.moves and verdicts.games.get(kept.moves)
            if kept.moves and not game and "strict" in profiles:
                row = _of_run(kept, kept.run.turns, None, collection) | {"recorded": True}
                played = {} if game is None else {"strict": Verdict(False, None, "over-but-not-won")}
                yield row | _said(profiles, {"released": Verdict(True, None, "as-recorded")} | played)
            continue
        for proposal in kept.proposals:
            said = {profile: verdict_of(kept, proposal, profile, verdicts) for profile in profiles}
            if any(verdict.correct != proposal.recorded for verdict in said.values()):
                row = _of_run(kept, proposal.turn, proposal.text, collection)
                yield row | {"recorded": proposal.recorded} | _said(profiles, said)


def _of_run(kept: Kept, turn: int, answer: str | None, collection: Collection) -> dict[str, Any]:
    run = kept.run
    return {
        "model": run.model,
        "feedback": run.setting.feedback,
        "form": run.setting.form,
        "with_reference": run.setting.with_reference,
        "max_turns": run.setting.max_turns,
        "task": run.task,
        "task_id": run.task_id,
        "turn": turn,
        "reference": ""
        if run.task == "alfworld"
        else str(collection.instances[run.task, run.task_id].reference),
        "answer": answer,
    }


def _said(profiles: Sequence[Profile], verdicts: Mapping[Any, Verdict]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for profile in profiles:
        verdict = verdicts.get(profile)
        said[profile] = verdict.correct if verdict else None
        said[f"{profile}_rule"] = verdict.rule if verdict else UNKNOWN
        said[f"{profile}_status"] = verdict.status if verdict else "unparsed"
    return said


def flip_results(collection: Collection, profiles: Sequence[Profile], verdicts: Verdicts) -> list[Result]:
    """Shares of proposals that a profile judges differently, by task, direction and rule, over all models."""
    proposals: Counter[str] = Counter()
    flips: Counter[tuple[str, Profile, str, str]] = Counter()
    for kept, proposal in _graded(collection):
        proposals[kept.run.task] += 1
        for profile in profiles:
            verdict = verdict_of(kept, proposal, profile, verdicts)
            if verdict.correct != proposal.recorded:
                direction = "accepted" if verdict.correct else "rejected"
                flips[kept.run.task, profile, direction, family_of_rule(verdict.rule)] += 1
    return [
        Result(
            "mint", "(all)", task, "test", "flipped_proposals", count / proposals[task], proposals[task],
            {"profile": profile, "now": direction, "rule": rule, "count": count},
        )
        for (task, profile, direction, rule), count in sorted(flips.items())
    ]  # fmt: skip


def _graded(collection: Collection) -> Iterator[tuple[Kept, Proposed]]:
    for kept in collection.runs:
        if kept.run.task != "alfworld":
            for proposal in kept.proposals:
                yield kept, proposal


def family_of_rule(rule: str) -> str:
    """`tests:1/3 AssertionError` → `AssertionError`, `tests:3/3` → `tests`: rules without the counts of one case."""
    if rule.startswith("tests:"):
        return rule.split(" ", 1)[1] if " " in rule else "tests"
    return rule
