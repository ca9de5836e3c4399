"""Training runs: what is learnt, what is kept, what is refused, and what happens when one is cut off."""

import json
import math
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from sum_rows import pairs, sums

from windward.training import (
    OutputError,
    PreferenceConfig,
    RewardConfig,
    RowError,
    SFTConfig,
    train_preference,
    train_reward,
    train_sft,
)
from windward.training.conversations import answering
from windward.training.losses import PREFERENCE_LOSSES
from windward.training.pairs import chat_reader, read_pairs
from windward.training.policy import load_policy, save_policy
from windward.training.trainer import COMPLETE, Progress, answer_log_probabilities, collate, latest_state

Write = Callable[[list[dict[str, Any]]], Path]


def weights(folder: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def same_weights(left: Path, right: Path) -> bool:
    ours, theirs = weights(left), weights(right)
    return all(torch.equal(ours[name], theirs[name]) for name in ours)


def answer_nll(folder: Path, row: dict[str, Any]) -> float:
    """Mean negative log-likelihood of the last answer, by transformers' own labels and loss."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    prompt = tokenizer.apply_chat_template(row["messages"][:-1], tokenize=False, add_generation_prompt=True)
    before = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    answer = tokenizer(row["messages"][-1]["content"], add_special_tokens=False)["input_ids"]
    answer.append(tokenizer.eos_token_id)
    with torch.inference_mode():
        return float(
            model(torch.tensor([before + answer]), labels=torch.tensor([[-100] * len(before) + answer])).loss
        )


def test_sft_lowers_the_loss_and_leaves_an_ordinary_checkpoint(
    tiny_checkpoint: Path, written: Write, tmp_path: Path
) -> None:
    from windward.models import local

    heard: list[Progress] = []
    config = SFTConfig(learning_rate=3e-3, epochs=3)
    trained = train_sft(tiny_checkpoint, written(sums(24)), tmp_path / "out", config, on_step=heard.append)
    assert len(trained.losses) == 9 and [progress.step for progress in heard] == list(range(1, 10))
    assert trained.losses[-1] < trained.losses[0] / 2
    assert local(trained.path).name.startswith("out@")
    assert {path.name for path in trained.path.iterdir()} >= {
        "training.json",
        "tokenizer.json",
        "config.json",
    }
    assert not list(tmp_path.glob("*.part"))
    record = json.loads((trained.path / "training.json").read_text())
    assert record["losses"] == list(trained.losses) and record["identity"]["config"]["epochs"] == 3


def test_only_the_last_answer_carries_loss(tiny_checkpoint: Path, written: Write, tmp_path: Path) -> None:
    row = sums(1)[0]
    expected = answer_nll(tiny_checkpoint, row)
    trained = train_sft(tiny_checkpoint, written([row]), tmp_path / "out", SFTConfig())
    assert trained.losses[0] == pytest.approx(expected, rel=1e-4)


def test_a_split_batch_takes_the_same_step(tiny_checkpoint: Path, written: Write, tmp_path: Path) -> None:
    rows = written(sums(8))
    whole = train_sft(tiny_checkpoint, rows, tmp_path / "whole", SFTConfig(learning_rate=1e-3))
    split = train_sft(
        tiny_checkpoint, rows, tmp_path / "split", SFTConfig(learning_rate=1e-3, micro_batch_size=2)
    )
    assert split.losses == pytest.approx(whole.losses, rel=1e-4)


def test_activations_computed_twice_take_the_same_steps(
    tiny_checkpoint: Path, written: Write, tmp_path: Path
) -> None:
    rows = written(pairs(8))
    for name, train, config in (
        ("preference", train_preference, PreferenceConfig(learning_rate=1e-3, epochs=2)),
        ("reward", train_reward, RewardConfig(learning_rate=1e-3, epochs=2)),
    ):
        kept, again = (
            train(
                tiny_checkpoint,
                rows,
                tmp_path / f"{name}-{twice}",
                replace(config, gradient_checkpointing=twice),
            )  # type: ignore[operator]
            for twice in (False, True)
        )
        assert again.losses == pytest.approx(kept.losses, rel=1e-5)


def test_the_same_run_twice_gives_the_same_bytes(
    tiny_checkpoint: Path, written: Write, tmp_path: Path
) -> None:
    rows, config = written(sums(16)), SFTConfig(learning_rate=1e-3, lora_rank=4)
    first = train_sft(tiny_checkpoint, rows, tmp_path / "a", config)
    second = train_sft(tiny_checkpoint, rows, tmp_path / "b", config)
    assert first.losses == second.losses and same_weights(first.path, second.path)


def test_merged_adapters_answer_like_the_adapters(tiny_checkpoint: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    model, tokenizer = load_policy(tiny_checkpoint, SFTConfig(lora_rank=4))
    torch.manual_seed(0)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_B" in name:  # zero at first: the adapters would say nothing
                weight.normal_(std=0.1)
    batch = collate([answering(range(5, 30), range(40, 60))])
    with torch.no_grad():
        adapted = answer_log_probabilities(model, batch)
        save_policy(model, tokenizer, tmp_path / "merged")
        merged, plain = (
            AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
            for folder in (tmp_path / "merged", tiny_checkpoint)
        )
        tokens = torch.tensor([[*range(5, 30), *range(40, 60)]])
        answered, before = (
            other(tokens).logits[0, 24:-1].log_softmax(-1).gather(-1, tokens[0, 25:, None]).squeeze(-1)
            for other in (merged, plain)
        )
    torch.testing.assert_close(answered, adapted, atol=1e-3, rtol=1e-4)
    assert (before - adapted).abs().max() > 0.1


@pytest.mark.parametrize("lora_rank", [0, 4])
def test_a_run_that_was_cut_off_goes_on_where_it_was(
    tiny_checkpoint: Path, written: Write, tmp_path: Path, lora_rank: int
) -> None:
    rows = written(sums(40))
    config = SFTConfig(learning_rate=1e-3, lora_rank=lora_rank, save_seconds=0.0)
    whole = train_sft(tiny_checkpoint, rows, tmp_path / "whole", config)

    class Cut(Exception):
        pass

    def cut(progress: Progress) -> None:
        if progress.step == 4:
            raise Cut

    with pytest.raises(Cut):
        train_sft(tiny_checkpoint, rows, tmp_path / "cut", config, on_step=cut)
    assert not (tmp_path / "cut").exists()
    heard: list[int] = []
    resumed = train_sft(
        tiny_checkpoint, rows, tmp_path / "cut", config, on_step=lambda progress: heard.append(progress.step)
    )
    assert heard == [4, 5]
    assert resumed.losses == whole.losses and same_weights(resumed.path, whole.path)


def test_a_killed_process_goes_on_where_it_was(tiny_checkpoint: Path, written: Write, tmp_path: Path) -> None:
    rows = written(sums(40))
    config = SFTConfig(learning_rate=1e-3, save_seconds=0.0)
    whole = train_sft(tiny_checkpoint, rows, tmp_path / "whole", config)
    program = (
        "import os, signal, sys, torch\n"
        f"torch.set_num_threads({torch.get_num_threads()})\n"  # sums depend on it in their last digits
        "from windward.training import SFTConfig, train_sft\n"
        "def die(progress):\n"
        "    if progress.step == 3:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "train_sft(*sys.argv[1:], SFTConfig(learning_rate=1e-3, save_seconds=0.0), on_step=die)\n"
    )
    out = tmp_path / "killed"
    killed = subprocess.run([sys.executable, "-c", program, str(tiny_checkpoint), str(rows), str(out)])
    assert killed.returncode == -signal.SIGKILL and not out.exists()
    heard: list[int] = []
    resumed = train_sft(
        tiny_checkpoint, rows, out, config, on_step=lambda progress: heard.append(progress.step)
    )
    assert heard == [3, 4, 5]
    assert resumed.losses == whole.losses and same_weights(resumed.path, whole.path)


def test_a_state_that_was_cut_off_while_it_was_saved_is_not_used(tmp_path: Path) -> None:
    for step, whole in ((2, True), (10, True), (12, False)):
        state = tmp_path / f"checkpoint-{step}"
        state.mkdir()
        if whole:
            (state / COMPLETE).write_text("1.0")
    assert latest_state(tmp_path) == tmp_path / "checkpoint-10"


def test_a_finished_run_is_not_done_again_and_another_is_refused(
    tiny_checkpoint: Path, written: Write, tmp_path: Path
) -> None:
    rows = written(sums(8))
    first = train_sft(tiny_checkpoint, rows, tmp_path / "out", SFTConfig())
    again = train_sft(tiny_checkpoint, rows, tmp_path / "out", SFTConfig())
    assert again.skipped and again.losses == first.losses
    with pytest.raises(OutputError, match="something else"):
        train_sft(tiny_checkpoint, rows, tmp_path / "out", SFTConfig(seed=1))
    with pytest.raises(OutputError):
        train_sft(tiny_checkpoint, written(sums(9)), tmp_path / "out", SFTConfig())
    (tmp_path / "mine").mkdir()
    with pytest.raises(OutputError):
        train_sft(tiny_checkpoint, rows, tmp_path / "mine", SFTConfig())


@pytest.mark.parametrize("objective", sorted(PREFERENCE_LOSSES))
def test_preference_training_prefers_the_chosen_answers(
    tiny_checkpoint: Path, written: Write, tmp_path: Path, objective: str
) -> None:
    config = PreferenceConfig(learning_rate=1e-3, epochs=3, objective=objective)
    trained = train_preference(tiny_checkpoint, written(pairs(16)), tmp_path / "out", config)
    assert trained.losses[-1] < trained.losses[0]


def test_the_first_preference_loss_is_that_of_equal_policies(
    tiny_checkpoint: Path, written: Write, tmp_path: Path
) -> None:
    rows = written(pairs(8))
    dpo = train_preference(tiny_checkpoint, rows, tmp_path / "dpo", PreferenceConfig())
    nca = train_preference(tiny_checkpoint, rows, tmp_path / "nca", PreferenceConfig(objective="nca_pair"))
    mixed = train_preference(
        tiny_checkpoint, rows, tmp_path / "mixed", PreferenceConfig(sft_weight=1.0, lora_rank=4)
    )
    assert dpo.losses[0] == pytest.approx(math.log(2), abs=1e-4)
    assert nca.losses[0] == pytest.approx(2 * math.log(2), abs=1e-4)
    likelihood = sum(answer_nll(tiny_checkpoint, row) for row in sums(8)) / 8
    assert mixed.losses[0] == pytest.approx(math.log(2) + likelihood, rel=1e-4)


def test_a_long_history_is_cut_and_the_answer_is_not(
    tiny_checkpoint: Path, written: Write, tmp_path: Path
) -> None:
    row = sums(1)[0]
    row["messages"][0]["content"] *= 50
    trained = train_sft(tiny_checkpoint, written([row]), tmp_path / "out", SFTConfig(max_length=64))
    assert trained.tokens == 64 and trained.answer_tokens > 5
    assert json.loads((trained.path / "training.json").read_text())["rows_cut"] == 1


def test_both_answers_of_a_pair_see_the_same_cut_prompt(tiny_checkpoint: Path, written: Write) -> None:
    from transformers import AutoTokenizer

    row = pairs(1)[0]
    row["prompt"][0]["content"] *= 50
    tokenizer = AutoTokenizer.from_pretrained(tiny_checkpoint)
    pair = read_pairs(written([row]), chat_reader(tokenizer), 64)[0]
    (chosen,), (rejected,) = pair.chosen.learnt, pair.rejected.learnt
    assert chosen[0] == rejected[0]
    assert pair.chosen.tokens[: chosen[0]] == pair.rejected.tokens[: rejected[0]]
    assert pair.chosen.cut == pair.rejected.cut > 0
    assert max(len(pair.chosen.tokens), len(pair.rejected.tokens)) == 64


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"messages": []}, "row 1, field messages: expected a list"),
        ({"messages": [{"role": "user", "content": "x"}]}, "row 1, field messages: the last message must be"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "row 1, field messages, message 0: role must"),
        (
            {"messages": [{"role": "assistant", "content": "x"}]},
            "row 1, field messages: there are no messages",
        ),
        ({"messages": [{"role": "user", "content": ""}]}, "row 1, field messages, message 0: content must"),
    ],
)
def test_a_malformed_row_is_named(
    tiny_checkpoint: Path, written: Write, tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    path = written([sums(1)[0], change])
    with pytest.raises(RowError, match=said) as caught:
        train_sft(tiny_checkpoint, path, tmp_path / "out")
    assert str(path) in str(caught.value)


def test_rows_of_the_wrong_kind_are_named(tiny_checkpoint: Path, written: Write, tmp_path: Path) -> None:
    with pytest.raises(RowError, match=r"columns \['prompt', 'chosen', 'rejected'\] are missing"):
        train_preference(tiny_checkpoint, written(sums(2)), tmp_path / "out")
    row = pairs(1)[0]
    with pytest.raises(RowError, match="the same answer"):
        train_preference(tiny_checkpoint, written([row | {"rejected": row["chosen"]}]), tmp_path / "out")
    with pytest.raises(FileNotFoundError, match="Parquet"):
        train_sft(tiny_checkpoint, tmp_path / "nowhere.parquet", tmp_path / "out")


def test_warm_up_is_a_share_or_a_number_of_steps(
    tiny_checkpoint: Path, written: Write, tmp_path: Path
) -> None:
    rows, before = written(sums(24)), weights(tiny_checkpoint)
    moved = []
    for warmup in (0, 0.1, 50):
        config = SFTConfig(learning_rate=1e-3, warmup=warmup)
        after = weights(train_sft(tiny_checkpoint, rows, tmp_path / f"{warmup}", config).path)
        moved.append(sum(float((after[name] - before[name]).abs().sum()) for name in before))
    # Of three steps a tenth is none; of fifty, the first three reach a twentieth of the rate.
    assert moved[0] == moved[1] > 10 * moved[2] > 0


def test_settings_that_cannot_be_trained_are_refused() -> None:
    with pytest.raises(ValueError, match=r"warmup is 1\.5"):
        SFTConfig(warmup=1.5)
    with pytest.raises(ValueError, match="multiple"):
        SFTConfig(batch_size=8, micro_batch_size=3)
    with pytest.raises(ValueError, match="objective is 'cpo'"):
        PreferenceConfig(objective="cpo")
    with pytest.raises(ValueError, match="epochs"):
        SFTConfig(epochs=0)
