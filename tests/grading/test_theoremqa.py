"""TheoremQA's answers by type, by our rules and by the released ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from windward.grading import grade_theoremqa

CASES: list[tuple[str, Any, str, bool, bool]] = [
    # answer, reference, type, by our rules, by the released ones
    ("10.5", 10, "integer", False, True),
    ("9.999999999999998", 10, "integer", True, True),
    ("x = 10", 10, "integer", True, True),
    ("So it is $\\boxed{\\sqrt{100}}$.", 10, "integer", True, False),
    ("True", 1, "integer", False, False),
    ("0.519", 0.5, "float", False, True),
    ("0.53", 0.5, "float", False, False),
    ("1.414", 1.41421, "float", True, True),
    ("1.42", 1.41421, "float", False, True),
    ("2 × 10^{-5}", 2e-05, "float", True, False),
    ("1e-9", 0.0, "float", True, False),
    ("25%", 0.25, "float", True, False),
    ("The answer is 3.5 m/s.", 3.5, "float", True, False),
    ("Not True", True, "bool", False, True),
    ("The answer is: no, it is not.", False, "bool", True, False),
    ("Is it true or false? The answer is false.", False, "bool", True, False),
    ("1", True, "bool", False, True),
    ("True or False", True, "bool", False, True),
    ("option a", "(a)", "option", True, False),
    ("The answer is (B) because (a) fails.", "(b)", "option", True, False),
    ("banana)", "(a)", "option", False, True),
    ("(a) or (b)", "(a)", "option", False, True),
    ("[2, 1]", [1, 2], "list of integer", False, True),
    ("$\\boxed{(1, 2)}$", [1, 2], "list of integer", True, True),
    ("[1.4, 2]", [1, 2], "list of integer", False, True),
    ("Matrix([[0.5], [1.5]])", [0.5, 1.5], "list of float", True, False),
    ("[3]", [3], "list of integer", True, True),
    ("x = 5", [3, 5], "list of integer", False, False),
]


@pytest.mark.parametrize(("answer", "reference", "kind", "ours", "theirs"), CASES)
def test_an_answer_is_judged_by_its_type(
    answer: str, reference: Any, kind: str, ours: bool, theirs: bool
) -> None:
    assert grade_theoremqa(answer, reference, kind).correct == ours
    assert grade_theoremqa(answer, reference, kind, "released").correct == theirs


def test_an_answer_that_cannot_be_read_is_unparsed() -> None:
    for answer, reference, kind in (
        ("", 2.0, "float"),
        ("perhaps", True, "bool"),
        ("\\boxed{(a", "(a)", "option"),
    ):
        verdict = grade_theoremqa(answer, reference, kind)
        assert (verdict.correct, verdict.status) == (False, "unparsed")


@pytest.mark.parametrize(
    ("reference", "kind"),
    [(1, "number"), ("(a)", "bool"), ([1], "float"), (1.0, "list of float"), (1, "option")],
)
def test_a_reference_that_is_not_of_its_type_is_an_error(reference: Any, kind: str) -> None:
    with pytest.raises(ValueError, match=r"TheoremQA has|is no"):
        grade_theoremqa("1", reference, kind)


@pytest.mark.parametrize("policy", ["strict", "released"])
@pytest.mark.parametrize(
    "attack",
    [
        "__import__('os').system('touch {path}')",
        "[open('{path}','w') for x in [5]]",
        "\\boxed{{open('{path}','w')}}",
        "[__import__('pathlib').Path('{path}').touch(), 2]",
        "9**9**9**9",
        "[" * 9000,
        "1," * 9000,
        "a) or " * 9000,
    ],
)
def test_a_hostile_answer_does_nothing(attack: str, policy: str, tmp_path: Path) -> None:
    target = tmp_path / "written"
    text = attack.replace("{path}", str(target))
    for reference, kind in (
        (10, "integer"),
        (0.5, "float"),
        (True, "bool"),
        ("(c)", "option"),
        ([1, 2], "list of integer"),
    ):
        assert not grade_theoremqa(text, reference, kind, policy).correct
    assert not target.exists()
