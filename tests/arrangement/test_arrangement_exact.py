"""The fast way is the plain way, row by row and turn by turn, on thousands of small sets full of ties."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windward import arrangement
from windward.arrangement import copies as copies_module
from windward.arrangement import distances as distances_module
from windward.arrangement import nearest as nearest_module
from windward.arrangement import whole as whole_module
from windward.arrangement.naive import naive_distances, naive_plan
from windward.arrangement.plan import Plan
from windward.arrangement.vectors import Vectors

EXAMPLES = int(os.environ.get("WINDWARD_EXAMPLES", "200"))
"""Sets a property is tried on; thousands before a release."""
test_centric_module = importlib.import_module(
    "windward.arrangement.test_centric"
)  # the package's name is the function


@pytest.fixture(autouse=True, scope="module")
def _small_blocks() -> Iterator[None]:
    """Blocks of 7 rows and short lists, so that small sets pass every seam of large ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distances_module, "BLOCK", 7)
        patch.setattr(nearest_module, "BLOCK", 7)
        patch.setattr(nearest_module, "_SHORTEST", 2)
        patch.setattr(nearest_module, "_PER_SHARE", 1)
        patch.setattr(nearest_module, "_FIRST", 1)
        patch.setattr(whole_module, "_TURNS", 3)
        patch.setattr(test_centric_module, "ENTRIES", 60)  # larger sets go by lists from the start
        yield


def _same(plan: Plan, other: Plan) -> None:
    assert plan.order.tolist() == other.order.tolist()
    assert plan.turns == other.turns


@st.composite
def _sets(draw: st.DrawFn) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], int | None]:
    """Training and target vectors of few distinct numbers, with copies and multiples, and a budget."""
    n, m = draw(st.integers(1, 40)), draw(st.integers(1, 6))
    width, levels = draw(st.sampled_from([1, 2, 3, 8, 33])), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["float16", "float32", "float64", "int64"]))

    def vectors(count: int) -> np.ndarray[Any, Any]:
        found = rng.integers(-levels, levels + 1, (count, width)).astype(kind)
        found[~found.any(axis=1), 0] = 1
        return found

    train = vectors(n)[rng.integers(0, n, n)] if draw(st.booleans()) else vectors(n)
    if draw(st.booleans()) and kind != "int64":  # close together: float32 cannot tell them apart
        train = (train * 1e-4 + 1).astype(kind)
    return train, vectors(m), draw(st.one_of(st.none(), st.integers(0, 50)))


@given(_sets(), st.booleans())
@settings(max_examples=EXAMPLES, deadline=None)
def test_by_embeddings_it_is_the_plain_way(
    drawn: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], int | None], far: bool
) -> None:
    train, target, budget = drawn
    _same(
        arrangement.test_centric(train, target, budget, far=far),
        naive_plan(naive_distances(train, target), budget, far=far),
    )


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 40),
    st.integers(1, 6),
    st.integers(1, 30),
    st.sampled_from(["float16", "float32", "float64", "int8"]),
    st.one_of(st.none(), st.integers(0, 50)),
    st.booleans(),
)
@settings(max_examples=EXAMPLES, deadline=None)
def test_by_distances_it_is_the_plain_way(
    seed: int, n: int, m: int, levels: int, kind: str, budget: int | None, far: bool
) -> None:
    given_distances = np.random.default_rng(seed).integers(-levels, levels + 1, (n, m)).astype(kind)
    _same(
        arrangement.test_centric.from_distances(given_distances, budget, far=far),
        naive_plan(given_distances, budget, far=far),
    )


