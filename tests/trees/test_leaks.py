"""What gives a reference away, and what does not."""

import pytest

from windward.rows import Problem
from windward.trees.golds import MASK, confesses, masked
from windward.trees.leaks import leaks

SUM = Problem("p", "Tom has 12 eggs and buys 30. How many has he?", "42", "math")
CODE = Problem("c", "Write add(a, b).", "assert add(3, 4) == 7\nassert add([1, 2], [3]) == [1, 2, 3]", "code")


@pytest.mark.parametrize("said", ["It is 42.", "Get 42.0 eggs", "(42)", "the total, 42, is missed"])
def test_a_reference_that_nobody_said_before_is_a_leak(said):
    assert leaks(said, SUM, [])


@pytest.mark.parametrize("said", ["Add 12 and 30.", "It is 420.", "Off by 2; see step 4.", "4 2", "1.42"])
def test_numbers_of_the_problem_and_other_numbers_are_none(said):
    assert not leaks(said, SUM, [])


def test_what_the_model_wrote_or_saw_itself_is_none():
    assert not leaks("You had 42 and dropped it.", SUM, ["x = 42"])


def test_numbers_are_compared_by_value():
    assert leaks("about 1,250 then", Problem("p", "q", "1250.0", "math"), [])


@pytest.mark.parametrize(
    ("said", "found"), [("the answer is B", True), ("Option B is right", True), ("B comes before C", False)]
)
def test_a_letter_must_be_said_to_be_the_answer(said, found):
    assert leaks(said, Problem("p", "q", "B", "table"), []) is found


def test_a_hidden_test_is_a_leak_and_a_short_call_is_none():
    assert leaks("Try add([1,2],[3]): it fails.", CODE, [])
    assert leaks("expected [1, 2, 3] here", CODE, [])
    assert not leaks("Try lists, too, and 7 items.", CODE, [])


def test_a_line_of_the_gold_program_is_a_leak():
    gold = "def add(a, b):\n    return a + b"
    assert leaks("Write return a + b.", CODE, [], gold)
    assert not leaks("Use the plus sign.", CODE, [], gold)


def test_masking_hides_numbers_and_the_reference_and_nothing_else():
    assert masked("Half of 1,200.50 is taken, so x2 is Blue.", "Blue") == (
        f"Half of {MASK} is taken, so x{MASK} is {MASK}."
    )


@pytest.mark.parametrize(
    "action", ["as the provided solution shows", "The reference answer is", f"so {MASK}"]
)
def test_talk_of_what_was_shown_is_heard(action):
    assert confesses(action)


@pytest.mark.parametrize(
    "action", ["the solution is 5", "given the two numbers, add", "Step 1: outline the plan"]
)
def test_ordinary_words_are_no_confession(action):
    assert not confesses(action)
