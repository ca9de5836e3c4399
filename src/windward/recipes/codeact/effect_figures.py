"""The figures of before and after: rates with their intervals, and what changed, problem by problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from windward.evals.paired import Comparison, compare
from windward.recipes.codeact.effect_attempts import FORMS, Attempt
from windward.recipes.codeact.effect_general import Choice, Passage
from windward.reports.intervals import wilson
from windward.rows import Result

SYSTEM = "codeact effect"
STAGES = ("before", "after")
DRAWS = 10_000


@dataclass(frozen=True)
class Measured:
    """What one checkpoint did.

    Attributes:
        model: its name.
        attempts: problems tried.
        answers: the place of the label that it chose, by id of the choice.
        bits: of each passage, by its id.
    """

    model: str
    attempts: Sequence[Attempt]
    answers: Mapping[str, int]
    bits: Mapping[str, float]


@dataclass(frozen=True)
class Verdicts:
    """One yes or no a problem, before and after.

    Attributes:
        dataset: of the problems.
        split: of the problems.
        metric: what is asked.
        condition: under what.
        before: verdicts of the first checkpoint.
        after: of the second, the same problems in the same order.
    """

    dataset: str
    split: str
    metric: str
    condition: dict[str, Any]
    before: list[bool]
    after: list[bool]


def figures(
    before: Measured,
    after: Measured,
    choices: Sequence[Choice],
    passages: Sequence[Passage],
    *,
    turns: int,
    seed: int,
) -> list[Result]:
    """The result table.

    Rates carry Wilson's interval, changes the paired bootstrap's and McNemar's exact p, in their condition.

    Args:
        before: the first checkpoint's.
        after: the second's, on the same problems, choices and passages.
        choices: that both answered.
        passages: that both were asked the likelihood of.
        turns: success is given by turn 1 to this.
        seed: of the run and the bootstraps.
    """
    results: list[Result] = []
    for one in [*_of_attempts(before, after, turns), *_of_choices(before, after, choices)]:
        results += _rates(one, before.model, after.model, seed)
    if passages:
        results += _bits(before, after, passages, seed)
    return results


def _of_attempts(before: Measured, after: Measured, turns: int) -> list[Verdicts]:
    found = []
    for form in FORMS:
        for split in dict.fromkeys(attempt.split for attempt in before.attempts):
            first, second = (
                [one for one in stage.attempts if (one.form, one.split) == (form, split)]
                for stage in (before, after)
            )
            if [one.problem for one in first] != [one.problem for one in second]:
                raise ValueError(f"{form}, {split}: the two checkpoints did not try the same problems")
            condition = {"form": form}
            found.append(
                Verdicts(
                    "generated problems",
                    split,
                    "executable_rate",
                    condition | {"turn": 1},
                    [one.executed for one in first],
                    [one.executed for one in second],
                )
            )
            found += [
                Verdicts(
                    "generated problems",
                    split,
                    "success_rate",
                    condition | {"turn": turn},
                    [_solved(one, turn) for one in first],
                    [_solved(one, turn) for one in second],
                )
                for turn in range(1, turns + 1)
            ]
    return found


def _solved(attempt: Attempt, turn: int) -> bool:
    return attempt.solved_at is not None and attempt.solved_at <= turn


def _of_choices(before: Measured, after: Measured, choices: Sequence[Choice]) -> list[Verdicts]:
    return [
        Verdicts(
            dataset,
            "held-out",
            "accuracy",
            {},
            [before.answers[one.id] == one.right for one in choices if one.dataset == dataset],
            [after.answers[one.id] == one.right for one in choices if one.dataset == dataset],
        )
        for dataset in dict.fromkeys(choice.dataset for choice in choices)
    ]


def _rates(one: Verdicts, before: str, after: str, seed: int) -> list[Result]:
    results = []
    for stage, model, verdicts in zip(STAGES, (before, after), (one.before, one.after), strict=True):
        n = len(verdicts)
        rate = sum(verdicts) / n
        low, high = wilson(rate, n)
        results.append(
            Result(
                SYSTEM,
                model,
                one.dataset,
                one.split,
                one.metric,
                rate,
                n,
                one.condition | {"stage": stage, "seed": seed, "low": low, "high": high},
                sqrt(rate * (1 - rate) / n),
            )
        )
    found = compare(one.before, one.after, seed=seed)
    results.append(
        Result(
            SYSTEM,
            after,
            one.dataset,
            one.split,
            f"{one.metric}_change",
            found.difference,
            found.n,
            one.condition | {"seed": seed} | _told(found),
            found.stderr,
        )
    )
    return results


def _told(found: Comparison) -> dict[str, Any]:
    return {
        "low": found.low,
        "high": found.high,
        "gained": found.gained,
        "lost": found.lost,
        "mcnemar_p": found.p_value,
    }


def _bits(before: Measured, after: Measured, passages: Sequence[Passage], seed: int) -> list[Result]:
    """Bits per byte over all passages, and the change with a bootstrap over passages."""
    import numpy as np

    sizes = np.array([passage.bytes for passage in passages], dtype=float)
    spent = np.array([[stage.bits[passage.id] for passage in passages] for stage in (before, after)])
    picks = np.random.default_rng(seed).integers(0, len(passages), size=(DRAWS, len(passages)))
    drawn = spent[:, picks].sum(axis=2) / sizes[picks].sum(axis=1)
    values = spent.sum(axis=1) / sizes.sum()
    rows = [
        ("bits_per_byte", before.model, float(values[0]), drawn[0], {"stage": "before"}),
        ("bits_per_byte", after.model, float(values[1]), drawn[1], {"stage": "after"}),
        ("bits_per_byte_change", after.model, float(values[1] - values[0]), drawn[1] - drawn[0], {}),
    ]
    results = []
    for metric, model, value, sample, stage in rows:
        low, high = np.percentile(sample, [2.5, 97.5])
        results.append(
            Result(
                SYSTEM,
                model,
                "agnews",
                "held-out",
                metric,
                value,
                len(passages),
                stage | {"seed": seed, "low": float(low), "high": float(high)},
                float(sample.std(ddof=1)),
            )
        )
    return results


def table(results: Sequence[Result]) -> str:
    """The figures as a Markdown table: one line a measure, before, after and the change with what is known of it."""
    lines = [
        "| measure | problems | n | before | after | change | McNemar p |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for at in range(0, len(results), 3):
        before, after, change = results[at : at + 3]
        p = change.condition.get("mcnemar_p")
        form, turn = before.condition.get("form"), before.condition.get("turn")
        name = before.metric.replace("_", " ") + (f", turn {turn}" if turn else "")
        where = f"{before.dataset}, {before.split}" + (f", form {form}" if form else "")
        lines.append(
            f"| {name} | {where} | {change.n} | {_shown(before)} | {_shown(after)} | {_shown(change, sign='+')} "
            f"| {'' if p is None else f'{p:.3g}'} |"
        )
    return "\n".join(lines) + "\n"


def _shown(result: Result, sign: str = "") -> str:
    low, high = result.condition["low"], result.condition["high"]
    return f"{result.value:{sign}.3f} [{low:{sign}.3f}, {high:{sign}.3f}]"
