"""Coverage as a library grows: against brute force, by hand, and never less with more tools."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from windward.rows import Result, select
from windward.toolsets.growth import (
    answered_results,
    best_cosines,
    chance,
    coverage_results,
    found_share,
    sizes,
)
from windward.toolsets.index import Library
from windward.toolsets.problems import ToolProblem
from windward.toolsets.retrieve import Query, retrieve
from windward.toolsets.solved import Solved
from windward.toolsets.views import VIEWS


def vectors(seed: int, count: int, width: int = 6) -> NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal((count, width), dtype=np.float32)


def library(count: int, seed: int = 0) -> Library:
    ids = [str(at) for at in range(count)]
    return Library.of_vectors(
        ids, {view: vectors(seed + at, count) for at, view in enumerate(VIEWS)}, "drawn"
    )


def rates(rows: list[Result], metric: str, **condition: object) -> list[float]:
    return [row.value for row in select(rows, metric=metric, condition=condition)]


def test_the_best_cosine_of_the_first_n_is_the_largest_of_them() -> None:
    own, asked = library(7), vectors(9, 5)
    units = asked / np.linalg.norm(asked, axis=1, keepdims=True)
    best = best_cosines(own, asked)
    for n in range(1, 8):
        assert best[:, n - 1] == pytest.approx((units @ own.vectors["problem"][:n].T).max(axis=1), abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40))
def test_more_tools_never_resemble_fewer_problems(seed: int, count: int) -> None:
    rows = coverage_results(library(count, seed), vectors(seed + 99, 8), name="l", dataset="p", thresholds=(0.3, 0.6))  # fmt: skip
    for threshold in (0.3, 0.6):
        found = rates(rows, "similar_rate", threshold=threshold)
        assert found == sorted(found)
    assert rates(rows, "best_cosine_mean") == sorted(rates(rows, "best_cosine_mean"))


def test_a_problem_of_the_library_itself_is_covered_from_its_tool_on() -> None:
    own = library(6)
    rows = coverage_results(own, own.vectors["problem"][[3]], name="l", dataset="p", at=[3, 4], thresholds=(0.999,))  # fmt: skip
    assert rates(rows, "similar_rate") == [0, 1]
    assert [row.condition["encoder"] for row in rows] == ["drawn"] * len(rows)


def test_found_is_what_retrieval_keeps_when_the_problem_stands_in_for_the_docstring() -> None:
    own, asked = library(60), vectors(5, 20)
    kept = [bool(retrieve(own, Query(one, None, one))) for one in asked]
    assert found_share(own, asked, 60) == sum(kept) / 20
    assert 0 < sum(kept) < 20


@pytest.mark.parametrize(("tools", "each"), [(4, 2), (5, 2), (6, 3), (7, 2)])
def test_chance_is_the_share_of_pairs_of_lists_that_meet(tools: int, each: int) -> None:
    lists = list(combinations(range(tools), each))
    meet = sum(bool(set(a) & set(b)) for a in lists for b in lists)
    assert chance(tools, each) == pytest.approx(meet / len(lists) ** 2)


def test_two_lists_of_ten_out_of_fewer_than_twenty_always_meet() -> None:
    assert chance(1) == chance(19) == 1
    assert chance(20) < 1


def test_chance_is_no_sample_and_has_no_width() -> None:
    rows = coverage_results(library(30), vectors(1, 4), name="l", dataset="p", at=[30])
    own, random = (
        select(rows, metric="found_rate", condition={"by": by})[0] for by in ("the library", "chance")
    )
    assert random.stderr == 0 and own.n == 4


@pytest.mark.parametrize(
    ("count", "spread"), [(0, []), (1, [1]), (3, [1, 2, 3]), (12, [2, 4, 6, 8, 10, 12]), (180, [30, 60, 90, 120, 150, 180])]
)  # fmt: skip
def test_sizes_are_spread_evenly_up_to_the_whole(count: int, spread: list[int]) -> None:
    assert sizes(count) == spread


def solved(id: str, used: tuple[str, ...], right: bool) -> Solved:
    return Solved(ToolProblem(id, id, "1"), used, (2,) * len(used), used, "p", "1", "ok", right, False)


def test_a_problem_counts_as_answered_once_every_tool_that_its_program_calls_is_there() -> None:
    run = [
        solved("a", ("1",), True),
        solved("b", ("1", "3"), True),
        solved("c", ("2",), False),
        solved("d", (), True),
        solved("e", ("elsewhere",), True),
    ]
    rows = answered_results(["1", "2", "3"], {"run": run, "empty": []}, name="l")
    assert [(row.condition["tools"], row.value) for row in rows] == [(1, 0.2), (2, 0.2), (3, 0.4)]
    assert all(row.n == 5 and row.dataset == "run" for row in rows)
