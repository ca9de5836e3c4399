"""The order of a plan reaches the optimizer: the rows that the trainer saw are those of the plan, step by step."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import seen_rows
from launching import launched
from seen_rows import mixed, note_rows, noted, numbered, plan_of
from sum_rows import sums

from windward.training import Mix, PreferenceConfig, RowError, SFTConfig, train_sft
from windward.training.config import Schedule
from windward.training.trainer import Progress

Write = Callable[[list[dict[str, Any]]], Path]
PLACES = mixed(22)


class Cut(Exception):
    """The run ends here."""


def cut_at(step: int) -> Callable[[Progress], None]:
    def cut(progress: Progress) -> None:
        if progress.step == step:
            raise Cut

    return cut


@pytest.mark.parametrize("micro", [None, 2])
def test_the_trainer_sees_the_plan(
    tiny_checkpoint: Path, written: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, micro: int | None
) -> None:
    assert plan_of(PLACES) not in (list(range(22)), PLACES)
    note_rows(tiny_checkpoint, tmp_path / "notes", monkeypatch)
    config = SFTConfig(learning_rate=1e-3, batch_size=4, micro_batch_size=micro, order="order", epochs=2)
    train_sft(tiny_checkpoint, written(numbered(PLACES)), tmp_path / "out", config)
    assert noted(tmp_path / "notes") == plan_of(PLACES) * 2


def test_a_run_that_was_cut_off_goes_on_in_the_plan(
    tiny_checkpoint: Path, written: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, config = (
        written(numbered(PLACES)),
        SFTConfig(learning_rate=1e-3, batch_size=4, order="order", save_seconds=0.0),
    )
    note_rows(tiny_checkpoint, tmp_path / "notes", monkeypatch)
    with pytest.raises(Cut):
        train_sft(tiny_checkpoint, rows, tmp_path / "out", config, on_step=cut_at(3))
    # The third step ended without a saved state, so it is taken again: on the same rows.
    assert noted(tmp_path / "notes") == plan_of(PLACES)[:12]
    train_sft(tiny_checkpoint, rows, tmp_path / "out", config)
    assert noted(tmp_path / "notes")[12:] == plan_of(PLACES)[8:]


@pytest.mark.parametrize("cut", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_two_processes_see_the_plan(tiny_checkpoint: Path, written: Write, tmp_path: Path, cut: bool) -> None:
    given = [str(seen_rows.__file__), str(tiny_checkpoint), str(written(numbered(mixed(24))))]
    given += [str(tmp_path / "out"), str(tmp_path / "notes")]
    if cut:
        assert launched(*given, "3").returncode != 0 and not (tmp_path / "out").exists()
    run = launched(*given, "0")
    assert run.returncode == 0, run.stderr
    plan = plan_of(mixed(24))
    assert noted(tmp_path / "notes", 2) == (plan[:12] + plan[8:] if cut else plan)


def test_the_rate_is_constant_where_a_column_orders_the_rows(
    tiny_checkpoint: Path, written: Write, tmp_path: Path
) -> None:
    rows = written(numbered(PLACES))
    told = {}
    choices: tuple[tuple[str, Schedule], ...] = (
        ("order", "auto"),
        ("order", "cosine"),
        ("shuffled", "auto"),
        ("given", "constant"),
    )
    for order, schedule in choices:
        config = SFTConfig(
            learning_rate=1e-3, order=order, schedule=schedule, max_steps=3, save_seconds=0.0, batch_size=4
        )
        with pytest.raises(Cut):
            train_sft(tiny_checkpoint, rows, tmp_path / f"{order}-{schedule}", config, on_step=cut_at(3))
        (state,) = (tmp_path / f"{order}-{schedule}.part").glob("checkpoint-2/trainer_state.json")
        told[order, schedule] = json.loads(state.read_text())["log_history"][-1]["learning_rate"]
        assert config.as_dict().get("schedule") == (
            "constant" if (order, schedule) in {("order", "auto"), ("given", "constant")} else None
        )
    assert told["order", "auto"] == told["given", "constant"] == 1e-3
    assert told["shuffled", "auto"] == told["order", "cosine"] != 1e-3


def test_runs_from_before_there_was_a_choice_keep_their_identity() -> None:
    assert {"schedule", "checkpoint_steps"}.isdisjoint(SFTConfig().as_dict())
    assert SFTConfig(checkpoint_steps=5).as_dict()["checkpoint_steps"] == 5


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"order": None}, "row 3, column order: None is no number"),
        ({"order": "b"}, "column order: 'b' is no number"),
        ({"order": 0}, "0 stands 2 times"),
    ],
)
def test_a_column_that_gives_no_order_is_refused(
    tiny_checkpoint: Path, written: Write, tmp_path: Path, change: dict[str, Any], says: str
) -> None:
    rows = numbered(list(range(6)))
    if isinstance(change["order"], str):
        rows = [row | {"order": "b"} for row in rows]
    rows[3] |= change
    with pytest.raises(RowError, match=says):
        train_sft(tiny_checkpoint, written(rows), tmp_path / "out", SFTConfig(order="order"))


def test_an_order_that_is_no_column_says_which_there_are(
    tiny_checkpoint: Path, written: Write, tmp_path: Path
) -> None:
    with pytest.raises(RowError, match=r"no column 'ordre'.*messages, order, task"):
        train_sft(tiny_checkpoint, written(numbered([0, 1])), tmp_path / "out", SFTConfig(order="ordre"))


def test_a_plan_takes_no_mix_and_orders_no_trees(
    tiny_checkpoint: Path, written: Write, tmp_path: Path
) -> None:
    rows = written(numbered([1, 0]))
    with pytest.raises(ValueError, match="leave no place"):
        train_sft(
            tiny_checkpoint, rows, tmp_path / "out", SFTConfig(order="order"), mix=Mix(rows=rows, share=None)
        )
    with pytest.raises(ValueError, match="set group to row"):
        PreferenceConfig(order="order", group="tree")


def test_the_record_says_when_a_tasks_rows_were_over(
    tiny_checkpoint: Path, written: Write, tmp_path: Path
) -> None:
    config = SFTConfig(learning_rate=1e-3, batch_size=4, order="order")
    train_sft(tiny_checkpoint, written(numbered(PLACES)), tmp_path / "out", config)
    record = json.loads((tmp_path / "out" / "training.json").read_text())
    assert record["learned"] == {"early": 3, "late": 6}
    assert (record["rows_trained"], record["rows_a_step"]) == (22, 4) and "arrangement" not in record
    train_sft(tiny_checkpoint, written(sums(4)), tmp_path / "no tasks", config=SFTConfig())
    assert "learned" not in json.loads((tmp_path / "no tasks" / "training.json").read_text())
