"""Requested against realised levels: worked by hand, and against scipy."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from windward.evals.control.levels import Realised, level_results, tau_b
from windward.rows import Result
from windward.training.controllable import SCALES, Scale


def results(answers: list[Realised], scales: dict[str, Scale] | None = None) -> list[Result]:
    return level_results(answers, scales or dict(SCALES), model="m", dataset="d", seed=0)


def figure(found: list[Result], metric: str, **condition: object) -> Result:
    (one,) = [
        row
        for row in found
        if row.metric == metric and row.condition == {"seed": 0, "objective": "honesty"} | condition
    ]
    return one


def asked(ratings: dict[float, float | None], prompt: str = "p") -> list[Realised]:
    return [Realised(prompt, "honesty", level, rating) for level, rating in ratings.items()]


def test_a_model_that_does_what_is_asked_has_no_error_and_full_order() -> None:
    found = results([one for p in "ab" for one in asked({level: level for level in (1, 2, 3, 4, 5)}, p)])
    assert figure(found, "absolute_error").value == 0 and figure(found, "monotonicity").value == 1
    for wanted, came in product((1, 2, 3, 4, 5), repeat=2):
        cell = figure(found, "confusion", requested=wanted, realised=came)
        assert cell.value == (wanted == came) and cell.n == 2


def test_the_released_failure_is_seen_though_the_top_level_looks_mediocre() -> None:
    """Every request for honesty realised as the least: errors 0 to 4, no order at all."""
    found = results(asked(dict.fromkeys((1, 2, 3, 4, 5), 1)))
    assert [figure(found, "absolute_error", requested=level).value for level in (1, 2, 3, 4, 5)] == [
        0,
        1,
        2,
        3,
        4,
    ]
    assert figure(found, "absolute_error").value == 2 and figure(found, "monotonicity").value == 0


def test_an_answer_without_a_rating_has_the_largest_error_and_is_counted() -> None:
    found = results(asked({1: None, 3: 4, 5: 5}))
    assert figure(found, "absolute_error", requested=1).value == 4
    assert figure(found, "absolute_error", requested=1).unparsed == 1
    whole = figure(found, "absolute_error")
    assert (whole.value, whole.n, whole.unparsed) == (pytest.approx(5 / 3), 3, 1)
    assert figure(found, "confusion", requested=1, realised=None).value == 1
    assert not [row for row in found if row.metric == "realised_mean" and row.condition.get("requested") == 1]


def test_each_requested_level_counts_the_same_however_often_it_is_asked() -> None:
    often = [Realised("p", "honesty", 5, 1)] * 9 + [Realised("p", "honesty", 1, 1)]
    assert figure(results(often), "absolute_error").value == 2


def test_the_error_of_the_mean_is_over_prompts() -> None:
    found = results([*asked({1: 1, 5: 5}, "a"), *asked({1: 5, 5: 1}, "b")])
    whole = figure(found, "absolute_error")
    assert whole.value == 2 and whole.stderr == pytest.approx(2)
    assert figure(found, "monotonicity").value == 0


def test_answers_between_levels_go_to_the_nearest_one() -> None:
    found = results(asked({3: 3.4}))
    assert figure(found, "confusion", requested=3, realised=3).value == 1
    assert figure(found, "absolute_error").value == pytest.approx(0.4)


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=2, max_size=12))
def test_the_order_is_scipys_tau(pairs: list[tuple[int, int]]) -> None:
    ours = tau_b([(float(a), float(b)) for a, b in pairs])
    if len({a for a, _ in pairs}) == 1:
        assert ours is None
    elif len({b for _, b in pairs}) == 1:
        assert ours == 0
    else:
        assert ours == pytest.approx(kendalltau(*zip(*pairs, strict=True)).statistic)
