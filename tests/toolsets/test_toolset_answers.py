"""The released rule of answers: written as the reference writes it, or different by exactly zero."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windward.toolsets.answers import equal_as_released, equal_strictly, last_line

SAME = [
    ("7", "7"),
    ("7.0", "7"),
    ("7.99999999999999", "8"),
    ("6*x**2 + 4*x - 5", "6x^2+4x-5"),
    ("(x - 2)*(x + 2)", "(x+2)(x-2)"),
    ("36/49", r"\frac{36}{49}"),
    ("0.5", r"\frac{1}{2}"),
    ("5/3", r"1\frac{2}{3}"),
    ("13.5", r"13.5\text{ pounds}"),
    ("2*sqrt(41)", r"2\sqrt{41}"),
    ("(3, -1)", "(3,-1)"),
    ("1657", r"\$1,\!657"),
    ("45", r"45^\circ"),
    ("12", "12 hours"),
    ("Tuesday", "tuesday"),
    ("0.8683127572016461", r"\frac{211}{243}"),
]
OTHER = [
    ("8", "7"),
    ("", "7"),
    ("10/8", r"\frac{5}{4}"),
    ("0.6666666666666666", r"\frac{2}{3}"),
    ("1.6666666666666667", r"1\frac{2}{3}"),
    ("530.929158456675", r"169\pi"),
    ("sqrt(49)", "7"),
    ("(3-1j)", "3-i"),
    ("0.4", r"40\%"),
    ("2.0", r"2 \text{ euros}"),
    ("Interval.open(-6, 1)", "(-6, 1)"),
    ("[3, -1]", "(3,-1)"),
    ("(3, -1, 0)", "(3,-1)"),
    ("11*z**17 + 5", "5+11z^{17}"),
]  # fmt: skip


@pytest.mark.parametrize(("printed", "answer"), SAME)
def test_the_same_to_the_released_rule(printed: str, answer: str) -> None:
    assert equal_as_released(printed, answer)


@pytest.mark.parametrize(("printed", "answer"), OTHER)
def test_another_to_the_released_rule(printed: str, answer: str) -> None:
    assert not equal_as_released(printed, answer)


@pytest.mark.parametrize(
    ("printed", "answer"),
    [("(3-1j)", "3-i"), ("sqrt(49)", "7"), ("11*z**17 + 5", "5+11z^{17}"), ("10/8", "5/4")],
)
def test_values_that_the_released_rule_takes_apart_are_one_to_the_strict_rule(
    printed: str, answer: str
) -> None:
    assert not equal_as_released(printed, answer)
    assert equal_strictly(printed, answer)


def test_the_last_line_is_the_last_that_says_anything() -> None:
    assert last_line("one\n two \n\n  \n") == "two"
    assert last_line(" \n") == last_line("") == ""


@given(st.text(alphabet=r"0123456789.,/+-*^()[]{}\ $%abeijpxqrst", max_size=40), st.text(max_size=20))
def test_no_text_at_all_is_an_error(printed: str, answer: str) -> None:
    equal_as_released(printed, answer)
    equal_as_released(answer, printed)
