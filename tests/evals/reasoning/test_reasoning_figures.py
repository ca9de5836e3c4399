"""A mean is called the average of the twelve only where all twelve are there, and whole."""

from __future__ import annotations

import pytest

from windward.evals.reasoning.answers import Answer
from windward.evals.reasoning.figures import averages, results_of
from windward.evals.reasoning.items import BENCHMARKS, TWELVE
from windward.rows import Result, select


def figure(test: str, mode: str, value: float, n: int = 100, of: int = 100, policy: str = "strict") -> Result:
    condition = {"mode": mode, "of": of, "seed": 0} | ({} if test.startswith("mint") else {"policy": policy})
    return Result("reasoning", "m", test, "all", "accuracy", value, n, condition, 0.01)


def twelve(**changed: int) -> list[Result]:
    rows = []
    for test in TWELVE:
        modes = BENCHMARKS[test].modes if test in BENCHMARKS else ("turns",)
        for mode in modes:
            rows.append(figure(test, mode, {"pot": 0.8}.get(mode, 0.2), n=changed.get(test, 100)))
    return rows


def by_choice(rows: list[Result]) -> dict[str, Result]:
    return {str(row.condition["maths"]): row for row in rows}


def test_the_average_of_twelve_is_the_unweighted_mean_by_each_column_of_maths():
    found = by_choice(averages(twelve()))
    assert {row.metric for row in found.values()} == {"average_of_twelve"}
    assert found["cot"].value == pytest.approx(0.2)
    assert found["pot"].value == found["better"].value == pytest.approx((5 * 0.8 + 7 * 0.2) / 12)
    assert found["cot"].stderr == pytest.approx(0.01 * 12**0.5 / 12)
    assert not found["cot"].condition["missing"]


@pytest.mark.parametrize("test", TWELVE)
def test_without_one_of_them_or_with_a_sample_of_one_it_is_a_mean_of_those_present(test):
    without = averages([row for row in twelve() if row.dataset != test])
    assert {(row.metric, row.n) for row in without} == {("mean_of_present", 11)}
    assert all(row.condition["missing"] == [test] for row in without)
    sampled = averages(twelve(**{test: 40}))
    assert {(row.metric, row.n) for row in sampled} == {("mean_of_present", 12)}
    assert all(row.condition["samples"] == [test] for row in sampled)


def test_the_better_column_takes_the_better_of_each_test_and_not_of_the_whole():
    rows = [figure("svamp", "cot", 0.9), figure("svamp", "pot", 0.1), figure("asdiv", "cot", 0.3), figure("asdiv", "pot", 0.5)]  # fmt: skip
    found = by_choice(averages(rows))
    assert [round(found[name].value, 9) for name in ("cot", "pot", "better")] == [0.6, 0.3, 0.7]


def test_a_benchmark_that_is_none_of_the_twelve_enters_no_mean():
    assert averages([figure("math-numeric", "cot", 0.5)]) == []
    (only,) = averages([figure("humaneval", "code", 0.5), figure("math-numeric", "cot", 0.9)])
    assert (only.value, only.condition["tests"], only.condition["maths"]) == (0.5, ["humaneval"], "none")


def answer(number: int, correct: bool, status: str = "ok", **changes) -> Answer:
    verdict = {"correct": correct, "extracted": None, "rule": "r", "status": status}
    group = "easy" if number % 2 else "hard"
    return Answer(
        "leetcode", "code", str(number), group, "p", "r", "x", "stop", 1, {"strict": verdict}, **changes
    )


def test_what_failed_in_any_way_stays_in_the_denominator_and_is_counted_by_its_way():
    statuses = ["ok", "ok", "unparsed", "timeout", "error"]
    answers = [answer(number, number == 0, status) for number, status in enumerate(statuses)]
    whole, easy, hard = results_of(answers, model="m", condition={"seed": 1}, whole=180)
    assert (whole.value, whole.n, whole.unparsed) == (0.2, 5, 1)
    assert (whole.condition["timeouts"], whole.condition["errors"], whole.condition["of"]) == (1, 1, 180)
    assert (easy.split, easy.n, hard.split, hard.value) == ("easy", 2, "hard", pytest.approx(1 / 3))
    assert whole.condition["low"] == pytest.approx(0.0362, abs=1e-4), "Wilson's interval of 1 in 5"
    assert whole.condition["high"] == pytest.approx(0.6245, abs=1e-4)


def test_instructions_are_counted_four_ways():
    def told(strict: list[bool], loose: list[bool]) -> Answer:
        verdict = {"correct": all(loose), "extracted": None, "rule": "r", "status": "ok"}
        parts = {"strict": {"strict": strict, "loose": loose}}
        return Answer("ifeval", "chat", str(strict), "", "p", "", "x", "stop", 1, {"strict": verdict}, parts)

    rows = results_of(
        [told([True, False, False], [True, True, True]), told([True], [True]), told([False], [False])],
        model="m", condition={}, whole=541,
    )  # fmt: skip
    assert {row.metric: (round(row.value, 4), row.n) for row in rows} == {
        "accuracy": (0.6667, 3),
        "strict_prompt_accuracy": (0.3333, 3),
        "loose_instruction_accuracy": (0.8, 5),
        "strict_instruction_accuracy": (0.4, 5),
    }
    assert select(rows, metric="accuracy")[0].condition["mode"] == "chat"
