"""Feedback that gives the answer away is found, and feedback that does not is left alone."""

import mint_policies as fakes
import pytest
from hypothesis import given
from hypothesis import strategies as st

from windward.evals.mint.instances import Instance
from windward.evals.mint.leaks import MASK, leaks, masked


def problem(reference, task="gsm8k", prompt="How many?"):
    return Instance(task, "0", prompt, reference, {})


def shown_to_policy(feedback, instance, shown=(), said=()):
    return masked(feedback, leaks(feedback, instance, shown, said))


@pytest.mark.parametrize(
    ("reference", "feedback", "left"),
    [
        ("42", "You should get 42 here.", f"You should get {MASK} here."),
        ("42", "It is 42.0.", f"It is {MASK}."),
        ("45000", "Not 450 but 45,000 cows.", f"Not 450 but {MASK} cows."),
        ("-106.0", "The value is -106, so try again", f"The value is {MASK}, so try again"),
        ("0.5", "Half of it, 1/2, remains.", f"Half of it, {MASK}, remains."),
        ("0.5", r"Try $\frac{1}{2}$.", f"Try ${MASK}$."),
        ("0.333", "A third: 0.3333", f"A third: {MASK}"),
        ([4, 7, 9], "You want [4, 7, 9] in order.", f"You want [{MASK}] in order."),
        ("Pedro Rodríguez", "Look at PEDRO  Rodríguez!", f"Look at {MASK}!"),
        ("the Danube", "It lies on the Danube.", f"It lies on the {MASK}."),
        (
            "Max Martin, Savan Kotecha and Ilya Salmanzadeh",
            "max martin, Savan Kotecha, Ilya Salmanzadeh",
            MASK,
        ),
    ],
)
def test_the_reference_is_withheld_however_it_is_written(reference, feedback, left):
    task = "hotpotqa" if isinstance(reference, str) and reference[0].isalpha() else "gsm8k"
    assert shown_to_policy(feedback, problem(reference, task)) == left


@pytest.mark.parametrize(
    ("reference", "feedback"),
    [
        ("42", "You have 420 of them, or 4.2, or 142."),
        ("42", "This is BAD. Count the pens again."),
        ("15", "Step 1.5 is not 115."),
        ("106", "The value -106 has the wrong sign."),
        ("art", "You start well; look at each part."),
        ("yes", "Yes, this is GOOD. No errors."),
        ("no", "No, that is BAD, there is no such page."),
        ("True", "It is true that you forgot a term."),
        ("a", "A better way is a loop. This is a GOOD start."),
        ("b", "Option A and option C are still open."),
    ],
)
def test_what_only_looks_alike_is_left_alone(reference, feedback):
    task = "mmlu" if reference in ("a", "b") else "theoremqa"
    assert leaks(feedback, problem(reference, task), [], []) == []


def test_what_the_problem_says_is_no_leak_unless_the_feedback_points_at_it():
    asked = problem("4", prompt="Of 4 cats and 9 dogs, which are fewer, and how many?")
    assert leaks("You forgot the 4 cats.", asked, [], []) == []
    assert shown_to_policy("The answer is 4.", asked) == f"The answer is {MASK}."


def test_what_the_policy_has_said_is_no_leak():
    asked = problem("42")
    said = "<execute>print(40 + 2)</execute> I think it is 42"
    assert leaks("42 is GOOD. The answer is 42.", asked, [said], [said]) == []


def test_what_its_code_printed_may_be_named_but_not_pointed_at():
    asked = problem("42")
    shown = ["<execute>print(x)</execute>", "Observation:\n[17, 25, 42]"]
    assert leaks("You printed 17, 25 and 42.", asked, shown, shown[:1]) == []
    assert leaks("The right answer is 42.", asked, shown, shown[:1])


@pytest.mark.parametrize(
    "feedback",
    [
        "The answer is B.",
        "You should choose (b) instead",
        "Option B is the right one",
        "B) is correct",
        "The correct option is b) 56",
        "The answer is 56.",
    ],
)
def test_a_choice_that_is_pointed_at_is_a_leak(feedback):
    asked = fakes.instance("mmlu")
    assert leaks(feedback, asked, [], [])
    assert "[withheld]" in shown_to_policy(feedback, asked)


def test_an_option_that_is_ruled_out_or_was_chosen_is_no_leak():
    asked = fakes.instance("mmlu")
    assert leaks("The answer is not B.", asked, [], []) == []
    assert leaks("The answer is A, isn't it? Look again.", asked, [], []) == []
    assert leaks("The answer B is GOOD.", asked, [], ["<solution> B </solution>"]) == []


def test_yes_or_no_is_a_leak_where_it_is_said_to_be_the_answer():
    asked = problem("yes", "hotpotqa")
    assert shown_to_policy("Yes, good. The answer should be yes.", asked) == (
        f"Yes, good. The answer should be {MASK}."
    )


def test_hidden_tests_and_the_data_sets_solution_are_withheld():
    asked = fakes.instance("mbpp")
    told = "Try twice([5, -3,0]) too. Look:\n```\ndef twice(xs):\n  return [2*x for x in xs]\n```"
    left = shown_to_policy(told, asked)
    assert "[5, -3,0]" not in left
    assert "2*x" not in left
    assert left.startswith("Try twice[withheld] too.")


def test_a_test_that_the_problem_shows_is_no_secret():
    assert leaks("Why does twice([1, 2]) == [2, 4] fail?", fakes.instance("mbpp"), [], []) == []


def test_code_that_the_policy_wrote_is_no_secret():
    asked = fakes.instance("mbpp")
    said = ["def twice(xs):\n    return [2 * x for x in xs]"]
    assert leaks("`return [2 * x for x in xs]` is GOOD; def twice(xs): too", asked, said, said) == []


def test_a_problem_without_a_reference_has_nothing_to_give_away():
    assert leaks("The answer is 42.", problem("", "alfworld"), [], []) == []


@given(st.text(max_size=60), st.text(min_size=1, max_size=10))
def test_whatever_is_found_lies_within_the_text_and_is_gone_after_masking(feedback, reference):
    asked = problem(reference, "hotpotqa", prompt="?")
    spans = leaks(feedback, asked, [], [])
    assert all(0 <= start < end <= len(feedback) for start, end in spans)
    if spans:
        assert leaks(masked(feedback, spans), problem(reference, "hotpotqa"), [], []) == [] or "withheld" in (
            reference.casefold()
        )
