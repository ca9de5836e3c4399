"""Advantages, losses and the steering of the KL, by hand and against their definitions."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from windward.training.ppo import PPOConfig
from windward.training.ppo.advantages import gae, token_rewards, whitened
from windward.training.ppo.losses import clipped, explained_variance, k1, k3, policy_loss, value_loss
from windward.training.ppo.rollouts import rectangle
from windward.training.ppo.steering import steered

NUMBERS = st.floats(-3, 3, allow_nan=False)
ANSWER = st.integers(1, 6).flatmap(
    lambda size: st.tuples(*[st.lists(NUMBERS, min_size=size, max_size=size)] * 3)
)
"""Rewards (or log-probabilities), values and reference log-probabilities of one answer."""
SHARE = st.floats(0, 1, allow_nan=False)


def test_an_answer_of_three_tokens_by_hand() -> None:
    # δ = 1 + 1 − 0.5, 0 + 0.5 − 1, 2 − 0.5 = 1.5, −0.5, 1.5; A = 1.5 + ½·0.25, −0.5 + ½·1.5, 1.5
    rewards, values = torch.tensor([[1.0, 0.0, 2.0]]), torch.tensor([[0.5, 1.0, 0.5]])
    advantages, returns = gae(rewards, values, torch.ones(1, 3, dtype=torch.bool), gamma=1.0, lam=0.5)
    assert advantages.tolist() == [[1.625, 0.25, 1.5]]
    assert returns.tolist() == [[2.125, 1.25, 2.0]]


def by_definition(rewards: list[float], values: list[float], gamma: float, lam: float) -> list[float]:
    """A_t as the λ-weighted mean of all n-step advantages; quadratic, and not the recursion."""
    found = []
    for start in range(len(rewards)):
        left = len(rewards) - start
        advantage = 0.0
        for steps in range(1, left + 1):
            seen = sum(gamma**k * rewards[start + k] for k in range(steps))
            beyond = gamma**steps * values[start + steps] if steps < left else 0.0
            weight = lam ** (steps - 1) * ((1 - lam) if steps < left else 1.0)
            advantage += weight * (seen + beyond - values[start])
        found.append(advantage)
    return found


@given(st.lists(ANSWER, min_size=1, max_size=4), SHARE, SHARE)
@settings(max_examples=60, deadline=None)
def test_advantages_are_those_of_the_definition(
    answers: list[tuple[list[float], ...]], gamma: float, lam: float
) -> None:
    rewards, mask = rectangle([rewards for rewards, _, _ in answers])
    values, _ = rectangle([values for _, values, _ in answers])
    advantages, returns = gae(rewards, values, mask, gamma=gamma, lam=lam)
    for number, (own, own_values, _) in enumerate(answers):
        expected = by_definition(own, own_values, gamma, lam)
        found = advantages[number, : len(own)].tolist()
        assert found == pytest.approx(expected, abs=1e-4)
        assert (advantages + values)[number, : len(own)].tolist() == returns[number, : len(own)].tolist()
    assert not advantages[~mask].any() and not returns[~mask].any()


@given(st.lists(ANSWER, min_size=1, max_size=4), st.integers(1, 5), NUMBERS)
@settings(max_examples=60, deadline=None)
def test_what_lies_behind_an_answers_end_changes_nothing(
    answers: list[tuple[list[float], ...]], more: int, rubbish: float
) -> None:
    columns = [[answer[part] for answer in answers] for part in range(3)]
    scores = torch.linspace(-1, 1, len(answers))
    longest = max(len(row) for row in columns[0])

    def learnt(width: int, behind: float) -> tuple[torch.Tensor, ...]:
        old, mask = rectangle(columns[0], width)
        values, reference = (rectangle(column, width)[0] for column in columns[1:])
        old, values, reference = (torch.where(mask, part, behind) for part in (old, values, reference))
        rewards = token_rewards(scores, old, reference, mask, 0.3)
        advantages, returns = gae(rewards, values, mask, gamma=1.0, lam=0.9)
        return tuple(part[mask] for part in (rewards, advantages, returns, whitened(advantages, mask)))

    for tight, wide in zip(learnt(longest, 0.0), learnt(longest + more, rubbish), strict=True):
        torch.testing.assert_close(tight, wide)


def test_token_rewards_sum_to_the_answers_objective() -> None:
    """With γ = 1 the return is r(x, y) − β·log(π/π_ref)(y|x), so kl_coef is the β of the closed form."""
    old, mask = rectangle([[-1.0, -2.0, -0.5], [-0.3]])
    reference, _ = rectangle([[-1.5, -1.0, -1.0], [-0.1]])
    rewards = token_rewards(torch.tensor([2.0, -1.0]), old, reference, mask, 0.5)
    assert rewards.sum(1).tolist() == pytest.approx([2 - 0.5 * (-3.5 + 3.5), -1 - 0.5 * (-0.3 + 0.1)])
    assert rewards[0].tolist() == pytest.approx([-0.25, 0.5, 2 - 0.25])
    assert rewards[1].tolist() == pytest.approx([-1 + 0.1, 0, 0])


@given(st.lists(st.lists(NUMBERS, min_size=1, max_size=5), min_size=2, max_size=4))
@settings(max_examples=40, deadline=None)
def test_whitened_advantages_have_mean_0_and_variance_1(rows: list[list[float]]) -> None:
    values, mask = rectangle(rows)
    found = whitened(values, mask)[mask]
    assert float(found.mean()) == pytest.approx(0, abs=1e-3)
    if float(values[mask].var(correction=0)) > 1e-2:
        assert float(found.var(correction=0)) == pytest.approx(1, abs=1e-2)


@given(st.floats(-1, 1), st.floats(-2, 2).filter(lambda value: abs(value) > 1e-3))
@settings(max_examples=100, deadline=None)
def test_the_surrogate_pulls_only_within_the_clip_region(moved: float, advantage: float) -> None:
    now = torch.tensor([moved], requires_grad=True)
    loss = policy_loss(now, torch.zeros(1), torch.tensor([advantage]), 0.2)
    loss.sum().backward()
    ratio = math.exp(moved)
    assert now.grad is not None
    beyond = ratio > 1.2 if advantage > 0 else ratio < 0.8
    if min(abs(ratio - 1.2), abs(ratio - 0.8)) > 1e-4:
        expected = 0.0 if beyond else -advantage * ratio
        assert float(now.grad) == pytest.approx(expected, rel=1e-4, abs=1e-6)
        assert bool(clipped(now.detach(), torch.zeros(1), 0.2)) == (not 0.8 <= ratio <= 1.2)


def test_the_value_loss_is_the_larger_of_clipped_and_plain() -> None:
    values, old, returns = torch.tensor([1.0, 1.0]), torch.tensor([0.0, 0.9]), torch.tensor([1.0, 2.0])
    # The first moved by 1 and is held at 0.2, 0.8 from its return; the second moved within the region.
    assert value_loss(values, old, returns, 0.2).tolist() == pytest.approx([0.5 * 0.64, 0.5])
    assert value_loss(values, old, returns, None).tolist() == pytest.approx([0.0, 0.5])


def test_both_estimators_have_the_kl_as_their_mean() -> None:
    policy, reference = torch.tensor([0.7, 0.2, 0.1]), torch.tensor([0.3, 0.3, 0.4])
    exact = float((policy * (policy / reference).log()).sum())
    for estimate in (k1, k3):
        assert float((policy * estimate(policy.log(), reference.log())).sum()) == pytest.approx(exact)
    assert bool((k3(policy.log(), reference.log()) >= 0).all())


def test_values_that_foresee_the_returns_explain_them() -> None:
    returns = torch.tensor([1.0, 2.0, 4.0])
    assert explained_variance(returns, returns) == 1
    assert explained_variance(torch.zeros(3), returns) == pytest.approx(0)
    assert explained_variance(torch.zeros(3), torch.ones(3)) == 0


def test_the_coefficient_is_steered_towards_the_target() -> None:
    config = PPOConfig(kl_coef=0.1, kl_target=4.0, kl_horizon=1000, rollout=100, minibatch=50)
    assert steered(0.1, 4.0, config) == pytest.approx(0.1)
    assert steered(0.1, 4.4, config) == pytest.approx(0.1 * (1 + 0.1 * 0.1))
    assert steered(0.1, 400.0, config) == pytest.approx(0.1 * (1 + 0.2 * 0.1))
    assert steered(0.1, 0.0, config) == pytest.approx(0.1 * (1 - 0.2 * 0.1))
    assert steered(0.1, 400.0, PPOConfig(kl_coef=0.1)) == 0.1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"minibatch": 600}, "more than the rollout"),
        ({"lam": 1.5}, "between 0 and 1"),
        ({"clip": 0.0}, "above 0"),
        ({"kl_coef": -1.0}, "not be below 0"),
        ({"kl_coef": 0.0, "kl_target": 3.0}, "no steering"),
        ({"precision": "float16"}, "float16"),
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        PPOConfig(**wrong)  # type: ignore[arg-type]
