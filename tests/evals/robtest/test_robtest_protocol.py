"""The protocol on victims whose answers can be worked out by hand: averages, the worst case, totals, counts, resuming."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from windward.evals.folder import FolderError
from windward.evals.robtest.classifier import Asked, FunctionClassifier, QueryBudgetError
from windward.evals.robtest.dimension import RobTestError
from windward.evals.robtest.measure import RobTestConfig, measure
from windward.evals.robtest.perturbed import Perturbed
from windward.evals.robtest.rule_based import Cell, averages, survivors
from windward.evals.robtest.totals import ewma, normalised
from windward.rows.labelled import Labelled, LabelledError, read_labelled
from windward.rows.results import read_results, select


def _keyword(texts: Sequence[str]) -> NDArray[np.float64]:
    """Positive where the word `good` stands in the text, letter for letter."""
    positive = np.array([0.9 if "good" in text else 0.1 for text in texts])
    return np.stack([1 - positive, positive], axis=1)


def _cell(degree: float, owners: list[int], right: list[bool]) -> Cell:
    rows = np.array([[0.0, 1.0] if one else [1.0, 0.0] for one in right])
    samples = tuple(Perturbed(f"{degree} {number}", (), degree) for number in range(len(owners)))
    return Cell("typo", "general", degree, 2, np.array(owners), samples, rows)


LABELS = np.array([1, 1, 1])


def test_the_total_of_the_paper_and_of_a_perfect_model() -> None:
    assert ewma([0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.4]) == 0.8359375
    assert ewma([1.0] * 7) == 0.9921875
    assert normalised([1.0] * 7) == 1.0


def test_average_and_worst_case_by_hand() -> None:
    clean = _cell(0.0, [0, 1, 2], [True, True, False])
    low = _cell(0.1, [0, 0, 1, 1, 2], [True, True, True, False, True])
    high = _cell(0.2, [0, 0, 1, 2], [True, False, True, True])
    assert averages(low, LABELS).tolist() == [1.0, 0.5, 1.0]
    worst = survivors([high, clean, low], LABELS)
    assert worst[0.0].tolist() == [True, True, False]
    assert worst[0.1].tolist() == [True, False, False]
    assert worst[0.2].tolist() == [False, False, False]


def test_a_text_without_a_valid_sample_is_no_zero() -> None:
    low = _cell(0.1, [0, 1], [True, False])
    found = averages(low, LABELS, np.array([True, False]))
    assert found[0] == 1.0
    assert np.isnan(found[1:]).all()


def test_queries_are_counted_once_a_text_and_never_exceed_the_budget() -> None:
    given: list[str] = []

    def victim(texts: Sequence[str]) -> NDArray[np.float64]:
        given.extend(texts)
        return _keyword(texts)

    asked = Asked(FunctionClassifier(victim), budget=3)
    asked.predict(["a", "b", "a"])
    asked.predict(["b"])
    assert (asked.queries, asked.calls, given) == (2, 1, ["a", "b"])
    with pytest.raises(QueryBudgetError):
        asked.predict(["c", "d"])
    assert len(given) == asked.queries == 2


@pytest.mark.parametrize(
    "rows", [[[0.5, 0.5]] * 2, [[0.5]], [[0.7, 0.7]], [[float("nan"), 1.0]], [[-0.5, 1.5]]]
)
def test_what_is_no_probabilities_is_refused(rows: list[list[float]]) -> None:
    with pytest.raises(RobTestError):
        Asked(FunctionClassifier(lambda texts: np.array(rows))).predict(["a"])


DATA = [Labelled("1", "a good film with a heart", 1), Labelled("2", "a bad film with a plot", 0)]


def test_a_run_goes_on_from_its_cells_and_gives_the_same_figures(tmp_path: Path) -> None:
    config = RobTestConfig(("typo",), (0.2, 0.6), samples=5)

    def once(folder: Path) -> int:
        counted = Asked(FunctionClassifier(_keyword, "keyword"))
        measure(counted, DATA, ("no", "yes"), config, folder, dataset="two", tell=lambda line: None)
        return counted.queries

    whole = once(tmp_path / "whole")
    once(tmp_path / "part")
    for lost in ("typo-general-0.6", "typo-malicious-0.2"):
        (tmp_path / "part" / "samples" / f"{lost}.parquet").unlink()
    again = once(tmp_path / "part")
    assert 0 < again < whole
    found = [read_results(tmp_path / name / "results.parquet") for name in ("whole", "part")]
    assert found[0] == found[1]
    worst = select(found[0], metric="accuracy", split="all", condition={"case": "worst", "mode": "malicious"})
    average = select(
        found[0], metric="accuracy", split="all", condition={"case": "average", "mode": "malicious"}
    )
    assert [row.condition["degree"] for row in worst] == [0.0, 0.2, 0.6]
    assert worst[0].value == 1.0
    assert all(low.value <= mean.value for low, mean in zip(worst, average, strict=True))
    assert worst[0].value >= worst[1].value >= worst[2].value
    with pytest.raises(FolderError):
        measure(
            FunctionClassifier(_keyword, "other"),
            DATA,
            ("no", "yes"),
            config,
            tmp_path / "part",
            dataset="two",
        )


def test_a_file_without_a_header_keeps_its_first_row(tmp_path: Path) -> None:
    """The release reads such files with a header: Jigsaw and AG News lose a text each."""
    jigsaw, news = tmp_path / "a.csv", tmp_path / "b.csv"
    jigsaw.write_text('"first, with a comma",0\n"second",1\n')
    news.write_text('"3","Title one","Text one"\n"4","Title two","Text two"\n')
    assert [(one.text, one.label) for one in read_labelled(jigsaw)] == [
        ("first, with a comma", 0),
        ("second", 1),
    ]
    found = read_labelled(news, classes=("World", "Sports", "Business", "Tech"))
    assert [(one.text, one.label) for one in found] == [("Title one Text one", 2), ("Title two Text two", 3)]


def test_named_columns_and_classes_are_read(tmp_path: Path) -> None:
    table = tmp_path / "a.tsv"
    table.write_text('sentence\tlabel\nit "is" good\tpos\nbad\tneg\n')
    assert [one.label for one in read_labelled(table, classes=("neg", "pos"))] == [1, 0]
    lines = tmp_path / "a.jsonl"
    lines.write_text(json.dumps({"body": "x", "gold": 1}) + "\n")
    assert read_labelled(lines, text="body", label="gold", classes=("no", "yes"))[0].label == 1
    with pytest.raises(LabelledError, match="no text"):
        read_labelled(lines)
    with pytest.raises(LabelledError, match="none of"):
        read_labelled(table, classes=("good", "bad"))


def test_curves_side_by_side_give_the_same_figures_and_an_error_is_said(tmp_path: Path) -> None:
    config = RobTestConfig(("typo", "glyph"), (0.2, 0.6), samples=3)
    for jobs in (1, 2):
        victim = FunctionClassifier(_keyword, "keyword")
        measure(
            victim,
            DATA,
            ("no", "yes"),
            config,
            tmp_path / str(jobs),
            dataset="two",
            jobs=jobs,
            tell=lambda line: None,
        )
    found = [read_results(tmp_path / jobs / "results.parquet") for jobs in ("1", "2")]
    assert found[0] == found[1]

    def broken(texts: Sequence[str]) -> NDArray[np.float64]:
        raise RobTestError("this victim is out")

    with pytest.raises(RobTestError, match="this victim is out"):
        measure(
            FunctionClassifier(broken), DATA, ("no", "yes"), config, tmp_path / "3", dataset="two", jobs=2
        )
