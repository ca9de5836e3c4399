"""From planted curves to figures: nothing that was not measured moves a mean, and what was planted is found."""

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dynamics_rows import asked_rows, planted
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from windward.evals.dynamics import DynamicsError, Point, RunCurve, TestRow, dynamics_results
from windward.evals.dynamics.table import drawn_means, first_steps, forgotten, mean_over_steps
from windward.rows import Result, read_results, select, write_results

NAN = float("nan")


def one(results: list[Result], metric: str, dataset: str = "all", **told: Any) -> Result:
    """The only figure of a run that fits."""
    found = [
        row
        for row in select(results, metric=metric, dataset=dataset, condition=told)
        if "run" in row.condition
    ]
    assert len(found) == 1, found
    return found[0]


def over_seeds(results: list[Result], metric: str, dataset: str = "all", **told: Any) -> list[Result]:
    return select(results, metric=metric, dataset=dataset, condition={"over": "seeds"} | told)


@given(
    st.lists(st.one_of(st.just(NAN), st.floats(0, 10)), min_size=1, max_size=12),
)
def test_a_row_without_a_figure_is_counted_and_moves_no_mean(losses: list[float]) -> None:
    found = one(dynamics_results([planted([losses])], asked_rows(len(losses))), "loss", step=0)
    measured = [loss for loss in losses if not math.isnan(loss)]
    assert (found.n, found.unparsed) == (len(losses), len(losses) - len(measured))
    if measured:
        assert found.value == pytest.approx(sum(measured) / len(measured))
    else:
        assert math.isnan(found.value)


def test_a_checkpoint_that_diverged_has_no_value_and_is_not_0() -> None:
    results = dynamics_results([planted([[3, 3], [2, 1], [NAN, NAN]])], asked_rows(2))
    assert math.isnan(one(results, "loss", step=20).value)
    assert one(results, "loss", step=20).unparsed == 2
    for metric in ("first_step", "mean_loss"):
        assert math.isnan(one(results, metric).value) and "low" not in one(results, metric).condition


def test_means_and_standard_errors_are_those_of_the_rows() -> None:
    results = dynamics_results([planted([[1, 2, 3, 6]])], asked_rows(4))
    found = one(results, "loss", step=0)
    assert found.value == 3 and found.stderr == pytest.approx(stats.sem([1, 2, 3, 6]))
    assert found.condition == {"arrangement": "near", "seed": 0, "run": "near", "step": 0, "rows_seen": 0}


def test_each_task_has_the_mean_of_its_own_rows() -> None:
    tests = (*asked_rows(2, "cows"), *asked_rows(1, "apples"))
    results = dynamics_results([planted([[1, 3, 8]])], tests)
    values = {row.dataset: row.value for row in results if row.metric == "loss"}
    assert values == {"all": 4, "cows": 2, "apples": 8}


def test_the_first_step_near_the_final_loss_is_found() -> None:
    curve = [[4.0] * 5, [2.0] * 5, [1.04] * 5, [1.2] * 5, [1.0] * 5]
    results = dynamics_results([planted(curve)], asked_rows(5), within=0.05)
    found = one(results, "first_step")
    assert found.value == 20
    assert found.condition == {
        "arrangement": "near", "seed": 0, "run": "near", "of": "loss", "within": 0.05, "low": 20, "high": 20, "rows_seen": 160,
    }  # fmt: skip
    assert one(dynamics_results([planted(curve)], asked_rows(5), within=0.01), "first_step").value == 40


def test_a_checkpoint_that_was_not_measured_is_never_the_first_step() -> None:
    curve = [[4.0] * 3, [NAN] * 3, [1.0] * 3, [1.0] * 3]
    assert one(dynamics_results([planted(curve)], asked_rows(3)), "first_step").value == 20


