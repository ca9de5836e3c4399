"""Claim: a whole tree in one forward trains at least 5 times as fast as TRL's pairs at 3 turns, with the same gradient.

DPO on the same random trees, forward and backward of one batch with reference log-probabilities known: TRL's
`DPOTrainer`, a padded batch whose LM head sees the answers only (which isolates what sharing brings from what TRL spends
on places that carry no loss), and ours. A tree is Eurus' chain: at every turn a chosen and a rejected action, going on
from the rejected one and what was observed of it. Rounds are interleaved, the fastest of each way counts; collation
is included. CPU seconds say what a quiet machine would do when this one is busy.

    python benchmarks/training.py [--rounds 5] [--trees 1]
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from datasets import Dataset
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from transformers.utils import logging
from trl import DPOConfig, DPOTrainer
from trl.trainer.dpo_trainer import DataCollatorForPreference

from windward.models.attention import use_layouts
from windward.training.conversations import answering
from windward.training.losses import preference_loss
from windward.training.pairs import Pair
from windward.training.scores import pack_pairs, pair_scores
from windward.training.trainer import answer_log_probabilities

VOCABULARY = 8192
SHAPES = ((200, 150, 80, 1), (200, 150, 80, 3), (200, 150, 80, 5))  # prompt, action, observation, turns
TARGETS = {3: (5.0, 2.5), 5: (None, 3.5)}  # of ours against TRL and the padded batch, by turns
KNOWN = (-1390.0, -1380.0)  # near what random weights give, so that the losses' gradients do not vanish


def model() -> Any:
    """A Llama of 5 million weights; the same each time."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=256,
        intermediate_size=768,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=4096,
        tie_word_embeddings=True,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=None,
    )
    return LlamaForCausalLM(config)


def tree(draw: random.Random, prompt: int, action: int, observation: int, turns: int) -> list[Pair]:
    """A chain of pairs of random tokens."""

    def tokens(n: int) -> list[int]:
        return [draw.randrange(2, VOCABULARY) for _ in range(n)]

    history, pairs = tokens(prompt), []
    for _ in range(turns):
        rejected = tokens(action)
        pairs.append(Pair(answering(history, tokens(action)), answering(history, rejected)))
        history = [*history, *rejected, *tokens(observation)]
    return pairs


def ours(pairs: Sequence[Pair], known: Sequence[tuple[float, float]]) -> Callable[[], Any]:
    """A step of ours; returns the model that holds the gradient."""
    policy = model()
    use_layouts(policy)

    def step() -> Any:
        batch = pack_pairs(pairs, known)
        scores = pair_scores(answer_log_probabilities(policy, batch), batch)
        reference = scores.reference_chosen, scores.reference_rejected
        preference_loss("dpo", scores.chosen, scores.rejected, *reference).mean().backward()
        return policy

    return step


def padded(pairs: Sequence[Pair], known: Sequence[tuple[float, float]]) -> Callable[[], Any]:
    """A step of a padded batch whose LM head sees the answers only."""
    policy = model()
    policy.set_attn_implementation("sdpa")
    reference = torch.tensor(known, dtype=torch.float64).T

    def step() -> Any:
        examples = [pair.chosen for pair in pairs] + [pair.rejected for pair in pairs]
        ids = pad_sequence([torch.tensor(example.tokens) for example in examples], batch_first=True)
        seen = pad_sequence([torch.ones(len(example.tokens)) for example in examples], batch_first=True)
        hidden = policy.model(input_ids=ids, attention_mask=seen.long(), use_cache=False).last_hidden_state
        rows = torch.cat([torch.full((e.answer_tokens,), i) for i, e in enumerate(examples)])
        places = torch.cat([torch.arange(*e.learnt[0]) for e in examples])
        logits = policy.lm_head(hidden[rows, places - 1])
        each = -cross_entropy(logits, ids[rows, places], reduction="none")
        sums = each.new_zeros(len(examples)).double().index_add(0, rows, each.double())
        preference_loss("dpo", *sums.chunk(2), *reference).mean().backward()
        return policy

    return step


class FromTokens(DPOTrainer):  # type: ignore[misc]
    """TRL's trainer on rows that are tokens already."""

    def _prepare_dataset(self, dataset: Any, *_: Any, **__: Any) -> Any:
        return dataset


