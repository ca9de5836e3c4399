"""Checkpoints that a run keeps on its way: from step 0 on, whole, and the same after a cut."""

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sum_rows import sums

from windward.training import SFTConfig, train_sft
from windward.training.checkpoints import saved_steps
from windward.training.trainer import Progress

Write = Callable[[list[dict[str, Any]]], Path]


def weights(folder: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    return {name: value.tolist() for name, value in load_file(folder / "model.safetensors").items()}


@pytest.mark.parametrize("lora_rank", [0, 4])
def test_every_n_steps_are_kept_and_training_is_not_changed_by_it(
    tiny_checkpoint: Path, written: Write, tmp_path: Path, lora_rank: int
) -> None:
    rows = written(sums(20))
    settings: dict[str, Any] = {"learning_rate": 1e-3, "batch_size": 4, "lora_rank": lora_rank}
    plain = train_sft(tiny_checkpoint, rows, tmp_path / "plain", SFTConfig(**settings))
    kept = train_sft(tiny_checkpoint, rows, tmp_path / "kept", SFTConfig(**settings, checkpoint_steps=2))
    assert kept.losses == plain.losses and weights(kept.path) == weights(plain.path)
    saved = saved_steps(kept.path)
    assert [(one.step, one.rows_seen) for one in saved] == [(0, 0), (2, 8), (4, 16), (5, 20)]
    assert weights(saved[0].path) == weights(tiny_checkpoint) and saved[-1].path == kept.path
    steps = [weights(one.path) for one in saved]
    assert all(before != after for before, after in pairwise(steps))
    assert (saved[1].path / "tokenizer_config.json").is_file()


def test_a_checkpoint_is_the_model_that_took_so_many_steps(
    tiny_checkpoint: Path, written: Write, tmp_path: Path
) -> None:
    rows = written(sums(20))
    settings: dict[str, Any] = {
        "learning_rate": 1e-3,
        "batch_size": 4,
        "schedule": "constant",
        "order": "given",
    }
    long = train_sft(tiny_checkpoint, rows, tmp_path / "long", SFTConfig(**settings, checkpoint_steps=3))
    short = train_sft(tiny_checkpoint, rows, tmp_path / "short", SFTConfig(**settings, max_steps=3))
    assert weights(saved_steps(long.path)[1].path) == weights(short.path)


def test_a_run_that_was_cut_off_keeps_the_same_ones(
    tiny_checkpoint: Path, written: Write, tmp_path: Path
) -> None:
    rows = written(sums(20))
    config = SFTConfig(learning_rate=1e-3, batch_size=4, checkpoint_steps=2, save_seconds=0.0)
    whole = train_sft(tiny_checkpoint, rows, tmp_path / "whole", config)

    def cut(progress: Progress) -> None:
        if progress.step == 4:
            raise RuntimeError("cut")

    with pytest.raises(RuntimeError, match="cut"):
        train_sft(tiny_checkpoint, rows, tmp_path / "cut", config, on_step=cut)
    torn = tmp_path / "cut.part" / "checkpoints" / "step-000004" / "model.safetensors"
    torn.write_text("torn")
    resumed = train_sft(tiny_checkpoint, rows, tmp_path / "cut", config)
    pairs = list(zip(saved_steps(whole.path), saved_steps(resumed.path), strict=True))
    assert all(weights(one.path) == weights(other.path) for one, other in pairs) and len(pairs) == 4


def test_a_run_without_them_says_what_to_do(tiny_checkpoint: Path, written: Write, tmp_path: Path) -> None:
    trained = train_sft(tiny_checkpoint, written(sums(4)), tmp_path / "out", SFTConfig())
    with pytest.raises(ValueError, match="--checkpoint-steps N"):
        saved_steps(trained.path)
    with pytest.raises(ValueError, match="no finished training run"):
        saved_steps(tmp_path)
    with pytest.raises(ValueError, match="checkpoint_steps is 0"):
        SFTConfig(checkpoint_steps=0)
    assert json.loads((trained.path / "training.json").read_text())["rows_trained"] == 4