def test_the_interval_of_a_first_step_holds_the_steps_that_rows_disagree_on() -> None:
    rows = [[4.0] * 10, [1.0] * 5 + [4.0] * 5, [1.0] * 10, [1.0] * 10]
    found = one(dynamics_results([planted(rows)], asked_rows(10)), "first_step")
    assert found.value == 20 and found.condition["low"] <= 20 <= found.condition["high"]
    early = [[4.0] * 10, [1.0] * 9 + [1.6], [1.0] * 10]
    drawn = one(dynamics_results([planted(early)], asked_rows(10)), "first_step")
    assert (drawn.value, drawn.condition["low"], drawn.condition["high"]) == (20, 10, 20)


@given(st.lists(st.floats(0.1, 10), min_size=2, max_size=8), st.floats(0, 0.5), st.booleans())
def test_no_step_before_the_first_is_near_the_final_figure(
    means: list[float], within: float, higher: bool
) -> None:
    steps = np.arange(len(means)) * 10
    (found,) = first_steps(np.array([means]), steps, within=within, higher=higher)
    bound = means[-1] * (1 - within if higher else 1 + within)
    near = [
        step for step, mean in zip(steps, means, strict=True) if (mean >= bound if higher else mean <= bound)
    ]
    assert found == min([*near, steps[-1]])


def test_what_nobody_reached_was_not_reached_first_at_step_0() -> None:
    steps = np.array([0, 10])
    assert math.isnan(first_steps(np.array([[0.0, 0.0]]), steps, within=0.05, higher=True)[0])
    assert first_steps(np.array([[-3.0, -1.0]]), steps, within=0.05, higher=True)[0] == 10


def test_draws_are_of_the_same_rows_at_every_step() -> None:
    rows = np.random.default_rng(0).normal(size=(1, 30))
    means = drawn_means(np.vstack([rows, rows + 1]), seed=4, draws=200)
    assert means.shape == (201, 2)
    assert means[:, 1] - means[:, 0] == pytest.approx(np.ones(201))
    assert means[0, 0] == pytest.approx(rows.mean()) and means[1:, 0].std() > 0.05


def test_the_mean_loss_is_the_area_under_the_curve() -> None:
    found = one(dynamics_results([planted([[4, 4], [2, 2], [1, 1]])], asked_rows(2)), "mean_loss")
    assert found.value == pytest.approx((3 * 10 + 1.5 * 10) / 20)
    assert mean_over_steps(np.array([[4.0, 2.0, 1.0]]), np.array([0, 10, 40]))[0] == pytest.approx(75 / 40)


def test_what_was_forgotten_is_positive_and_the_task_learned_last_is_not_asked() -> None:
    tests = (*asked_rows(3, "first"), *asked_rows(3, "second"), *asked_rows(3, "last"))
    stream: list[list[float]] = [
        [4, 4, 4, 4, 4, 4, 4, 4, 4],
        [1, 1, 1, 3, 3, 3, 4, 4, 4],
        [2, 2, 2, 1, 1, 1, 3, 3, 3],
        [3, 3, 3, 0.5, 0.5, 0.5, 1, 1, 1],
    ]
    run = planted(stream, learned={"first": 10, "second": 20, "last": 30, "unseen": 12})
    forgetting = {row.dataset: row for row in dynamics_results([run], tests) if row.metric == "forgetting"}
    assert {task: row.value for task, row in forgetting.items()} == {"first": 2, "second": -0.5, "all": 0.75}
    assert forgetting["first"].condition == {
        "arrangement": "near", "seed": 0, "run": "near", "learned": 10, "low": 2, "high": 2,
    }  # fmt: skip
    assert forgetting["all"].n == 6
    assert forgotten(np.array([[NAN, NAN, 1.0], [2.0, NAN, 3.0]]))[1] == 1


def test_rows_that_name_no_task_are_not_said_to_be_forgotten() -> None:
    results = dynamics_results([planted([[2], [1]])], asked_rows(1))
    assert not [row for row in results if row.metric == "forgetting"]