def _by_hand(
    given_distances: np.ndarray[Any, Any],
    budget: int,
    far: bool,
    cut: bool,
    within: Literal["index", "distance"],
) -> list[list[int]]:
    """The definition, target by target, without arrays."""
    sign = -1 if far else 1
    left, turns, chosen = set(range(len(given_distances))), [], 0
    while left and chosen < budget:
        near: dict[int, float] = {}
        for column in given_distances.T * sign:
            row = min(left, key=lambda place: (column[place], place))
            near[row] = min(near.get(row, np.inf), column[row])
        turn = sorted(near, key=lambda row: (near[row], row)) if within == "distance" else sorted(near)
        turn = turn[: budget - chosen] if cut else turn
        turns.append(turn)
        left -= set(near)
        chosen += len(turn)
    return turns


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 20),
    st.integers(1, 5),
    st.integers(0, 25),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["index", "distance"]),
)
@settings(max_examples=EXAMPLES, deadline=None)
def test_cut_turns_and_both_orders_within_a_turn_are_as_defined(
    seed: int, n: int, m: int, budget: int, far: bool, cut: bool, within: Literal["index", "distance"]
) -> None:
    given_distances = np.random.default_rng(seed).integers(-4, 5, (n, m)).astype(np.float32)
    plan = arrangement.test_centric.from_distances(given_distances, budget, far=far, cut=cut, within=within)
    wanted = _by_hand(given_distances, budget, far, cut, within)
    assert plan.order.tolist() == [row for turn in wanted for row in turn]
    assert plan.turns == [len(turn) for turn in wanted]


@st.composite
def _copied(draw: st.DrawFn) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], int | None]:
    """Few distinct rows with many copies each, and doubles and negative zeros of these: other bits, equal distances."""
    distinct, m = draw(st.integers(1, 8)), draw(st.integers(1, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows = rng.integers(-1, 2, (distinct, 3)).astype(draw(st.sampled_from(["float32", "float64"])))
    rows[~rows.any(axis=1), 0] = 1
    rows = np.concatenate([rows, 2 * rows, np.where(rows == 0, -0.0, rows)])
    train = rows[rng.integers(0, len(rows), draw(st.integers(1, 80)))]
    target = rng.integers(-2, 3, (m, 3)).astype(np.float32)
    target[~target.any(axis=1), 0] = 1
    return train, target, draw(st.one_of(st.none(), st.integers(0, 80)))


@pytest.mark.parametrize(
    ("held", "entries", "sample"), [(60, 8 << 20, 4096), (1 << 20, 8 << 20, 8), (0, 12, 4)]
)
@given(_copied(), st.booleans(), st.sampled_from(["index", "distance"]))
@settings(max_examples=EXAMPLES, deadline=None)
def test_copies_are_named_one_after_the_other_as_the_plain_way_does(
    held: int,
    entries: int,
    sample: int,
    drawn: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], int | None],
    far: bool,
    within: Literal["index", "distance"],
) -> None:
    train, target, budget = drawn
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            test_centric_module, "ENTRIES", held
        )  # by lists, by a matrix, by lists that are too short
        patch.setattr(nearest_module, "_ENTRIES", entries)
        patch.setattr(copies_module, "SAMPLE", sample)
        plan = arrangement.test_centric(train, target, budget, far=far, within=within)
    distances = naive_distances(train, target)
    if within == "index":
        _same(plan, naive_plan(distances, budget, far=far))
    wanted = _by_hand(distances, len(train) if budget is None else budget, far, False, within)
    assert plan.order.tolist() == [row for turn in wanted for row in turn]
    assert plan.turns == [len(turn) for turn in wanted]


def test_more_equals_than_a_list_holds_are_told_apart_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_centric_module, "ENTRIES", 0)
    monkeypatch.setattr(nearest_module, "_ENTRIES", 4)
    rng = np.random.default_rng(0)
    train = (2.0 ** rng.integers(0, 12, 60))[:, None] * np.ones((1, 3))  # twelve lengths of one direction
    plan = arrangement.test_centric(train, np.ones((1, 3)))
    assert plan.order.tolist() == list(range(60))


def test_rows_with_equal_marks_and_other_bits_are_no_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    train = np.random.default_rng(0).standard_normal((12, 4))[np.arange(40) % 12]
    monkeypatch.setattr(
        copies_module, "_marks", lambda rows, weights: np.asarray(rows[:, 0] > 0).astype(np.uint64)
    )
    target = np.random.default_rng(1).standard_normal((3, 4))
    _same(arrangement.test_centric(train, target), naive_plan(naive_distances(train, target)))
    found = copies_module.copies_among(Vectors(train, "train"))
    assert found is not None
    assert (train[found.first] == train).all()
