"""Where the final answer of a response stands."""

import pytest

from windward.grading import extract_math, grade_math

RIGHT = [
    (r"First $\boxed{7}$ is wrong; so $\boxed{42}$.", "42"),
    (r"So $\boxed{\frac{1}{\sqrt{2}}}$.", r"\frac{\sqrt{2}}{2}"),
    (r"Therefore $\boxed 5$.", "5"),
    ("Answer:\n12", "12"),
    ("The answer is 12. I hope this helps you with problem 3.", "12"),
    ("**Final Answer:** 12", "12"),
    ("Some text\n#### 1,200", "1200"),
    ("So 12 is the answer.", "12"),
    ("Total = 3 + 4 = 7 apples", "7"),
    ("The answer is $18.", "18"),
    ("The answer is 3.5 meters. ", "3.5"),
    ("The answer is −5", "-5"),
    ("[1, 2]", "1,2"),
    ("{1, 2}", "2,1"),
    ("(3+4j)", "3+4i"),
    ("Interval.open(-oo, 3)", r"(-\infty,3)"),
    ("1e+16", "10000000000000000"),
    ("array([1, 2])", "1,2"),
    ("[1. 2.]", "1,2"),
    ("Fraction(1, 2)", r"\frac12"),
    ("Eq(x, 5)", "5"),
    ("x: 5", "5"),
    ("The answer is (B) because 5 > 3.", "(B)"),
    (r"\boxed{\text{None}}", "None"),
    (r"The roots are $\boxed{2}$ and $\boxed{3}$.", "2,3"),
    ("Final Answer: The final answer is $2\\sqrt{3}$. I hope it is correct.", r"2\sqrt{3}"),
    ("Thus the value of $x$ is 5, as required.", "5"),
]
WRONG = [
    (r"The answer is $\boxed{42}$. As a check, $\boxed{7}$ would be wrong.", "42"),
    ("None", "5"),
    ("The answer is 5 or 6", "5"),
    ("The answer is not 5", "5"),
    (r"\boxed{5}", "None"),
]


@pytest.mark.parametrize(("response", "reference"), RIGHT)
def test_the_final_answer_is_found_and_accepted(response: str, reference: str) -> None:
    assert grade_math(response, reference).correct


@pytest.mark.parametrize(("response", "reference"), WRONG)
def test_what_is_not_the_final_answer_is_not_accepted(response: str, reference: str) -> None:
    assert not grade_math(response, reference).correct


@pytest.mark.parametrize("response", [r"So \boxed{5", r"\boxed{5} hence \boxed{5", "", r"\boxed{}"])
def test_a_cut_off_or_empty_box_is_unparsed_and_wrong(response: str) -> None:
    verdict = grade_math(response, "5")
    assert (verdict.correct, verdict.extracted, verdict.status) == (False, None, "unparsed")


def test_a_traceback_is_no_answer() -> None:
    assert extract_math("NameError: name 'x' is not defined").rule == "error"


def test_the_verdict_says_where_the_answer_stood_and_what_decided() -> None:
    assert grade_math(r"so \boxed{\frac12}", "0.5").rule == "boxed:value"
    assert grade_math("#### 12", "12").rule == "hashes:number"


def test_reference_solutions_with_their_own_marks_are_read() -> None:
    assert grade_math("The answer is 72", "48 + 24 = 72\n#### 72").correct
    assert grade_math("The answer is 72", r"so $\boxed{72}$").correct
