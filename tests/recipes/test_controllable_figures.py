"""Figures of a control study, from answers made up by hand."""

import json

import pytest

from windward.recipes.controllable.asked import Told
from windward.recipes.controllable.figures import kind_of, seed_results
from windward.recipes.controllable.over_seeds import over_seeds
from windward.recipes.controllable.worlds import SMALL
from windward.rows import select


def _told(requested, detail, brevity):
    return Told("0", "describe it", requested, "", {"detail": detail, "brevity": brevity})


def _every(rating):
    """One answer to every condition, rated as `rating(condition)` says."""
    return [_told(dict(condition), *rating(condition)) for condition in SMALL.conditions()]


def _ideal(condition):
    return condition.get("detail", 3.0), condition.get("brevity", 3.0)


def test_a_policy_that_does_as_asked_has_no_error_and_the_whole_square():
    results = seed_results({"cdpo": _every(_ideal)}, SMALL, 0)
    errors = select(results, metric="absolute_error", condition={"objective": "detail"})
    assert {row.value for row in errors} == {0}
    assert select(results, metric="hypervolume")[0].value == 16
    assert select(results, metric="monotonicity", condition={"asked": "one level"})[0].value == 1


def test_a_policy_without_conditions_has_one_point():
    answers = _every(lambda condition: (5.0, 3.0)) + _every(lambda condition: (3.0, 3.0))
    results = seed_results({"sft": answers}, SMALL, 0)
    assert select(results, metric="hypervolume")[0].value == 3 * 2
    levels = {row.condition["objective"]: row.value for row in select(results, metric="mean_level")}
    assert levels == {"detail": 4, "brevity": 3}


def test_an_answer_without_a_rating_has_the_largest_error_and_the_lowest_level():
    results = seed_results({"cdpo": _every(lambda condition: (None, None))}, SMALL, 0)
    where = {"asked": "one level", "objective": "detail"}
    errors = {
        row.condition.get("requested"): row.value
        for row in select(results, metric="absolute_error", condition=where)
    }
    assert errors == {1: 4, 2: 3, 3: 2, 4: 3, 5: 4, None: pytest.approx(3.2)}
    assert select(results, metric="hypervolume")[0].value == 0
    assert select(results, metric="unrated_rate")[0].value == 1
    assert not select(results, metric="rated_error")


def test_the_tax_is_what_the_specialist_has_more():
    answers = {
        "dpo-detail": _every(lambda condition: (5.0, 2.0)),
        "dpo-brevity": _every(lambda condition: (1.0, 4.0)),
        "cdpo": _every(lambda condition: (4.0, 5.0) if condition else (3.0, 3.0)),
    }
    taxes = {
        row.condition["objective"]: row.value
        for row in select(seed_results(answers, SMALL, 0), metric="alignment_tax")
    }
    assert taxes == {"detail": 1, "brevity": -1, "mean": 0}


@pytest.mark.parametrize(
    ("requested", "kind"),
    [
        ({}, None),
        ({"detail": 5.0}, "one level"),
        ({"detail": 5.0, "brevity": 3.0}, "feasible pair"),
        ({"detail": 5.0, "brevity": 4.0}, "infeasible pair"),
    ],
)
def test_what_one_answer_can_have_is_told_apart(requested, kind):
    assert kind_of(requested, SMALL) == kind


def test_seeds_are_compared_one_by_one():
    results = []
    for seed, error in enumerate((0.0, 1.0, 2.0)):
        answers = {
            "cdpo": _every(_ideal),
            "sft": _every(lambda condition, error=error: (1.0 + error, 3.0)),
        }
        results += seed_results(answers, SMALL, seed)
    whole = over_seeds(results)
    where = {"against": "sft", "objective": "detail", "asked": "one level"}
    (found,) = select(whole, metric="absolute_error_difference", condition=where)
    # |1−k| over the five levels is 2, |2−k| is 1.4, |3−k| is 1.2
    assert found.value == pytest.approx(-(2 + 1.4 + 1.2) / 3)
    assert (found.n, found.condition["below"], found.condition["above"]) == (3, 3, 0)
    # t of 2 degrees of freedom is 4.303; the standard deviation of 2, 1.4 and 1.2 is 0.41633
    assert found.condition["high"] - found.value == pytest.approx(4.30265 * 0.416333 / 3**0.5, rel=1e-4)
    (volume,) = select(whole, metric="hypervolume_difference", condition={"against": "sft"})
    assert volume.value == pytest.approx(16 - (0 + 2 + 4) / 3)


def test_one_seed_has_no_interval():
    whole = over_seeds(seed_results({"cdpo": _every(_ideal)}, SMALL, 0))
    assert whole and all(row.stderr is None and "low" not in row.condition for row in whole)


def test_the_front_of_mean_points_leaves_out_what_is_behind_it():
    whole = over_seeds(seed_results({"cdpo": _every(_ideal)}, SMALL, 0))
    front = {
        row.condition["condition"] for row in select(whole, metric="mean_level", condition={"front": True})
    }
    assert front == {json.dumps({"detail": 5.0, "brevity": 5.0})}
