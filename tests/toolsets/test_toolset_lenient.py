"""The paper's last rule: equal, within one percent, or equal at two decimals; what is no number is not compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windward.toolsets.answers import equal_as_released, equal_strictly
from windward.toolsets.lenient import lenient, number

RULES = {
    "equal": ("7.0", "7", "right"),
    "equal, and no number": ("Tuesday", "tuesday", "right"),
    "equal to nothing": ("0", "0.0", "right"),
    "under one percent above": ("100.99", "100", "right"),
    "one percent": ("101", "100", "wrong"),
    "under one percent below": ("-99.01", "-100", "right"),
    "two decimals of a small number": ("0.014", "0.01", "right"),
    "not at two decimals": ("0.016", "0.01", "wrong"),
    "another sign": ("-5", "5", "wrong"),
    "an expression": ("2*sqrt(2)", "2.83", "right"),
    "a third": ("0.33", "1/3", "right"),
    "a list": ("[1, 2]", "2", "unread"),
    "words": ("five", "5", "unread"),
    "a unit": ("5 dollars", "7", "unread"),
    "nothing": ("", "5", "unread"),
    "a percentage": ("20%", "0.2", "unread"),
    "near zero": ("0.0001", "0", "unread"),
    "a power of powers": ("9**9**9", "1", "unread"),
    "a call": ("__import__('os').getpid()", "1", "unread"),
    "a name": ("x", "1", "unread"),
    "two statements": ("1; 1", "1", "unread"),
}


@pytest.mark.parametrize("name", RULES)
def test_near_is_right_far_is_wrong_and_no_number_is_not_compared(name: str) -> None:
    printed, answer, verdict = RULES[name]
    assert lenient(printed, answer, equal_as_released) == verdict


def test_a_rounded_third_is_right_by_the_lenient_rule_and_wrong_by_the_strict_one() -> None:
    assert lenient("0.33", "1/3", equal_as_released) == "right"
    assert not equal_strictly("0.33", "1/3") and not equal_as_released("0.33", "1/3")


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6).filter(lambda answer: abs(answer) > 1e-3))
def test_numbers_are_judged_as_python_would(printed: float, answer: float) -> None:
    near = abs((printed - answer) / answer) < 0.01 or round(printed, 2) == round(answer, 2)
    right = lenient(repr(printed), repr(answer), lambda one, other: False) == "right"
    assert right == near


@given(st.text(max_size=30))
def test_any_text_is_read_or_not_and_never_fails(text: str) -> None:
    assert number(text) is None or isinstance(number(text), float)


@pytest.mark.parametrize(
    "text", ["(" * 5_000, "1" * 10_000, "1\x00", "\ud800", "-" * 400 + "1", "1e999", "3j", "True"]
)
def test_what_has_no_value_in_reach_has_none(text: str) -> None:
    value = number(text)
    assert value is None or text.startswith("-")
