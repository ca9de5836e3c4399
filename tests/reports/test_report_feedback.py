"""The page of preference data: every stage has one, figures are those of the table, hostile texts stay text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from page_reading import PageReader
from test_report_page import HOSTILE

from windward.feedback.figures import cost_results, feedback_results
from windward.feedback.files import RecordWriter
from windward.feedback.records import ASPECTS, NOT_APPLICABLE, Completion, Critique, Rating, Record
from windward.reports import ReportError
from windward.reports.feedback import write_feedback_report
from windward.rows import Result, write_results


def answer(model: str, value: float, place: int, text: str = "calm", stage: str = "criticised") -> Completion:
    """An answer as a stage leaves it."""
    made = Completion(model, text, principle="honesty")
    if stage == "sampled":
        return made
    ratings = [Rating(aspect, value, rationale=text, judge="judge", place=place) for aspect in ASPECTS[:3]]
    ratings += [
        Rating("helpfulness", None, "unread: two answers for text 2", judge="judge"),
        Rating("honesty", None, NOT_APPLICABLE, judge="judge", place=place),
        Rating("helpfulness", value, rationale=text, judge="checks", kind="verifier"),
    ]
    made = replace(made, ratings=tuple(ratings))
    if stage == "rated":
        return made
    return replace(made, critique=Critique(text, 10.0, judge="judge", audit="doubtful", score_before=1.0))


def folder_of(folder: Path, stage: str = "criticised", text: str = "calm", count: int = 12) -> Path:
    """A folder as a stage leaves it."""
    folder.mkdir()
    records = [
        Record(f"r{i}", "flan", f"{text} {i}", tuple(
            answer(name, 1.0 + (i + k) % 5, 1 + (i + k) % 3, text, stage) for k, name in enumerate("abc")
        ), correct_answers=(text,))
        for i in range(count)
    ]  # fmt: skip
    with RecordWriter(folder / "records.parquet") as writer:
        for record in records:
            writer.write(record)
    costs = [{"group": text, "attempts": 36, "tokens": 1_234, "cost": 0.5, "failed": 1, "uncertain": 0}]
    write_results(folder / "results.parquet", [*feedback_results(records), *cost_results(costs)])
    return folder


def read(folder: Path) -> PageReader:
    return PageReader(write_feedback_report(folder).read_text(encoding="utf-8"))


def test_the_page_says_what_was_made_and_how_much_could_not_be_read(tmp_path: Path) -> None:
    page = read(folder_of(tmp_path / "run"))
    assert "36\u00a0answers to 12\u00a0instructions, 216\u00a0ratings" in page.text
    assert "216; not read: 36 (16.7\u00a0%)" in page.text
    cells = [row for table in page.tables for row in table]
    assert any(row[:2] == ["judge", "helpfulness"] and row[4].startswith("100.0\u00a0%") for row in cells)
    assert any(row[:2] == ["judge", "honesty"] and row[5] == "50.0\u00a0%" for row in cells)
    assert any(row[0] == "audit: doubtful" and row[1] == "100.0\u00a0%" for row in cells)
    assert any(row[0] == "calm" and row[1:] == ["36", "1", "0", "1,234", "$0.5000"] for row in cells)


def test_model_and_computed_ratings_stand_apart(tmp_path: Path) -> None:
    page = read(folder_of(tmp_path / "run"))
    assert "Rated by models" in page.text and "Computed by programs" in page.text
    computed = [table for table in page.tables if table[0][:2] == ["model", "helpfulness"]]
    assert len(computed) == 1 and len(computed[0]) == 4


@pytest.mark.parametrize(
    ("stage", "missing"),
    [
        ("sampled", ["Not rated yet", "Not criticised yet", "Nothing to compare", "Not known."]),
        ("rated", ["Not criticised yet", "Nothing to compare"]),
        ("criticised", []),
    ],
)
def test_a_stage_that_was_not_done_is_named(tmp_path: Path, stage: str, missing: list[str]) -> None:
    page = read(folder_of(tmp_path / "run", stage))
    known = ["Not rated yet", "Not criticised yet", "Nothing to compare", "Not known."]
    assert [words for words in known if words in page.text] == missing
    assert "The first 10 of 12\u00a0records" in page.text


def test_records_without_figures_and_figures_without_records_give_a_page(tmp_path: Path) -> None:
    alone = folder_of(tmp_path / "records")
    (alone / "results.parquet").unlink()
    assert "12\u00a0instructions" in read(alone).text
    bare = folder_of(tmp_path / "figures")
    (bare / "records.parquet").unlink()
    assert "records.parquet is not there" in read(bare).text


def test_only_figures_of_the_data_are_drawn(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "run")
    other = Result("feedback", "m", "a-study", "test", "rating", 1.0, 1, {"by": "model", "name": "stray", "kind": "model",
                   "aspect": "honesty"})  # fmt: skip
    write_results(folder / "results.parquet", [other])
    assert "stray" not in read(folder).text


@pytest.mark.parametrize("name", HOSTILE)
def test_what_models_wrote_is_shown_as_text(tmp_path: Path, name: str) -> None:
    page = read(folder_of(tmp_path / "run", text=HOSTILE[name], count=2))
    calm = read(folder_of(tmp_path / "calm", count=2))
    assert {name for name, _ in page.elements} <= {name for name, _ in calm.elements}
    assert len(page.raw["script"]) == 1
    assert not [a for _, a in page.elements if any(key.startswith("on") for key in a)]


def test_a_folder_or_file_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"neither records\.parquet nor results\.parquet"):
        write_feedback_report(tmp_path)
    (tmp_path / "records.parquet").write_text("no parquet")
    with pytest.raises(ReportError, match="cannot be read as Parquet"):
        write_feedback_report(tmp_path)
    write_results(tmp_path / "records.parquet", [])
    with pytest.raises(ReportError, match="columns id, source, instruction, completions are missing"):
        write_feedback_report(tmp_path)
