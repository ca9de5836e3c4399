"""`windward eval dynamics`: from trained runs to figures and a page, gone on with where it was cut off."""

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from windward.cli import app
from windward.rows import read_results, select


def farm(n: int) -> list[dict[str, Any]]:
    return [
        {
            "messages": [
                {"role": "user", "content": f"The farm has {i} cows and buys {i % 5}."},
                {"role": "assistant", "content": f"print({i} + {i % 5})"},
            ],
            "task": "cows" if i % 2 else "apples",
            "level": 1 + i % 2,
        }
        for i in range(n)
    ]


@pytest.fixture(scope="module")
def trained(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two runs of one arrangement, one of another, and the rows to test."""
    from windward.training import SFTConfig, train_sft

    home = tmp_path_factory.mktemp("dynamics")
    pq.write_table(pa.Table.from_pylist(farm(16)), home / "rows.parquet")
    pq.write_table(pa.Table.from_pylist(farm(30)[20:]), home / "tests.parquet")
    for name, order, seed in (("near-0", "shuffled", 0), ("near-1", "shuffled", 1), ("given", "given", 0)):
        config = SFTConfig(learning_rate=3e-3, batch_size=4, checkpoint_steps=2, order=order, seed=seed)
        train_sft(tiny_checkpoint, home / "rows.parquet", home / name, config)
    return home


def asked(trained: Path, out: Path, *more: str) -> list[str]:
    runs = [f"near={trained / 'near-0'}", f"near={trained / 'near-1'}", f"given={trained / 'given'}"]
    return ["eval", "dynamics", *(part for run in runs for part in ("--run", run)),
            "--tests", str(trained / "tests.parquet"), "--out", str(out), *more]  # fmt: skip


def test_runs_end_in_a_table_a_page_and_points(trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shown = CliRunner().invoke(app, asked(trained, out))
    assert shown.exit_code == 0, shown.output
    results = read_results(out / "results.parquet")
    ends = select(results, metric="loss", dataset="all", condition={"step": 4})
    told = {row.condition.get("run", "over seeds"): row for row in ends}
    assert set(told) == {"near@0", "near@1", "given", "over seeds"}
    assert told["near@0"].n == 10 and told["over seeds"].condition["seeds"] == [0, 1]
    assert {row.dataset for row in results} == {"all", "cows", "apples"}
    lines = shown.output.splitlines()
    assert any("within 5 % of it from step" in line for line in lines)
    assert any(line.split()[:2] == ["near", "2"] for line in lines)
    assert any(line.split()[:2] == ["given", "1"] for line in lines)
    assert (out / "report.html").read_text().startswith("<!doctype html>")
    record = json.loads((out / "run.json").read_text())
    assert record["system"] == "dynamics" and set(record["settings"]["runs"]) == {"near@0", "near@1", "given"}
    assert sorted(path.name for path in (out / "points" / "near@0").iterdir()) == [
        "run.json", "step-000000.parquet", "step-000002.parquet", "step-000004.parquet",
    ]  # fmt: skip


def test_the_same_command_goes_on_and_another_one_is_refused(trained: Path, tmp_path: Path) -> None:
    home, out = Path(shutil.copytree(trained, tmp_path / "home")), tmp_path / "out"
    assert CliRunner().invoke(app, asked(home, out)).exit_code == 0
    before = read_results(out / "results.parquet")
    for name in ("near-0", "near-1", "given"):
        shutil.rmtree(home / name / "checkpoints")
    again = CliRunner().invoke(app, asked(home, out))
    assert again.exit_code == 0 and "step 2:" not in again.output
    assert read_results(out / "results.parquet") == before
    other = CliRunner().invoke(app, asked(home, out, "--max-length", "64"))
    assert other.exit_code == 2 and "holds another run" in other.output


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["--run", "near-1"], "give NAME=PATH"),
        (["--run", "near@x=runs/near"], "the seed a whole number"),
        (["--reward", "reward"], "generate some answers (--generate N)"),
        (["--run", "near@0={home}/near-1"], "two of them with seed 0"),
        (["--task-column", "topic"], "row 1, field topic"),
        (["--run", "no={home}/rows.parquet"], "cannot be measured"),
    ],
)
def test_what_cannot_be_measured_is_said(trained: Path, tmp_path: Path, more: list[str], why: str) -> None:
    given = [part.format(home=trained) for part in more]
    shown = CliRunner().invoke(app, asked(trained, tmp_path / "out", *given))
    assert shown.exit_code == 2 and why in shown.output
    assert not (tmp_path / "out").exists()


def test_answers_and_tasks_of_another_column_are_measured_where_they_are_asked_for(
    trained: Path, tmp_path: Path
) -> None:
    command = ["eval", "dynamics", "--run", f"given={trained / 'given'}", "--tests", str(trained / "tests.parquet"),
               "--out", str(tmp_path / "out"), "--generate", "4", "--answer-tokens", "5", "--task-column", "level",
               "--within", "0.5"]  # fmt: skip
    shown = CliRunner().invoke(app, command)
    assert shown.exit_code == 0, shown.output
    results = read_results(tmp_path / "out" / "results.parquet")
    assert {row.metric for row in results} == {"loss", "rouge_l", "exact_match", "first_step", "mean_loss"}
    assert {row.dataset for row in results} == {"all", "1", "2"}
    assert {row.n for row in select(results, metric="rouge_l", dataset="all")} == {4}
    assert {row.condition["within"] for row in select(results, metric="first_step")} == {0.5}


def test_the_seed_may_be_given_with_the_name(trained: Path, tmp_path: Path) -> None:
    command = ["eval", "dynamics", "--run", f"all@7={trained / 'given'}", "--run", f"all@8={trained / 'near-1'}",
               "--tests", str(trained / "tests.parquet"), "--out", str(tmp_path / "out")]  # fmt: skip
    shown = CliRunner().invoke(app, command)
    assert shown.exit_code == 0, shown.output
    results = read_results(tmp_path / "out" / "results.parquet")
    assert {row.condition["seed"] for row in results if "run" in row.condition} == {7, 8}
