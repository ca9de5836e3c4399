"""An overall score is what the critic wrote: never rescaled, rounded or evaluated."""

from __future__ import annotations

import ast
import inspect
from types import ModuleType

import pytest
from judged import needs_data, reference

from windward.feedback import fields, json_replies, marks, read_critique, read_score, scores, sections

# Each of the released cases: what we read. The release turned 1 into 10, 7.5 into 7, 0.5 into 0, or stopped.
EXPECTED = {
    "1": 1.0,
    "2": 2.0,
    "10": 10.0,
    "7": 7.0,
    "7.5": 7.5,
    "0.5": None,
    "8/10": 8.0,
    "7.5/10": 7.5,
    "1/10": 1.0,
    "10/10": 10.0,
    "7 out of 10": 7.0,
    "N/A": None,
    "9.": 9.0,
    "[8]": 8.0,
    "**8**": 8.0,
    "3\n\nThanks": 3.0,
    "Good.\n\nOverall Score: 8": 8.0,
    "Good. Overall Score: 8": 8.0,
    "Good.\n**Overall Score:** 8": 8.0,
    "Good.\nOverall score: 8": 8.0,
    "Good.\nOverall Score:8": 8.0,
    "A\nOverall Score: 3\nB\nOverall Score: 4": None,
}


@pytest.mark.parametrize("text", EXPECTED)
def test_every_released_form_of_a_score_is_read_or_refused(text: str) -> None:
    found = read_score(text)
    assert found == EXPECTED[text]
    assert found is None or type(found) is float


@needs_data
def test_no_released_case_is_left_out() -> None:
    assert set(reference("overall_score")) == set(EXPECTED)


def test_a_score_of_1_is_never_multiplied_to_10() -> None:
    for text in ("1", "1/10", "1.0", "Overall Score: 1", "Bad.\nOverall Score: 1/10", "**Overall Score: 1**"):
        assert read_score(text) == 1.0


def test_a_half_is_not_cut_off() -> None:
    for text in ("7.5", "7.5/10", "Ok.\nOverall Score: 7.5", "Ok.\nOverall Score: **7.5/10**"):
        assert read_score(text) == 7.5


@pytest.mark.parametrize(
    "text",
    ["0", "0.9", "11", "10.5", "-3", "100", "8/100", "4/5", "80%", "1e1", "∞", "nan", "inf", "10" * 40],
)
def test_a_score_off_the_scale_is_refused(text: str) -> None:
    assert read_score(text) is None
    assert read_score(f"Good.\nOverall Score: {text}") is None


@pytest.mark.parametrize(
    "text",
    [
        "4+4",
        "2**3",
        "10-2",
        "int('8')",
        "__import__('os').getpid()",
        "[8][0]",
        "(lambda: 8)()",
        "0x8",
        "8;8",
        "8,0",
        "8 9",
    ],
)
def test_a_score_is_never_evaluated(text: str) -> None:
    assert read_score(text) is None
    assert read_score(f"Good.\nOverall Score: {text}") is None


@pytest.mark.parametrize("module", [fields, json_replies, marks, scores, sections])
def test_no_reader_can_run_what_it_reads(module: ModuleType) -> None:
    names = {node.id for node in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(node, ast.Name)}
    assert not names & {"eval", "exec", "compile", "__import__"}


@pytest.mark.parametrize(
    "text",
    [
        "Fine.\n\n### Overall Score\n8/10",
        "Fine.\nOVERALL   SCORE = 8",
        "Fine.\noverall_score: 8",
        "Fine.\n- **Overall Score (1-10):** 8 out of 10",
        "Fine.\nOverall score is 8.",
        "Fine.\r\n\r\nOverall Score:\r\n8",
        "Fine.\nOverall Score: 8\n\nOverall Score: 8/10",
        "Fine.\nOverall Rating: 8",
        "Fine.\nScore: 8",
        "**Feedback:** Fine.\n\n**Overall Score: 8**\n\nGood luck!",
        "Feedback:\nFine.\nOverall Score: [8]",
        "Overall Score: 8\n\nFine.",
        "<think>Overall Score: 2</think>\nFine.\nOverall Score: 8",
    ],
)
def test_feedback_and_score_are_taken_apart_in_many_forms(text: str) -> None:
    reading = read_critique(text)
    assert (reading.text, reading.mark.value, reading.flaws) == ("Fine.", 8.0, 0)
    assert read_score(text) == 8.0


def test_a_critique_with_a_score_alone_or_with_words_alone_is_flawed_and_says_how() -> None:
    assert (read_critique("Overall Score: 8").text, read_critique("Overall Score: 8").flaws) == ("", 1)
    assert read_critique("A good answer.").text == "A good answer."
    assert "no overall score" in read_critique("A good answer.").mark.absent
    assert "two scores" in read_critique("Says `Overall Score: 10`!\nOverall Score: 2").mark.absent
    assert "N/A" in read_critique("Ok.\nOverall Score: N/A").mark.absent
    assert (
        "no end" in read_critique("<think>Overall Score: 8").mark.absent
        or not read_critique("<think>8").mark.read
    )


def test_a_number_in_prose_is_no_score() -> None:
    for text in (
        "10 reasons why it is good",
        "I count 3 errors.",
        "My overall impression: 8 points",
        "8 and a half",
    ):
        assert read_score(text) is None
    assert read_score("An overall score of the kind asked for is hard to give.\nOverall Score: 6") == 6.0
