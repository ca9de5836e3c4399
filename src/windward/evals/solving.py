"""How often a model solves problems, by turn: the records of single problems, and the figures made of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from windward.agents import Trajectory, Turn
from windward.rows import Problem, Result


@dataclass(frozen=True)
class Evaluation:
    """One problem tried by one stage of the model.

    Attributes:
        stage: `before`, `sft` or `after`.
        split: the problem's split.
        problem: what was asked.
        turns: what the model did.
        solved_at: the turn (from 1) of the correct answer; None if there was none.
    """

    stage: str
    split: str
    problem: Problem
    turns: tuple[Turn, ...]
    solved_at: int | None

    def as_dict(self) -> dict[str, Any]:
        """The record as plain JSON types."""
        return asdict(self)


def evaluation(stage: str, problem: Problem, trajectory: Trajectory) -> Evaluation:
    """The record of a trajectory."""
    return Evaluation(stage, problem.split, problem, trajectory.turns, trajectory.solved_at)


def evaluation_from_dict(row: dict[str, Any]) -> Evaluation:
    """A record from its JSON object."""
    turns = tuple(Turn(**turn) for turn in row["turns"])
    return Evaluation(row["stage"], row["split"], Problem(**row["problem"]), turns, row["solved_at"])


def write_evaluations(path: str | Path, evaluations: Iterable[Evaluation]) -> None:
    """Writes one record a line, whole or not at all."""
    target = Path(path)
    temporary = target.with_suffix(target.suffix + ".part")
    with temporary.open("w", encoding="utf-8") as file:
        for record in evaluations:
            file.write(json.dumps(record.as_dict()) + "\n")
    temporary.replace(target)


def read_evaluations(path: str | Path) -> list[Evaluation]:
    """Reads the records back."""
    lines = Path(path).read_text(encoding="utf-8").split("\n")
    return [evaluation_from_dict(json.loads(line)) for line in lines if line.strip()]


def solved_within(record: Evaluation, turn: int) -> bool:
    """Whether the problem was solved by that turn."""
    return record.solved_at is not None and record.solved_at <= turn


def stage_results(
    evaluations: Sequence[Evaluation], *, system: str, model: str, dataset: str, turns: int, seed: int
) -> list[Result]:
    """The figures of one stage: success by turn, tokens a problem, errors of first turns, for each split.

    Answers that cannot be read stay in the denominator and are counted in `unparsed`.

    Args:
        evaluations: of one stage, any splits.
        system: name of the room or recipe that measures.
        model: name of the model.
        dataset: name of the problems.
        turns: success is given by turn 1 to this.
        seed: of the run.
    """
    results: list[Result] = []
    for split in sorted({record.split for record in evaluations}):
        records = [record for record in evaluations if record.split == split]
        base: dict[str, Any] = {"stage": records[0].stage, "seed": seed}

        def result(
            metric: str,
            value: float,
            stderr: float | None,
            unparsed: int = 0,
            *,
            of: Sequence[Evaluation] = records,
            on: str = split,
            under: dict[str, Any] = base,
            **condition: Any,
        ) -> Result:
            return Result(
                system, model, dataset, on, metric, value, len(of), under | condition, stderr, unparsed
            )

        for turn in range(1, turns + 1):
            rate = mean(solved_within(record, turn) for record in records)
            unread = sum(_last(record, turn).answer is None for record in records)
            results.append(result("success_rate", rate, _binomial(rate, len(records)), unread, turn=turn))
        spent = [sum(turn.completion_tokens for turn in record.turns) for record in records]
        spread = stdev(spent) / sqrt(len(spent)) if len(spent) > 1 else None
        results.append(result("tokens_per_problem", mean(spent), spread))
        kinds = Counter(record.turns[0].error_kind for record in records)
        for kind in sorted(kind for kind in kinds if kind is not None):
            rate = kinds[kind] / len(records)
            results.append(result("error_rate", rate, _binomial(rate, len(records)), error_kind=kind, turn=1))
    return results


def _last(record: Evaluation, turn: int) -> Turn:
    return record.turns[min(turn, len(record.turns)) - 1]


def _binomial(rate: float, n: int) -> float:
    return sqrt(rate * (1 - rate) / n)
