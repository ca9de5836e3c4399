"""Whole trees in one forward: each shared turn once, the same loss and gradient as pair by pair, trees never parted."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tree_rows import tree

from windward.training import PreferenceConfig, RewardConfig, SFTConfig, train_preference, train_reward
from windward.training.losses import preference_loss, reward_loss
from windward.training.pairs import Pair, chat_reader, grouped, read_pairs
from windward.training.policy import load_policy
from windward.training.reward_net import load_net
from windward.training.scores import pack_pairs, pair_scores
from windward.training.trainer import answer_log_probabilities

Write = Callable[[list[dict[str, Any]]], Path]
KNOWN = (-40.0, -42.0)


def read(path: Path, checkpoint: Path) -> list[Pair]:
    from transformers import AutoTokenizer

    return read_pairs(path, chat_reader(AutoTokenizer.from_pretrained(checkpoint)), 512, trees=True)


def gradient(model: torch.nn.Module) -> torch.Tensor:
    return torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])


def plain_log_probability(model: Any, tokens: tuple[int, ...], span: tuple[int, int]) -> torch.Tensor:
    logits = model(torch.tensor([tokens])).logits[0, span[0] - 1 : span[1] - 1].log_softmax(-1)
    answer: torch.Tensor = logits.gather(-1, torch.tensor(tokens[slice(*span)])[:, None]).sum()
    return answer


@pytest.mark.parametrize("turns", [3, 5])
@pytest.mark.parametrize("kind", ["dpo", "nca_pair", "kto"])
def test_a_trees_loss_and_gradient_equal_those_of_its_sequences_one_by_one(
    tiny_checkpoint: Path, written: Write, turns: int, kind: str
) -> None:
    from transformers import AutoModelForCausalLM

    pairs = read(written(tree(turns)), tiny_checkpoint)
    ours, _ = load_policy(tiny_checkpoint, SFTConfig())
    batch = pack_pairs(pairs, [KNOWN] * turns)
    scores = pair_scores(answer_log_probabilities(ours, batch), batch)
    reference = scores.reference_chosen, scores.reference_rejected
    loss = preference_loss(kind, scores.chosen, scores.rejected, *reference).mean()
    loss.backward()

    plain = AutoModelForCausalLM.from_pretrained(
        tiny_checkpoint, dtype=torch.float32, attn_implementation="eager"
    )
    sides = [
        torch.stack([plain_log_probability(plain, one.tokens, one.learnt[0]) for one in side])
        for side in ([pair.chosen for pair in pairs], [pair.rejected for pair in pairs])
    ]
    expected = preference_loss(kind, *sides, *reference).mean()
    expected.backward()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    theirs = gradient(plain)
    assert (gradient(ours) - theirs).norm() < 1e-5 * theirs.norm()


@pytest.mark.parametrize("turns", [3, 5])
def test_a_trees_reward_gradient_equals_that_of_its_sequences_one_by_one(
    tiny_checkpoint: Path, written: Write, turns: int
) -> None:
    pairs = read(written(tree(turns)), tiny_checkpoint)
    absolute = torch.arange(turns) % 2 == 0
    gradients = []
    for together in (True, False):
        net, _, _ = load_net(tiny_checkpoint, RewardConfig())
        examples = [pair.chosen for pair in pairs] + [pair.rejected for pair in pairs]
        if together:
            rewards = net(net.collate(examples))
        else:
            rewards = torch.cat([net(net.collate([example])) for example in examples])
        reward_loss(*rewards.chunk(2), absolute=absolute).mean().backward()
        gradients.append(gradient(net))
    assert (gradients[0] - gradients[1]).norm() < 1e-5 * gradients[1].norm()


@pytest.mark.parametrize("turns", [1, 3, 5])
def test_every_turn_of_a_tree_is_laid_out_once(tiny_checkpoint: Path, written: Write, turns: int) -> None:
    pairs = read(written(tree(turns)), tiny_checkpoint)
    packed = pack_pairs(pairs, [KNOWN] * turns)
    # The last rejected answer's sequence holds all history; beside it lie the chosen answers alone. What an answer and
    # its neighbour begin with alike is shared too.
    longest = len(pairs[-1].rejected.tokens)
    assert len(packed["tokens"]) <= longest + sum(pair.chosen.answer_tokens for pair in pairs)
    whole = sum(len(one.tokens) for pair in pairs for one in (pair.chosen, pair.rejected))
    assert len(packed["tokens"]) < whole / (0.6 * turns + 0.4)


def test_pairs_of_a_tree_are_one_group_wherever_they_lie(tiny_checkpoint: Path, written: Write) -> None:
    first, second = tree(3, 0), tree(2, 1)
    pairs = read(written([first[0], second[0], first[1], second[1], first[2]]), tiny_checkpoint)
    assert grouped(pairs, "tree") == [(0, 2, 4), (1, 3)]
    assert grouped(pairs, "row") == [(0,), (1,), (2,), (3,), (4,)]


def test_a_batch_of_trees_is_the_mean_over_its_pairs(
    tiny_checkpoint: Path, written: Write, tmp_path: Path
) -> None:
    rows = written([row for number, turns in enumerate((3, 5, 1, 2)) for row in tree(turns, number)])
    trees = train_preference(
        tiny_checkpoint,
        rows,
        tmp_path / "trees",
        PreferenceConfig(group="tree", batch_size=4, learning_rate=1e-3, epochs=3),
    )
    pairs = train_preference(
        tiny_checkpoint,
        rows,
        tmp_path / "pairs",
        PreferenceConfig(batch_size=11, learning_rate=1e-3, epochs=3),
    )
    assert len(trees.losses) == 3
    assert trees.losses == pytest.approx(pairs.losses, rel=1e-4)
    split = train_preference(
        tiny_checkpoint,
        rows,
        tmp_path / "split",
        PreferenceConfig(group="tree", batch_size=4, micro_batch_size=1, learning_rate=1e-3, epochs=3),
    )
    assert split.losses == pytest.approx(trees.losses, rel=1e-4)
    reward = train_reward(
        tiny_checkpoint, rows, tmp_path / "reward", RewardConfig(group="tree", batch_size=2)
    )
    assert len(reward.losses) == 2
