"""What every arrangement returns: which training rows, in what order, in which turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, eq=False)
class Plan:
    """Training rows in the order in which a model should see them.

    "Turn" is the word of test-centric multi-turn arrangement: the rows that all targets name together. It has nothing to do with
    dialogue. An arrangement that knows no turns has one, turn 0.

    Attributes:
        order: places of rows in the training set, each at most once; int64 [k], read-only.
        turn: the turn of each, from 0 upward and never falling; int32 [k], read-only.
    """

    order: NDArray[np.int64]
    turn: NDArray[np.int32]

    def __post_init__(self) -> None:
        order, turn = _whole(self.order, "order"), _whole(self.turn, "turn")
        if len(order) != len(turn):
            raise ValueError(f"order names {len(order)} rows and turn {len(turn)}; give each row one turn")
        if len(order) and order.min() < 0:
            raise ValueError(f"order names row {order.min()}; rows are counted from 0")
        if len(np.unique(order)) != len(order):
            places, often = np.unique(order, return_counts=True)
            raise ValueError(f"order names row {places[often > 1][0]} twice; a row comes once in a plan")
        steps = np.diff(turn, prepend=0) if len(turn) else turn
        if len(turn) and (turn[0] != 0 or steps.min() < 0 or steps.max() > 1):
            raise ValueError("turn must start at 0 and go up by 0 or 1 from row to row")
        object.__setattr__(self, "order", order)
        object.__setattr__(self, "turn", turn.astype(np.int32))
        self.order.flags.writeable = self.turn.flags.writeable = False

    @classmethod
    def of_turns(cls, turns: list[ArrayLike]) -> Self:
        """A plan from the rows of each turn; turns without rows are left out.

        Raises:
            ValueError: a row comes twice, or a place is no whole number from 0 upward.
        """
        filled = [rows for rows in (np.asarray(one) for one in turns) if rows.size]
        sizes = [len(rows) for rows in filled]
        order = np.concatenate(filled) if filled else np.empty(0, dtype=np.int64)
        return cls(order, np.repeat(np.arange(len(sizes), dtype=np.int32), sizes))

    @property
    def turns(self) -> list[int]:
        """How many rows each turn has."""
        return [int(size) for size in np.bincount(self.turn)] if len(self) else []

    def __len__(self) -> int:
        return len(self.order)

    def first(self, budget: int) -> Plan:
        """The plan of its first `budget` rows: the last turn is cut."""
        if budget < 0:
            raise ValueError(f"a budget of {budget} rows makes no sense; give 0 or more")
        return Plan(self.order[:budget], self.turn[:budget])


def _whole(values: ArrayLike, name: str) -> NDArray[np.int64]:
    array = np.asarray(values)
    if array.ndim != 1 or not (array.size == 0 or np.issubdtype(array.dtype, np.integer)):
        raise ValueError(f"{name} must be one line of whole numbers, this is {array.dtype} {array.shape}")
    return array.astype(np.int64)  # always a copy: a plan shares no memory with what it was made from
