"""How far a pair's answers lie apart: the margin that a row says, as TRL counts it, and what becomes of a bad one."""

import inspect
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from sum_rows import pairs
from typer.testing import CliRunner

from windward.cli import app
from windward.cli import train as commands
from windward.training import (
    PreferenceConfig,
    RewardConfig,
    RowError,
    SFTConfig,
    train_preference,
    train_reward,
)
from windward.training.losses import reward_loss

Write = Callable[[list[dict[str, Any]]], Path]
MARGINS = (0.75, 0.25, 0.0, 1.0)


def with_margins(rows: list[dict[str, Any]], margins: tuple[float | None, ...]) -> list[dict[str, Any]]:
    return [row | {"margin": margin} for row, margin in zip(rows, margins, strict=True)]


def record(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "training.json").read_text())
    return found


@pytest.mark.parametrize(
    ("chosen", "rejected", "margin", "loss"),
    [(1.2, 0.3, 0.0, 0.341154), (1.2, 0.3, 0.5, 0.513015), (0.1, 0.4, 1.0, 1.541008)],
)
def test_the_loss_is_that_of_the_lead_beyond_the_margin(
    chosen: float, rejected: float, margin: float, loss: float
) -> None:
    exact = math.log1p(math.exp(-(chosen - rejected - margin)))
    found = reward_loss(torch.tensor([chosen]), torch.tensor([rejected]), absolute=False, margin=margin)
    assert found.item() == pytest.approx(exact, abs=1e-6)
    assert exact == pytest.approx(loss, abs=5e-7)


