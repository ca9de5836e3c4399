"""Best of n, the vote and pass@n against counting every draw."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, permutations
from math import comb
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windward.evals.reward import best_of_n, pass_at_n, random_of_n, vote_of_n
from windward.evals.reward.best_of import MOST_DRAWS

VERDICTS = st.lists(st.booleans(), min_size=1, max_size=7)


@st.composite
def drawn_from(draw: st.DrawFn) -> tuple[list[float], list[bool], int]:
    correct = draw(VERDICTS)
    few = st.sampled_from([-1.5, 0.0, 0.25, 3.0])  # so that ties are common
    scores = draw(st.lists(few, min_size=len(correct), max_size=len(correct)))
    return scores, correct, draw(st.integers(1, len(correct)))


@given(drawn_from())
def test_best_of_n_is_the_mean_over_every_draw_with_ties_picked_by_lot(
    case: tuple[list[float], list[bool], int],
) -> None:
    scores, correct, n = case

    def best(draw: tuple[int, ...]) -> float:
        top = max(scores[place] for place in draw)
        return fmean(float(correct[place]) for place in draw if scores[place] == top)

    expected = fmean(best(draw) for draw in combinations(range(len(scores)), n))
    assert best_of_n(scores, correct, n) == pytest.approx(expected)


@given(drawn_from())
def test_best_of_one_is_random_and_equal_scores_are_random_for_every_n(
    case: tuple[list[float], list[bool], int],
) -> None:
    scores, correct, n = case
    assert best_of_n(scores, correct, 1) == pytest.approx(random_of_n(correct))
    assert best_of_n([1.0] * len(correct), correct, n) == pytest.approx(random_of_n(correct))


@given(drawn_from())
def test_pass_at_n_is_what_a_scorer_that_knows_the_truth_reaches(
    case: tuple[list[float], list[bool], int],
) -> None:
    scores, correct, n = case
    assert best_of_n([float(one) for one in correct], correct, n) == pytest.approx(pass_at_n(correct, n))
    assert best_of_n(scores, correct, n) <= pass_at_n(correct, n) + 1e-12


def test_best_of_n_by_hand() -> None:
    # Three answers, the best wrong, the others right: of the three draws of two, two hold the wrong one.
    assert best_of_n([3.0, 2.0, 1.0], [0, 1, 1], 2) == pytest.approx(1 / 3)
    assert best_of_n([3.0, 2.0, 1.0], [0, 1, 1], 3) == 0
    assert best_of_n([3.0, 3.0, 1.0], [0, 1, 1], 3) == pytest.approx(1 / 2)


@given(drawn_from(), st.permutations(range(7)))
def test_best_of_n_does_not_depend_on_the_order_of_the_answers(
    case: tuple[list[float], list[bool], int], order: list[int]
) -> None:
    scores, correct, n = case
    places = [place for place in order if place < len(scores)]
    moved = best_of_n([scores[p] for p in places], [correct[p] for p in places], n)
    assert moved == pytest.approx(best_of_n(scores, correct, n))


@settings(max_examples=60)
@given(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1, max_size=6), st.data())
def test_a_vote_is_the_mean_over_every_draw_and_every_order_in_which_ties_may_be_broken(
    answers: list[str | None], data: st.DataObject
) -> None:
    truth = data.draw(st.sampled_from(["a", "b", "c"]))
    n = data.draw(st.integers(1, len(answers)))
    correct = [float(answer == truth) for answer in answers]

    def winner(draw: tuple[int, ...], preference: tuple[str, ...]) -> float:
        named = Counter(answers[place] for place in draw if answers[place] is not None)
        if not named:
            return 0.0
        top = max(named.values())
        first = next(answer for answer in preference if named.get(answer) == top)
        return float(first == truth)

    orders = list(permutations(["a", "b", "c"]))
    draws = list(combinations(range(len(answers)), n))
    expected = fmean(winner(draw, order) for draw in draws for order in orders)
    assert vote_of_n(answers, correct, n) == pytest.approx(expected)


def test_weights_turn_a_vote() -> None:
    answers, correct = ["a", "a", "b"], [0, 0, 1]
    assert vote_of_n(answers, correct, 3) == 0
    assert vote_of_n(answers, correct, 3, weights=[1, 1, 5]) == 1


def test_a_vote_of_too_many_draws_is_drawn_by_the_seed_and_close_to_the_truth() -> None:
    answers = ["right"] * 10 + ["wrong"] * 8
    correct = [1.0] * 10 + [0.0] * 8
    assert comb(18, 9) > MOST_DRAWS
    exact = sum(comb(10, k) * comb(8, 9 - k) for k in range(5, 10)) / comb(18, 9)
    first = vote_of_n(answers, correct, 9, seed=3)
    assert first == vote_of_n(answers, correct, 9, seed=3)
    assert first != vote_of_n(answers, correct, 9, seed=4)
    assert first == pytest.approx(exact, abs=0.03)


@pytest.mark.parametrize("n", [0, 3])
def test_more_answers_than_there_are_cannot_be_drawn(n: int) -> None:
    with pytest.raises(ValueError, match="of 2 answers"):
        best_of_n([1.0, 2.0], [1, 0], n)


def test_a_score_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="no order"):
        best_of_n([1.0, float("nan")], [1, 0], 1)
