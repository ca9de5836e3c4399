"""The losses' values and gradients: recorded ones, differences by hand, and what they must do."""

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
import torch

from windward.training.losses import PREFERENCE_LOSSES, preference_loss, reward_loss


def recorded(kind: str) -> list[dict[str, Any]]:
    data = os.environ.get("WINDWARD_DATA")
    path = Path(data).parent / "reference" / "eurus" / "loss_vectors.jsonl" if data else None
    if path is None or not path.is_file():
        pytest.skip("WINDWARD_DATA names no folder with recorded losses beside it")
    return [row for row in map(json.loads, path.read_text().splitlines()) if row["kind"] == kind]


def column(rows: list[dict[str, Any]], name: str) -> torch.Tensor:
    values = torch.tensor([float(row[name]) for row in rows], dtype=torch.float64)
    return values.requires_grad_() if name.startswith(("r_", "logp")) else values


def test_reward_losses_and_gradients_equal_the_recorded_ones() -> None:
    rows = recorded("reward_model")
    for absolute, value, gradient in ((False, "l_bt", "grad_bt"), (True, "l_ultrainteract", "grad_total")):
        chosen, rejected = column(rows, "r_chosen"), column(rows, "r_rejected")
        losses = reward_loss(chosen, rejected, absolute=absolute)
        torch.testing.assert_close(losses.detach(), column(rows, value), atol=1e-9, rtol=1e-9)
        losses.sum().backward()
        assert chosen.grad is not None and rejected.grad is not None
        found = torch.stack([chosen.grad, rejected.grad], dim=1)
        expected = torch.tensor([row[gradient] for row in rows], dtype=torch.float64)
        torch.testing.assert_close(found, expected, atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("kind", ["dpo", "nca_pair"])
def test_preference_losses_equal_the_recorded_ones(kind: str) -> None:
    for beta in {row["beta"] for row in recorded("preference")}:
        rows = [row for row in recorded("preference") if row["beta"] == beta]
        names = ("logp_chosen", "logp_rejected", "ref_chosen", "ref_rejected")
        losses = preference_loss(kind, *(column(rows, name) for name in names), beta=beta)
        torch.testing.assert_close(losses.detach(), column(rows, kind), atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("kl", [0, 1])
def test_kto_equals_the_recorded_one_at_a_known_divergence(kl: int) -> None:
    for row in recorded("preference"):
        names = ("logp_chosen", "logp_rejected", "ref_chosen", "ref_rejected")
        given = [column([row], name) for name in names]
        for side, weights in (("chosen", (1.33, 0.0)), ("rejected", (0.0, 1.0))):
            up, down = weights
            loss = preference_loss(
                "kto", *given, row["beta"], kl=float(kl), lambda_chosen=up, lambda_rejected=down
            )
            assert loss.item() == pytest.approx(row[f"kto_{side}_kl{kl}"], abs=1e-9)


GIVEN = (-20.0, -25.0, -22.0, -24.0)


def given(*rows: tuple[float, float, float, float]) -> list[torch.Tensor]:
    return [
        torch.tensor(values, dtype=torch.float64, requires_grad=True) for values in zip(*rows, strict=True)
    ]


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [
        ("dpo", {}, math.log(1 + math.exp(-0.3))),
        ("hinge", {}, 0.7),
        ("ipo", {}, (2 + 1 - 5) ** 2),
        ("ipo", {"chosen_tokens": 5, "rejected_tokens": 4}, (2 / 5 - -1 / 4 - 5) ** 2),
        ("apo_zero", {}, 1 - 1 / (1 + math.exp(-0.2)) + 1 / (1 + math.exp(0.1))),
        ("kto", {}, 1.33 / (1 + math.exp(0.15)) + 1 / (1 + math.exp(0.15))),
        ("kto", {"kl": 0, "lambda_chosen": 2, "lambda_rejected": 3}, 2 / (1 + math.exp(0.2)) + 3 / (1 + math.exp(0.1))),
    ],
)  # fmt: skip
def test_values_by_hand(kind: str, options: dict[str, float], expected: float) -> None:
    assert preference_loss(kind, *given(GIVEN), **options).item() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("kind", sorted(PREFERENCE_LOSSES))
def test_every_loss_pushes_the_two_answers_apart(kind: str) -> None:
    chosen, rejected, *reference = given(GIVEN)
    preference_loss(kind, chosen, rejected, *reference).sum().backward()
    assert chosen.grad is not None and rejected.grad is not None
    assert chosen.grad.item() < 0 < rejected.grad.item()


@pytest.mark.parametrize("kind", sorted(PREFERENCE_LOSSES))
def test_gradients_are_those_of_the_values(kind: str) -> None:
    chosen, rejected, *reference = given(GIVEN, (-30.0, -20.0, -22.0, -24.0), (-10.0, -60.0, -22.0, -24.0))
    options = {"kl": 0.5} if kind == "kto" else {}

    def loss(up: torch.Tensor, down: torch.Tensor) -> torch.Tensor:
        return preference_loss(kind, up, down, *(value.detach() for value in reference), **options)

    assert torch.autograd.gradcheck(loss, (chosen, rejected))


def test_ktos_divergence_carries_no_gradient_and_is_never_negative() -> None:
    rows = (GIVEN, (-30.0, -29.0, -22.0, -24.0))  # ratios 2, -1, -8, -5: a mean below 0
    for some, kl in ((rows, 0.0), (rows[:1], 0.5)):
        gradients = []
        for options in ({}, {"kl": kl}):
            chosen, rejected, *reference = given(*some)
            preference_loss("kto", chosen, rejected, *reference, **options).sum().backward()
            gradients.append((chosen.grad, rejected.grad))
        torch.testing.assert_close(gradients[0], gradients[1])


def test_the_absolute_term_is_of_the_rows_that_it_is_said_of() -> None:
    chosen, rejected = torch.tensor([0.5, 2.0, -1.0]), torch.tensor([-0.5, 1.0, 3.0])
    absolute = torch.tensor([True, False, True])
    mixed = reward_loss(chosen, rejected, absolute=absolute)
    all_of_them, none = (reward_loss(chosen, rejected, absolute=value) for value in (True, False))
    torch.testing.assert_close(mixed, torch.where(absolute, all_of_them, none))
    assert (all_of_them > none).all()


def test_a_margin_asks_for_a_lead() -> None:
    chosen, rejected = torch.tensor([3.0]), torch.tensor([1.0])
    with_margin = reward_loss(chosen, rejected, absolute=False, margin=2.0)
    torch.testing.assert_close(with_margin, torch.tensor([math.log(2)]))


def test_an_unknown_kind_or_option_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no preference loss 'cpo'; there are dpo"):
        preference_loss("cpo", *given(GIVEN))
    with pytest.raises(TypeError, match="kl"):
        preference_loss("dpo", *given(GIVEN), kl=0.0)
