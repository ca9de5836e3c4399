"""The divergence of n-grams: by hand, as recorded, and each n-gram once."""

import math
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded_arrangement import algebra, recorded

from windward.arrangement.ngrams import FLOOR, divergence_curves, n_gram_divergence, n_grams

TEXTS = st.lists(st.text(alphabet="ab ", min_size=0, max_size=12), min_size=1, max_size=8)


def counted(texts: list[str], n: int = 2) -> Counter[tuple[str, ...]]:
    return Counter(gram for text in texts for gram in n_grams(text, n))


def plain(train: list[str], target: list[str], n: int) -> float:
    """The formula as it stands."""
    p, q = counted(train, n), counted(target, n)
    return sum(
        count / p.total() * math.log(count / p.total() / (q[gram] / q.total() + FLOOR))
        for gram, count in p.items()
    )


def test_the_divergence_counted_by_hand() -> None:
    # Train: "a b" 2 of 3, "b c" 1 of 3. Target: "a b" 1 of 2, "b d" 1 of 2.
    found = n_gram_divergence(["a b c", "a b"], ["a b d"])
    assert math.isclose(found, 2 / 3 * math.log(4 / 3) + 1 / 3 * math.log(1 / 3 / 1e-10), rel_tol=1e-9)


def test_the_divergence_of_real_questions_equals_the_recorded_one_at_every_point() -> None:
    expected = recorded("similarity_metrics_math_algebra")["kl_support_once"]
    curves = divergence_curves(algebra("train"), {"algebra": algebra("test")[:5]})
    assert curves.rows.tolist() == list(range(160, 1601, 160))
    np.testing.assert_allclose(curves.values[:, 0], expected, rtol=1e-12)


def test_an_n_gram_that_repeats_is_not_summed_again() -> None:
    """The release sums over the n-grams of all training and test rows as they come: 274 where the divergence is 13.7."""
    train, target = algebra("train"), algebra("test")[:5]
    p, q, everything = (counted(texts) for texts in (train[:160], target, train + target))
    as_released = sum(
        everything[gram] * count / p.total() * math.log(count / p.total() / (q[gram] / q.total() + FLOOR))
        for gram, count in p.items()
    )
    assert math.isclose(
        as_released, recorded("similarity_metrics_math_algebra")["kl_released"][0], rel_tol=1e-12
    )
    assert round(as_released, 1) == 274.4 and round(n_gram_divergence(train[:160], target), 1) == 13.7


@settings(max_examples=50, deadline=None)
@given(TEXTS, TEXTS, st.integers(2, 5))
def test_rows_that_all_come_k_times_diverge_as_once(train: list[str], target: list[str], often: int) -> None:
    train, target = [*train, "a b"], [*target, "b a"]
    once, repeated = n_gram_divergence(train, target), n_gram_divergence(train * often, target)
    assert math.isclose(once, repeated, rel_tol=1e-9, abs_tol=1e-9)


@settings(max_examples=50, deadline=None)
@given(TEXTS, st.dictionaries(st.sampled_from(["one", "two", "three"]), TEXTS, min_size=1), st.integers(1, 3))
def test_each_point_is_the_plain_formula_on_all_rows_so_far(
    train: list[str], tasks: dict[str, list[str]], n: int
) -> None:
    tasks = {task: [*texts, "a b a"] for task, texts in tasks.items()}
    curves = divergence_curves(["b a b", *train], tasks, stride=1, n=n)
    for place, target in enumerate(tasks.values()):
        points = [plain(["b a b", *train[: rows - 1]], target, n) for rows in curves.rows]
        np.testing.assert_allclose(curves.values[:, place], points, rtol=1e-9, atol=1e-9)


@settings(max_examples=50, deadline=None)
@given(TEXTS)
def test_a_set_diverges_from_itself_by_no_more_than_the_floor_and_rounding(texts: list[str]) -> None:
    assert abs(n_gram_divergence(["a b", *texts], ["a b", *texts])) < 1e-7


@settings(max_examples=50, deadline=None)
@given(TEXTS, TEXTS)
def test_no_divergence_is_below_zero_by_more_than_the_floor(train: list[str], target: list[str]) -> None:
    assert n_gram_divergence(["a b", *train], ["b b", *target]) > -1e-7


@settings(max_examples=50, deadline=None)
@given(TEXTS, st.data())
def test_the_order_of_the_texts_does_not_matter(train: list[str], data: st.DataObject) -> None:
    moved = data.draw(st.permutations(train))
    one, other = (n_gram_divergence(["a b", *texts], ["a b a"]) for texts in (train, moved))
    assert math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def test_the_two_directions_differ() -> None:
    one, other = ["a b c d e"], ["a b"]
    assert n_gram_divergence(one, other) > 15 > 2 > n_gram_divergence(other, one)


def test_no_n_gram_reaches_over_the_end_of_a_text() -> None:
    assert n_gram_divergence(["a b", "c d"], ["a b", "c d"]) < n_gram_divergence(["a b c d"], ["a b", "c d"])


def test_the_curve_follows_the_order_that_the_model_sees() -> None:
    train, tasks = ["a b", "c d", "c d"], {"one": ["c d"]}
    assert divergence_curves(train, tasks, order=np.array([2, 1, 0]), stride=1).values[0, 0] < 1e-9


def test_rows_without_n_grams_give_nan_and_not_zero() -> None:
    values = divergence_curves(["a", "a b"], {"one": ["a b"]}, stride=1).values[:, 0]
    assert math.isnan(values[0]) and abs(values[1]) < 1e-9


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: n_gram_divergence(["a"], ["a b"]), "no training text has 2 words"),
        (lambda: n_gram_divergence(["a b"], ["a", ""]), "no text of target has 2 words"),
        (lambda: n_gram_divergence(["a b"], ["a b"], n=0), "n must be at least 1"),
        (lambda: n_gram_divergence(["a b"], ["a b"], floor=0), "floor above 0"),
        (lambda: divergence_curves(["a b"], {}), "no test task"),
        (lambda: divergence_curves(["a b"], {"one": ["a b"]}), "stride must be from 1 to the 1 rows: 160"),
    ],
)
def test_what_has_no_divergence_is_named(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
