"""How strongly the policy is held to the reference: a fixed coefficient, or one steered to a KL."""

from __future__ import annotations

from windward.training.ppo.config import PPOConfig

LIMIT = 0.2
"""Of the relative error that is acted on (Ziegler et al. 2019, §2.2)."""


def steered(kl_coef: float, kl: float, config: PPOConfig) -> float:
    """The coefficient of the next rollout: β·(1 + clip(KL/target − 1, ±0.2)·answers/horizon); fixed without a target.

    Args:
        kl_coef: β_KL of this rollout.
        kl: its mean KL to the reference, nats an answer.
        config: target, horizon and answers a rollout.
    """
    if config.kl_target is None:
        return kl_coef
    error = min(max(kl / config.kl_target - 1, -LIMIT), LIMIT)
    return kl_coef * (1 + error * config.rollout / config.kl_horizon)
