"""The losses against their closed forms, and their gradients by hand."""

import math

import pytest
import torch

from windward.training.robust.debias import learned_mixin
from windward.training.robust.objectives import focal, smoothed

P = torch.tensor([[0.7, 0.2, 0.1], [0.25, 0.25, 0.5]], dtype=torch.float64)
LABELS = torch.tensor([0, 1])


def _gradient(loss: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
    (found,) = torch.autograd.grad(loss, logits)
    return found


def test_focal_loss_and_its_gradient_are_those_of_the_formula() -> None:
    logits = P.log().requires_grad_()
    loss = focal(logits, LABELS, 2.0)
    assert loss.item() == pytest.approx((0.3**2 * -math.log(0.7) + 0.75**2 * -math.log(0.25)) / 2)
    # d/dz_k of -(1-p)²·log p is (2·(1-p)·p·log p - (1-p)²)·([k=y] - p_k)
    expected = torch.zeros_like(P)
    for row, label in enumerate(LABELS.tolist()):
        p = P[row, label].item()
        scale = (2 * (1 - p) * p * math.log(p) - (1 - p) ** 2) / 2
        expected[row] = scale * (torch.eye(3, dtype=torch.float64)[label] - P[row])
    torch.testing.assert_close(_gradient(loss, logits), expected)


def test_focal_loss_without_focus_is_cross_entropy() -> None:
    logits = torch.randn(5, 4, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([0, 1, 2, 3, 0])
    torch.testing.assert_close(focal(logits, labels, 0.0), torch.nn.functional.cross_entropy(logits, labels))


def test_the_gradient_of_label_smoothing_pulls_to_the_smoothed_target() -> None:
    logits = P.log().requires_grad_()
    loss = smoothed(logits, LABELS, 0.1)
    target = 0.9 * torch.eye(3, dtype=torch.float64)[LABELS] + 0.1 / 3
    assert loss.item() == pytest.approx(-(target * P.log()).sum().item() / 2)
    torch.testing.assert_close(_gradient(loss, logits), (P - target) / 2)


def test_with_a_uniform_shallow_model_the_mixin_is_cross_entropy_and_a_constant() -> None:
    logits = P.log().requires_grad_()
    bias = torch.full((2, 3), -math.log(3), dtype=torch.float64)
    loss = learned_mixin(logits, LABELS, bias, torch.tensor([0.3, 4.0], dtype=torch.float64), 0.03)
    plain = torch.nn.functional.cross_entropy(logits, LABELS)
    assert loss.item() == pytest.approx(plain.item() + 0.03 * math.log(3))
    torch.testing.assert_close(_gradient(loss, logits), _gradient(plain, logits))


def test_debiasing_adds_log_probabilities_not_probabilities() -> None:
    """The release adds the forest's probabilities, so that 0.99 against 0.01 counts less than one nat."""
    bias = torch.tensor([[0.98, 0.01, 0.01], [0.01, 0.98, 0.01]], dtype=torch.float64).log()
    loss = learned_mixin(P.log(), LABELS, bias, torch.ones(2, dtype=torch.float64), 0.0)
    product = P * bias.exp()
    joined = product / product.sum(dim=1, keepdim=True)
    assert loss.item() == pytest.approx(-(joined[0, 0].log() + joined[1, 1].log()).item() / 2)


def test_the_penalty_is_the_entropy_of_what_the_shallow_model_says_in_the_mixture() -> None:
    bias = torch.tensor([[0.5, 0.25, 0.25], [0.2, 0.4, 0.4]], dtype=torch.float64).log()
    strength = torch.ones(2, dtype=torch.float64)
    difference = learned_mixin(P.log(), LABELS, bias, strength, 1.0) - learned_mixin(
        P.log(), LABELS, bias, strength, 0.0
    )
    entropies = [0.5 * math.log(2) + 0.5 * math.log(4), 0.2 * math.log(5) + 0.8 * math.log(2.5)]
    assert difference.item() == pytest.approx(sum(entropies) / 2)