def test_intervals_over_seeds_are_students() -> None:
    finals = [1.0, 1.4, 1.9]
    runs = [
        planted([[4, 4], [final, final]], name=f"near@{seed}", arrangement="near", seed=seed)
        for seed, final in enumerate(finals)
    ]
    (found,) = over_seeds(dynamics_results(runs, asked_rows(2)), "loss", step=10)
    low, high = stats.t.interval(0.95, 2, loc=np.mean(finals), scale=stats.sem(finals))
    assert found.value == pytest.approx(np.mean(finals))
    assert (found.condition["low"], found.condition["high"]) == pytest.approx((low, high))
    assert found.condition["seeds"] == [0, 1, 2] and found.condition["rows_seen"] == 80
    assert "run" not in found.condition and "seed" not in found.condition and found.n == 6


def test_over_seeds_only_steps_that_all_runs_have_are_told() -> None:
    runs = [
        planted([[4], [2], [1]], name="a", arrangement="near", seed=0),
        planted([[4], [2]], name="b", arrangement="near", seed=1),
        planted([[4], [2]], name="c", arrangement="alone", seed=0),
    ]
    results = dynamics_results(runs, asked_rows(1))
    assert [row.condition["step"] for row in over_seeds(results, "loss")] == [0, 10]
    assert {row.condition["arrangement"] for row in over_seeds(results, "loss")} == {"near"}
    (first,) = over_seeds(results, "first_step")
    assert first.value == 15 and first.condition["of"] == "loss"


def test_a_run_that_diverged_is_not_left_out_of_its_arrangement() -> None:
    runs = [
        planted([[4, 4], [loss, loss]], name=f"near@{seed}", arrangement="near", seed=seed)
        for seed, loss in enumerate([1.0, NAN])
    ]
    (found,) = over_seeds(dynamics_results(runs, asked_rows(2)), "loss", step=10)
    assert math.isnan(found.value) and (found.n, found.unparsed) == (4, 2)


def test_a_figure_that_was_asked_of_the_first_rows_is_of_these_alone() -> None:
    figures = {"loss": np.array([1.0, 2.0, 3.0]), "exact_match": np.array([1.0, NAN, NAN])}
    run = RunCurve("near", "near", 0, "tiny", (Point(0, 0, figures, {"loss": 3, "exact_match": 2}),))
    tests = (*asked_rows(2, "cows"), *asked_rows(1, "apples"))
    results = dynamics_results([run], tests)
    found = one(results, "exact_match", step=0)
    assert (found.value, found.n, found.unparsed) == (1, 2, 1)
    assert not select(results, metric="exact_match", dataset="apples")


def test_runs_that_cannot_be_told_apart_or_do_not_belong_together_are_refused() -> None:
    rows: tuple[TestRow, ...] = asked_rows(1)
    run = planted([[1], [2]], name="a", arrangement="near", seed=0)
    slow = RunCurve("b", "near", 1, "tiny", (Point(0, 0, run.points[0].figures, {"loss": 1}), Point(10, 40, run.points[1].figures, {"loss": 1})))  # fmt: skip
    for runs, why in (
        ([run, run], "two runs are called a"),
        ([run, planted([[1]], name="b", arrangement="near", seed=0)], "both near with seed 0"),
        ([run, slow], "a had seen 80 rows and b 40"),
        ([run, RunCurve("c", "near", 2, "other", run.points)], "different checkpoints"),
    ):
        with pytest.raises(DynamicsError, match=why):
            dynamics_results(runs, rows)
    with pytest.raises(DynamicsError, match="not of these 2 tested rows"):
        dynamics_results([run], asked_rows(2))


def test_all_figures_go_through_the_result_table(tmp_path: Path) -> None:
    results = dynamics_results([planted([[NAN, 2], [1, 1]])], asked_rows(2))
    write_results(tmp_path / "results.parquet", results)
    assert list(map(plain, read_results(tmp_path / "results.parquet"))) == list(map(plain, results))


def plain(result: Result) -> str:
    return json.dumps(asdict(result), sort_keys=True)
