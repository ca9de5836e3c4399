"""A local checkpoint answers alone as it answers in a crowd, and says how likely it found its words."""

import asyncio
import random
import shutil
from pathlib import Path

import pytest
import torch

from windward.models import ContextOverflowError, Message, Model, ModelError, Reply, Sampling, local
from windward.models.local_model import Local

WORKED_EXAMPLES: list[Message] = [
    {
        "role": "user",
        "content": "Tom has 3 apples and buys 4 more. How many apples does he have in the end? " * 3,
    },
    {"role": "assistant", "content": "print(3 + 4)"},
]


@pytest.fixture(scope="module")
def model(tiny_checkpoint: Path) -> Local:
    torch.set_num_threads(1)
    return local(tiny_checkpoint, max_batch=6)


def question(text: str, *, examples: bool = False) -> list[Message]:
    return [*(WORKED_EXAMPLES if examples else []), {"role": "user", "content": text}]


async def answers(model: Model, prompts: list[list[Message]], sampling: Sampling) -> list[Reply]:
    return await asyncio.gather(*(model.generate(prompt, sampling) for prompt in prompts))


def plain_log_probabilities(folder: Path, prompt: list[int], answer: list[int]) -> torch.Tensor:
    """The oracle: transformers' own forward over the whole sequence, its own attention."""
    from transformers import AutoModelForCausalLM

    plain = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    with torch.inference_mode():
        logits = plain(torch.tensor([prompt + answer])).logits[0].log_softmax(-1)
    return logits[len(prompt) - 1 : -1].gather(-1, torch.tensor(answer)[:, None]).squeeze(-1)


async def test_a_sampled_reply_does_not_depend_on_its_batch_mates(model: Local) -> None:
    prompts = [question("cows " * (3 * i % 7) + f"add {i}", examples=i % 2 == 0) for i in range(14)]
    sampling = Sampling(temperature=0.9, top_p=0.95, max_tokens=24, seed=7)
    together = await answers(model, prompts, sampling)
    alone = [await model.generate(prompt, sampling) for prompt in prompts]
    assert [reply.text for reply in together] == [reply.text for reply in alone]


