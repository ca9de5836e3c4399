"""A plan is an order with turns, and nothing else passes for one."""

from __future__ import annotations

import numpy as np
import pytest

from windward.arrangement import Plan


def test_a_plan_counts_the_rows_of_each_turn() -> None:
    plan = Plan.of_turns([[3, 1], [], [0, 2, 7]])
    assert plan.order.tolist() == [3, 1, 0, 2, 7]
    assert plan.turn.tolist() == [0, 0, 1, 1, 1]
    assert plan.turns == [2, 3]
    assert (str(plan.order.dtype), str(plan.turn.dtype)) == ("int64", "int32")


def test_a_plan_without_rows_has_no_turns() -> None:
    assert Plan.of_turns([]).turns == []
    assert len(Plan(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32))) == 0


def test_a_plan_cannot_be_written_to_and_keeps_no_view_of_what_it_was_made_from() -> None:
    order = np.array([2, 0])
    plan = Plan(order, np.array([0, 0], dtype=np.int32))
    order[0] = 5
    assert plan.order.tolist() == [2, 0]
    with pytest.raises(ValueError, match="read-only"):
        plan.order[0] = 1


def test_the_first_rows_of_a_plan_keep_their_turns() -> None:
    assert Plan.of_turns([[3, 1], [0, 2]]).first(3).turns == [2, 1]
    with pytest.raises(ValueError, match="budget of -1"):
        Plan.of_turns([[3]]).first(-1)


@pytest.mark.parametrize(
    ("order", "turn", "message"),
    [
        ([0, 1], [0], "2 rows and turn 1"),
        ([0, 0], [0, 0], "row 0 twice"),
        ([-1, 0], [0, 0], "row -1"),
        ([0, 1], [1, 1], "start at 0"),
        ([0, 1], [0, 2], "start at 0"),
        ([0, 1, 2], [0, 1, 0], "start at 0"),
        ([0.5, 1.0], [0, 0], "whole numbers"),
        ([[0], [1]], [0, 0], "one line"),
    ],
)
def test_what_is_no_plan_is_refused(order: list[int], turn: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Plan(np.array(order), np.array(turn, dtype=np.int32))