def trls(pairs: Sequence[Pair], known: Sequence[tuple[float, float]], folder: str) -> Callable[[], Any]:
    """A step of TRL's trainer, its reference log-probabilities known as well."""
    from tokenizers import Tokenizer, models

    rows = [
        {
            "prompt_ids": list(pair.chosen.tokens[: pair.chosen.learnt[0][0]]),
            "chosen_ids": list(pair.chosen.tokens[slice(*pair.chosen.learnt[0])]),
            "rejected_ids": list(pair.rejected.tokens[slice(*pair.rejected.learnt[0])]),
            "ref_chosen_logps": chosen,
            "ref_rejected_logps": rejected,
        }
        for pair, (chosen, rejected) in zip(pairs, known, strict=True)
    ]
    words = Tokenizer(models.WordLevel({f"w{i}": i for i in range(VOCABULARY)}, unk_token="w2"))
    trainer = FromTokens(
        model=model(),
        ref_model=model(),
        args=DPOConfig(
            output_dir=folder,
            beta=0.1,
            max_length=None,
            bf16=False,
            activation_checkpointing=False,
            use_cpu=True,
            report_to="none",
            per_device_train_batch_size=len(rows),
        ),
        train_dataset=Dataset.from_list(rows),
        processing_class=PreTrainedTokenizerFast(tokenizer_object=words, pad_token="w0", eos_token="w1"),
    )
    trainer.precompute_ref_logps = True
    trainer.model.train()
    collator = DataCollatorForPreference(pad_token_id=0)

    def step() -> Any:
        trainer.compute_loss(trainer.model, collator(rows)).backward()
        return trainer.model

    return step


@dataclass
class Fastest:
    """The least time of some rounds, and the gradient."""

    wall: float = float("inf")
    cpu: float = float("inf")
    gradient: torch.Tensor | None = None

    def measure(self, step: Callable[[], Any]) -> None:
        """Takes one step, and clears its gradient."""
        wall, cpu = time.perf_counter(), time.process_time()
        policy = step()
        self.wall = min(self.wall, time.perf_counter() - wall)
        self.cpu = min(self.cpu, time.process_time() - cpu)
        self.gradient = torch.cat([weight.grad.flatten() for weight in policy.parameters()])
        policy.zero_grad()


def compare(shape: tuple[int, int, int, int], trees: int, rounds: int, folder: str) -> None:
    """Measures one shape and prints its lines."""
    draw = random.Random(0)
    pairs = [pair for _ in range(trees) for pair in tree(draw, *shape)]
    known = [KNOWN] * len(pairs)
    ways = {"TRL": trls(pairs, known, folder), "padded": padded(pairs, known), "ours": ours(pairs, known)}
    fastest = {name: Fastest() for name in ways}
    for _ in range(rounds + 1):  # the first warms up; being slower, it never counts
        for name, step in ways.items():
            fastest[name].measure(step)
    whole = sum(len(one.tokens) for pair in pairs for one in (pair.chosen, pair.rejected))
    distinct = len(pack_pairs(pairs, known)["tokens"])
    print(
        f"\nprompt {shape[0]}, action {shape[1]}, observation {shape[2]}, {shape[3]} turns, {trees} trees: "
        f"{whole} tokens, {distinct} of them distinct ({whole / distinct:.2f} x)"
    )
    for name, way in fastest.items():
        print(f"  {name:7} {way.cpu:7.3f} CPU-s {way.wall:7.3f} s a step")
    mine = fastest["ours"]
    for name, target in zip(("TRL", "padded"), TARGETS.get(shape[3], (None, None)), strict=True):
        other = fastest[name]
        assert mine.gradient is not None and other.gradient is not None
        off = float((mine.gradient - other.gradient).norm() / other.gradient.norm())
        wanted = f" (claim: {target} x)" if target else ""
        print(
            f"  ours against {name}: {other.cpu / mine.cpu:.2f} x CPU, {other.wall / mine.wall:.2f} x wall{wanted}, "
            f"gradients differ by {off:.1e}"
        )


def main() -> None:
    """Prints all shapes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--trees", type=int, default=1)
    options = parser.parse_args()
    logging.set_verbosity_error()
    torch.set_num_threads(1)
    weights = sum(weight.numel() for weight in model().parameters())
    print(
        f"Llama of {weights / 1e6:.1f} M weights, float32, 1 thread, best of {options.rounds} rounds, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    with tempfile.TemporaryDirectory() as folder:
        for shape in SHAPES:
            compare(shape, options.trees, options.rounds, folder)
    print(f"\nload at the end {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
