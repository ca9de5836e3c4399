"""The objectives' values: recorded ones, TRL's own, and by hand."""

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
import torch

from windward.training.objectives import OBJECTIVES, PairScores


def scores(chosen: float, rejected: float, reference_chosen: float, reference_rejected: float) -> PairScores:
    values = (chosen, rejected, reference_chosen, reference_rejected, 5.0, 4.0)
    return PairScores(*(torch.tensor([value], dtype=torch.float64, requires_grad=True) for value in values))


def recorded(kind: str) -> list[dict[str, Any]]:
    data = os.environ.get("WINDWARD_DATA")
    path = Path(data).parent / "reference" / "eurus" / "loss_vectors.jsonl" if data else None
    if path is None or not path.is_file():
        pytest.skip("WINDWARD_DATA names no folder with recorded losses beside it")
    return [row for row in map(json.loads, path.read_text().splitlines()) if row["kind"] == kind]


def test_dpo_and_nca_equal_the_recorded_values() -> None:
    for row in recorded("preference"):
        given = scores(row["logp_chosen"], row["logp_rejected"], row["ref_chosen"], row["ref_rejected"])
        for name in ("dpo", "nca_pair"):
            assert OBJECTIVES[name](given, row["beta"]).item() == pytest.approx(row[name], abs=1e-9)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("dpo", math.log(1 + math.exp(-0.3))),
        ("hinge", 0.7),
        ("ipo", (2 / 5 - -1 / 4 - 5) ** 2),
        ("apo_zero", 1 - 1 / (1 + math.exp(-0.2)) + 1 / (1 + math.exp(0.1))),
    ],
)
def test_values_by_hand(name: str, expected: float) -> None:
    given = scores(-20.0, -25.0, -22.0, -24.0)
    assert OBJECTIVES[name](given, 0.1).item() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", sorted(OBJECTIVES))
def test_every_objective_pushes_the_two_answers_apart(name: str) -> None:
    given = scores(-20.0, -25.0, -22.0, -24.0)
    OBJECTIVES[name](given, 0.1).sum().backward()
    assert given.chosen.grad is not None and given.rejected.grad is not None
    assert given.chosen.grad.item() < 0 < given.rejected.grad.item()
