"""Test-centric multi-turn arrangement (TMA): the training rows nearest to the target set first, turn by turn."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from windward.arrangement.naive import naive_distances, naive_plan
from windward.arrangement.plan import Plan

Within = Literal["index", "distance"]


class TestCentric:
    """Call it as `test_centric`."""

    def __call__(
        self, train: ArrayLike, target: ArrayLike, budget: int | None = None, *, far: bool = False
    ) -> Plan:
        """See the module."""
        rows, targets = np.asarray(train), np.asarray(target)
        return self.from_distances(naive_distances(rows, targets), budget, far=far)

    @staticmethod
    def from_distances(distances: ArrayLike, budget: int | None = None, *, far: bool = False) -> Plan:
        """See the module."""
        return naive_plan(distances, budget, far=far)


test_centric = TestCentric()
