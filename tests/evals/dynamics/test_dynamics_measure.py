"""A run's checkpoints are measured once each, and what was measured outlives weights, kills and folders."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dynamics_rows import asked_rows

from windward.evals.dynamics import DynamicsError, DynamicsSettings, RunCurve, measure_run
from windward.evals.dynamics import measure as measuring
from windward.evals.dynamics.stored import read_point
from windward.evals.dynamics.trained import target_statement, trained_run
from windward.rows.arranged import prompt_digest
from windward.training.checkpoints import step_folder

TESTS = (*asked_rows(3, "apples"), *asked_rows(2, "more"))


@pytest.fixture
def run(trained_farm: Path, tmp_path: Path) -> Path:
    """A copy of the trained run that a test may take apart."""
    return Path(shutil.copytree(trained_farm, tmp_path / "run"))


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The checkpoints that were read, in order."""
    from windward.evals.dynamics import loaded

    seen: list[Path] = []
    load = loaded.load_checkpoint

    def noting(path: Path) -> loaded.Loaded:
        seen.append(path)
        return load(path)

    monkeypatch.setattr(loaded, "load_checkpoint", noting)
    return seen


def measured(run: Path, store: Path, name: str = "near", **more: Any) -> RunCurve:
    heard: Callable[[str], None] = more.pop("tell", lambda line: None)
    return measure_run(run, TESTS, store, name=name, arrangement="near", tell=heard, **more)


def test_every_checkpoint_of_a_run_is_measured_from_the_start_to_the_last_step(
    run: Path, tmp_path: Path
) -> None:
    said: list[str] = []
    curve = measured(run, tmp_path / "out", tell=said.append)
    assert [(point.step, point.rows_seen) for point in curve.points] == [(0, 0), (2, 8), (4, 16), (5, 20)]
    start = json.loads((run / "training.json").read_text())["identity"]["model"]
    assert curve.model == f"tiny@{start[:12]}"
    assert curve.seed == 3 and curve.learned == {"cows": 3, "apples": 5}
    assert curve.points[-1].figures["loss"].mean() < curve.points[0].figures["loss"].mean()
    assert [line.split(":")[0] for line in said] == [f"near, step {step}" for step in (0, 2, 4, 5)]