async def test_a_greedy_reply_is_that_of_transformers_generate(model: Local, tiny_checkpoint: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    plain = AutoModelForCausalLM.from_pretrained(tiny_checkpoint, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(tiny_checkpoint)
    prompts = [question(f"The farm has {i} cows" * (1 + i % 3), examples=i > 3) for i in range(8)]
    ours = await answers(model, prompts, Sampling(max_tokens=20))
    for prompt, reply in zip(prompts, ours, strict=True):
        tokens = torch.tensor(model.prompt_tokens(prompt))[None]
        theirs = plain.generate(
            tokens, attention_mask=torch.ones_like(tokens), do_sample=False, max_new_tokens=20
        )
        assert reply.text == tokenizer.decode(theirs[0, tokens.shape[1] :], skip_special_tokens=True)


async def test_samples_of_one_prompt_differ_and_repeat(model: Local) -> None:
    prompt, sampling = question("How many?"), Sampling(temperature=1.0, max_tokens=16, seed=3)
    first = [(await model.generate(prompt, sampling, sample=i)).text for i in range(5)]
    again = await asyncio.gather(*(model.generate(prompt, sampling, sample=i) for i in range(5)))
    assert first == [reply.text for reply in again]
    assert len(set(first)) > 1
    other = await model.generate(prompt, Sampling(temperature=1.0, max_tokens=16, seed=4))
    assert other.text != first[0]


async def test_log_probabilities_are_those_of_a_plain_forward(model: Local, tiny_checkpoint: Path) -> None:
    prompts = [question(f"buys {i} more", examples=i % 2 == 0) for i in range(6)]
    replies = await answers(model, prompts, Sampling(temperature=0.8, max_tokens=15, seed=1, logprobs=True))
    tokenizer = model._tokenizer
    for prompt, reply in zip(prompts, replies, strict=True):
        assert reply.logprobs is not None and len(reply.logprobs) == reply.usage.completion_tokens
        answer = tokenizer(reply.text, add_special_tokens=False)["input_ids"]
        if reply.finish == "stop":
            answer.append(tokenizer.eos_token_id)
        if len(answer) != len(reply.logprobs):
            continue  # another way to spell the same text: not what was drawn
        expected = plain_log_probabilities(tiny_checkpoint, model.prompt_tokens(prompt).tolist(), answer)
        torch.testing.assert_close(torch.tensor(reply.logprobs), expected, atol=2e-4, rtol=1e-4)


async def test_score_gives_every_token_of_a_completion_and_its_end(
    model: Local, tiny_checkpoint: Path
) -> None:
    prompt, text = question("How many?", examples=True), "print(3 + 4)"
    scores = await model.score(prompt, text)
    answer = [*model._tokenizer(text)["input_ids"], model._tokenizer.eos_token_id]
    expected = plain_log_probabilities(tiny_checkpoint, model.prompt_tokens(prompt).tolist(), answer)
    torch.testing.assert_close(torch.tensor(scores), expected, atol=2e-4, rtol=1e-4)


async def test_shared_worked_examples_are_read_once(tiny_checkpoint: Path) -> None:
    model = local(tiny_checkpoint, max_batch=8)
    prompts = [question(f"sells {i}", examples=True) for i in range(8)]
    lengths = [len(model.prompt_tokens(prompt)) for prompt in prompts]
    await answers(model, prompts, Sampling(max_tokens=4))
    assert model._batch.prefilled < lengths[0] + 8 * 16 < sum(lengths) / 3


async def test_the_next_turn_reads_only_what_is_new(tiny_checkpoint: Path) -> None:
    history = question("Tom has 3 apples", examples=True)
    for memory in (64, 0):
        model = local(tiny_checkpoint, max_batch=4, prefix_mb=memory)
        reply = await model.generate(history, Sampling(max_tokens=30, stop=("<",)))
        before = model._batch.prefilled
        longer: list[Message] = [*history, {"role": "assistant", "content": reply.text}]
        longer.append({"role": "user", "content": "and then?"})
        await model.generate(longer, Sampling(max_tokens=4))
        read, whole = model._batch.prefilled - before, len(model.prompt_tokens(longer))
        assert read <= whole - len(model.prompt_tokens(history)) if memory else read == whole


@pytest.mark.parametrize("memory", [0, 1, 64])
async def test_reused_prefixes_change_no_reply(tiny_checkpoint: Path, memory: int) -> None:
    """Whatever is kept, dropped or copied, in whatever order calls come, the replies are those of a bare model."""
    bare = local(tiny_checkpoint, max_batch=1, prefix_mb=0)
    model = local(tiny_checkpoint, max_batch=5, prefix_mb=memory)
    rng = random.Random(memory)
    sampling = Sampling(temperature=0.7, max_tokens=10, seed=5)
    prompts = [
        question("cows " * rng.choice([0, 5, 60]) + f"add {rng.randrange(3)}", examples=rng.random() < 0.6)
        for _ in range(24)
    ]
    expected = [(await bare.generate(prompt, sampling)).text for prompt in prompts]
    assert [reply.text for reply in await answers(model, prompts, sampling)] == expected
    for start in range(0, len(prompts), 4):
        part = await answers(model, prompts[start : start + 4], sampling)
        assert [reply.text for reply in part] == expected[start : start + 4]


async def test_replies_end_before_the_first_stop_string(model: Local) -> None:
    prompt = question("def add(a, b)")
    whole = await model.generate(prompt, Sampling(temperature=1.0, max_tokens=60, seed=2))
    assert len(whole.text) > 12
    stop = whole.text[8:11]
    cut = await model.generate(
        prompt, Sampling(temperature=1.0, max_tokens=60, seed=2, stop=("never said", stop))
    )
    assert cut.text == whole.text[: whole.text.find(stop)]
    assert cut.finish == "stop" and cut.usage.completion_tokens <= whole.usage.completion_tokens


async def test_an_assistants_last_message_is_gone_on_from(model: Local) -> None:
    prompt = question("How many?")
    whole = await model.generate(prompt, Sampling(max_tokens=12))
    begun: list[Message] = [*prompt, {"role": "assistant", "content": "print("}]
    tokens = model.prompt_tokens(begun)
    assert model._tokenizer.decode(tokens).endswith("print(")
    assert (await model.generate(begun, Sampling(max_tokens=4))).text != whole.text


async def test_a_prompt_that_leaves_no_room_is_refused_and_its_mates_go_on(model: Local) -> None:
    long, short = question("cows " * 600), question("cows")
    results = await asyncio.gather(
        model.generate(long), model.generate(short, Sampling(max_tokens=4)), return_exceptions=True
    )
    assert isinstance(results[0], ContextOverflowError)
    assert "512" in str(results[0]) and "max_tokens" in str(results[0])
    assert isinstance(results[1], Reply)
    with pytest.raises(ContextOverflowError):
        await model.generate(short, Sampling(max_tokens=510))
    with pytest.raises(ModelError, match="no messages"):
        await model.generate([])
    with pytest.raises(ModelError, match="max_tokens"):
        await model.generate(short, Sampling(max_tokens=0))


async def test_a_cancelled_call_leaves_the_batch_and_hurts_nobody(model: Local) -> None:
    sampling = Sampling(temperature=1.0, max_tokens=200, seed=9)
    expected = (await model.generate(question("cows"), sampling)).text
    calls = [asyncio.create_task(model.generate(question(f"add {i}"), sampling)) for i in range(5)]
    kept = asyncio.create_task(model.generate(question("cows"), sampling))
    await asyncio.sleep(0.02)
    for call in calls:
        call.cancel()
    assert (await kept).text == expected
    await asyncio.sleep(0.05)
    assert not model._batch.live and not model._batch.waiting


async def test_the_event_loop_stays_alive_during_generation(model: Local) -> None:
    ticks = 0
    call = asyncio.create_task(
        model.generate(question("cows"), Sampling(temperature=1.0, max_tokens=300, seed=1))
    )
    while not call.done():
        await asyncio.sleep(0.001)
        ticks += 1
    assert ticks >= 5


async def test_more_calls_than_slots_are_all_answered(model: Local) -> None:
    prompts = [question(f"The answer is {i}") for i in range(40)]
    replies = await answers(model, prompts, Sampling(temperature=1.0, max_tokens=9, seed=0))
    assert len(replies) == 40 and all(0 < reply.usage.completion_tokens <= 9 for reply in replies)


def test_two_event_loops_one_after_the_other_can_use_one_model(model: Local) -> None:
    texts = {asyncio.run(model.generate(question("cows"), Sampling(max_tokens=5))).text for _ in range(2)}
    assert len(texts) == 1


def test_the_name_follows_the_content_and_not_the_place(tiny_checkpoint: Path, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere" / "tiny"
    shutil.copytree(tiny_checkpoint, copy)
    (copy / "training.json").write_text("{}")
    same = local(copy).name
    assert same == local(tiny_checkpoint).name
    weights = bytearray((copy / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (copy / "model.safetensors").write_bytes(weights)
    assert local(copy).name != same
    assert same.startswith("tiny@") and isinstance(local(copy), Model)


def test_a_folder_that_is_no_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"config\.json"):
        local(tmp_path)
