"""Scores of many completions, entropy and the likelihood of a bare text are those of one completion, and of a plain forward."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import torch

from windward.models import ContextOverflowError, Message, Sampling, local
from windward.models.local_model import Local

DIGITS = [str(digit) for digit in range(11)]
PROMPT: list[Message] = [
    {"role": "system", "content": "The farm has 12 cows, sells 5 and buys 10. " * 3},
    {"role": "user", "content": "How many apples?"},
]


@pytest.fixture(scope="module")
def model(tiny_checkpoint: Path) -> Local:
    torch.set_num_threads(1)
    return local(tiny_checkpoint, max_batch=6)


def plain_logits(folder: Path, tokens: list[int]) -> torch.Tensor:
    """The oracle: transformers' own forward and attention, (tokens, vocabulary)."""
    from transformers import AutoModelForCausalLM

    plain = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    with torch.inference_mode():
        logits: torch.Tensor = plain(torch.tensor([tokens])).logits[0]
    return logits


async def test_many_completions_score_as_each_does_alone(model: Local) -> None:
    texts = [*DIGITS, "", "print(3 + 4)", "The farm has 12 cows."]
    many = await model.score_many(PROMPT, texts)
    for text, scores in zip(texts, many, strict=True):
        assert scores == pytest.approx(await model.score(PROMPT, text), abs=2e-4)
    assert len(many[DIGITS.index("10")]) == len(many[DIGITS.index("1")]) + 1 == 3  # ten is two tokens here
    assert many[DIGITS.index("10")][0] == pytest.approx(many[DIGITS.index("1")][0], abs=2e-4)


async def test_what_was_read_before_changes_no_score(tiny_checkpoint: Path, model: Local) -> None:
    fresh = await local(tiny_checkpoint, prefix_mb=0).score_many(PROMPT, DIGITS)
    others: list[list[Message]] = [
        [PROMPT[0], {"role": "user", "content": f"How many apples has Tom, {n}?"}] for n in range(6)
    ]
    sampling = Sampling(max_tokens=4)
    await asyncio.gather(*(model.generate(prompt, sampling) for prompt in [PROMPT, *others]))
    for scores, expected in zip(await model.score_many(PROMPT, DIGITS), fresh, strict=True):
        assert scores == pytest.approx(expected, abs=2e-4)


async def test_what_prompts_share_is_read_once(tiny_checkpoint: Path) -> None:
    for memory in (64, 0):
        model = local(tiny_checkpoint, prefix_mb=memory)
        lengths = []
        for n in range(6):
            prompt: list[Message] = [PROMPT[0], {"role": "user", "content": f"How many apples has Tom, {n}?"}]
            lengths.append(len(model.prompt_tokens(prompt)))
            (expected,) = await local(tiny_checkpoint, prefix_mb=0).score_many(prompt, ["7"])
            assert (await model.score_many(prompt, ["7"]))[0] == pytest.approx(expected, abs=2e-4)
        read = model._batch.prefilled - 6  # a token of each completion
        assert read < lengths[0] + 5 * 16 if memory else read == sum(lengths)


async def test_scores_and_replies_at_once_are_those_of_either_alone(model: Local) -> None:
    sampling = Sampling(max_tokens=12)
    reply, scores = await model.generate(PROMPT, sampling), await model.score_many(PROMPT, DIGITS)
    replies, found = await asyncio.gather(
        asyncio.gather(*(model.generate(PROMPT, sampling) for _ in range(3))),
        asyncio.gather(*(model.score_many(PROMPT, DIGITS) for _ in range(2))),
    )
    assert [one.text for one in replies] == [reply.text] * 3
    for again in found:
        for one, expected in zip(again, scores, strict=True):
            assert one == pytest.approx(expected, abs=2e-4)


async def test_entropy_is_that_of_the_token_behind_the_whole_prompt(
    model: Local, tiny_checkpoint: Path
) -> None:
    logits = plain_logits(tiny_checkpoint, model.prompt_tokens(PROMPT).tolist())[-1]
    expected = -(logits.softmax(-1) * logits.log_softmax(-1)).sum()
    assert await model.next_token_entropy(PROMPT) == pytest.approx(float(expected), abs=1e-3)


async def test_a_bare_text_is_scored_from_its_second_token_on(model: Local, tiny_checkpoint: Path) -> None:
    text = "Tom has 3 apples"
    tokens = model._tokenizer(text, add_special_tokens=False)["input_ids"]
    logits = plain_logits(tiny_checkpoint, tokens).log_softmax(-1)
    expected = [float(logits[place, token]) for place, token in enumerate(tokens[1:])]
    assert await model.text_log_probabilities(text) == pytest.approx(expected, abs=2e-4)
    assert await model.text_log_probabilities("T") == ()


async def test_what_does_not_fit_the_context_is_said(model: Local) -> None:
    long: list[Message] = [{"role": "user", "content": "cows " * 600}]
    for call in (
        model.score_many(long, DIGITS),
        model.score_many(PROMPT, ["cows " * 600]),
        model.next_token_entropy(long),
        model.text_log_probabilities("cows " * 600),
    ):
        with pytest.raises(ContextOverflowError, match="512"):
            await call
