"""The readers on any text: they never fail, never leave the scale, and look at each character a bounded number of times."""

from __future__ import annotations

import re
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judged import sections

from windward.feedback import (
    ASPECTS,
    NOT_APPLICABLE,
    Refused,
    criticise,
    fields,
    json_replies,
    marks,
    read_aspect,
    read_critique,
    read_score,
    scores,
)
from windward.feedback import sections as splitting

PIECES = st.sampled_from(
    ["#### Text 1\n", "Text 2", "Text 3:", "Rating:", " 4", "5/5", "N/A", "Type: ", "1, 2", "None", "Rationale: ", "\n", "\r\n",
     "**", "Overall Score:", "10", ".5", "{", "}", '"Text 1": ', "[", "]", ",", "```", "<think>", "</think>", " and ", "-", "🙂"]
)  # fmt: skip
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join))


@given(TEXTS, st.sampled_from(ASPECTS), st.integers(1, 5))
def test_any_text_is_read_or_refused(text: str, aspect: str, count: int) -> None:
    reading = read_aspect(aspect, text, count)
    if isinstance(reading, Refused):
        assert reading.reason
        return
    assert len(reading.texts) == count
    for one in reading.texts:
        if one.mark.value is None:
            assert one.mark.absent == NOT_APPLICABLE or one.mark.absent.startswith("unread: ")
        else:
            assert 1 <= one.mark.value <= 5 and one.mark.absent == ""
        assert set(one.types) <= {"1", "2", "3"}


@given(TEXTS)
def test_any_critique_is_read_or_refused(text: str) -> None:
    reading = read_critique(text)
    assert (reading.mark.value is None) == reading.mark.absent.startswith("unread: ")
    assert read_score(text) is None or 1 <= read_score(text) <= 10


@given(
    st.permutations(range(1, 5)),
    st.lists(st.sampled_from([1, 2, 2.5, 3, 4, 5, "N/A"]), min_size=4, max_size=4),
)
def test_what_was_written_is_what_is_read_in_any_order(order: list[int], ratings: list[float | str]) -> None:
    reading = read_aspect("honesty", sections({label: ratings[label - 1] for label in order}), 4)
    assert not isinstance(reading, Refused)
    assert [one.mark.value if one.mark.absent == "" else "N/A" for one in reading.texts] == ratings


LONG = 200_000
STRAINS = [
    "*", "#", " ", "\t", "_", "[", "{", "(", "<", "`", "|", "-", "9", "1,", "\n", "\r", "\r\n", "a", "A ", "-----\n", "```\n", "a```\n",
    "Text 1\n", "Text 1: ", "Text ", "Rating:", "Rating: \n", "Rating: 4\n", "Rating: N/A or ", "Type: 1, ", "rationale for ", "for ",
    "Overall Score", "Overall Score:", "Overall Score: ", "overall ", "Score:\n", "Score ", "<think>", "</think>", '{"a":', "[[", '"',
    "4 out of ", "4 / ", "1. ", "the text ", "rating of ", "Text 1 (", "Overall Score (", "feedback", "e.g", "examples ",
]  # fmt: skip


@pytest.mark.parametrize("strain", STRAINS)
def test_a_reply_of_200_kb_is_read_to_the_end(strain: str) -> None:
    text = (strain * (LONG // len(strain) + 1))[:LONG]
    for around in (text, "#### Text 1\nRating: " + text + "\nRating: 4"):
        read_aspect("truthfulness", around, 2)
        read_critique(around)


@pytest.mark.parametrize("module", [criticise, fields, json_replies, marks, scores, splitting])
def test_no_pattern_of_a_reader_repeats_without_bound(module: ModuleType) -> None:
    # Patterns without `*` and `+` take bounded time at each place of a text, whatever the text.
    for pattern in (value for value in vars(module).values() if isinstance(value, re.Pattern)):
        outside = re.sub(r"\[(?:\\.|[^\]\\])*\]", "C", re.sub(r"\\[^wsdb]", "E", pattern.pattern))
        assert not re.search(r"[*+]|\{\d*,\}", outside), pattern.pattern
