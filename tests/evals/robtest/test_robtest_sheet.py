"""A sheet for people: written once, filled in, read back by id; and a judge whose replies may be unreadable."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from windward.evals.robtest.classifier import FunctionClassifier
from windward.evals.robtest.dimension import RobTestError
from windward.evals.robtest.measure import RobTestConfig, measure
from windward.evals.robtest.sheet import Shown, read_sheet, write_sheet
from windward.evals.robtest.validity import Instruments, Validity, ValidityConfig
from windward.evals.robtest.validity_judged import PARSER, judge_messages, judged, said_results
from windward.evals.robtest.validity_run import ValidityRun
from windward.models.protocol import Message
from windward.models.scripted_model import Scripted
from windward.reports.robtest import robtest_page
from windward.rows import select
from windward.rows.labelled import Labelled
from windward.rows.results import read_results

SHOWN = [
    Shown(f"typo-general-0.1-{place}", "typo", "general", 0.1, "a film", text, "good")
    for place, text in enumerate(["a flim", "=cmd()", 'a "f,ilm"\nx', "-a film"])
]


def _fill(path: Path, *said: str, place: int = -1) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    for row, answer in zip(rows[1:], said, strict=False):
        row[place] = answer
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)


def test_a_sheet_comes_back_by_id_and_empty_rows_are_left_out(tmp_path: Path) -> None:
    path = write_sheet(tmp_path / "sheet.csv", SHOWN)
    assert read_sheet(path, SHOWN) == {}
    _fill(path, "Yes", "0", "?", "")
    assert read_sheet(path, SHOWN) == {SHOWN[0].id: True, SHOWN[1].id: False, SHOWN[2].id: None}


def test_no_cell_is_a_formula_and_no_measure_sways_the_reader(tmp_path: Path) -> None:
    text = write_sheet(tmp_path / "sheet.csv", SHOWN).read_text(encoding="utf-8-sig")
    rows = list(csv.reader(text.splitlines(keepends=True)))
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    assert rows[0][-1] == "valid"
    assert all(row[-1] == "" for row in rows[1:])


@pytest.mark.parametrize(
    ("place", "said", "told"),
    [(-1, "perhaps", ":2: valid is"), (0, "other", ":2: 'other'"), (5, "edited", ":2:")],
)
def test_a_sheet_that_was_changed_elsewhere_is_refused_by_its_line(
    tmp_path: Path, place: int, said: str, told: str
) -> None:
    path = write_sheet(tmp_path / "sheet.csv", SHOWN)
    _fill(path, said, place=place)
    with pytest.raises(RobTestError, match=told):
        read_sheet(path, SHOWN)


def test_another_file_is_no_sheet(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("text,label\na,1\n")
    with pytest.raises(RobTestError, match="no column id"):
        read_sheet(path, SHOWN)


def test_unsure_answers_stay_in_the_denominator_and_agreement_is_beyond_chance() -> None:
    ids = [one.id for one in SHOWN]
    said = {ids[0]: True, ids[1]: False, ids[2]: None, ids[3]: True}
    measured = {ids[0]: 1.0, ids[1]: 0.0, ids[2]: 1.0, ids[3]: 0.0}
    found = said_results(SHOWN, said, measured, "human", model="m", dataset="d", seed=0)
    (rate,) = select(found, metric="human_validity_rate")
    assert (rate.value, rate.n, rate.unparsed) == (0.5, 4, 1)
    (agreed,) = select(found, metric="agreement_rate")
    (kappa,) = select(found, metric="kappa")
    assert agreed.value == pytest.approx(2 / 3)
    assert agreed.n == kappa.n == 3
    assert kappa.value == pytest.approx(0.4)


def test_a_judge_says_yes_or_no_in_a_last_line_or_is_unread(tmp_path: Path) -> None:
    def says(messages: Sequence[Message]) -> str:
        text = messages[-1]["content"]
        return "Verdict: yes" if "flim" in text else "Verdict: no" if "cmd" in text else "It is fine."

    judge = Scripted(says, "judge")
    found = judged(judge, SHOWN, tmp_path)
    assert list(found.values()) == [True, False, None, None]
    asked = len(judge.calls)
    assert judged(judge, SHOWN, tmp_path) == found
    assert len(judge.calls) == asked
    assert PARSER.parse("Verdict: yes\nVerdict: no") is None
    assert "\\n" in judge_messages(SHOWN[2])[-1]["content"]


def _keyword(texts: Sequence[str]) -> NDArray[np.float64]:
    positive = np.array([0.9 if "good" in text else 0.1 for text in texts])
    return np.stack([1 - positive, positive], axis=1)


def test_a_run_writes_its_sheet_reads_it_filled_in_and_shows_both(tmp_path: Path) -> None:
    data = [Labelled("1", "a good film with a heart", 1), Labelled("2", "a bad film with a plot", 0)]
    sheet, out = tmp_path / "sheet.csv", tmp_path / "out"
    told: list[str] = []

    def once() -> None:
        run = ValidityRun(Validity(ValidityConfig(looked_at=2), Instruments()), sheet=sheet)
        config = RobTestConfig(("typo",), (0.2, 0.6), samples=3)
        victim = FunctionClassifier(_keyword, "keyword")
        measure(victim, data, ("no", "yes"), config, out, dataset="two", validity=run, tell=told.append)

    once()
    assert len(sheet.read_text().splitlines()) == 1 + 2 * 2 * 2
    assert "fill in" in told[-1]
    _fill(sheet, "yes", "no", "yes")
    once()
    assert "3 of 8" in told[-1]
    results = read_results(out / "results.parquet")
    rates = select(results, metric="human_validity_rate")
    assert sum(rate.n for rate in rates) == 3
    assert sum(rate.value * rate.n for rate in rates) == pytest.approx(2)
    page = robtest_page(out)
    assert "Valid according to people" in page
    assert "Valid samples, changes of form" in page
    assert "was not judged: no encoder" in page


@pytest.mark.parametrize(("legible", "told"), [(0.0, "valid"), (1.1, "not valid")])
def test_worst_examples_say_whether_they_are_valid(tmp_path: Path, legible: float, told: str) -> None:
    data = [Labelled("1", "a good film with a heart", 1), Labelled("2", "a bad film with a plot", 0)]
    measure(
        FunctionClassifier(_keyword, "keyword"),
        data,
        ("no", "yes"),
        RobTestConfig(("typo",), (0.6,), samples=5),
        tmp_path,
        dataset="two",
        validity=ValidityRun(Validity(ValidityConfig(legible=legible), Instruments())),
        tell=lambda line: None,
    )
    page = robtest_page(tmp_path)
    assert page.count(f'<p class="small">{told}</p>') == 2
    other = {"valid": "not valid", "not valid": "valid"}[told]
    assert f'<p class="small">{other}</p>' not in page
