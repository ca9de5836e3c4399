"""Effects of rows and of order: paired within a seed, with Student's interval over seeds."""

import math

import pytest
from scipy import stats

from windward.recipes.arrangement.study_effects import effects
from windward.rows import Result, select

ORDERS = ("near-first", "far-first", "shuffled")
SEEDS = (0, 1, 2)
OFFSET = {"near-first": [-0.1, -0.2, -0.15], "far-first": [0.3, 0.1, 0.2], "shuffled": [0.0, 0.0, 0.0]}


def table() -> list[Result]:
    """Random rows lose 0.5 more than near ones in every order; a seed moves all its runs by as much as its number."""
    found = []
    for rows, worse in (("near", 0.0), ("random", 0.5)):
        for order in ORDERS:
            for seed in SEEDS:
                final = 2.0 + worse + seed + OFFSET[order][seed]
                told = {"arrangement": f"{rows}-rows.{order}", "seed": seed, "run": f"{rows}.{order}.{seed}"}
                for metric, more, value in (
                    ("loss", {"step": 4}, 9.0),
                    ("loss", {"step": 8}, final),
                    ("mean_loss", {}, final + 1),
                ):
                    found.append(Result("dynamics", "m", "all", "test", metric, value, 10, told | more))
    return found


def test_an_effect_is_the_mean_difference_of_runs_of_one_seed() -> None:
    found = effects(table(), ORDERS, SEEDS)
    for of in ("loss", "mean_loss"):
        for fixed in ("near", "random"):
            (one,) = select(
                found,
                condition={
                    "of": of,
                    "kind": "order",
                    "contrast": ["near-first", "far-first"],
                    "fixed": fixed,
                },
            )
            differences = [
                near - far for near, far in zip(OFFSET["near-first"], OFFSET["far-first"], strict=True)
            ]
            test = stats.ttest_1samp(differences, 0.0)
            interval = test.confidence_interval(0.95)
            assert one.value == pytest.approx(sum(differences) / 3) and one.n == 3
            assert (one.condition["low"], one.condition["high"]) == pytest.approx(
                (interval.low, interval.high)
            )
            assert one.condition["p"] == pytest.approx(test.pvalue)


def test_rows_are_compared_in_the_same_order_and_orders_on_the_same_rows() -> None:
    found = effects(table(), ORDERS, SEEDS)
    rows = select(found, condition={"kind": "rows", "of": "loss"})
    assert {one.condition["fixed"] for one in rows} == set(ORDERS)
    assert all(one.value == pytest.approx(-0.5) and one.condition["high"] < 0 for one in rows)
    orders = select(found, condition={"kind": "order", "of": "loss"})
    assert {one.condition["fixed"] for one in orders} == {"near", "random"} and len(orders) == 6
    (shuffled,) = select(orders, condition={"contrast": ["far-first", "shuffled"], "fixed": "near"})
    assert shuffled.value == pytest.approx(0.2) and shuffled.condition["low"] < 0 < shuffled.condition["high"]


def test_runs_that_do_not_differ_show_nothing() -> None:
    same = [Result(**{**vars(row), "value": 1.0}) for row in table()]
    for one in effects(same, ORDERS, SEEDS):
        assert (one.value, one.condition["low"], one.condition["high"], one.condition["p"]) == (0, 0, 0, 1)


def test_a_run_without_a_figure_leaves_the_effect_without_one() -> None:
    lost = [
        Result(**{**vars(row), "value": math.nan}) if row.condition["run"] == "near.shuffled.1" else row
        for row in table()
    ]
    found = effects(lost, ORDERS, SEEDS)
    (one,) = select(found, condition={"of": "loss", "contrast": ["near-first", "shuffled"], "fixed": "near"})
    assert math.isnan(one.value) and math.isnan(one.condition["low"])
    (other,) = select(
        found, condition={"of": "loss", "contrast": ["near-first", "far-first"], "fixed": "near"}
    )
    assert not math.isnan(other.value)
