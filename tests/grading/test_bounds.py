"""Hostile answers do nothing and end soon; properties that hold for every text."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windward.grading import equivalent, grade_math

BOMBS = [
    "9**9**9",
    "9^{9^{9^{9^{9}}}}",
    "9" * 5000,
    "9" * 100_000,
    "(" * 100_000,
    "(" * 700 + ")" * 700,
    r"\frac{" * 3000,
    r"\boxed{" * 20_000 + "5" + "}" * 20_000,
    "1e999999999",
    "999999999!",
    "((9!)!)!",
    "5" + "!" * 1400,
    r"1\pm" * 20 + "1",
    "x^" * 700 + "2",
    "$" * 100_000,
    "is " * 30_000,
    "answer " * 20_000,
    " " * 100_000 + "6",
    r"\binom{9999999}{5000000}",
    "0." + "3" * 1400,
]


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb[:12].strip() or "blank")
def test_a_size_bomb_is_rejected_within_two_seconds(bomb: str) -> None:
    started = time.process_time()
    assert not grade_math(bomb, "77").correct
    assert not equivalent(bomb, "77")
    assert not equivalent("77", bomb)
    assert not grade_math(bomb, "77", policy="released").correct
    assert not equivalent(bomb, "77", policy="released")
    assert not equivalent("77", bomb, policy="released")
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "attack",
    [
        "__import__('os').system('touch {path}')",
        "().__class__.__base__.__subclasses__()",
        "open('{path}','w').write('x')",
        "\\text{{__import__('os').system('touch {path}')}}",
        "eval(\"open('{path}','w')\")",
        "5; open('{path}','w')",
        "Matrix([[open('{path}','w')]])",
        "sqrt(__import__('pathlib').Path('{path}').touch())",
        "lambda: 0",
        "[open('{path}','w') for x in [5]]",
    ],
)
def test_hostile_text_leaves_no_side_effect(attack: str, tmp_path: Path) -> None:
    target = tmp_path / "written"
    text = attack.replace("{path}", str(target)).replace("{{", "{").replace("}}", "}")
    for response in (text, f"\\boxed{{{text}}}", f"The answer is {text}"):
        for policy in ("strict", "released"):
            assert not grade_math(response, "77", policy=policy).correct
            assert not grade_math("77", response, policy=policy).correct
    assert not target.exists()


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_is_judged_without_an_error(text: str) -> None:
    equivalent(text, "5")
    grade_math(text, text)


@given(st.text(alphabet=r"0123456789+-*/^_=<>(){}[],.!%|&\ abcdefgimnopqrstxy√πj", max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_formula_is_judged_without_an_error_and_equals_itself(text: str) -> None:
    assert equivalent(text, text) or not text.strip(" .,;:\\*`${}()[]~!|_^%&")


@given(st.fractions(max_denominator=999), st.fractions(max_denominator=999))
@settings(max_examples=150, deadline=None)
def test_fractions_are_equal_exactly_when_their_values_are(left: object, right: object) -> None:
    from fractions import Fraction

    assert isinstance(left, Fraction) and isinstance(right, Fraction)
    spelled = rf"\frac{{{left.numerator}}}{{{left.denominator}}}"
    assert equivalent(spelled, str(left))
    assert equivalent(spelled, str(right)) == (left == right)


@given(st.lists(st.integers(-99, 99), min_size=2, max_size=5, unique=True), st.randoms())
def test_a_bare_list_has_no_order_and_a_tuple_has(items: list[int], source: object) -> None:
    shuffled = list(items)
    source.shuffle(shuffled)  # type: ignore[attr-defined]
    assert equivalent(", ".join(map(str, shuffled)), ", ".join(map(str, items)))
    assert equivalent(f"({', '.join(map(str, shuffled))})", f"({', '.join(map(str, items))})") == (
        shuffled == items
    )


def test_an_unknown_policy_is_named() -> None:
    with pytest.raises(ValueError, match="lenient"):
        equivalent("1", "1", policy="lenient")
