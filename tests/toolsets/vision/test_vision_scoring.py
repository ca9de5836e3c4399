"""Short answers are scored as VQA, GQA and CRAFT score them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windward.toolsets.problems import ToolProblemError, read_tool_problems
from windward.toolsets.vision import exact, soft_accuracy, token_f1
from windward.toolsets.vision.scoring import accepted, accepted_strictly, normal, references

NORMAL = {
    "A Red Circle.": "red circle",
    "two dogs": "2 dogs",
    "None": "0",
    "eleven": "eleven",
    "1,000": "1000",
    "3.5": "3.5",
    "St. John": "st john",
    "red/white": "red white",
    "red, white": "red white",
    "t-shirt": "t shirt",
    " the  cat ": "cat",
    "dont know": "don't know",
    "5 oclock": "5 o'clock",
    "it's": "it's",
    "id card": "id card",
    "wed": "wed",
    "what?": "what",
    "(left)": "left",
}


@pytest.mark.parametrize(("text", "wanted"), NORMAL.items())
def test_the_normal_form(text: str, wanted: str) -> None:
    assert normal(text) == wanted


@given(st.text(alphabet="aA the.,'-/?012 zerotwo", max_size=30))
def test_the_normal_form_has_no_blanks_around_words(text: str) -> None:
    assert normal(text) == " ".join(normal(text).split())


def test_soft_accuracy_counts_people_in_thirds() -> None:
    ten = ["cat"] * 4 + ["dog"] * 2 + ["the pet"] + ["fox"] * 3
    said = {"cat": 1.0, "Dog.": 2 / 3, "pet": 1 / 3, "fox": 1.0, "cow": 0.0}
    assert {answer: soft_accuracy(answer, ten) for answer in said} == pytest.approx(said)


def test_leaving_each_person_out_once_is_the_leaderboards_number() -> None:
    ten = ["cat"] * 4 + ["dog"] * 2 + ["pet"] + ["fox"] * 3
    said = {"cat": 1.0, "dog": 0.6, "pet": 0.3, "fox": 0.9, "cow": 0.0}
    assert {answer: soft_accuracy(answer, ten, leave_one_out=True) for answer in said} == pytest.approx(said)


def test_of_fewer_than_three_people_all_must_agree_for_a_one() -> None:
    assert soft_accuracy("cat", ["cat"]) == soft_accuracy("cat", ["cat", "cat"]) == 1
    assert soft_accuracy("cat", ["cat", "dog"]) == 0.5
    assert soft_accuracy("cat", ["cat"], leave_one_out=True) == 1
    for score in (soft_accuracy, token_f1):
        with pytest.raises(ValueError, match="at least one other"):
            score("cat", [])


def test_articles_alone_are_not_all_the_same_answer() -> None:
    assert soft_accuracy("the", ["a"]) == 0
    assert soft_accuracy("a", ["A"]) == 1
    assert soft_accuracy("", ["?"]) == soft_accuracy("", [""]) == 0


def test_exact_is_the_same_text_but_for_case() -> None:
    assert exact(" Red ", "red") and exact("True", "yes") and exact("False", "no")
    assert not exact("the red", "red") and not exact("", "") and not exact("true", "yes")


def test_token_f1_by_hand() -> None:
    assert token_f1("the red big circle", ["a red circle"]) == pytest.approx(0.8)  # 2 of 3 and 2 of 2
    assert token_f1("red red", ["red"]) == pytest.approx(2 / 3)
    assert token_f1("cow", ["red circle", "brown cow"]) == pytest.approx(2 / 3)
    assert token_f1("cow", ["fox"]) == token_f1("", ["fox"]) == 0


def test_an_answer_may_be_a_list_of_what_people_said() -> None:
    assert references('["cat", "dog"]') == ["cat", "dog"]
    for text in ("cat", "[1, 2]", "[]", "[cat", '["cat", 1]', "[" * 100_000):
        assert references(text) == [text]


def test_a_file_of_problems_may_hold_what_several_people_said(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    row = {"question": "What is it?", "answer": ["cat", "cat", "kïtten"], "image": "1.jpg"}
    (tmp_path / "rows.jsonl").write_text(json.dumps(row))
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "rows.parquet")
    for name in ("rows.jsonl", "rows.parquet"):
        (problem,) = read_tool_problems(tmp_path / name)
        assert references(problem.answer) == row["answer"] and problem.facts == {"image": "1.jpg"}
    (tmp_path / "empty.jsonl").write_text(json.dumps(row | {"answer": []}))
    with pytest.raises(ToolProblemError, match="no answer"):
        read_tool_problems(tmp_path / "empty.jsonl")


def test_the_lenient_rule_takes_what_anybody_said_and_the_strict_one_what_three_did() -> None:
    ten = json.dumps(["yes"] * 3 + ["no"] + ["maybe"] * 6)
    assert [(accepted(said, ten), accepted_strictly(said, ten)) for said in ("True", "no", "cow")] == [
        (True, True), (True, False), (False, False),
    ]  # fmt: skip
    assert (accepted("a circle", "Circle"), accepted_strictly("a circle", "Circle")) == (True, False)
    assert (accepted("3", "three"), accepted_strictly("3", "three")) == (True, False)
    assert (accepted("", ""), accepted_strictly("", "")) == (False, False)


@given(st.text(max_size=20), st.lists(st.text(max_size=20), min_size=1, max_size=10))
def test_what_is_accepted_strictly_is_accepted(printed: str, people: list[str]) -> None:
    answer = json.dumps(people)
    assert not accepted_strictly(printed, answer) or accepted(printed, answer)
