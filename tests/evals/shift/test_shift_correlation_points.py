"""Points are pairs of scores of one trained model, and their fit comes back as rows that say the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from windward.evals.shift.correlation import Rule
from windward.evals.shift.fitted import curve_results
from windward.evals.shift.planted import plant
from windward.evals.shift.points import by_curve, fit_points, points
from windward.evals.shift.task import ShiftError
from windward.reports.shift_curves import verdict_sentence
from windward.rows import Result, read_results, select, write_results


def _rows(value: int, inside: float, outside: dict[str, float], **more: object) -> list[Result]:
    condition = {"task": "rated", "factor": "shots", "value": value, "method": "vanilla", "seed": 0} | more
    scored = [("amazon", "id", inside), *((name, "ood", score) for name, score in outside.items())]
    return [
        Result("shift", "tiny", name, "test", "accuracy", score, 400, condition | {"role": role}, 0.02)
        for name, role, score in scored
    ]


def test_a_model_scored_on_two_sets_out_of_distribution_gives_two_points() -> None:
    found = points(_rows(16, 0.7, {"movie": 0.6, "nyt": 0.5}))
    assert [(one.id, one.ood, one.id_score, one.ood_score) for one in found] == [
        ("amazon", "movie", 0.7, 0.6),
        ("amazon", "nyt", 0.7, 0.5),
    ]
    assert found[0].run == found[1].run
    assert (found[0].factor, found[0].value, found[0].ood_stderr, found[0].ood_n) == (
        "shots",
        "16",
        0.02,
        400,
    )


def test_models_that_differ_in_any_condition_are_never_paired() -> None:
    rows = _rows(16, 0.7, {"movie": 0.6}) + _rows(16, 0.8, {"movie": 0.65}, seed=1)
    rows += _rows(32, 0.9, {"movie": 0.7})
    assert [(one.id_score, one.ood_score) for one in points(rows)] == [(0.7, 0.6), (0.8, 0.65), (0.9, 0.7)]
    assert len({one.run for one in points(rows)}) == 3


def test_checkpoints_name_their_run() -> None:
    rows = _rows(10, 0.5, {"movie": 0.4}, factor="steps", run="a") + _rows(
        20, 0.6, {"movie": 0.5}, factor="steps", run="a"
    )
    assert {one.run for one in points(rows)} == {"a"}


def test_other_rows_are_passed_over() -> None:
    rows = _rows(16, 0.7, {"movie": 0.6})
    asked = replace(rows[0], condition={"task": "rated", "paradigm": "zero-shot", "role": "id"})
    other = replace(rows[0], system="mint")
    counted = replace(rows[0], metric="exact_match")
    assert len(points([*rows, asked, other, counted])) == 1


@pytest.mark.parametrize("lacking", ["id", "twice"])
def test_a_model_without_its_score_in_distribution_or_with_two_is_named(lacking: str) -> None:
    rows = _rows(16, 0.7, {"movie": 0.6})
    rows = rows[1:] if lacking == "id" else [*rows, rows[1]]
    with pytest.raises(ShiftError, match=r'tiny under .*"value": 16.* rows of role'):
        points(rows)


def _curve() -> list[Result]:
    x, y = plant("type II", 40, 0.005, np.random.default_rng(0))
    scored = zip(x.tolist(), y.tolist(), strict=True)
    return [row for place, (a, b) in enumerate(scored) for row in _rows(place, a, {"movie": b})]


def test_a_fit_comes_back_from_the_table_as_it_was(tmp_path: Path) -> None:
    rows = _curve()
    ((key, some),) = by_curve(points(rows)).items()
    assert key == ("rated", "movie", "accuracy")
    rule = Rule(draws=200)
    fit = fit_points(some, rule=rule)
    write_results(tmp_path / "results.parquet", rows + curve_results(rows, rule=rule))
    stored = read_results(tmp_path / "results.parquet")
    (verdict,) = select(stored, metric="curve_verdict")
    assert verdict.condition["verdict"] == fit.verdict == "type II"
    assert verdict.condition["reasons"] == list(fit.reasons)
    assert (verdict.value, verdict.n, verdict.dataset) == (fit.share, 40, "movie")
    (knee,) = select(stored, metric="curve_knee")
    assert (knee.value, knee.condition["low"], knee.condition["high"]) == fit.knee
    assert len(select(stored, metric="curve_point")) == 40
    ats = [row.condition["at"] for row in select(stored, metric="curve_forecast")]
    assert (ats[0], ats[-1]) == pytest.approx((fit.low, fit.high))


def test_points_of_other_methods_stand_beside_the_curve_and_do_not_bend_it() -> None:
    rows, rule = _curve(), Rule(draws=100)
    odd = [row for place in range(8) for row in _rows(place, 0.5, {"movie": 0.95}, method="eda")]
    alone, beside = curve_results(rows, rule=rule), curve_results(rows + odd, rule=rule)
    assert select(alone, metric="curve_slope") == select(beside, metric="curve_slope")
    drawn = select(beside, metric="curve_point")
    assert [row.condition["fitted"] for row in drawn].count(False) == 8


def test_a_method_that_moves_along_the_curve_gains_nothing_beyond_it_and_one_above_it_does() -> None:
    """The baseline of the same seeds lies .02 over the curve itself: that is no gain of a method."""
    generator = np.random.default_rng(0)
    x, _ = plant("type I", 40, 0.01, generator)
    y = 0.1 + 0.7 * x + generator.normal(0, 0.005, 40)
    rows = [
        row
        for place, (a, b) in enumerate(zip(x.tolist(), y.tolist(), strict=True))
        for row in _rows(place, a, {"movie": b})
    ]
    for seed, inside in enumerate((0.70, 0.71, 0.72)):
        noise = 0.002 * seed
        rows += _rows(0, 0.65, {"movie": 0.12 + 0.7 * 0.65}, factor="method", seed=seed)
        rows += _rows(
            0, inside, {"movie": 0.12 + 0.7 * inside + noise}, method="focal", factor="method", seed=seed
        )
        rows += _rows(
            0, inside, {"movie": 0.17 + 0.7 * inside + noise}, method="eda", factor="method", seed=seed
        )
        rows += _rows(0, 0.99, {"movie": 0.9}, method="outside", factor="method", seed=seed)
    found = {row.condition["method"]: row for row in select(curve_results(rows), metric="curve_beyond")}
    assert found.keys() == {"focal", "eda"}
    assert found["focal"].condition["low"] < 0 < found["focal"].condition["high"]
    assert found["eda"].condition["low"] > 0.04
    assert found["eda"].value == pytest.approx(0.052, abs=0.005)


def test_a_set_with_two_points_has_no_curve_and_takes_none_from_another() -> None:
    few = _rows(99, 0.5, {"nyt": 0.4}, seed=9) + _rows(99, 0.6, {"nyt": 0.5}, seed=8)
    fitted = select(curve_results(_curve() + few, rule=Rule(draws=50)), metric="curve_verdict")
    assert [row.dataset for row in fitted] == ["movie"]


def test_a_table_without_points_has_no_curve() -> None:
    assert curve_results([]) == []


def test_of_a_few_points_no_rank_correlation_is_claimed() -> None:
    rows = [row for step in range(3) for row in _rows(step, 0.5 + step / 50, {"far": 0.6 - step / 10})]
    (verdict,) = select(curve_results(rows), metric="curve_verdict")
    assert verdict.condition["verdict"] == "undetermined"
    assert "too few points to say" in verdict_sentence(verdict)
    more = [row for step in range(12) for row in _rows(step, 0.5 + step / 50, {"far": 0.6 - step / 50})]
    (verdict,) = select(curve_results(more), metric="curve_verdict")
    assert len(verdict.condition["rank"]) == 3
