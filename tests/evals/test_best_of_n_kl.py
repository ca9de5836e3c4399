"""Best of n against closed forms: its expected reward without bias, and how far it leads from the policy."""

from __future__ import annotations

import random
from itertools import combinations
from math import log
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windward.evals.reward import best_of_n, best_of_n_kl, expected_best, gold_curve, reward_curve
from windward.evals.reward.best_of import summary


@pytest.mark.parametrize(("n", "kl"), [(1, 0.0), (2, 0.1931), (4, 0.6363), (8, 1.2044), (16, 1.8351)])
def test_the_kl_is_the_closed_form(n: int, kl: float) -> None:
    assert best_of_n_kl(n) == pytest.approx(kl, abs=5e-5)


def test_the_best_of_nothing_has_no_kl() -> None:
    with pytest.raises(ValueError, match="n is 0"):
        best_of_n_kl(0)


def enumerated_kl(policy: list[float], n: int) -> float:
    """KL of best of n to a policy over answers in descending order of reward: P(best = k) by counting."""
    above, total = 0.0, 0.0
    for share in policy:
        best = (1 - above) ** n - (1 - above - share) ** n
        total += best * log(best / share) if best > 0 else 0.0
        above = min(above + share, 1.0)
    return total


def test_of_many_answers_that_all_differ_the_enumerated_kl_is_the_closed_form() -> None:
    for n in (2, 4, 8, 16):
        assert enumerated_kl([1 / 20_000] * 20_000, n) == pytest.approx(best_of_n_kl(n), abs=2e-3)


@given(st.lists(st.floats(0.01, 1), min_size=2, max_size=8), st.integers(1, 32))
def test_where_answers_repeat_the_closed_form_is_an_upper_bound(weights: list[float], n: int) -> None:
    policy = [weight / sum(weights) for weight in weights]
    assert enumerated_kl(policy, n) <= best_of_n_kl(n) + 1e-9


def test_the_estimator_by_hand() -> None:
    rewards, worth = [3.0, 1.0, 2.0, 5.0], [1.0, 0.0, 0.0, 1.0]
    found = [best_of_n(rewards, worth, n) for n in (1, 2, 3, 4)]
    assert found == pytest.approx([0.5, 0.8333, 1.0, 1.0], abs=5e-5)
    draws = list(combinations(rewards, 2))
    assert expected_best(rewards, 2) == pytest.approx(fmean(map(max, draws)))


def test_the_expected_reward_of_normal_scores_is_that_of_the_largest_of_n() -> None:
    lot = random.Random(5)
    scores = [[lot.gauss(0, 1) for _ in range(64)] for _ in range(1_500)]
    for n, expected in ((1, 0.0), (2, 0.5642), (4, 1.0294), (8, 1.4236), (16, 1.7660)):
        found = summary([expected_best(of, n) for of in scores], metric="r", model="m", dataset="d")
        assert found.stderr is not None and found.stderr < 0.01
        assert abs(found.value - expected) < 3.29 * found.stderr


def test_the_curve_says_reward_kl_and_worth_for_every_n_that_all_problems_have() -> None:
    scores = [[3.0, 1.0, 2.0, 5.0], [0.0, 1.0, 2.0]]
    gold = [[1.0, 0.0, 0.0, 1.0], [0.5, 0.25, 0.0]]
    rows = reward_curve(scores, model="m", dataset="d", policy="p") + gold_curve(
        scores, gold, model="m", dataset="d", policy="p"
    )
    found = {(row.metric, row.condition["by"], row.condition["n"]): row for row in rows}
    assert {n for _, _, n in found} == {1, 2}
    assert all(row.condition["policy"] == "p" and row.n == 2 for row in rows)
    assert found["best_of_reward", "best", 1].value == found["best_of_reward", "random", 2].value
    assert found["best_of_reward", "best", 2].value == pytest.approx((23 / 6 + 5 / 3) / 2)
    assert found["best_of_kl", "closed form", 2].value == pytest.approx(log(2) - 0.5)
    assert found["best_of_gold", "best", 2].value == pytest.approx((5 / 6 + 1 / 12) / 2)
    assert found["best_of_gold", "oracle", 2].value == pytest.approx((5 / 6 + 5 / 12) / 2)
    assert found["best_of_gold", "random", 2].value == pytest.approx((0.5 + 0.25) / 2)
