"""`windward shift curve`: verdicts from a result table or from a user's own numbers, and clear words for what cannot be read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from windward.cli import app
from windward.evals.shift.planted import plant
from windward.rows import Result, read_results, select, write_results


def _curve(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["shift", "curve", *map(str, words)])
    return done.exit_code, done.output


def test_a_users_own_numbers_get_a_verdict_a_set_and_a_page(tmp_path: Path) -> None:
    lines = ["id,ood,group,set"]
    for kind in ("type II", "noise"):
        x, y = plant(kind, 45, 0.01, np.random.default_rng(0))
        lines += [
            f"{a:.4f},{b:.4f},{place // 3},{kind}" for place, (a, b) in enumerate(zip(x, y, strict=True))
        ]
    (tmp_path / "models.csv").write_text("\n".join(lines) + "\n")
    code, said = _curve(tmp_path / "models.csv", "--out", tmp_path / "out")
    assert code == 0, said
    assert "type II: type II (rising, and steeper after a knee) (45 points" in said
    assert "noise: undetermined, the nearest is flat" in said
    assert "knee at" in said
    assert "noise: undetermined" in (tmp_path / "out" / "report.html").read_text()
    stored = read_results(tmp_path / "out" / "results.parquet")
    assert [row.condition["runs"] for row in select(stored, metric="curve_verdict")] == [15, 15]


def test_its_own_table_can_be_fitted_again(tmp_path: Path) -> None:
    x, y = plant("type I", 30, 0.01, np.random.default_rng(1))
    told = {"task": "rated", "factor": "shots", "method": "vanilla", "seed": 0}
    rows = [
        Result(
            "shift", "tiny", name, "test", "accuracy", score, 500, told | {"value": place, "role": role}, 0.02
        )
        for place, pair in enumerate(zip(x.tolist(), y.tolist(), strict=True))
        for (name, role), score in zip((("amazon", "id"), ("movie", "ood")), pair, strict=True)
    ]
    write_results(tmp_path / "results.parquet", rows)
    first = _curve(tmp_path / "results.parquet", "--out", tmp_path / "one")
    second = _curve(tmp_path / "one" / "results.parquet", "--out", tmp_path / "two")
    assert first[0] == second[0] == 0, second[1]
    assert "movie: type I (one rising line)" in first[1]
    assert first[1].splitlines()[:-1] == second[1].splitlines()[:-1]
    assert read_results(tmp_path / "one" / "results.parquet") == read_results(
        tmp_path / "two" / "results.parquet"
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a,b\n1,2\n", "lacks the column id and ood"),
        ("id,ood\n83.2,50\n", "line 2: id is 83.2, no share between 0 and 1: divide percentages by 100"),
        ("id,ood\n0.5,high\n", "line 2: ood is 'high', which is no number"),
        ("id,ood\n0.5\n", "line 2: ood is '', which is no number"),
        ("id,ood\n0.5,0.4\n", "has 1 points, and no set has the 3"),
        ("id,ood\n", "has 0 points, and no set has the 3"),
        ("", "lacks the column id and ood"),
    ],
)
def test_numbers_that_cannot_be_used_are_named_by_line(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "models.csv").write_text(text)
    code, said = _curve(tmp_path / "models.csv", "--out", tmp_path / "out")
    assert code == 2
    assert told in said
    assert not (tmp_path / "out" / "report.html").exists()


def test_files_that_are_no_tables_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_text("no table")
    assert (
        "is neither a result table nor a .csv" in _curve(tmp_path / "x.parquet", "--out", tmp_path / "out")[1]
    )
    assert "is no file" in _curve(tmp_path / "none.csv", "--out", tmp_path / "out")[1]


def test_a_folder_of_another_run_is_not_written_over(tmp_path: Path) -> None:
    x, y = plant("type I", 20, 0.01, np.random.default_rng(1))
    lines = ["id,ood", *(f"{a:.4f},{b:.4f}" for a, b in zip(x, y, strict=True))]
    (tmp_path / "models.csv").write_text("\n".join(lines))
    assert _curve(tmp_path / "models.csv", "--out", tmp_path / "out")[0] == 0
    code, said = _curve(tmp_path / "models.csv", "--out", tmp_path / "out", "--seed", 1)
    assert code == 2
    assert "seed was 0, now 1" in said
