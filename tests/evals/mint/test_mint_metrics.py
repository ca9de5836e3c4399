"""Figures of policies whose answers are known, by hand."""

from __future__ import annotations

from math import sqrt

import pytest

from windward.evals.mint.instances import SIZES
from windward.evals.mint.metrics import fit, results_of, wilson
from windward.evals.mint.ranking import compare_rankings
from windward.evals.mint.runs import Run, Setting
from windward.rows import Result, select


def run(number: int, solved_at: int | None, k: int = 5, task: str = "gsm8k", **more: object) -> Run:
    failure = None if solved_at else "wrong_answer"
    columns = {"model": "m", "setting": Setting(k), "failure": failure, "turns": solved_at or k} | more
    return Run(task=task, task_id=str(number), solved_at=solved_at, **columns)  # type: ignore[arg-type]


def value(results: list[Result], metric: str, **condition: object) -> float:
    (found,) = select(results, dataset="all", metric=metric, condition=condition)
    return found.value


def test_success_is_counted_for_each_task_family_and_all() -> None:
    runs = [run(0, 1), run(1, None), run(0, 2, task="mbpp"), run(0, 5, task="alfworld")]
    results = results_of(runs, profile="live")
    rates = {row.dataset: (row.value, row.n) for row in select(results, metric="success_rate")}
    assert rates == {
        "gsm8k": (0.5, 2), "mbpp": (1.0, 1), "alfworld": (1.0, 1), "reasoning": (0.5, 2),
        "code_generation": (1.0, 1), "decision_making": (1.0, 1), "all": (0.75, 4),
    }  # fmt: skip
    assert sum(SIZES.values()) == 586


def test_of_two_records_of_an_instance_the_first_counts() -> None:
    assert value(results_of([run(0, None), run(0, 1)], profile="live"), "success_rate", k=5) == 0


def test_prefix_reads_every_k_off_one_run_and_independent_takes_runs_of_their_own() -> None:
    runs = [run(0, 1), run(1, 3), run(2, 5), run(3, None)]
    results = results_of(runs, profile="live", mode="prefix")
    assert [value(results, "success_rate", k=k, mode="prefix") for k in range(1, 6)] == [
        0.25,
        0.25,
        0.5,
        0.5,
        0.75,
    ]
    own = [run(0, 1, k=1), run(0, None, k=2)]
    results = results_of(own, profile="live")
    assert [value(results, "success_rate", k=k, mode="independent") for k in (1, 2)] == [1.0, 0.0]


def test_a_run_of_more_turns_than_the_paper_takes_is_read_at_each_of_them() -> None:
    results = results_of([run(0, 7, k=8), run(1, None, k=8)], profile="live", mode="prefix")
    assert [value(results, "success_rate", k=k) for k in (6, 7, 8)] == [0.0, 0.5, 0.5]


def test_what_a_run_used_is_told_of_the_whole_run_only() -> None:
    runs = [run(0, None, proposals=2, invalid=3, failure="invalid_action")]
    results = results_of(runs, profile="live", mode="prefix")
    for metric in ("proposals_per_problem", "invalid_turns_per_problem", "failure_rate"):
        assert {row.condition["k"] for row in select(results, metric=metric)} == {5}
    (early,) = select(results, dataset="all", metric="success_rate", condition={"k": 2})
    (whole,) = select(results, dataset="all", metric="success_rate", condition={"k": 5})
    assert (early.unparsed, whole.unparsed) == (0, 1)


def test_the_slope_is_that_of_the_least_squares_line() -> None:
    runs = [run(number, 1 if number < 2 * k else None, k=k) for k in range(1, 6) for number in range(10)]
    results = results_of(runs, profile="live")
    (slope,) = select(results, dataset="all", metric="tool_slope")
    assert slope.value == pytest.approx(20) and slope.condition["r2"] == pytest.approx(1)
    line = fit([2.0, 1.0, 4.0])
    # By hand: mean 7/3, slope (4 - 2) / 2, residuals 2/3, -4/3, 2/3.
    assert line.slope == pytest.approx(1) and line.stderr == pytest.approx(sqrt(24 / 9 / 2))
    assert line.r2 == pytest.approx(1 - (24 / 9) / (42 / 9))
    assert fit([3.0, 3.0, 3.0]).r2 is None


def test_a_slope_needs_all_five_budgets() -> None:
    runs = [run(0, 1, k=k) for k in (1, 2, 3, 5)]
    assert not select(results_of(runs, profile="live"), metric="tool_slope")


def test_feedback_is_paired_over_instances_and_is_the_quality_of_who_gives_it() -> None:
    told = Setting(5, "coach", "textual")
    without = [run(0, 1), run(1, None), run(2, None), run(3, 2)]
    with_it = [
        run(0, 1, setting=told),
        run(1, 4, setting=told),
        run(2, 3, setting=told),
        run(3, None, setting=told),
    ]
    own = [run(0, 1, model="coach")]
    results = results_of([*without, *with_it, *own], profile="live")
    (delta,) = select(results, dataset="all", metric="feedback_delta")
    (quality,) = select(results, dataset="all", metric="provider_quality")
    assert (delta.model, delta.value, delta.n) == ("m", 25.0, 4)
    assert (delta.condition["gained"], delta.condition["lost"]) == (2, 1)
    assert delta.stderr == pytest.approx(100 * sqrt(3 - 1 / 4) / 4)
    assert (quality.model, quality.value, quality.condition["evaluated"]) == ("coach", 25.0, "m")
    assert (quality.condition["provider_success"], quality.condition["evaluated_success"]) == (100.0, 50.0)


def test_failures_are_counted_by_kind_and_sum_to_what_was_not_solved() -> None:
    runs = [
        run(0, 1),
        run(1, None),
        run(2, None, failure="invalid_action"),
        run(3, None, failure="out_of_turns"),
    ]
    results = results_of(runs, profile="live")
    shares = {
        row.condition["kind"]: row.value for row in select(results, dataset="all", metric="failure_rate")
    }
    assert shares == {
        "wrong_answer": 0.25,
        "invalid_action": 0.25,
        "out_of_turns": 0.25,
        "execution_error": 0,
    }
    assert select(results, dataset="all", metric="success_rate")[0].unparsed == 1


def test_wilsons_interval_holds_the_rate_and_stays_within_bounds() -> None:
    for success, n in ((0, 10), (3, 10), (10, 10), (301, 586)):
        ends = wilson(success, n)
        assert 0 <= ends.low <= success / n + 1e-12 and success / n - 1e-12 <= ends.high <= 1
    assert wilson(5, 10).low == pytest.approx(0.2366, abs=1e-4)


def test_a_ranking_names_the_pairs_that_change_places() -> None:
    same = compare_rankings({"a": 1, "b": 2, "c": 3}, {"a": 0, "b": 5, "c": 9})
    assert (same.kendall, same.swapped) == (pytest.approx(1), ())
    other = compare_rankings({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 3, "c": 2})
    assert other.swapped == (("c", "b"),) and other.kendall == pytest.approx(1 / 3)
