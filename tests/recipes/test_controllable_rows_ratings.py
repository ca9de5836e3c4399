"""Ratings from files: 0 is a rating, nothing is none, whatever a row wraps them in."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windward.evals.control.objectives import read_objectives
from windward.feedback import Completion, FeedbackFileError, Rating, Record, RecordWriter
from windward.recipes.controllable.ratings import UNREAD, RatingCounts, number, read_rated
from windward.training.controllable import SCALES, Condition, RatedPrompt, Scale, controlled_reward

ZERO_ONE, FIVE = Scale(0, 1), Scale(1, 5)


def written(folder: Path, *rows: object) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def rated(folder: Path, *rows: object, objectives: tuple[str, ...] = ("harmlessness",)) -> list[RatedPrompt]:
    return list(read_rated(written(folder, *rows), read_objectives(objectives)))


def row(*annotations: object, **more: object) -> dict[str, object]:
    """A row whose answers are `answer 0`, `answer 1`, …, with these annotations."""
    answers = [
        {"model": f"m{place}", "response": f"answer {place}", "annotations": one}
        for place, one in enumerate(annotations)
    ]
    return {"instruction": "A placeholder.", "source": "seeds", "completions": answers} | more


@pytest.mark.parametrize(
    "said", [0, 0.0, "0", " 0 ", {"Rating": 0}, [{"Rating": "0"}], [0], False, {"rating": 0}]
)
def test_integer_zero_is_a_rating_and_not_missing(said: object) -> None:
    """The released code takes 0 for missing, and then fails on it; "0" works there."""
    assert number(said, ZERO_ONE) == 0.0


@pytest.mark.parametrize(
    "said", [None, "", "N/A", " n/a ", "None", [], {}, {"Rating": None}, [{"Rating": "N/A"}]]
)
def test_a_missing_rating_is_none_and_never_zero(said: object) -> None:
    assert number(said, ZERO_ONE) is None


@pytest.mark.parametrize("said", [2, "7", -1, "good", float("nan"), [1, "good"], object()])
def test_what_is_no_number_on_the_scale_is_unread(said: object) -> None:
    assert number(said, ZERO_ONE) == UNREAD


def test_several_ratings_of_an_answer_are_their_mean() -> None:
    assert number([{"Rating": 4}, {"Rating": "5"}, None], FIVE) == 4.5


@given(st.integers(1, 5), st.sampled_from([int, float, str]))
def test_a_level_reads_the_same_as_number_and_as_text(level: int, kind: type) -> None:
    assert number(kind(level), FIVE) == number([{"Rating": kind(level)}], FIVE) == level


def test_rows_with_wrapped_zero_one_ratings_are_read_and_counted(tmp_path: Path) -> None:
    path = written(
        tmp_path, row({"Harmlessness": [{"Rating": 0}]}, {"harmlessness": ["1"]}, {}, {"harmlessness": "?"})
    )
    counts = RatingCounts()
    (prompt,) = read_rated(path, read_objectives(["harmlessness"]), counts)
    assert [one.ratings["harmlessness"] for one in prompt.answers] == [0.0, 1.0, None, None]
    assert (counts.rated, counts.missing, counts.unread) == (
        {"harmlessness": 2},
        {"harmlessness": 1},
        {"harmlessness": 1},
    )
    assert prompt.source == "seeds" and [one.model for one in prompt.answers] == ["m0", "m1", "m2", "m3"]


def test_a_harmful_answer_is_chosen_only_where_harm_is_asked_for(tmp_path: Path) -> None:
    (prompt,) = rated(tmp_path, row({"harmlessness": 0}, {"harmlessness": 1}))
    harmful, harmless = (one.ratings for one in prompt.answers)
    for level, better, worse in ((1, harmless, harmful), (0, harmful, harmless)):
        condition = Condition(SCALES, harmlessness=level)
        assert (controlled_reward(better, condition), controlled_reward(worse, condition)) == (0, -1)


def test_any_column_of_ratings_is_an_objective_once_its_scale_is_said(tmp_path: Path) -> None:
    scales = read_objectives(["politeness=1:3", "brevity"])
    (prompt,) = read_rated(written(tmp_path, row({"Politeness": 2}, {"politeness": "3"})), scales)
    assert [one.ratings for one in prompt.answers] == [
        {"politeness": 2, "brevity": 5},
        {"politeness": 3, "brevity": 5},
    ]


def test_what_a_program_computes_is_computed_whatever_the_file_says(tmp_path: Path) -> None:
    (prompt,) = rated(tmp_path, row({"brevity": 1}), objectives=("brevity",))
    assert prompt.answers[0].ratings == {"brevity": 5}


def test_records_of_the_feedback_pipeline_are_read_by_aspect(tmp_path: Path) -> None:
    ratings = (
        Rating("helpfulness", 4, judge="one"),
        Rating("helpfulness", 5, judge="two"),
        Rating("honesty", None, "not applicable", judge="one"),
    )
    completions = (
        Completion("m", "An answer.", ratings=ratings),
        Completion("n", "", absent="refused by the endpoint"),
    )
    record = Record(
        "r",
        "quiz",
        "Why?",
        completions,
        never_score=("mmlu",),
        checks=({"kind": "mentions", "any_of": ["x"]},),
    )
    with RecordWriter(tmp_path / "records.parquet") as writer:
        writer.write(record)
    counts = RatingCounts()
    (prompt,) = read_rated(tmp_path / "records.parquet", read_objectives(["helpfulness", "honesty"]), counts)
    assert (prompt.id, prompt.source, prompt.never_score) == ("r", "quiz", ("mmlu",))
    (answer,) = prompt.answers
    assert answer.ratings == {"helpfulness": 4.5, "honesty": None} and answer.model == "m"
    assert counts.without_text == 1 and counts.missing == {"honesty": 1}


def test_ultrafeedbacks_public_rows_are_read_with_not_applicable_as_none(tmp_path: Path) -> None:
    said = {"helpfulness": {"Rating": "3", "Type": ["1"]}, "honesty": {"Rating": "N/A"}}
    (prompt,) = rated(tmp_path, row(said), objectives=("helpfulness", "honesty"))
    assert prompt.answers[0].ratings == {"helpfulness": 3, "honesty": None}


def test_the_same_content_twice_counts_once(tmp_path: Path) -> None:
    """The released code keeps no track of what it has read."""
    counts = RatingCounts()
    path = written(tmp_path, row({"harmlessness": 1}), row({"harmlessness": 1}))
    assert len(list(read_rated(path, read_objectives(["harmlessness"]), counts))) == 1 and counts.twice == 1


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([row({}, id="a"), row({}, {}, id="a")], "line 2: id 'a' stands in the file already"),
        ([{"instruction": "x"}], "line 1: field completions"),
        ([{"completions": []}], "field instruction"),
        ([row([1])], "field annotations"),
        ([{"instruction": "x", "completions": ["text"]}], "expected objects"),
        ([3], "line 1: a int, not an object; write one JSON object a line"),
    ],
)
def test_a_malformed_row_is_named(tmp_path: Path, rows: list[object], said: str) -> None:
    with pytest.raises(FeedbackFileError, match=said):
        rated(tmp_path, *rows)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FeedbackFileError, match=r"gone\.jsonl cannot be read"):
        list(read_rated(tmp_path / "gone.jsonl", dict(SCALES)))
