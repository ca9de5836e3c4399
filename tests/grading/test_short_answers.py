"""Does a reply name the right answer: the released rule's mistakes, and ours that does not make them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windward.grading.short_answers import holds_substring, names_reference


@pytest.mark.parametrize(
    ("reply", "references", "released", "ours"),
    [
        ("The Real Madrid club.", ["Real Madrid"], True, True),
        ("It is real madrid.", ["Real Madrid"], False, True),
        ("It was a birthday party.", ["art"], True, False),
        ("There are 3 of them.", ["three"], False, True),
        ("There are three of them.", ["3"], False, True),
        ("It was written by the Devonian's author.", ["the Devonian"], True, True),
        ("Nairobi, Kenya", ["Nairobi Kenya"], False, True),
        ("Winnie the Pooh", ["Winnie-the-Pooh"], False, True),
        ("It has 1,000 seats.", ["1000"], False, True),
        ("He was picked 13th.", ["13"], True, True),
        ("Beyonce", ["Beyoncé"], False, True),
        ("It is one of two.", ["four", "two"], True, True),
        ("On 18 March 2018.", ["March 18, 2018"], False, False),
        ("", ["Paris"], False, False),
        ("Paris", [], False, False),
    ],
)
def test_what_names_an_answer(reply: str, references: list[str], released: bool, ours: bool) -> None:
    assert (holds_substring(reply, references), names_reference(reply, references)) == (released, ours)


@given(st.text(max_size=12))
def test_a_reference_of_no_words_is_never_named(reply: str) -> None:
    assert not names_reference(reply, ["", "the", "?!"])


@given(st.lists(st.sampled_from(["Paris", "12", "seven", "Œuvre", "naïve"]), min_size=1, max_size=4))
def test_every_text_names_its_own_words(words: list[str]) -> None:
    assert names_reference(f"I think it is {' '.join(words)}.", [" ".join(words)])
