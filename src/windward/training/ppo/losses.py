"""PPO's losses, one a token, and what is told of policies beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def policy_loss(log_probabilities: Tensor, old: Tensor, advantages: Tensor, clip: float) -> Tensor:
    """−min(ρ·A, clip(ρ, 1 − ε, 1 + ε)·A) with ρ = π/π_old (Schulman et al. 2017, eq. 7).

    Args:
        log_probabilities: of the policy, (tokens,), nats.
        old: of the policy that drew the answers, the same.
        advantages: the same.
        clip: ε.

    Returns:
        (tokens,); no gradient where the ratio has gone beyond ε in the direction of the advantage.
    """
    import torch

    ratio = (log_probabilities - old).exp()
    return -torch.minimum(ratio * advantages, ratio.clamp(1 - clip, 1 + clip) * advantages)


def value_loss(values: Tensor, old: Tensor, returns: Tensor, clip: float | None) -> Tensor:
    """½·max((V − R)², (V_old + clip(V − V_old, ±ε) − R)²), or without ε ½·(V − R)²; (tokens,)."""
    import torch

    plain = (values - returns).pow(2)
    if clip is None:
        return 0.5 * plain
    near = old + (values - old).clamp(-clip, clip)
    return 0.5 * torch.maximum(plain, (near - returns).pow(2))


def clipped(log_probabilities: Tensor, old: Tensor, clip: float) -> Tensor:
    """1 for tokens whose ratio lies outside 1 ± ε, else 0; (tokens,)."""
    ratio = (log_probabilities - old).exp()
    return ((ratio - 1).abs() > clip).float()


def k1(log_probabilities: Tensor, reference: Tensor) -> Tensor:
    """log(π/π_ref): its mean over draws of π is the KL, without bias; single draws may be negative."""
    return log_probabilities - reference


def k3(log_probabilities: Tensor, reference: Tensor) -> Tensor:
    """π_ref/π − 1 − log(π_ref/π): never negative, of less variance.

    Each token's mean over draws of π is the KL of its step, so summed over an answer its mean is the answer's KL too.
    """
    away = reference - log_probabilities
    return away.exp() - 1 - away


def explained_variance(values: Tensor, returns: Tensor) -> float:
    """1 − Var(R − V)/Var(R): 1 where values foresee the returns, 0 where a constant does as well; 0 where all are alike."""
    spread = float(returns.var(correction=0))
    return 1 - float((returns - values).var(correction=0)) / spread if spread > 0 else 0.0
