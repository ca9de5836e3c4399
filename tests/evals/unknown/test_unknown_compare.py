"""Runs are compared by one detector and on the same scales, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from unknown_rows import table_row, write_table

from windward.evals.data import DataError
from windward.evals.unknown.compare import compare_runs
from windward.evals.unknown.confidence.scales import PROBABILITY, ZERO_TO_TEN, ConfidenceScale
from windward.evals.unknown.refusal.comparable import IncomparableError
from windward.evals.unknown.replay import ReplayConfig, replay_unknown
from windward.rows import read_results, select, write_results


def quiet(line: str) -> None:
    """Says nothing."""


def run(folder: Path, model: str, scale: ConfidenceScale = PROBABILITY) -> Path:
    """A scored recording of one model."""
    path = write_table(folder / f"{model}.parquet", [table_row(n, model=model) for n in range(3)])
    out = folder / f"scored-{model}-{scale.name}"
    replay_unknown(path, out, ReplayConfig(scale), tell=quiet)
    return out


def test_two_models_stand_in_one_table_by_one_detector(tmp_path: Path) -> None:
    out = compare_runs([run(tmp_path, "one"), run(tmp_path, "two")], tmp_path / "out", tell=quiet)
    found = read_results(out)
    assert {row.model for row in found} == {"one", "two"}
    assert {row.condition["detector"] for row in select(found, metric="refusal_rate")} == {"lexical"}
    assert len(select(found, metric="accuracy")) == 2
    assert (tmp_path / "out" / "report.html").exists()


def test_two_scales_of_one_confidence_are_refused(tmp_path: Path) -> None:
    runs = [run(tmp_path, "one"), run(tmp_path, "two", ZERO_TO_TEN)]
    with pytest.raises(IncomparableError, match=r"scale probability.*scale 0-10"):
        compare_runs(runs, tmp_path / "out", tell=quiet)
    assert not (tmp_path / "out").exists()


def test_a_run_without_the_detector_is_refused(tmp_path: Path) -> None:
    one, two = run(tmp_path, "one"), run(tmp_path, "two")
    table = two / "results.parquet"
    write_results(table, [row for row in read_results(table) if row.condition.get("detector") != "lexical"])
    with pytest.raises(DataError, match="has no refusal rate by lexical, but by lexical-paper"):
        compare_runs([one, two], tmp_path / "out", tell=quiet)
    compare_runs([one, two], tmp_path / "out", "lexical-paper", tell=quiet)


def test_one_model_twice_and_one_run_alone_are_refused(tmp_path: Path) -> None:
    one = run(tmp_path, "one")
    with pytest.raises(DataError, match="both measure one on RefuNQ, answerable"):
        compare_runs([one, run(tmp_path, "one", ZERO_TO_TEN)], tmp_path / "out", tell=quiet)
    with pytest.raises(DataError, match="two runs or more, not 1"):
        compare_runs([one], tmp_path / "out", tell=quiet)
    with pytest.raises(DataError, match=r"holds no results\.parquet"):
        compare_runs([one, tmp_path], tmp_path / "out", tell=quiet)
