"""A confidence is read where a reply gives one, and nowhere else; what is read lies on the scale."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windward.evals.unknown.confidence.reading import OUT_OF_RANGE, UNPARSED, read_confidence
from windward.evals.unknown.confidence.scales import ZERO_TO_TEN

READ = [
    ("7", 7),
    (" 10\n", 10),
    ("0", 0),
    ("7.", 7),
    ("7.0", 7),
    ("**8**", 8),
    ("[9]", 9),
    ("(3)", 3),
    ("`4`", 4),
    ("7/10", 7),
    ("7 / 10", 7),
    ("10/10.", 10),
    ("7 out of 10", 7),
    ("seven", 7),
    ("Ten.", 10),
    ("Confidence: 7", 7),
    ("confidence = 7", 7),
    ("**Confidence:** 7", 7),
    ("Confidence (0-10): 7", 7),
    ("Confidence: [7]", 7),
    ("Confidence level: 7", 7),
    ("My confidence is 2.", 2),
    ("My confidence in this answer is 2 out of 10.", 2),
    ("On a scale from 0 to 10, my confidence is 6.", 6),
    ("I would say 7/10 because the season ended in 2018.", 7),
    ("I am fairly sure [8], since I know the place.", 8),
    ("I know this well.\n9", 9),
    ("9\n\nThe place has been in the news since 1999.", 9),
    ("Confidence: 7\nSo my rating is 7/10.", 7),
    ("<think>Maybe 3, or 4.</think>\n5", 5),
    ("Confidence: three", 3),
    ("1", 1),
    ("- 6", 6),
]
NOT_READ = [
    ("", UNPARSED),
    ("I am quite sure.", UNPARSED),
    ("1. The Talmud is the most important text.", UNPARSED),
    ("1. First\n2. Second\n3. Third", UNPARSED),
    ("1) The answer is known.", UNPARSED),
    ("(1) The answer is known.", UNPARSED),
    ("[1] The answer is known.", UNPARSED),
    ("There are 7 days in a week.", UNPARSED),
    ("It was on 7 May, so I am sure.", UNPARSED),
    ("7 or 8", UNPARSED),
    ("7-8", UNPARSED),
    ("7\n8", UNPARSED),
    ("Confidence: 7\nConfidence: 3", UNPARSED),
    ("Confidence: 7 to 8", UNPARSED),
    ("Confidence: 7-8", UNPARSED),
    ("Confidence: 7 or 8", UNPARSED),
    ("7.5", UNPARSED),
    ("Confidence: 7.5", UNPARSED),
    ("0-10", UNPARSED),
    ("Confidence (0-10):", UNPARSED),
    ("one of the best", UNPARSED),
    ("<think>7", UNPARSED),
    ("11", OUT_OF_RANGE),
    ("-1", OUT_OF_RANGE),
    ("2018", OUT_OF_RANGE),
    ("85", OUT_OF_RANGE),
    ("7%", OUT_OF_RANGE),
    ("100%", OUT_OF_RANGE),
    ("Confidence: 90%", OUT_OF_RANGE),
    ("Confidence: 90", OUT_OF_RANGE),
    ("3/5", OUT_OF_RANGE),
    ("70/100", OUT_OF_RANGE),
    ("9" * 5000, OUT_OF_RANGE),
    ("7/10/2018", UNPARSED),
]


@pytest.mark.parametrize(("said", "value"), READ)
def test_a_number_that_is_meant_as_a_confidence_is_read(said: str, value: int) -> None:
    found = read_confidence(said)
    assert (found.value, found.absent, found.said, found.scale) == (value, "", said, ZERO_TO_TEN)


@pytest.mark.parametrize(("said", "why"), NOT_READ)
def test_what_is_no_confidence_is_missing_and_says_why(said: str, why: str) -> None:
    found = read_confidence(said)
    assert (found.value, found.absent, found.said) == (None, why, said)


FRAGMENTS = st.sampled_from(
    [
        "Confidence: ",
        "7",
        "10",
        "-3",
        "99",
        "/10",
        " out of ",
        "seven",
        "1. ",
        "[",
        "]",
        "\n",
        "%",
        "0.5",
        ". ",
        "rating is ",
    ]
)


@given(st.one_of(st.text(), st.lists(FRAGMENTS, max_size=12).map("".join)))
def test_whatever_is_said_no_value_lies_off_the_scale_and_a_missing_one_says_why(said: str) -> None:
    found = read_confidence(said)
    if found.value is None:
        assert found.absent in (UNPARSED, OUT_OF_RANGE)
    else:
        assert found.value in range(11) and found.absent == ""


@given(
    st.integers(0, 10),
    st.sampled_from(["{}", "[{}]", "Confidence: {}", "{}/10", "I think so.\n{}", "**{}**"]),
)
def test_every_level_is_read_in_every_form(level: int, form: str) -> None:
    assert read_confidence(form.format(level)).value == level
