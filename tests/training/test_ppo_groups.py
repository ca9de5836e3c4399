"""GRPO and RLOO by TRL take the same rows and rewards, and leave the same kind of folder."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from typer.testing import CliRunner

from windward.cli import app
from windward.training import OutputError, never_score
from windward.training.ppo import Scorer
from windward.training.trl_groups import GroupConfig, train_groups

pytest.importorskip("trl")
SMALL: dict[str, Any] = {
    "steps": 2,
    "prompts": 2,
    "samples": 2,
    "max_new_tokens": 4,
    "learning_rate": 1e-3,
    "save_steps": 1,
}
SEEN: list[tuple[str, str]] = []


def score(rows: Any, texts: Any) -> list[float]:
    SEEN.extend((row["prompt"], text) for row, text in zip(rows, texts, strict=True))
    return [len(text) / 10 for text in texts]


LENGTH = Scorer("length", score)


def asking(folder: Path, **more: Any) -> Path:
    file = folder / "rows.jsonl"
    things = ["apples", "cows", "numbers"]
    file.write_text("".join(json.dumps({"prompt": f"Tom has {thing}.", **more}) + "\n" for thing in things))
    return file


def weights(folder: Path) -> torch.Tensor:
    from safetensors.torch import load_file

    return torch.cat(
        [value.flatten() for _, value in sorted(load_file(folder / "model.safetensors").items())]
    )


@pytest.mark.parametrize(("method", "lora_rank"), [("grpo", 0), ("rloo", 4)])
def test_trl_trains_on_our_rows_and_rewards(
    tiny_checkpoint: Path, tmp_path: Path, method: str, lora_rank: int
) -> None:
    from windward.models import local

    SEEN.clear()
    rows = asking(tmp_path, never_score=["SVAMP"])
    config = GroupConfig(method=method, lora_rank=lora_rank, **SMALL)  # type: ignore[arg-type]
    trained = train_groups(tiny_checkpoint, rows, tmp_path / "out", LENGTH, config)
    assert len(trained.steps) == 2 and len(SEEN) == 8
    assert {prompt for prompt, _ in SEEN} <= {"Tom has apples.", "Tom has cows.", "Tom has numbers."}
    mean = sum(len(text) for _, text in SEEN) / 80
    assert sum(step["reward"] for step in trained.steps) / 2 == pytest.approx(mean, abs=1e-4)
    assert not torch.equal(weights(trained.path), weights(tiny_checkpoint))
    assert local(trained.path).name.startswith("out@")
    assert never_score(trained.path) == {"svamp"}
    assert not list(tmp_path.glob("*.part")) and not list(trained.path.glob("checkpoint-*"))
    assert train_groups(tiny_checkpoint, rows, tmp_path / "out", LENGTH, config).skipped
    other = GroupConfig(method=method, **SMALL | {"steps": 3})  # type: ignore[arg-type]
    with pytest.raises(OutputError):
        train_groups(tiny_checkpoint, rows, tmp_path / "out", LENGTH, other)


def test_a_cut_off_run_goes_on_from_its_last_saved_step(tiny_checkpoint: Path, tmp_path: Path) -> None:
    """Not to the same weights: TRL begins its order of prompts anew."""

    class Cut(Exception):
        pass

    def cut(logged: dict[str, float]) -> None:
        if logged["step"] == 2:
            raise Cut

    given = (tiny_checkpoint, asking(tmp_path), tmp_path / "out", LENGTH, GroupConfig(**SMALL))
    with pytest.raises(Cut):
        train_groups(*given, on_step=cut)
    assert not (tmp_path / "out").exists()
    heard: list[float] = []
    resumed = train_groups(*given, on_step=lambda logged: heard.append(logged["step"]))
    assert heard == [2] and [step["step"] for step in resumed.steps] == [1, 2]


def test_the_command_says_what_is_wrong(tiny_checkpoint: Path, tmp_path: Path) -> None:
    given = ["train", "rloo", "--rows", str(asking(tmp_path)), "--out", str(tmp_path / "out")]
    given += ["--model", str(tiny_checkpoint)]
    alone = CliRunner().invoke(app, [*given, "--verifier", "math", "--samples", "1"])
    assert alone.exit_code == 2 and "at least one other" in alone.output
    missing = CliRunner().invoke(app, [*given, "--rows", str(tmp_path / "none.jsonl"), "--verifier", "math"])
    assert missing.exit_code == 1 and "no rows at" in missing.output
