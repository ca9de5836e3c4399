"""Options, truth values and BIG-Bench Hard: an answer settles on one, and a mention is no answer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windward.grading import extract_choice, extract_truth, grade_bbh, grade_choice, grade_theoremqa

CHOSEN = [
    ("(b)", "b"),
    ("B", "b"),
    ("b.", "b"),
    ("C) because A) is wrong", "c"),
    ("The answer is (D).", "d"),
    ("The answer is D, since A fails.", "d"),
    ("First (A) seems right.\nBut so the answer is (C).", "c"),
    ("$\\boxed{\\text{(E)}}$", "e"),
    ("**Answer:** option B", "b"),
    ("I choose (B)", "b"),
    ("It is this one:\n\nD) Rain\n\nClouds say so.", "d"),
    ("We have:\nA) Sun\nD) Rain\nClouds say so.", None),
    ("(a) or (b)", None),
    ("The answer is (A) and (C).", None),
    ("banana)", None),
    ("a large number", None),
    ("I am sure", None),
    ("\\boxed{(A", None),
    ("", None),
]
TRUTHS = [
    ("True", True),
    ("yes, it is", True),
    ("The answer is no.", False),
    ("It is not true, so false", False),
    ("It is not necessarily correct.", False),
    ("There is no such thing.", None),
    ("True or False", None),
    ("yes or no", None),
    ("Falsehood", None),
    ("1", None),
]
BBH = [
    # response, reference, by our rules, by the released one
    ("We rule out (A) and (B). So the answer is (C).", "(C)", True, True),
    ("We rule out (A) and (B). So the answer is (C).", "(A)", False, True),
    ("It is not the case that Yes. So the answer is No.", "Yes", False, True),
    ("So the answer is no.", "No", True, False),
    ("Yes or no", "Yes", False, True),
    ("The argument is invalid. So the answer is invalid.", "valid", False, True),
    ("= 3 - 27 = -24. So the answer is -24.", "24", False, True),
    ("So the answer is 1,024.", "1024", True, False),
    ("So the answer is ( 4 * 6 ) = 24.", "24", True, True),
    ("So the answer is ] ) >.", "]) >", True, False),
    ("So the answer is ] >.", "] ) >", False, False),
    ("Sorted: bee < ant. So the answer is ant, bee, cat.", "ant bee cat", True, False),
    ("So the answer is ant cat bee.", "ant bee cat", False, False),
    ("So the answer is \\boxed{ant", "ant", False, True),
    ("So the answer is plausible.", "implausible", False, False),
]


@pytest.mark.parametrize(("response", "letter"), CHOSEN)
def test_the_option_that_an_answer_settles_on(response: str, letter: str | None) -> None:
    assert extract_choice(response)[0] == letter


@pytest.mark.parametrize(("response", "value"), TRUTHS)
def test_the_truth_value_that_an_answer_settles_on(response: str, value: bool | None) -> None:
    assert extract_truth(response)[0] is value


@pytest.mark.parametrize(("response", "reference", "ours", "theirs"), BBH)
def test_a_mention_of_the_target_is_no_answer(
    response: str, reference: str, ours: bool, theirs: bool
) -> None:
    assert grade_bbh(response, reference).correct == ours
    assert grade_bbh(response, reference, "released").correct == theirs


def test_an_option_may_be_named_by_its_text() -> None:
    options = {"(A)": "red", "(B)": "dark red"}
    assert grade_choice("The answer is dark red.", "(B)", options).rule == "option-text"
    assert not grade_choice("The answer is red or dark red.", "(B)", options).correct


def test_letters_past_the_tenth_count_where_they_are_the_target() -> None:
    assert grade_bbh("So the answer is (R).", "(R)").correct


@given(st.text(alphabet="ABCabcd yesnotrufal()[],.:;=0123456789$\\\\{}\\n'", max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_is_judged_without_an_error(text: str) -> None:
    extract_truth(text)
    for response in (text, f"The answer is {text}", f"\\boxed{{{text}"):
        letter, _ = extract_choice(response)
        assert letter is None or letter in response.lower()
        for target in ("(A)", "Yes", "valid", "12", "] )", "ant bee"):
            grade_bbh(response, target)
        for gold, kind in (
            (5, "integer"),
            (0.5, "float"),
            (True, "bool"),
            ("(a)", "option"),
            ([1, 2], "list of float"),
        ):
            grade_theoremqa(response, gold, kind)
            grade_theoremqa(response, gold, kind, "released")
