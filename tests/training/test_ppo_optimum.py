"""PPO finds the policy that the theory names, on a task whose answers can all be counted."""

import json
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
import torch

from windward.training.ppo import PPOConfig, Scorer, train_ppo

LETTERS = "abcdef"
TOKENS = 2
PROMPT = "fe"  # of two letters: after "a", an answer "a" would look to any model as no answer does
TEMPLATE = "{% for message in messages %}{{ message['content'] }}{% endfor %}"


def reward(text: str) -> float:
    """Something that no single token decides: how the letters differ and follow each other."""
    return len(set(text)) / 2 + 0.5 * (text == "".join(sorted(text))) - 0.5 * ("f" in text)


SCORER = Scorer("letters", lambda rows, texts: [reward(text) for text in texts])


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A policy over six letters and an end, two layers."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    vocabulary = {token: number for number, token in enumerate(["<pad>", "<end>", *LETTERS])}
    inner = Tokenizer(models.WordLevel(vocabulary, unk_token="<pad>"))
    inner.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    inner.decoder = decoders.Fuse()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner, eos_token="<end>", pad_token="<pad>", chat_template=TEMPLATE
    )
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=16,
        initializer_range=0.15,
        eos_token_id=1,
        pad_token_id=0,
        bos_token_id=None,
    )
    folder = tmp_path_factory.mktemp("checkpoints") / "letters"
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def sequences() -> list[tuple[int, ...]]:
    """All answers: those that end, and those that are cut off."""
    others = [token for token in range(len(LETTERS) + 2) if token != 1]
    ended = [(*some, 1) for length in range(TOKENS) for some in product(others, repeat=length)]
    return ended + list(product(others, repeat=TOKENS))


def distribution(folder: Path, prompt: str) -> torch.Tensor:
    """The probability of every answer, by transformers' own forward."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64, attn_implementation="eager")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    before = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    rows = [[*before, *answer, *[0] * (TOKENS - len(answer))] for answer in sequences()]
    with torch.inference_mode():
        steps = model(torch.tensor(rows)).logits[:, len(before) - 1 : -1].log_softmax(-1)
    found = [
        sum(float(step[token]) for step, token in zip(some, answer, strict=False))
        for some, answer in zip(steps, sequences(), strict=True)
    ]
    return torch.tensor(found).exp()


def best(reference: torch.Tensor, rewards: torch.Tensor, kl_coef: float) -> torch.Tensor:
    """π_ref·exp(r/β)/Z."""
    weights = reference * (rewards / kl_coef).exp()
    return weights / weights.sum()


def total_variation(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one - other).abs().sum() / 2)


def trained(letters: Path, folder: Path, config: PPOConfig) -> Path:
    rows = folder / "rows.jsonl"
    rows.write_text(json.dumps({"prompt": PROMPT}) + "\n")
    return train_ppo(letters, rows, folder / "out", SCORER, config).path


def texts(folder: Path) -> list[str]:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    return [tokenizer.decode(answer, skip_special_tokens=True) for answer in sequences()]


def test_the_counted_answers_are_all_there_are(letters: Path) -> None:
    assert float(distribution(letters, PROMPT).sum()) == pytest.approx(1, abs=1e-9)


QUICK = PPOConfig(
    iterations=50,
    rollout=512,
    minibatch=512,
    epochs=4,
    learning_rate=5e-5,
    value_learning_rate=1e-2,
    value_clip=None,
    kl_coef=0.5,
    whiten=False,
    max_new_tokens=TOKENS,
    generation_batch=512,
)


def test_it_reaches_the_reference_times_the_exponential_of_the_reward(letters: Path, tmp_path: Path) -> None:
    out = trained(letters, tmp_path, QUICK)
    reference, after = distribution(letters, PROMPT), distribution(out, PROMPT)
    rewards = torch.tensor([reward(text) for text in texts(letters)])
    goal = best(reference, rewards, QUICK.kl_coef)
    assert total_variation(reference, goal) > 0.2
    assert total_variation(after, goal) < 0.05


def test_a_large_coefficient_holds_it_at_the_reference(letters: Path, tmp_path: Path) -> None:
    reference = distribution(letters, PROMPT)
    moved = {}
    for kl_coef in (0.05, 50.0):
        config = replace(QUICK, iterations=10, learning_rate=1e-5, kl_coef=kl_coef)
        folder = tmp_path / str(kl_coef)
        folder.mkdir()
        moved[kl_coef] = total_variation(distribution(trained(letters, folder, config), PROMPT), reference)
    assert moved[0.05] > 0.05 and moved[50.0] < 0.01, moved
