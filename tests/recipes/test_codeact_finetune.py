"""`windward train codeact`: the paper's settings, options over them, and rows that are trajectories."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from windward.cli import app
from windward.recipes.codeact.finetune import PRESET, finetune
from windward.rows import TrajectoryRow, write_trajectories
from windward.training import RowError, never_score


def trajectory(number: int) -> TrajectoryRow:
    messages = [
        {"role": "system", "content": "Solve it with Python."},
        {"role": "user", "content": f"What is {number} + 1?"},
        {"role": "assistant", "content": f"<execute>print({number} + one)</execute>"},
        {"role": "user", "content": "NameError: one"},
        {"role": "assistant", "content": f"<execute>print({number} + 1)</execute>"},
        {"role": "user", "content": str(number + 1)},
        {"role": "assistant", "content": f"<solution>{number + 1}</solution>"},
    ]
    learn = [False, False, False, False, True, False, True]
    return TrajectoryRow(messages, learn, f"run/{number}", f"p/{number}", "gsm8k", "m", 3, True, ["mint"])


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    write_trajectories(tmp_path / "trajectories.parquet", [trajectory(number) for number in range(6)])
    return tmp_path / "trajectories.parquet"


@pytest.fixture
def general(tmp_path: Path) -> Path:
    talk = [{"role": "user", "content": "Who has 3 apples?"}, {"role": "assistant", "content": "Tom has."}]
    pq.write_table(pa.Table.from_pylist([{"messages": talk}] * 8), tmp_path / "general.parquet")
    return tmp_path / "general.parquet"


def call(*arguments: object) -> object:
    return CliRunner().invoke(app, ["train", "codeact", *map(str, arguments)])


def test_the_preset_is_the_papers() -> None:
    assert (PRESET.learning_rate, PRESET.warmup, PRESET.batch_size, PRESET.epochs, PRESET.max_length) == (
        1e-5, 50, 32, 5, 4096,
    )  # fmt: skip


def test_one_command_trains_on_trajectories_and_general_rows(
    tiny_checkpoint: Path, rows: Path, general: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    arguments = [
        "--rows",
        rows,
        "--mix",
        general,
        "--model",
        tiny_checkpoint,
        "--out",
        out,
        "--max-length",
        400,
    ]
    seen = call(*arguments)
    assert seen.exit_code == 0, seen.output
    assert "not to be scored on: mint" in seen.output
    record = json.loads((out / "training.json").read_text())
    assert record["identity"]["config"] == PRESET.as_dict() | {"max_length": 400}
    assert record["identity"]["mix"]["share"] is None
    # 5 epochs of 14 rows, 32 a step.
    assert len(record["losses"]) == 3
    assert never_score(out) == {"mint"}
    assert "was finished before" in call(*arguments).output


def test_options_change_the_preset_and_the_mix(
    tiny_checkpoint: Path, rows: Path, general: Path, tmp_path: Path
) -> None:
    seen = call(
        "--rows", rows, "--mix", general, "--mix-share", 0.25, "--model", tiny_checkpoint, "--out", tmp_path / "out",
        "--epochs", 2, "--batch-size", 4, "--learning-rate", 1e-3, "--warmup", 0.1,
    )  # fmt: skip
    assert seen.exit_code == 0, seen.output
    record = json.loads((tmp_path / "out" / "training.json").read_text())
    # Twice 6 trajectories and 2 others, 4 a step.
    assert len(record["losses"]) == 4
    assert record["identity"]["config"]["learning_rate"] == 1e-3


def test_what_is_wrong_is_said(tiny_checkpoint: Path, rows: Path, general: Path, tmp_path: Path) -> None:
    given = ["--model", tiny_checkpoint, "--out", tmp_path / "out"]
    seen = call("--rows", general, *given)
    assert seen.exit_code == 1
    assert "general.parquet holds no trajectories: the column learn is missing" in seen.output
    seen = call("--rows", rows, "--mix", general, "--mix-share", 0.9, *given)
    assert seen.exit_code == 1
    assert "needs 54: lower the share" in seen.output
    assert call("--rows", rows, "--mix-share", 0.5, *given).exit_code == 2
    assert call("--rows", rows, "--warmup", 1.5, *given).exit_code == 2
    assert call("--rows", tmp_path / "nowhere.parquet", *given).exit_code == 1
    (tmp_path / "text.parquet").write_text("no")
    with pytest.raises(RowError, match="cannot be read as Parquet"):
        finetune(tiny_checkpoint, tmp_path / "text.parquet", tmp_path / "out")