def test_the_loss_at_step_0_is_that_of_the_starting_checkpoint(
    run: Path, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    from windward.evals.dynamics.loaded import load_checkpoint
    from windward.evals.dynamics.losses import answer_losses

    start = load_checkpoint(tiny_checkpoint)
    curve = measured(run, tmp_path / "out")
    assert curve.points[0].figures["loss"] == pytest.approx(
        answer_losses(start.model, start.tokenizer, TESTS, 1024), abs=1e-6
    )


def test_what_is_measured_needs_neither_weights_nor_the_folder_any_more(
    run: Path, tmp_path: Path, loads: list[Path]
) -> None:
    whole = measured(run, tmp_path / "out")
    assert len(loads) == 4
    shutil.rmtree(run / "checkpoints")
    (run / "model.safetensors").unlink()
    again = measured(run, tmp_path / "out")
    shutil.rmtree(run)
    gone = measured(run, tmp_path / "out")
    assert len(loads) == 4
    for other in (again, gone):
        assert (other.name, other.seed, other.model, other.learned) == (
            whole.name, whole.seed, whole.model, whole.learned,
        )  # fmt: skip
        for ours, theirs in zip(whole.points, other.points, strict=True):
            assert ours.step == theirs.step and ours.asked == theirs.asked
            assert np.array_equal(ours.figures["loss"], theirs.figures["loss"])


def test_a_measurement_that_was_cut_off_goes_on(run: Path, tmp_path: Path, loads: list[Path]) -> None:
    def killed(line: str) -> None:
        if "step 4" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measured(run, tmp_path / "out", tell=killed)
    curve = measured(run, tmp_path / "out")
    assert [path.name for path in loads] == [
        "step-000000",
        "step-000002",
        "step-000004",
        "step-000004",
        "run",
    ]
    assert len(curve.points) == 4


def test_a_checkpoint_that_is_gone_before_it_was_measured_is_named(run: Path, tmp_path: Path) -> None:
    shutil.rmtree(step_folder(run, 2))
    with pytest.raises(DynamicsError, match=r"near, step 2: .*neither measured"):
        measured(run, tmp_path / "out")


def test_runs_from_one_checkpoint_share_their_start(run: Path, tmp_path: Path, loads: list[Path]) -> None:
    one = measured(run, tmp_path / "out", "one")
    record = json.loads((run / "training.json").read_text())
    record["identity"]["config"]["seed"] = 4
    (run / "training.json").write_text(json.dumps(record))
    other = measured(run, tmp_path / "out", "other")
    assert [path.name for path in loads].count("step-000000") == 1 and len(loads) == 7
    assert np.array_equal(one.points[0].figures["loss"], other.points[0].figures["loss"])
    assert (one.seed, other.seed) == (3, 4)


def test_points_of_another_run_or_other_settings_are_refused(run: Path, tmp_path: Path) -> None:
    measured(run, tmp_path / "out")
    with pytest.raises(DynamicsError, match="other settings"):
        measured(run, tmp_path / "out", settings=DynamicsSettings(max_length=64))
    record = json.loads((run / "training.json").read_text())
    (run / "training.json").write_text(json.dumps(record | {"rows_a_step": 8}))
    with pytest.raises(DynamicsError, match=r"step-000002\.parquet is of another run"):
        measured(run, tmp_path / "out")
    record["identity"]["config"]["learning_rate"] = 1.0
    (run / "training.json").write_text(json.dumps(record))
    for _ in range(2):
        with pytest.raises(DynamicsError, match="holds the points of another run"):
            measured(run, tmp_path / "out")


def test_a_point_is_written_whole_or_not_at_all(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(table: Any, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("windward.evals.dynamics.stored.pq.write_table", full)
        with pytest.raises(OSError, match="no space"):
            measured(run, tmp_path / "out")
    assert not list((tmp_path / "out").rglob("*.parquet"))
    assert len(measured(run, tmp_path / "out").points) == 4


def test_a_file_that_is_no_point_is_named(tmp_path: Path) -> None:
    (tmp_path / "step-000000.parquet").write_bytes(b"half")
    with pytest.raises(DynamicsError, match="no stored point"):
        read_point(tmp_path / "step-000000.parquet")


def test_a_run_without_checkpoints_is_refused(tiny_checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(DynamicsError, match="no finished training run"):
        measured(tiny_checkpoint, tmp_path / "out")
    with pytest.raises(DynamicsError, match="cannot name a run"):
        measured(tiny_checkpoint, tmp_path / "out", "../near")


def test_what_rows_were_arranged_for_is_said_of_the_tested_rows(run: Path, tmp_path: Path) -> None:
    record = json.loads((run / "training.json").read_text())

    def said(note: dict[str, Any] | None) -> str | None:
        if note is not None:
            record["arrangement"] = {
                "method": "test-centric",
                "target": "sets/target.parquet",
                "targets": 20,
            } | note
            (run / "training.json").write_text(json.dumps(record))
        return target_statement(trained_run(run), TESTS)

    assert said(None) is None
    others = said({"target_prompts": [prompt_digest("How many cows?")]})
    assert others == (
        "The training rows were arranged (test-centric) for 20 target rows of target.parquet; none of the 5 tested rows is "
        "among them."
    )
    among = said({"target_prompts": [prompt_digest("tom has 1  APPLES and buys 4.")]})
    assert (
        among is not None
        and "2 of the 5 tested rows are among them" in among
        and "not of unseen rows" in among
    )
    assert "may be among them" in str(said({}))
    assert "without a look" in str(said({"looked": False}))
    assert measured(run, tmp_path / "out", statement="Split before.").statement == "Split before."


def test_settings_that_cannot_be_measured_are_refused() -> None:
    with pytest.raises(ValueError, match="generate some"):
        DynamicsSettings(reward=Path("reward"))
    with pytest.raises(ValueError, match="max_length is 1"):
        DynamicsSettings(max_length=1)
    assert measuring.DynamicsSettings().as_dict() == {"max_length": 1024}
