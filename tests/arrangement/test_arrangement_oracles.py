"""Every recorded order of the released method, exactly: near and far, turns, ties, duplicates, hubs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from windward import arrangement

ORACLES = Path(os.environ.get("WINDWARD_DATA", "")).parent / "reference" / "tma"
MATRICES = "hand8x3", "normal500x40", "duplicate_rows120x25"


def _oracle(name: str) -> tuple[dict[str, Any], Any]:
    path = ORACLES / f"{name}.json"
    if not os.environ.get("WINDWARD_DATA") or not path.is_file():
        pytest.skip("the recorded orders come with the shared data; set WINDWARD_DATA")
    return json.loads(path.read_text(encoding="utf-8")), np.load(path.with_suffix(".npz"))


@pytest.mark.parametrize("name", MATRICES)
def test_near_and_far_are_the_recorded_order_and_turns(name: str) -> None:
    recorded, arrays = _oracle(name)
    budgets = [budget for budget in recorded if budget.isdigit()]
    assert len(budgets) >= 2
    for budget in budgets:
        for far, side in ((False, "near"), (True, "far")):
            plan = arrangement.test_centric.from_distances(arrays["D"], int(budget), far=far)
            assert plan.order.tolist() == recorded[budget][side]
            assert plan.turns == recorded[budget][f"{side}_turns"]


@pytest.mark.parametrize("name", MATRICES)
def test_the_released_settings_of_both_ends_are_the_recorded_ones(name: str) -> None:
    recorded, arrays = _oracle(name)
    for budget in [budget for budget in recorded if budget.isdigit()]:
        near = arrangement.test_centric.from_distances(arrays["D"], int(budget) // 2)
        far = arrangement.test_centric.from_distances(arrays["D"], int(budget) // 2, far=True)
        wanted = recorded[budget]["settings"]
        min_max = arrangement.two_ends(near, far)
        assert min_max.order.tolist() == wanted["min_max"]
        assert arrangement.two_ends(far, near).order.tolist() == wanted["max_min"]
        assert arrangement.shuffled_ends(min_max).order.tolist() == wanted["random"]


def test_real_questions_are_in_the_recorded_order_and_turns() -> None:
    recorded, arrays = _oracle("minilm_math_algebra")
    train, target = arrays["train"], arrays["test"]
    whole = arrangement.test_centric(train, target)
    assert whole.order.tolist() == recorded["full_order"]
    assert whole.turns == recorded["full_turns"]
    near = arrangement.test_centric(train, target, budget=600)
    assert (near.order.tolist(), near.turns) == (recorded["near600"], recorded["near600_turns"])
    assert arrangement.test_centric(train, target, budget=600, far=True).order.tolist() == recorded["far600"]
