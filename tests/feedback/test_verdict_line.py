"""What a judge's verdict line says, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windward.feedback.verdict_line import verdict_word

WORDS = ("same", "different")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Verdict: same", "same"),
        ("They name one town.\n\n**Verdict:** Different.", "different"),
        ("> verdict = `same`", "same"),
        ("verdict: (same)\r\nVerdict: same", "same"),
        ("Verdict: same\nVerdict: different", None),
        ("Verdict: same, I think", None),
        ("Verdict: same\nVerdict: unclear", None),
        ("Verdict:", None),
        ("The verdict is same", None),
        ("Verdicts: same", None),
        ("same", None),
        ("", None),
    ],
)
def test_a_line_says_one_word_or_nothing(text: str, said: str | None) -> None:
    assert verdict_word(text, WORDS) == said


def test_a_word_may_have_something_before_it() -> None:
    assert verdict_word("Verdict: Answer A", ("a", "b"), before=("answer ",)) == "a"
    assert verdict_word("Verdict: Answer A", ("a", "b")) is None


@given(st.text(alphabet="verdict:= \n\r\t*_#>`-samedifent.", max_size=60))
def test_no_text_gives_a_word_that_was_not_asked_for(text: str) -> None:
    assert verdict_word(text, WORDS) in (*WORDS, None)
