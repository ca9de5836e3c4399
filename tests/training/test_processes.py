"""Two processes under `accelerate launch` take the steps that one takes with twice the batch."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from launching import launched
from sum_rows import sums
from tree_rows import tree

from windward.training import (
    PreferenceConfig,
    RewardConfig,
    SFTConfig,
    Trained,
    train_preference,
    train_reward,
    train_sft,
)

Write = Callable[[list[dict[str, Any]]], Path]
# 7 trees and 22 rows: the last step is not full, and one of its forwards has nothing to count.
TREES = [row for number in range(7) for row in tree(1 + number % 3, number)]
PROGRAM = """\
import sys
from windward.training import SFTConfig, train_sft

class Cut(Exception):
    pass

def cut(progress):
    print("step", progress.step)
    if progress.step == int(sys.argv[4]):
        raise Cut

config = SFTConfig(learning_rate=1e-3, batch_size=4, save_seconds=0.0)
print(train_sft(*sys.argv[1:4], config, on_step=cut).losses)
"""


def weights(folder: Path, like: Path) -> torch.Tensor:
    """All weights that another checkpoint names; zeros for what this one lacks, as a head that is new."""
    from safetensors.torch import load_file

    found = load_file(folder / "model.safetensors")
    names = sorted(load_file(like / "model.safetensors").items())
    return torch.cat([found.get(name, torch.zeros_like(value)).flatten() for name, value in names])


def alike(one: Path, two: Path, start: Path, tolerance: float) -> bool:
    """Whether weights differ by less than `tolerance` of how far training moved them."""
    moved = (weights(one, one) - weights(start, one)).norm()
    return bool((weights(one, one) - weights(two, one)).norm() < tolerance * moved)


def one_process(command: str, start: Path, rows: Path, out: Path) -> Trained:
    settings: dict[str, Any] = {"learning_rate": 1e-3, "batch_size": 8, "micro_batch_size": 2}
    if command == "sft":
        return train_sft(start, rows, out, SFTConfig(**settings))
    if command == "preference":
        return train_preference(start, rows, out, PreferenceConfig(**settings, group="tree"))
    return train_reward(start, rows, out, RewardConfig(**settings, absolute_sources=("tree",)))


@pytest.mark.parametrize(
    ("command", "rows", "options"),
    [
        ("preference", TREES, ["--group", "tree"]),
        pytest.param("sft", sums(22), [], marks=pytest.mark.slow),
        pytest.param("reward", TREES, ["--absolute-sources", "tree"], marks=pytest.mark.slow),
    ],
)
def test_two_processes_give_the_weights_of_one(
    tiny_checkpoint: Path,
    written: Write,
    tmp_path: Path,
    command: str,
    rows: list[dict[str, Any]],
    options: list[str],
) -> None:
    path = written(rows)
    alone = one_process(command, tiny_checkpoint, path, tmp_path / "one")
    given = ["--rows", str(path), "--model", str(tiny_checkpoint), "--out", str(tmp_path / "two"), *options]
    given += ["--learning-rate", "1e-3", "--batch-size", "4", "--micro-batch-size", "2"]
    run = launched("-m", "windward", "train", command, *given)
    assert run.returncode == 0, run.stderr
    assert run.stdout.count(f"{len(alone.losses)} steps, loss") == 1
    assert alike(alone.path, tmp_path / "two", tiny_checkpoint, 1e-3)


@pytest.mark.slow
def test_two_processes_that_were_cut_off_go_on_where_they_were(
    tiny_checkpoint: Path, written: Write, tmp_path: Path
) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    given = [str(program), str(tiny_checkpoint), str(written(sums(40)))]
    cut = launched(*given, str(tmp_path / "cut"), "3")
    assert cut.returncode != 0 and not (tmp_path / "cut").exists()
    resumed = launched(*given, str(tmp_path / "cut"), "0")
    assert resumed.returncode == 0, resumed.stderr
    assert {line for line in resumed.stdout.splitlines() if line.startswith("step")} == {
        "step 3",
        "step 4",
        "step 5",
    }
    whole = launched(*given, str(tmp_path / "whole"), "0")
    assert whole.returncode == 0, whole.stderr
    assert alike(tmp_path / "whole", tmp_path / "cut", tiny_checkpoint, 1e-6)
