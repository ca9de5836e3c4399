"""Claim: local generation in batches of 16 makes at least 4 times the tokens a second of calls one by one.

Ours and plain `transformers.generate` (one by one, and a padded batch of 16) answer the same prompts greedily in one
run, in interleaved rounds; the best round of each counts. Tokens are those of the answers, padding is not counted.
CPU seconds say what a quiet machine would do when this one is busy.

    python benchmarks/generation.py [--new 48] [--rounds 2]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from windward.models import Message, Sampling, embedded_path, local
from windward.models.local_model import Local

SIZE = 16
FEW = 4  # prompts of a round one by one: all 16 would only take longer

EXAMPLES: list[Message] = []
for first, second, thing in [(3, 4, "apples"), (12, 5, "pens"), (8, 9, "stamps")]:
    EXAMPLES += [
        {
            "role": "user",
            "content": f"Answer by a Python block that prints the result. Tom has {first} {thing} and gets "
            f"{second} more from a friend. How many {thing} does he have in the end?",
        },
        {
            "role": "assistant",
            "content": f"```python\n{thing} = {first}\n{thing} += {second}\nprint({thing})\n```",
        },
    ]


def prompts(examples: list[Message]) -> list[list[Message]]:
    """Sixteen questions."""
    return [
        [
            *examples,
            {
                "role": "user",
                "content": f"A farm has {7 * i + 3} cows and buys {i + 2} more. Explain how many it has.",
            },
        ]
        for i in range(SIZE)
    ]


@dataclass
class Speed:
    """The best of some rounds."""

    wall: float = 0.0
    cpu: float = 0.0

    def measure(self, work: Callable[[], int]) -> None:
        """Runs `work`, which returns the tokens it made."""
        wall, cpu = time.perf_counter(), time.process_time()
        tokens = work()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        self.wall, self.cpu = max(self.wall, tokens / wall), max(self.cpu, tokens / cpu)


def ours(model: Local, asked: list[list[Message]], sampling: Sampling, *, together: bool) -> int:
    """Tokens made by our model."""

    async def run() -> int:
        if together:
            replies = await asyncio.gather(*(model.generate(messages, sampling) for messages in asked))
        else:
            replies = [await model.generate(messages, sampling) for messages in asked]
        return sum(reply.usage.completion_tokens for reply in replies)

    return asyncio.run(run())


def theirs(model: object, tokenizer: object, asked: list[list[Message]], new: int) -> int:
    """Tokens made by `transformers.generate`, padded on the left."""
    texts = [tokenizer.apply_chat_template(m, tokenize=False, add_generation_prompt=True) for m in asked]  # type: ignore[attr-defined]
    inputs = tokenizer(
        texts, return_tensors="pt", padding=True, padding_side="left", add_special_tokens=False
    )  # type: ignore[operator]
    with torch.inference_mode():
        output = model.generate(**inputs, do_sample=False, max_new_tokens=new)  # type: ignore[attr-defined]
    made = output[:, inputs["input_ids"].shape[1] :]
    ends = made == tokenizer.eos_token_id  # type: ignore[attr-defined]
    return int(sum(int(row.nonzero()[0]) + 1 if row.any() else made.shape[1] for row in ends))


def _measured(
    path: Path, plain: object, tokenizer: object, asked: list[list[Message]], new: int, rounds: int
) -> dict[str, Speed]:
    speeds = {name: Speed() for name in ("ours, 1", "ours, 16", "transformers, 1", "transformers, 16")}
    sampling = Sampling(max_tokens=new)
    few = asked[:FEW]
    for _ in range(rounds):
        # Nothing is remembered from round to round: a new model each, with no memory for prefixes.
        model = local(path, max_batch=SIZE, prefix_mb=0)
        speeds["ours, 1"].measure(partial(ours, model, few, sampling, together=False))
        speeds["ours, 16"].measure(partial(ours, model, asked, sampling, together=True))
        alone = [partial(theirs, plain, tokenizer, [messages], new) for messages in few]
        speeds["transformers, 1"].measure(partial(_sum, alone))
        speeds["transformers, 16"].measure(partial(theirs, plain, tokenizer, asked, new))
    return speeds


def _sum(parts: list[Callable[[], int]]) -> int:
    return sum(part() for part in parts)


def main() -> None:
    """Prints the table and the ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--new", type=int, default=48)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    logging.set_verbosity_error()

    path = embedded_path()
    tokenizer = AutoTokenizer.from_pretrained(path)
    plain = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32).eval()
    print(f"{path.name}, float32, {torch.get_num_threads()} threads, load {os.getloadavg()[0]:.1f}")
    for title, examples in (("short prompts", []), ("three worked examples before each", EXAMPLES)):
        asked = prompts(examples)
        length = len(tokenizer.apply_chat_template(asked[0], add_generation_prompt=True)["input_ids"])
        speeds = _measured(path, plain, tokenizer, asked, options.new, options.rounds)
        print(f"\n{title} ({length} tokens), {options.new} new tokens, best of {options.rounds} rounds")
        for name, speed in speeds.items():
            print(f"  {name:17} {speed.wall:7.1f} tokens/s   {speed.cpu:7.1f} tokens/CPU-s")
        for top, bottom in (
            ("ours, 16", "ours, 1"),
            ("ours, 16", "transformers, 16"),
            ("ours, 1", "transformers, 1"),
        ):
            wall, cpu = speeds[top].wall / speeds[bottom].wall, speeds[top].cpu / speeds[bottom].cpu
            print(f"  {top} / {bottom}: {wall:.1f} x wall, {cpu:.1f} x CPU")


if __name__ == "__main__":
    main()
