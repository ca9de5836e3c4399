"""Orders, which rows against what order, and the two parts of a target set."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windward.arrangement.factorial import drawn_rows, factorial
from windward.arrangement.orders import (
    by_score,
    clustered,
    coarse,
    restricted,
    round_robin,
    score_orders,
    shuffled,
)
from windward.arrangement.plan import Plan
from windward.arrangement.targets import TargetSplit, check_apart, split_target
from windward.arrangement.weighted import weighted_similarity

TASKS = st.lists(st.sampled_from("abcd"), min_size=1, max_size=30)


def first_dimension(means: np.ndarray) -> np.ndarray:
    return means[:, 0]


@settings(max_examples=50, deadline=None)
@given(TASKS, st.integers(0, 1000))
def test_every_order_holds_every_row_once(tasks: list[str], seed: int) -> None:
    train = np.random.default_rng(seed).normal(size=(len(tasks), 2))
    plans = [
        shuffled(len(tasks), seed),
        round_robin(tasks),
        clustered(tasks),
        clustered(tasks, seed=seed),
        coarse(train, tasks, first_dimension),
        coarse(train, tasks, first_dimension, far=True),
        *(order(seed) for order in score_orders(train[:, 0]).values()),
    ]
    for plan in plans:
        assert sorted(plan.order.tolist()) == list(range(len(tasks)))
        assert sum(plan.turns) == len(tasks)


@settings(max_examples=50, deadline=None)
@given(TASKS, st.integers(0, 1000))
def test_a_turn_of_clusters_is_one_whole_task_with_its_rows_in_order(tasks: list[str], seed: int) -> None:
    for plan in (
        clustered(tasks),
        clustered(tasks, seed=seed),
        coarse(np.ones((len(tasks), 1)), tasks, first_dimension),
    ):
        assert len(plan.turns) == len(set(tasks))
        for turn in range(len(plan.turns)):
            rows = plan.order[plan.turn == turn].tolist()
            assert rows == [place for place, task in enumerate(tasks) if task == tasks[rows[0]]]


@settings(max_examples=50, deadline=None)
@given(TASKS)
def test_a_turn_of_round_robin_has_each_task_once_at_most_and_none_that_is_left_waits(
    tasks: list[str],
) -> None:
    plan = round_robin(tasks)
    left = {task: tasks.count(task) for task in tasks}
    for turn in range(len(plan.turns)):
        taken = [tasks[row] for row in plan.order[plan.turn == turn]]
        assert taken == [task for task in left if left[task]]
        left = {task: count - (count > 0) for task, count in left.items()}
    assert not any(left.values())


def test_round_robin_and_clusters_by_hand() -> None:
    tasks = ["x", "x", "y", "x", "y", "z"]
    turns = round_robin(tasks)
    assert turns.order.tolist() == [0, 2, 5, 1, 4, 3] and turns.turns == [3, 2, 1]
    together = clustered(tasks)
    assert together.order.tolist() == [0, 1, 3, 2, 4, 5] and together.turns == [3, 2, 1]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=30))
def test_ties_go_to_the_lowest_place_near_first_and_far_first(scores: list[int]) -> None:
    near, far = by_score(scores).order.tolist(), by_score(scores, far=True).order.tolist()
    assert near == sorted(range(len(scores)), key=lambda row: (scores[row], row))
    assert far == sorted(range(len(scores)), key=lambda row: (-scores[row], row))


def test_a_seed_gives_one_order_and_another_seed_another() -> None:
    tasks = [str(row) for row in range(50)]
    for one, again, other in (
        [shuffled(50, seed) for seed in (1, 1, 2)],
        [clustered(tasks, seed=seed) for seed in (1, 1, 2)],
    ):
        assert np.array_equal(one.order, again.order)
        assert not np.array_equal(one.order, other.order)


def test_coarse_moves_whole_tasks_where_fine_moves_rows() -> None:
    target = np.array([[1.0, 0.0]])
    train = np.array([[0.0, 1.0], [1.0, 0.0], [0.9, 0.4], [0.8, 0.6]])
    tasks = ["mixed", "mixed", "near", "near"]

    def score(rows: np.ndarray) -> np.ndarray:
        return weighted_similarity(rows, target).scores

    assert coarse(train, tasks, score).order.tolist() == [2, 3, 0, 1]
    assert coarse(train, tasks, score, far=True).order.tolist() == [0, 1, 2, 3]
    assert by_score(score(train)).order.tolist() == [1, 2, 3, 0]


@settings(max_examples=50, deadline=None)
@given(
    st.permutations(range(12)),
    st.sets(st.integers(0, 11)),
    st.lists(st.integers(0, 1), min_size=12, max_size=12),
)
def test_some_rows_keep_the_order_and_the_turns_of_the_plan(
    order: list[int], rows: set[int], steps: list[int]
) -> None:
    plan = Plan(np.array(order), np.cumsum([0, *steps[1:]]))
    found = restricted(plan, np.array(sorted(rows), dtype=np.int64))
    assert found.order.tolist() == [row for row in order if row in rows]
    turn_of = dict(zip(order, plan.turn.tolist(), strict=True))
    groups = [turn_of[row] for row in found.order.tolist()]
    assert found.turn.tolist() == [sorted(set(groups)).index(group) for group in groups]


def test_the_same_rows_come_in_different_orders_and_different_rows_in_the_same_order() -> None:
    scores = np.random.default_rng(0).normal(size=40)
    near = by_score(scores).order[:10]
    cells = factorial(near, drawn_rows(40, 10), score_orders(scores))
    assert len(cells) == len({cell.name for cell in cells}) == 2 * 3 * 3
    by_name = {cell.name: cell.plan.order for cell in cells}
    for cell in cells:
        first = by_name[f"{cell.rows}-rows.near-first.seed{cell.seed}"]
        assert set(cell.plan.order) == set(first)
        if cell.order == "near-first":
            assert (np.diff(scores[cell.plan.order]) >= 0).all()
        if cell.order == "far-first":
            assert np.array_equal(cell.plan.order, first[::-1])
    assert all(set(cell.plan.order) == set(near) for cell in cells if cell.rows == "near")
    assert len({frozenset(cell.plan.order.tolist()) for cell in cells if cell.rows == "random"}) == 3
    # One shuffle a seed for both sets of rows, another for another seed.
    assert not np.array_equal(by_name["near-rows.shuffled.seed0"], by_name["near-rows.shuffled.seed1"])


def test_the_rows_that_are_drawn_are_those_of_the_seed_and_not_the_head_of_its_shuffle() -> None:
    rows = drawn_rows(100, 20, (4, 5))
    assert np.array_equal(rows, drawn_rows(100, 20, (4, 5)))
    assert all(len(set(of_seed)) == 20 for of_seed in rows.tolist())
    assert set(rows[0]) != set(rows[1]) and set(rows[0]) != set(shuffled(100, 4).order[:20])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: factorial([0, 1], [2], score_orders(np.arange(4))), "must be as many rows"),
        (lambda: factorial([0, 1], [1, 0], score_orders(np.arange(4))), "are the same rows"),
        (lambda: factorial([0, 1], [2, 3], {}), "at least one order"),
        (lambda: factorial([0, 1], [2, 3], score_orders(np.arange(4)), (1, 1)), "different seeds"),
        (lambda: factorial([0, 1], [2, 9], score_orders(np.arange(4))), "does not hold row 9"),
        (lambda: factorial([0, 0], [2, 3], score_orders(np.arange(4))), "named twice"),
        (lambda: drawn_rows(3, 4), "draw from 1 to all 3"),
        (lambda: by_score([1.0, np.nan]), "row 1 has no finite score"),
        (lambda: by_score(np.ones((2, 2))), "one number a row"),
        (lambda: coarse(np.ones((3, 2)), ["a"], first_dimension), "1 tasks for 3 rows"),
        (lambda: coarse(np.ones((2, 2)), ["a", "b"], lambda _: np.ones(1)), "1 scores for 2 tasks"),
    ],
)
def test_what_gives_no_order_is_named(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


@settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(st.sampled_from("abc"), st.integers(2, 9), min_size=1),
    st.floats(0.05, 0.95),
    st.integers(0, 99),
)
def test_what_arranges_and_what_is_tested_never_overlap_and_each_task_is_on_both_sides(
    sizes: dict[str, int], share: float, seed: int
) -> None:
    tasks = [task for task, size in sizes.items() for _ in range(size)]
    split = split_target(tasks, share=share, seed=seed)
    assert not set(split.arranges) & set(split.tests)
    assert sorted([*split.arranges, *split.tests]) == list(range(len(tasks)))
    for task, size in sizes.items():
        seen, unseen = split.tasks[task]
        assert seen + unseen == size and seen >= 1 and unseen >= 1
        assert seen == sum(tasks[place] == task for place in split.arranges)
        assert abs(seen - share * size) <= 1


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 5)), min_size=1, max_size=20), st.integers(0, 99)
)
def test_equal_texts_stay_on_one_side_of_whatever_task_they_are(
    rows: list[tuple[str, int]], seed: int
) -> None:
    own = [(task, f"Own {task} {number}.") for task in {task for task, _ in rows} for number in range(2)]
    tasks = [task for task, _ in [*own, *rows]]
    texts = [text for _, text in own] + [f"Question {number}!" for _, number in rows]
    split = split_target(tasks, texts=texts, seed=seed)
    assert not {texts[place] for place in split.arranges} & {texts[place] for place in split.tests}
    check_apart([texts[place] for place in split.arranges], [texts[place].lower() for place in split.tests])


def test_a_seed_gives_one_split_and_another_seed_another() -> None:
    tasks = ["a"] * 40
    first, again, other = (split_target(tasks, seed=seed) for seed in (3, 3, 4))
    assert np.array_equal(first.arranges, again.arranges) and not np.array_equal(
        first.arranges, other.arranges
    )


def test_the_report_says_how_many_rows_were_looked_at_and_how_many_were_tested() -> None:
    statement = split_target(["a"] * 6 + ["b"] * 4, seed=7).statement
    assert (
        "arranged for 5 target rows and tested on 5 others, of 2 tasks" in statement and "seed 7" in statement
    )


def test_a_row_on_both_sides_is_refused_however_the_split_was_made() -> None:
    with pytest.raises(ValueError, match="target row 2 and 0 others would arrange and be tested"):
        TargetSplit(np.array([1, 2]), np.array([2, 3]), {"a": (2, 2)})
    with pytest.raises(ValueError, match="test row 1 has the words of target row 0"):
        check_apart(["What is 2 + 2?"], ["something else", "what is 2 + 2"])
    check_apart(["∫"], ["∑"])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: split_target(["a", "a"], share=1.0), "share must be above 0 and below 1"),
        (lambda: split_target(["a", "a", "b"]), "task b has 0 rows that arrange and 1 that are tested"),
        (lambda: split_target(["a", "a"], texts=["x"]), "1 texts for 2 rows"),
        (lambda: split_target(["a", "a"], texts=["Same text", "same  text"]), "give it two different rows"),
        (lambda: TargetSplit(np.array([1]), np.array([], dtype=int), {}), "both need some"),
    ],
)
def test_a_target_set_that_cannot_be_split_is_named(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
