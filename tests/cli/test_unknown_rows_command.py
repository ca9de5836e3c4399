"""`windward unknown rows` and `study`: what they write, and what they say when something lacks."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from windward.cli import app

ROWS = [
    {"dataset": "mine", "split": "answerable", "question": "who", "references": ["Livy"], "response": "Livy.", "model": "a"},
    {"dataset": "mine", "split": "unanswerable", "question": "whom", "references": [], "response": "Livy.", "model": "a"},
]  # fmt: skip


def run(*arguments: object) -> tuple[int, str]:
    """Exit code and everything said."""
    done = CliRunner().invoke(app, ["unknown", *map(str, arguments)])
    return done.exit_code, done.output


def test_rows_are_written_and_counted(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "answers.parquet")
    code, said = run("rows", tmp_path / "answers.parquet", "--balanced", "--out", tmp_path / "rows")
    assert code == 0 and "2 rows for SFT, 2 pairs" in said
    names = {path.name for path in (tmp_path / "rows").iterdir()}
    assert names == {"sft.parquet", "preference.parquet", "results.parquet", "run.json"}


def test_answers_of_several_models_need_a_name(tmp_path: Path) -> None:
    both = [*ROWS, *(row | {"model": "b"} for row in ROWS)]
    pq.write_table(pa.Table.from_pylist(both), tmp_path / "answers.parquet")
    code, said = run("rows", tmp_path / "answers.parquet", "--out", tmp_path / "rows")
    assert code == 2 and "a, b" in said and "--model" in said
    code, _ = run("rows", tmp_path / "answers.parquet", "--model", "b", "--out", tmp_path / "rows")
    assert code == 0


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    code, said = run("rows", tmp_path / "nothing.parquet", "--out", tmp_path / "rows")
    assert code == 2 and "does not exist" in said and not (tmp_path / "rows").exists()


def test_a_study_without_its_data_says_where_they_belong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WINDWARD_DATA", raising=False)
    code, said = run("study", "--model", tmp_path, "--out", tmp_path / "study")
    assert code == 2 and "WINDWARD_DATA" in said and not (tmp_path / "study").exists()
