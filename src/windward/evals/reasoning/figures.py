"""The figures of a run, for the result table: each test in each mode, and the mean over tests, stated for what it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from statistics import mean
from typing import Any

from windward.evals.reasoning.answers import Answer
from windward.evals.reasoning.items import TWELVE
from windward.reports.intervals import wilson
from windward.rows import Result

SYSTEM = "reasoning"
ALL = "all"
CHOICES = ("cot", "pot", "better")
"""Which column of maths a mean takes. `better`, of each test, is what the paper reports: chosen with the score in sight."""


def results_of(
    answers: Sequence[Answer], *, model: str, condition: Mapping[str, Any], whole: int
) -> list[Result]:
    """All figures of one benchmark in one mode, by each policy.

    * `accuracy`: right answers over all items (pass@1 for code, loose prompt-level for IFEval); answers that could not
      be read stay in the denominator and are counted in `unparsed`.
    * `strict_prompt_accuracy`, `loose_instruction_accuracy`, `strict_instruction_accuracy`: IFEval's other three; of the
      last two n is the number of instructions.
    * `accuracy` under another `split`: of a part of the benchmark, such as a task of BBH.

    The condition of each says mode, policy, decode settings and seed, Wilson's 95 % interval (`low`, `high`), timeouts,
    errors of the tests themselves, replies cut off at the token limit and how many of these are right all the same, and how many items the whole benchmark has (`of`).

    Args:
        answers: of one benchmark and mode.
        model: its name.
        condition: decode settings and seed.
        whole: items of the whole benchmark.
    """
    if not answers:
        return []
    results: list[Result] = []
    for policy in answers[0].verdicts:
        under = {"mode": answers[0].mode, "policy": policy, **condition, "of": whole}
        results.append(_accuracy(answers, policy, ALL, model, under))
        if answers[0].parts:
            results += _instructions(answers, policy, model, under)
        groups = sorted({answer.group for answer in answers} - {""})
        for group in groups if len(groups) > 1 else ():
            of = [answer for answer in answers if answer.group == group]
            results.append(_accuracy(of, policy, group, model, under))
    return results


def _accuracy(
    answers: Sequence[Answer], policy: str, split: str, model: str, under: Mapping[str, Any]
) -> Result:
    status = [str(answer.verdicts[policy]["status"]) for answer in answers]
    cut = [answer for answer in answers if answer.finish in ("length", "context")]
    counts = {
        "timeouts": status.count("timeout"),
        "errors": status.count("error"),
        "cut_off": len(cut),
        "cut_off_right": sum(answer.correct(policy) for answer in cut),
    }
    verdicts = [answer.correct(policy) for answer in answers]
    return _rate(
        "accuracy",
        verdicts,
        answers[0].benchmark,
        split,
        model,
        {**under, **counts},
        status.count("unparsed"),
    )


def _instructions(
    answers: Sequence[Answer], policy: str, model: str, under: Mapping[str, Any]
) -> list[Result]:
    unread = sum(answer.verdicts[policy]["status"] == "unparsed" for answer in answers)

    def rate(metric: str, verdicts: Sequence[bool]) -> Result:
        return _rate(metric, verdicts, answers[0].benchmark, ALL, model, under, unread)

    parts = [answer.parts[policy] for answer in answers]
    return [
        rate("strict_prompt_accuracy", [all(part["strict"]) for part in parts]),
        rate("loose_instruction_accuracy", [one for part in parts for one in part["loose"]]),
        rate("strict_instruction_accuracy", [one for part in parts for one in part["strict"]]),
    ]


def _rate(
    metric: str,
    verdicts: Sequence[bool],
    dataset: str,
    split: str,
    model: str,
    under: Mapping[str, Any],
    unparsed: int,
) -> Result:
    rate, n = mean(verdicts), len(verdicts)
    low, high = wilson(rate, n)
    told = {**under, "low": round(low, 6), "high": round(high, 6)}
    return Result(SYSTEM, model, dataset, split, metric, rate, n, told, sqrt(rate * (1 - rate) / n), unparsed)


def averages(results: Sequence[Result]) -> list[Result]:
    """The unweighted mean over tests: of the twelve only where all twelve are there and whole, else of those present.

    `average_of_twelve` or `mean_of_present`; n is the number of tests. The condition names the tests, says which column
    of maths was taken, and which of the tests are samples.

    Args:
        results: of one model; figures of MINT's two columns among them where they are there.
    """
    found: list[Result] = []
    overall = [result for result in results if result.metric == "accuracy" and result.split == ALL]
    policies = dict.fromkeys(result.condition["policy"] for result in overall if "policy" in result.condition)
    for policy in policies:
        of = [result for result in overall if result.condition.get("policy") == policy]
        rows = _by_test(of, overall)
        if not rows:
            continue
        modes = {str(result.condition.get("mode")) for of_test in rows.values() for result in of_test}
        asked = (
            CHOICES if {"cot", "pot"} <= modes else tuple(mode for mode in ("cot", "pot") if mode in modes)
        )
        for maths in asked or ("none",):
            found.append(
                _mean({test: _choice(of_test, maths) for test, of_test in rows.items()}, policy, maths)
            )
    return found


def _by_test(of: Sequence[Result], overall: Sequence[Result]) -> dict[str, list[Result]]:
    rows = {test: [result for result in of if result.dataset == test] for test in TWELVE}
    for test in ("mint-code", "mint-math"):
        rows[test] = rows[test] or [result for result in overall if result.dataset == test]
    return {test: of_test for test, of_test in rows.items() if of_test}


def _choice(of_test: Sequence[Result], maths: str) -> Result:
    """The figure of one test that a mean takes; a test that is asked one way only has one."""
    if len(of_test) == 1:
        return of_test[0]
    if maths == "better":
        return max(of_test, key=lambda result: result.value)
    return next(result for result in of_test if result.condition.get("mode") == maths)


def _mean(chosen: Mapping[str, Result], policy: str, maths: str) -> Result:
    samples = [
        test for test, result in chosen.items() if result.n < int(result.condition.get("of", result.n))
    ]
    complete = len(chosen) == len(TWELVE) and not samples
    one = next(iter(chosen.values()))
    spread = sqrt(sum((result.stderr or 0.0) ** 2 for result in chosen.values())) / len(chosen)
    condition = {
        "policy": policy,
        "maths": maths,
        "tests": list(chosen),
        "missing": [test for test in TWELVE if test not in chosen],
        "samples": samples,
        "seed": one.condition.get("seed"),
    }
    metric = "average_of_twelve" if complete else "mean_of_present"
    average = mean(result.value for result in chosen.values())
    return Result(SYSTEM, one.model, "twelve", ALL, metric, average, len(chosen), condition, spread)
