"""Fronts, volumes and the paper's decoded harmlessness cells."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windward.evals.control.front import alignment_tax, hypervolume, pareto_front
from windward.evals.control.harm import harmlessness, mean_harmlessness

POINTS = st.lists(st.tuples(*[st.integers(0, 4)] * 3), max_size=8)


def test_a_volume_worked_by_hand() -> None:
    assert hypervolume([(3, 1), (1, 3)], (0, 0)) == 5
    assert hypervolume([(3, 1), (1, 3), (1, 1), (2, 2)], (0, 0)) == 6
    assert hypervolume([(2, 2, 2), (1, 1, 3)], (0, 0, 0)) == 9
    assert hypervolume([(3, 1)], (4, 0)) == 0
    assert hypervolume([], (0, 0)) == 0


@given(POINTS)
def test_a_volume_is_the_count_of_unit_cubes_below_the_front(points: list[tuple[float, ...]]) -> None:
    cubes = sum(
        any(x < a and y < b and z < c for a, b, c in points)
        for x in range(4)
        for y in range(4)
        for z in range(4)
    )
    assert hypervolume(points, (0, 0, 0)) == cubes == hypervolume(pareto_front(points), (0, 0, 0))


@given(POINTS)
def test_nothing_on_the_front_is_beaten_and_all_else_is(points: list[tuple[float, ...]]) -> None:
    front = pareto_front(points)
    for point in points:
        beaten = any(
            other != point and all(a >= b for a, b in zip(other, point, strict=True)) for other in points
        )
        assert (point in front) != beaten


def test_points_of_other_objectives_are_refused() -> None:
    with pytest.raises(ValueError, match="needs 2 scores"):
        hypervolume([(1.0, 2.0, 3.0)], (0.0, 0.0))


def test_the_tax_is_what_the_specialists_are_ahead() -> None:
    tax = alignment_tax({"help": 4.0, "honesty": 3.0}, {"help": 4.5, "honesty": 2.5})
    assert tax == {"help": 0.5, "honesty": -0.5, "mean": 0.0}
    with pytest.raises(ValueError, match="cannot be compared"):
        alignment_tax({"help": 1.0}, {"honesty": 1.0})


@pytest.mark.parametrize(
    ("model", "safe", "average"),
    [("Mistral", (32, 30, 10), 3.75), ("SFT", (25, 15, 11), 2.58), ("DPO", (35, 32, 35), 5.14), ("CPSFT", (41, 37, 23), 5.18)],
)  # fmt: skip
def test_the_papers_averages_follow_from_whole_numbers_of_safe_answers(
    model: str, safe: tuple[int, int, int], average: float
) -> None:
    scores = harmlessness(dict(zip((1, 2, 3), safe, strict=True)))
    assert round(mean_harmlessness(scores), 2) == average, model


def test_the_papers_own_row_is_rounded_to_one_decimal() -> None:
    scores = harmlessness({1: 58, 2: 46, 3: 41})
    assert [round(score, 1) for score in scores.values()] == [8.4, 8.1, 5.5]
    assert round(mean_harmlessness(scores), 2) == 7.34  # printed as 7.30, the mean of the rounded levels


def test_counts_that_cannot_be_are_refused() -> None:
    for safe in ({1: 70, 2: 0, 3: 0}, {1: 1, 2: 2}, {1: -1, 2: 0, 3: 0}):
        with pytest.raises(ValueError, match="level"):
            harmlessness(safe)


def test_a_volume_does_not_depend_on_the_order_of_points() -> None:
    draw = Random(0)
    points = [tuple(draw.random() for _ in range(3)) for _ in range(12)]
    first = hypervolume(points, (0, 0, 0))
    draw.shuffle(points)
    assert hypervolume(points, (0, 0, 0)) == pytest.approx(first, rel=1e-12)