@pytest.fixture(scope="module")
def ranker(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reward model whose rewards differ: of a new head they all lie near zero."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = tmp_path_factory.mktemp("ranker")
    pq.write_table(pa.Table.from_pylist(pairs(8)), folder / "rows.parquet")
    config = RewardConfig(learning_rate=1e-2)
    return train_reward(tiny_checkpoint, folder / "rows.parquet", folder / "model", config).path


def theirs(model_path: Path, rows: list[dict[str, Any]], folder: Path) -> float:
    """The loss of TRL's own trainer at its first step."""
    from datasets import Dataset
    from transformers import AutoModelForSequenceClassification, AutoTokenizer
    from trl import RewardConfig as TrlConfig
    from trl import RewardTrainer

    tokenizer = AutoTokenizer.from_pretrained(model_path)
    texts = [
        {
            side: tokenizer.apply_chat_template([*row["prompt"], *row[side]], tokenize=False).rstrip("\n")
            for side in ("chosen", "rejected")
        }
        | {name: row[name] for name in ("margin",) if name in row}
        for row in rows
    ]
    trainer = RewardTrainer(
        model=AutoModelForSequenceClassification.from_pretrained(model_path, dtype=torch.float32),
        args=TrlConfig(
            output_dir=str(folder),
            bf16=False,
            activation_checkpointing=False,
            use_cpu=True,
            report_to="none",
            learning_rate=0.0,
            per_device_train_batch_size=len(rows),
            max_steps=1,
            logging_steps=1,
            disable_tqdm=True,
            save_strategy="no",
        ),
        train_dataset=Dataset.from_list(texts),
        processing_class=tokenizer,
    )
    trainer.train()
    return float(next(entry["loss"] for entry in trainer.state.log_history if "loss" in entry))


def test_trl_computes_the_same_loss_of_the_same_margins(ranker: Path, written: Write, tmp_path: Path) -> None:
    rows = with_margins(pairs(4), MARGINS)
    ours = train_reward(ranker, written(rows), tmp_path / "ours", RewardConfig(batch_size=4))
    assert ours.losses[0] == pytest.approx(theirs(ranker, rows, tmp_path / "trl"), abs=1e-5)
    without = theirs(ranker, pairs(4), tmp_path / "plain")
    assert abs(ours.losses[0] - without) > 1e-2


def test_a_weight_of_zero_turns_the_column_off_and_an_absent_one_changes_nothing(
    ranker: Path, written: Write, tmp_path: Path
) -> None:
    plain = train_reward(ranker, written(pairs(4)), tmp_path / "plain", RewardConfig())
    rows = written(with_margins(pairs(4), MARGINS))
    off = train_reward(ranker, rows, tmp_path / "off", RewardConfig(margin_weight=0.0))
    assert off.losses == plain.losses
    assert record(off.path)["margin_rows"] == record(plain.path)["margin_rows"] == 0
    on = train_reward(ranker, rows, tmp_path / "on", RewardConfig())
    assert record(on.path)["margin_rows"] == 4
    assert on.losses[0] > plain.losses[0]


def test_rows_without_a_margin_of_their_own_lie_among_those_that_have_one(
    ranker: Path, written: Write, tmp_path: Path
) -> None:
    """Sources that only rank are mixed with rated ones (UltraFeedback: m = 0)."""
    some = train_reward(
        ranker, written(with_margins(pairs(4), (0.75, None, None, 1.0))), tmp_path / "some", RewardConfig()
    )
    zeros = train_reward(
        ranker, written(with_margins(pairs(4), (0.75, 0.0, 0.0, 1.0))), tmp_path / "zeros", RewardConfig()
    )
    assert some.losses == zeros.losses
    assert record(some.path)["margin_rows"] == 2


def test_the_rows_margin_is_weighted_and_added_to_that_of_all_pairs(
    ranker: Path, written: Write, tmp_path: Path
) -> None:
    config = RewardConfig(margin=0.1, margin_weight=2.0)
    both = train_reward(ranker, written(with_margins(pairs(3), (0.2, 0.2, 0.2))), tmp_path / "both", config)
    same = train_reward(ranker, written(pairs(3)), tmp_path / "same", RewardConfig(margin=0.5))
    assert both.losses[0] == pytest.approx(same.losses[0], abs=1e-6)


@pytest.mark.parametrize("margin", [-0.5, math.nan, math.inf])
def test_a_bad_margin_is_an_error_that_names_its_row(
    ranker: Path, written: Write, tmp_path: Path, margin: float
) -> None:
    rows = written(with_margins(pairs(3), (0.5, margin, 0.5)))
    with pytest.raises(RowError, match=r"row 1, field margin: expected a number of at least 0"):
        train_reward(ranker, rows, tmp_path / "out", RewardConfig())


def test_preference_training_leaves_margins_alone(
    tiny_checkpoint: Path, written: Write, tmp_path: Path
) -> None:
    rows = written(with_margins(pairs(2), (-1.0, math.nan)))
    trained = train_preference(tiny_checkpoint, rows, tmp_path / "out", PreferenceConfig())
    assert trained.losses[0] == pytest.approx(math.log(2), abs=1e-4)


def test_a_weight_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="margin_weight is -1"):
        RewardConfig(margin_weight=-1)


def test_the_command_takes_the_weight(ranker: Path, written: Write, tmp_path: Path) -> None:
    rows = written(with_margins(pairs(4), MARGINS))
    arguments = ["train", "reward", "--model", ranker, "--rows", rows, "--out", tmp_path / "out"]
    done = CliRunner().invoke(app, [*map(str, arguments), "--margin-weight", "0.5"])
    assert done.exit_code == 0, done.output
    assert record(tmp_path / "out")["identity"]["config"]["margin_weight"] == 0.5


@pytest.mark.parametrize(
    ("command", "config"),
    [
        (commands.sft, SFTConfig()),
        (commands.preference, PreferenceConfig()),
        (commands.reward, RewardConfig()),
    ],
)
def test_a_commands_defaults_are_those_of_its_configuration(command: Any, config: Any) -> None:
    known = {
        name: parameter.default
        for name, parameter in inspect.signature(command).parameters.items()
        if hasattr(config, name)
    }
    assert len(known) >= 9
    assert known == {name: getattr(config, name) for name in known}
