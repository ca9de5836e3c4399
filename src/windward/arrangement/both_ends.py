"""The released settings that mix both ends: half of the rows near and half far, and a shuffle of them.

They are here to repeat the paper's runs. They confound order with content: each trains on other rows than near and far do.
"""

from __future__ import annotations

import random

import numpy as np

from windward.arrangement.plan import Plan


def two_ends(first: Plan, last: Plan) -> Plan:
    """The rows of `first`, then those of `last` from its end to its start, without repeats.

    The released settings for a budget k take plans of k // 2 rows, last turns whole: max-min is `two_ends(far, near)`, min-max is
    `two_ends(near, far)`. A turn that loses all its rows is left out.
    """
    turns = [first.order[first.turn == turn] for turn in range(len(first.turns))]
    for turn in reversed(range(len(last.turns))):
        rows = last.order[last.turn == turn][::-1]
        turns.append(rows[~np.isin(rows, first.order)])
    return Plan.of_turns(list(turns))


def shuffled_ends(ends: Plan, seed: int = 0) -> Plan:
    """The released "random": the rows of a min-max plan in a random order (Python's generator, seed 0 as released); one turn."""
    order = ends.order.tolist()
    random.Random(seed).shuffle(order)
    return Plan.of_turns([order])
