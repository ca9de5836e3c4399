"""The figures of a tool-use run, for the result table: by suite, action space and domain, and between spaces."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import sqrt
from statistics import mean, stdev
from typing import Any

from windward.evals.paired import compare, comparison_result
from windward.evals.tooluse.trials import SPACES, Suite, Trial
from windward.rows import Result

SYSTEM = "tooluse"
ALL = "all"


def results_of(trials: Sequence[Trial], *, model: str, seed: int, profile: str) -> list[Result]:
    """All figures: n is the number of tasks (of turns, for `action_rate` and `executed_rate`).

    * `success_rate`: tasks solved; `unparsed` are those without an answer (or call) that could be read.
    * `call_accuracy`: API-Bank: calls that are the recorded one, argument by argument.
    * `turns`: M3ToolEval: turns a task; a failure counts as all that were allowed.
    * `action_rate`: turns with an action or answer that could be read.
    * `executed_rate`: M3ToolEval: actions that ran without an error.
    * `success_rate_change`: from one action space to another on the same tasks, paired.

    Args:
        trials: of one model.
        model: its name.
        seed: of the draw of tasks and of the bootstrap.
        profile: whose rule judged M3ToolEval.
    """
    results: list[Result] = []
    for suite in dict.fromkeys(trial.suite for trial in trials):
        of_suite = [trial for trial in trials if trial.suite == suite]
        under: dict[str, Any] = {"seed": seed} | ({"profile": profile} if suite == "m3tooleval" else {})
        for space in SPACES:
            of_space = [trial for trial in of_suite if trial.space == space]
            if of_space:
                results += _figures(of_space, ALL, model, suite, under | {"space": space})
                if suite == "m3tooleval":
                    for domain in sorted({trial.domain for trial in of_space}):
                        of = [trial for trial in of_space if trial.domain == domain]
                        results.append(_success(of, domain, model, suite, under | {"space": space}))
        results += _between(of_suite, model, suite, under, seed)
    return results


def _success(trials: Sequence[Trial], split: str, model: str, suite: Suite, under: dict[str, Any]) -> Result:
    unread = sum(not trial.answered for trial in trials)
    return _rate("success_rate", [trial.solved for trial in trials], split, model, suite, under, unread)


def _figures(
    trials: Sequence[Trial], split: str, model: str, suite: Suite, under: dict[str, Any]
) -> list[Result]:
    found = [_success(trials, split, model, suite, under)]
    turns = [float(trial.turns) for trial in trials]
    if suite == "apibank":
        unread = sum(not trial.answered for trial in trials)
        same = [bool(trial.same_call) for trial in trials]
        found.append(_rate("call_accuracy", same, split, model, suite, under, unread))
        return found
    spread = stdev(turns) / sqrt(len(turns)) if len(turns) > 1 else None
    found.append(Result(SYSTEM, model, suite, split, "turns", mean(turns), len(turns), under, spread))
    steps = [step for trial in trials for step in trial.episode["steps"]]
    if steps:
        read = [step["kind"] != "none" for step in steps]
        found.append(_rate("action_rate", read, split, model, suite, under, read.count(False)))
    acted = [step["status"] == "ok" for step in steps if step["kind"] in ("code", "call")]
    if acted:
        found.append(_rate("executed_rate", acted, split, model, suite, under))
    return found


def _rate(
    metric: str,
    verdicts: Sequence[bool],
    split: str,
    model: str,
    suite: Suite,
    under: dict[str, Any],
    unparsed: int = 0,
) -> Result:
    rate, n = mean(verdicts), len(verdicts)
    return Result(SYSTEM, model, suite, split, metric, rate, n, under, sqrt(rate * (1 - rate) / n), unparsed)


def _between(
    trials: Sequence[Trial], model: str, suite: Suite, under: dict[str, Any], seed: int
) -> list[Result]:
    """Each pair of action spaces on the tasks that both were tried in."""
    solved = {
        space: {trial.task: trial.solved for trial in trials if trial.space == space} for space in SPACES
    }
    found = []
    for later, earlier in combinations(SPACES, 2):
        shared = [task for task in solved[earlier] if task in solved[later]]
        if shared:
            change = compare(
                [solved[earlier][task] for task in shared],
                [solved[later][task] for task in shared],
                seed=seed,
            )
            found.append(
                comparison_result(
                    change,
                    system=SYSTEM,
                    model=model,
                    dataset=suite,
                    split=ALL,
                    condition=under | {"from": earlier, "to": later},
                )
            )
    return found
