"""A rollout: answers drawn by the policy, their rewards, and what policy, reference and value head say of each token."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch

from windward.training.packing import neighbours
from windward.training.ppo.actor import Actor, Answer, Asked, Exchange
from windward.training.ppo.advantages import gae, token_rewards, whitened
from windward.training.ppo.config import PPOConfig
from windward.training.ppo.prompts import Prompt
from windward.training.ppo.scoring import Scorer, scored
from windward.training.processes import everyones, share


@dataclass(frozen=True)
class Sample:
    """One answer of a rollout; the lists hold one number a token of it.

    Attributes:
        number: its place in the rollout.
        prompt: tokens.
        answer: tokens, that which ends it included.
        text: as the reward saw it.
        ended: whether it ended by itself.
        reward: r(x, y), as its source gave it.
        log_probabilities: of the policy that drew it, nats.
        reference: of the reference policy, nats.
        values: before each token.
        entropy: of the policy before each token, nats.
    """

    number: int
    prompt: tuple[int, ...]
    answer: tuple[int, ...]
    text: str
    ended: bool
    reward: float
    log_probabilities: list[float]
    reference: list[float]
    values: list[float]
    entropy: list[float]


Features = dict[int, torch.Tensor]
"""By a sample's number, the reference policy's hidden states before its answer's tokens, (tokens, width); each process holds
those of its own share.
"""


@dataclass(frozen=True)
class Targets:
    """What is learnt of a rollout; all (answers, tokens), 0 behind an answer's end.

    Attributes:
        mask: true for real tokens.
        old: log-probabilities of the policy that drew them.
        old_values: of the value head then.
        advantages: perhaps whitened.
        returns: what values should be.
    """

    mask: torch.Tensor
    old: torch.Tensor
    old_values: torch.Tensor
    advantages: torch.Tensor
    returns: torch.Tensor


def roll_out(
    actor: Actor,
    prompts: Sequence[Prompt],
    first: int,
    scorer: Scorer,
    *,
    temperature: float,
    seed: int,
    on_answer: Callable[[int], None] = lambda done: None,
) -> tuple[list[Sample], Features]:
    """Answers each prompt, each process its share; all processes get all samples, in the prompts' order.

    Args:
        actor: policy, value head and reference.
        prompts: one an answer; a prompt may come several times.
        first: number of the first draw; draws of one number, prompt and seed are the same.
        scorer: of the answers.
        temperature: of the draws.
        seed: of the draws.
        on_answer: hears how many of this process's answers are done.
    """
    mine = list(share(range(len(prompts))))
    asked = [Asked(prompts[number].tokens, first + number) for number in mine]
    answers = actor.answer(asked, temperature, seed, on_answer) if asked else []
    texts = [actor.text(answer) for answer in answers]
    rewards = scored(scorer, [prompts[number].row for number in mine], texts)
    said, features = _said_of(
        actor, [(one.tokens, answer.tokens) for one, answer in zip(asked, answers, strict=True)]
    )
    samples = [
        _sample(number, prompts[number], answer, text, reward, numbers)
        for number, answer, text, reward, numbers in zip(mine, answers, texts, rewards, said, strict=True)
    ]
    everybodys = sorted(everyones(samples), key=lambda sample: sample.number)
    return everybodys, dict(zip(mine, features, strict=True))


def _sample(
    number: int, prompt: Prompt, answer: Answer, text: str, reward: float, said: list[list[float]]
) -> Sample:
    return Sample(number, prompt.tokens, answer.tokens, text, answer.ended, reward, *said)


def _said_of(
    actor: Actor, sequences: Sequence[Exchange]
) -> tuple[list[list[list[float]]], list[torch.Tensor]]:
    """For each sequence: log-probabilities, those of the reference, values and entropy of its answer's tokens; features."""
    found: list[list[list[float]]] = []
    features: list[torch.Tensor] = []
    sizes = [len(prompt) + len(answer) for prompt, answer in sequences]
    with torch.no_grad():
        for numbers in neighbours(sizes, actor.config.forward_tokens):
            some = [sequences[number] for number in numbers]
            said, reference = actor.say(some), actor.reference(some)
            values = actor.head(reference.hidden)
            columns = (said.log_probabilities, reference.log_probabilities, values, said.entropy)
            lengths = [len(answer) for _, answer in some]
            split = [cut(column.tolist(), lengths) for column in columns]
            found.extend([list(parts) for parts in zip(*split, strict=True)])
            features.extend(reference.hidden.cpu().split_with_sizes(lengths))
    return found, features


def cut(numbers: list[float], lengths: Sequence[int]) -> list[list[float]]:
    """Numbers of several answers, one after the other, as a list an answer."""
    ends = list(accumulate(lengths))
    return [numbers[end - length : end] for end, length in zip(ends, lengths, strict=True)]


def targets_of(samples: Sequence[Sample], kl_coef: float, config: PPOConfig) -> Targets:
    """Advantages and returns of a rollout.

    Args:
        samples: the rollout.
        kl_coef: β_KL now.
        config: discount, λ, clipping of rewards and the rest.
    """
    old, mask = rectangle([sample.log_probabilities for sample in samples])
    reference, _ = rectangle([sample.reference for sample in samples])
    values, _ = rectangle([sample.values for sample in samples])
    scores = torch.tensor([learnt_reward(sample, config) for sample in samples])
    rewards = token_rewards(scores, old, reference, mask, kl_coef)
    advantages, returns = gae(rewards, values, mask, gamma=config.gamma, lam=config.lam)
    if config.whiten:
        advantages = whitened(advantages, mask)
    return Targets(mask, old, values, advantages, returns)


def learnt_reward(sample: Sample, config: PPOConfig) -> float:
    """An answer's reward as it is learnt from: cut to ± `reward_clip`, less the penalty of an answer without an end."""
    reward = sample.reward
    if config.reward_clip is not None:
        reward = min(max(reward, -config.reward_clip), config.reward_clip)
    return reward - (0.0 if sample.ended else config.end_penalty)


def rectangle(rows: Sequence[Sequence[float]], width: int | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows of unequal length as (rows, longest) with zeros behind them, and a mask of what is real.

    Args:
        rows: numbers.
        width: of the result; None is the longest row's.
    """
    longest = width or max(len(row) for row in rows)
    lengths = torch.tensor([len(row) for row in rows])
    values = torch.tensor([[*row, *[0.0] * (longest - len(row))] for row in rows])
    return values, torch.arange(longest)[None] < lengths[:, None]
