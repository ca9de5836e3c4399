"""The released rules for mathematics: their slips are reproduced, so that a gap to a published number can be itemised."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windward.grading import equivalent, grade_math

SLIPS = [
    # prediction, reference, the release's verdict; ours is the other one
    ("5", "500", True),
    ("[-2,7)", "[-2,7]", True),
    ("1011_3", "1011_2", True),
    (r"\sqrt{2}", r"\sqrt[3]{2}", True),
    (r"\frac{3}{2}", r"3\frac{1}{2}", True),
    ("100009", "100000", True),
    ("3 or 4", "3", True),
    (r"2500\pi", r"25\pi", True),
    ("1,2,3,4", "1234", True),
    ("2,1,3", "1,2,3", False),
    (r"1+\sqrt{19},1-\sqrt{19}", r"1 \pm \sqrt{19}", False),
    (r"-2\le x\le 7", "[-2,7]", False),
    (r"2√3", r"2\sqrt{3}", False),
    ("1234 dollars", "1234", False),
    (r"\begin{pmatrix} 0.2 \\ 1 \end{pmatrix}", r"\begin{pmatrix} 1/5 \\ 1 \end{pmatrix}", False),
]
READ = [
    # response, reference, the release's verdict
    (r"Therefore $\boxed 5$.", "5", False),
    (r"So $\boxed{5", "5", True),
    ("Answer: 12. It is 6 times 2.", "12", True),
    ("Some text\n#### 12", "12", False),
    ("The total is 5. So we get 7.", "5", True),
    (r"$\boxed{x = 5}$", "5", True),
    ("", "5", False),
]


@pytest.mark.parametrize(("prediction", "reference", "accepted"), SLIPS)
def test_a_slip_of_the_release_is_reproduced_and_not_ours(
    prediction: str, reference: str, accepted: bool
) -> None:
    assert equivalent(prediction, reference, "released") == accepted
    assert equivalent(prediction, reference) != accepted


@pytest.mark.parametrize(("response", "reference", "accepted"), READ)
def test_an_answer_is_cut_out_as_the_release_does(response: str, reference: str, accepted: bool) -> None:
    assert grade_math(response, reference, "released").correct == accepted


@given(st.text(max_size=60), st.text(alphabet=r"0123456789+-*/^_=<>(){}[],.%\ orandifpxy", max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_text_is_judged_without_an_error(text: str, formula: str) -> None:
    grade_math(text, "5", "released")
    equivalent(formula, text, "released")
    equivalent("7", formula, "released")
