"""From rewards and values to advantages and returns; all of shape (answers, tokens), with a mask of real tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def token_rewards(
    scores: Tensor, log_probabilities: Tensor, reference: Tensor, mask: Tensor, kl_coef: float
) -> Tensor:
    """r_t = −β_KL·log(π/π_ref)(y_t), and the answer's score at its last token besides.

    Their sum over an answer is r(x, y) − β_KL·log(π/π_ref)(y|x), so without discount the best policy is
    π_ref·exp(r/β_KL)/Z.

    Args:
        scores: (answers,), r(x, y).
        log_probabilities: of the policy that drew the answers, (answers, tokens), nats.
        reference: of the reference policy, the same.
        mask: (answers, tokens), true for real tokens, which come first; each answer has at least one.
        kl_coef: β_KL.

    Returns:
        (answers, tokens), 0 behind an answer's end.
    """
    import torch

    rewards = torch.where(mask, -kl_coef * (log_probabilities - reference), 0.0)
    last = mask.sum(1) - 1
    at_the_end = torch.zeros_like(rewards).scatter(1, last[:, None], scores[:, None])
    return rewards + at_the_end


def gae(rewards: Tensor, values: Tensor, mask: Tensor, *, gamma: float, lam: float) -> tuple[Tensor, Tensor]:
    """Generalised advantage estimation (Schulman et al. 2016, eq. 16): A_t = Σ_k (γλ)^k δ_{t+k}.

    δ_t = r_t + γ·V_{t+1} − V_t, and behind an answer's last token there is no value, cut off or not.

    Args:
        rewards: (answers, tokens).
        values: V_t, before token t is drawn, the same.
        mask: true for real tokens, which come first.
        gamma: discount.
        lam: λ; 0 trusts the values, 1 the rewards alone.

    Returns:
        advantages and returns A + V, (answers, tokens), 0 behind an answer's end.
    """
    import torch

    real = mask.to(values.dtype)
    values = torch.where(mask, values, 0.0)
    rewards = torch.where(mask, rewards, 0.0)
    advantages = torch.zeros_like(values)
    later = torch.zeros_like(values[:, 0])
    next_value = torch.zeros_like(later)
    for place in reversed(range(values.shape[1])):
        surprise = rewards[:, place] + gamma * next_value - values[:, place]
        later = (surprise + gamma * lam * later) * real[:, place]
        advantages[:, place] = later
        next_value = values[:, place]
    return advantages, torch.where(mask, advantages + values, 0.0)


def whitened(values: Tensor, mask: Tensor) -> Tensor:
    """Mean 0 and variance 1 over real tokens; 0 elsewhere. Values that are all alike become 0."""
    import torch

    real = values[mask]
    spread = (real - real.mean()).pow(2).mean()
    return torch.where(mask, (values - real.mean()) / (spread + 1e-8).sqrt(), 0.0)
