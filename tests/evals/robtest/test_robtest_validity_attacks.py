"""Validity of what a search found: only valid attacks count, a text at its lowest degree, and they are rows like others."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from windward.evals.robtest.classifier import FunctionClassifier
from windward.evals.robtest.measure import RobTestConfig, measure
from windward.evals.robtest.perturbed import Edit, Perturbed
from windward.evals.robtest.score_based import ScoreCell
from windward.evals.robtest.score_based_run import SearchRun
from windward.evals.robtest.search import Attacked
from windward.evals.robtest.validity import Instruments, Measured, Validity, ValidityConfig
from windward.evals.robtest.validity_attacks import attack_results, broken_cell
from windward.evals.robtest.validity_run import ValidityRun
from windward.reports.robtest import robtest_page
from windward.rows import select
from windward.rows.labelled import Labelled, read_labelled


def _attacked(text: str, broken: bool) -> Attacked:
    row = (0.9, 0.1) if broken else (0.1, 0.9)
    return Attacked(
        Perturbed(text, (Edit(0, 1, "x"),), 0.1), row[1], row, broken, 5, "broken" if broken else "exhausted"
    )


def test_only_attacks_that_broke_the_model_are_samples() -> None:
    one = ScoreCell(
        "typo",
        "general",
        0.1,
        "greedy",
        (0, 2, 3),
        (_attacked("a", True), _attacked("b", False), _attacked("c", True)),
    )
    cell = broken_cell(one, 2)
    assert cell.owners.tolist() == [0, 3]
    assert [sample.text for sample in cell.samples] == ["a", "c"]
    assert cell.right(np.array([1, 1, 1, 1])).tolist() == [False, False]


def _measured(degree: float, owners: tuple[int, ...], valid: list[float]) -> Measured:
    one = ScoreCell(
        "typo", "general", degree, "greedy", owners, tuple(_attacked(str(owner), True) for owner in owners)
    )
    return Measured(broken_cell(one, 2), {}, np.array(valid))


def test_accuracy_over_valid_attacks_by_hand() -> None:
    attacks = [_measured(0.0, (0,), [1.0]), _measured(0.1, (1, 2), [1.0, 0.0]), _measured(0.3, (3,), [0.0])]
    found = attack_results(attacks, (0.0, 0.1, 0.2, 0.3), 5, model="m", dataset="d", search="greedy")
    accuracy = {row.condition["degree"]: row.value for row in select(found, metric="accuracy")}
    assert accuracy == {0.0: 0.8, 0.1: 0.6, 0.2: 0.6, 0.3: 0.6}
    rates = {
        row.condition["degree"]: (row.value, row.n) for row in select(found, metric="attack_validity_rate")
    }
    assert rates == {0.1: (0.5, 2), 0.3: (0.0, 1)}
    (total,) = select(found, metric="ewma_normalised")
    assert total.value == pytest.approx(0.6)


def test_attacks_of_unknown_validity_give_no_figure() -> None:
    attacks = [_measured(0.1, (1, 2), [1.0, float("nan")])]
    assert attack_results(attacks, (0.1,), 5, model="m", dataset="d", search="greedy") == []


def _keyword(texts: Sequence[str]) -> NDArray[np.float64]:
    positive = np.array([0.9 if "good" in text else 0.1 for text in texts])
    return np.stack([1 - positive, positive], axis=1)


def test_a_run_with_a_search_keeps_its_attacks_as_rows_and_shows_how_many_are_valid(tmp_path: Path) -> None:
    data = [Labelled("1", "a good film with a heart", 1), Labelled("2", "a bad film with a plot", 0)]
    measure(
        FunctionClassifier(_keyword, "keyword"),
        data,
        ("no", "yes"),
        RobTestConfig(("typo",), (0.3,), samples=2),
        tmp_path,
        dataset="two",
        validity=ValidityRun(Validity(ValidityConfig(), Instruments())),
        search=SearchRun("greedy"),
        tell=lambda line: None,
    )
    rows = pq.read_table(tmp_path / "adversarial.parquet").to_pylist()
    attacks = [row for row in rows if row["attack"] == "greedy"]
    assert {row["original_id"] for row in attacks} == {"1"}
    assert len({row["id"] for row in rows}) == len(rows)
    assert all(row["valid"] is not None for row in attacks)
    assert len(read_labelled(tmp_path / "adversarial.parquet")) == len(rows)
    assert "of these valid" in robtest_page(tmp_path)
