"""Each defect of released graders, by name, and what an answer may look like."""

import pytest

from windward.grading import equivalent

SAME = [
    (r"\tfrac12", "0.5"),
    (r"3\frac{1}{2}", "3.5"),
    ("3½", "7/2"),
    ("2,1,3", "1,2,3"),
    (r"1-\sqrt{19},1+\sqrt{19}", r"1 \pm \sqrt{19}"),
    (r"-2\le x\le 7", "[-2,7]"),
    (r"\left(\begin{array}{cc}0&1\\1&0\end{array}\right)", r"\begin{pmatrix} 0 & 1 \\ 1 & 0 \end{pmatrix}"),
    (r"25\pi \text{ cm}^2", r"25\pi"),
    ("1,234", "1234"),
    ("6.02e23", r"6.02 \times 10^{23}"),
    (r"\frac{\ln 3}{\ln 2}", r"\log_2 3"),
    ("Evelyn.", r"\text{Evelyn}"),
    ("c", r"\text{(C)}"),
    ("x=6, x=-2", "6,-2"),
    ("Matrix([[0, 1], [1, 0]])", r"\begin{pmatrix} 0 & 1 \\ 1 & 0 \end{pmatrix}"),
    ("2*sqrt(3)", r"2\sqrt{3}"),
    ("Interval.open(-oo, 3)", r"(-\infty,3)"),
    ("(3+4j)", "3+4i"),
    ("12!", "479001600"),
    (r"0.1\overline{6}", "1/6"),
    (r"x\neq 3", r"\mathbb{R}\setminus\{3\}"),
    (r"\{x : -2 \le x \le 7\}", "[-2,7]"),
    ("-3 8/9", r"-\frac{35}{9}"),
    ("20%", r"20\%"),
    ("25%", "25"),
    ("10 centimeters", r"10\text{ cm}"),
    (r"\$5.50", "5.50 dollars"),
    ("2.5 million", "2500000"),
    (r"1-\cos^2 x", r"\sin^2 x"),
    ("y = 3+2x", "2x - y + 3 = 0"),
    ("0.30000000000000004", "0.3"),
    ("1.4142135623730951", r"\sqrt{2}"),
    ("[(1, 2)]", "(1,2)"),
]
DIFFERENT = [
    ("5", "500"),
    ("[-2,7)", "[-2,7]"),
    ("1011_2", "1011_3"),
    (r"\sqrt{2}", r"\sqrt[3]{2}"),
    ("2^{2008}", "2^{2007}"),
    (r"\frac{3}{2}", r"3\frac{1}{2}"),
    ("3 or 4", "3"),
    ("7 if 1 else 2", "7"),
    ("len('abc')", "3"),
    ("5 apples and 7 pears", "5"),
    ("", "0"),
    (r"\frac{1}{", "5"),
    (r"\sin x^2", r"\sin^2 x"),
    ("22/7", r"\pi"),
    ("10 cm", r"10\text{ m}"),
    ("9:30 p.m.", "9:30 a.m."),
    ("0.33", r"\frac13"),
    ("1999999", "2000000"),
    (r"\sqrt{x^2}", "x"),
    ("[1,2]", "[2,1]"),
    (r"\{3,-4\}", "(3,-4)"),
    ("(a) or (b)", "(a)"),
    ("banana)", "(a)"),
    ("Not True", "True"),
    ("5 > 3", "1"),
]


@pytest.mark.parametrize(("prediction", "reference"), SAME)
def test_the_same_answer_in_another_form_is_accepted(prediction: str, reference: str) -> None:
    assert equivalent(prediction, reference)


@pytest.mark.parametrize(("prediction", "reference"), DIFFERENT)
def test_another_answer_is_rejected(prediction: str, reference: str) -> None:
    assert not equivalent(prediction, reference)
