"""Learning from a rollout: a few passes over it in minibatches, each an optimiser step."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from windward.training.packing import neighbours
from windward.training.ppo.actor import Actor
from windward.training.ppo.config import PPOConfig
from windward.training.ppo.losses import clipped, k3, policy_loss, value_loss
from windward.training.ppo.rollouts import Features, Sample, Targets
from windward.training.processes import here


@dataclass(frozen=True)
class Updated:
    """Means over the tokens of an iteration's minibatches, each before its step.

    Attributes:
        policy_loss: of the clipped surrogate.
        value_loss: of the value head.
        clip_fraction: share of tokens whose ratio lies outside 1 ± ε.
        moved: KL from the policy that drew the answers, nats a token (k3).
        policy_grad_norm: before it was cut; mean over steps.
    """

    policy_loss: float
    value_loss: float
    clip_fraction: float
    moved: float
    policy_grad_norm: float


def optimiser(actor: Actor, config: PPOConfig) -> torch.optim.Optimizer:
    """AdamW at fixed rates: one for the policy, one for the value head."""
    groups = [
        {"params": actor.trained(), "lr": config.learning_rate},
        {"params": list(actor.head.parameters()), "lr": config.value_learning_rate},
    ]
    return torch.optim.AdamW(groups, weight_decay=0.0)


def update(
    actor: Actor,
    optimizer: torch.optim.Optimizer,
    samples: Sequence[Sample],
    features: Features,
    targets: Targets,
    iteration: int,
) -> Updated:
    """Takes an iteration's steps; every process computes its share of each minibatch.

    Args:
        actor: what learns.
        optimizer: its own.
        samples: the rollout, the same on all processes.
        features: of this process's own samples.
        targets: what is learnt of them.
        iteration: its number; with the seed, it gives the minibatches.
    """
    config = actor.config
    totals = torch.zeros(4)
    tokens, norms = 0, []
    for epoch in range(config.epochs):
        order = list(range(len(samples)))
        random.Random(f"{config.seed}/{iteration}/{epoch}").shuffle(order)
        for start in range(0, len(order), config.minibatch):
            chosen = order[start : start + config.minibatch]
            count = int(targets.mask[chosen].sum())
            optimizer.zero_grad(set_to_none=False)
            totals += _backward(actor, samples, features, targets, chosen, count)
            norms.append(_step(actor, optimizer))
            tokens += count
    surrogate, value, outside, moved = (_summed(totals) / tokens).tolist()
    return Updated(surrogate, value, outside, moved, sum(norms) / len(norms))


def _backward(
    actor: Actor,
    samples: Sequence[Sample],
    features: Features,
    targets: Targets,
    chosen: Sequence[int],
    count: int,
) -> torch.Tensor:
    """This process's part of a minibatch's gradient: the mean over the minibatch's tokens, however it is split.

    Returns:
        sums over tokens of policy loss, value loss, clipped tokens and movement, (4,).
    """
    config, seen = actor.config, torch.zeros(4)
    mine = sorted(number for number in chosen if number in features)  # side by side, prompts may be shared
    sizes = [len(samples[number].prompt) + len(samples[number].answer) for number in mine]
    for places in neighbours(sizes, config.forward_tokens):
        numbers = [mine[place] for place in places]
        mask = targets.mask[numbers]
        old, old_values, advantages, returns = (
            part[numbers][mask].to(actor.device)
            for part in (targets.old, targets.old_values, targets.advantages, targets.returns)
        )
        said = actor.say([(samples[number].prompt, samples[number].answer) for number in numbers])
        surrogate = policy_loss(said.log_probabilities, old, advantages, config.clip)
        values = actor.head(torch.cat([features[number] for number in numbers]).to(actor.device))
        value = value_loss(values, old_values, returns, config.value_clip)
        loss = surrogate - config.entropy_coef * said.entropy + value  # no weight in common
        torch.autograd.backward(loss.sum() / count)
        now = said.log_probabilities.detach()
        told = (surrogate.detach(), value.detach(), clipped(now, old, config.clip), k3(old, now))
        seen += torch.stack([part.sum() for part in told]).cpu()
    return seen


def _step(actor: Actor, optimizer: torch.optim.Optimizer) -> float:
    """Adds up all processes' gradients, cuts them and steps; returns the policy's norm before the cut."""
    parts = (actor.trained(), list(actor.head.parameters()))
    for part in parts:
        for parameter in part:
            if parameter.grad is None:  # A process without a sequence of this minibatch has none yet.
                parameter.grad = torch.zeros_like(parameter)
            if here().num_processes > 1:
                torch.distributed.all_reduce(parameter.grad)
    norms = [torch.nn.utils.clip_grad_norm_(part, actor.config.max_grad_norm) for part in parts]
    optimizer.step()
    return float(norms[0])


def _summed(totals: torch.Tensor) -> torch.Tensor:
    if here().num_processes > 1:
        from accelerate.utils import reduce

        summed: torch.Tensor = reduce(totals.to(here().device), reduction="sum")
        return summed.cpu()
    return totals
