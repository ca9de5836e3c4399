"""Whether what a tool printed is the answer, by the released rule and by the strict one.

The released rule is that of the MATH graders after PRM800K (Lightman et al., 2023): both texts are brought to one form;
equal texts are equal answers; else lists are compared item by item, where integers and fractions must be written as
the reference writes them, and all else must differ by zero at the precision that its digits have. To this rule no
rounded decimal is a fraction, a root or a multiple of pi, and the imaginary unit is a letter like any other. Where the
release evaluates the text, we read it with the closed grammar of `windward.grading.maths`.
"""

from __future__ import annotations

import math
import re
import string
from decimal import Decimal
from fractions import Fraction

from windward.grading.maths.answers import readings
from windward.grading.maths.compare import same_answer
from windward.grading.maths.evaluate import UndefinedError
from windward.grading.maths.grade import equivalent

MAX_CHARS = 500
"""Longer texts are compared as texts only."""

NEARLY_WHOLE = Fraction(1, 10**7)
"""A number this near to an integer counts as it."""

_UNITS = "degree|cm|centimeter|meter|mile|second|minute|hour|day|week|month|year|foot|feet|inch|yard"  # as released
_SCALES = {"million": "*10^6", "billion": "*10^9", "trillion": "*10^12"}
_BRACKETS = "()[]"
_WORDS = {r"\cdot": "*", r"\times": "*", r"\pi": "pi", r"\infty": "inf", r"\cup": "u", r"\pm": "±"}
_INTEGER = re.compile(r"[-+]?\d+")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d{1,3})?")
_GROUPED = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.0*)?")
_FRACTION = re.compile(r"-?\d+\.?/0*[1-9]\d*\.?")
_MIXED = re.compile(r"(-?)(?:(\d{1,40})\+)?(\d{1,40})/(0*[1-9]\d{0,39})")
_DECIMAL = re.compile(r"\d+\.\d*(?:e[-+]?\d{1,3})?|\.\d+(?:e[-+]?\d{1,3})?|\d+e[-+]?\d{1,3}")
_IRRATIONAL = re.compile(r"sqrt|pi|\^\(|\*\*\(|\^\d*\.\d|\*\*\d*\.\d")
_UNREAD = re.compile(r"\^\{|(?<!\*)\^\d+\^|\^\d\d")
_ARGUMENT = r"\{((?:[^{}]|\{[^{}]*\})*)\}"
_FRAC = re.compile(rf"\\[dt]?frac\s*(?:{_ARGUMENT}|(\w))\s*(?:{_ARGUMENT}|(\w))")
_SQRT = re.compile(rf"\\sqrt\s*(?:{_ARGUMENT}|(\w))")


def equal_as_released(printed: str, answer: str) -> bool:
    """Whether the release takes two texts for the same answer.

    Args:
        printed: what a tool printed last.
        answer: the right answer, as the data set writes it.
    """
    if max(len(printed), len(answer)) > MAX_CHARS:
        return printed.strip() == answer.strip()
    if _plain(printed) == _plain(answer) != "":
        return True
    ours, theirs = _normal(printed), _normal(answer)
    if ours == theirs:
        return bool(ours)
    if not ours or not theirs:
        return False
    given, wanted = _items(ours), _items(theirs)
    if len(given) != len(wanted) or (len(wanted) > 1 and (ours[0] != theirs[0] or ours[-1] != theirs[-1])):
        return False
    return all(map(_same_item, given, wanted))


def equal_strictly(printed: str, answer: str) -> bool:
    """Whether two texts are the same answer by value, as everywhere else in this library (`equivalent`)."""
    return equivalent(printed, answer)


def last_line(output: str) -> str:
    """The last line that says anything; "" where none does."""
    return next((line.strip() for line in reversed(output.splitlines()) if line.strip()), "")


def _plain(text: str) -> str:
    """A text without typesetting and without a unit behind it; values stay as they are written."""
    text = text.split(r"\text{ ")[0]
    text = re.sub(r"\\!|\\left(?![a-z])|\\right(?![a-z])|\^\{?\\circ\}?|\\?%|\\?\$|\n", "", text)
    text = re.sub(r"\\[dt]frac", r"\\frac", text)
    text = re.sub(r"(^|[ {])\.(?=\d)", r"\g<1>0.", text)
    parts = text.split("=")
    if len(parts) == 2 and len(parts[0].strip()) <= 2:
        text = parts[1]
    text = text.replace(" ", "")
    text = re.sub(r"\\frac(\d)(\d)", r"\\frac{\1}{\2}", text)
    return re.sub(r"^(-?\d+)/(-?\d+)$", r"\\frac{\1}{\2}", text)


def _normal(text: str) -> str:
    """The form in which the release compares."""
    text = text.strip()
    if whole := re.fullmatch(r"\\text\{(.+?)\}", text):
        text = whole.group(1)
    text = re.sub(r"\\?[%$]", "", text).replace(" or ", " , ").replace(" and ", " , ")
    for word, power in _SCALES.items():
        text = text.replace(word, power)
    text = re.sub(rf"(?:{_UNITS})(?:es)?s? *(?:\^[0-9]+)?", "", text)
    text = re.sub(r"\^ *\\circ|,\\! *", "", text)
    if text[:1] == "{" and text[-1:] == "}":
        text = text[1:-1]
    text = _whole(text)
    if "\\" in text:
        text = _without_commands(text)
    text = re.sub(r"- *", "-", text)
    text = re.sub(r"(\d) +(?=\d)", r"\1+", text)
    text = re.sub(r"[\s{}]", "", text).lower()
    return _whole(text.replace(",", "") if _GROUPED.fullmatch(text) else text)


def _whole(text: str) -> str:
    """A number within 1e-7 of an integer as that integer; any other text as it is."""
    if not _NUMBER.fullmatch(text.strip()):
        return text
    value = Fraction(text.strip())
    return str(round(value)) if abs(value - round(value)) <= NEARLY_WHOLE else text


def _without_commands(text: str) -> str:
    """LaTeX as plain text; a fraction is `a/b` whatever `a` and `b` are, as released."""
    text = re.sub(r"\\(?:left|right)(?![a-z])|\\[!,;: ]", "", text)
    text = re.sub(rf"\\(?:text|mbox|mathrm|textbf)\s*{_ARGUMENT}", r"\1", text)
    while (found := _FRAC.sub(_divided, text)) != text:
        text = found
    while (found := _SQRT.sub(lambda match: f"sqrt({_first(match, 1)})", text)) != text:
        text = found
    for command, word in _WORDS.items():
        text = re.sub(re.escape(command) + r"(?![a-z])", lambda _, word=word: word, text)  # type: ignore[misc]
    return text.strip()


def _divided(match: re.Match[str]) -> str:
    return f" {_first(match, 1)}/{_first(match, 3)}"


def _first(match: re.Match[str], group: int) -> str:
    """An argument: in braces, or a single sign in the next group."""
    braced: str | None = match.group(group)
    return str(match.group(group + 1)) if braced is None else braced


def _items(text: str) -> list[str]:
    """The items of a list; one item where there is no list."""
    inner = text[1:-1]
    if len(text) > 2 and text[0] in _BRACKETS and text[-1] in _BRACKETS and not set(_BRACKETS) & set(inner):
        return [_whole(part) for part in inner.split(",")]
    return [text]


def _same_item(ours: str, theirs: str) -> bool:
    if _FRACTION.fullmatch(ours) and _FRACTION.fullmatch(theirs):
        return ours == theirs
    if bool(_INTEGER.fullmatch(ours)) != bool(_INTEGER.fullmatch(theirs)):
        return False
    return ours == theirs or _differ_by_zero(ours, theirs)


def _differ_by_zero(ours: str, theirs: str) -> bool:
    """Whether two expressions are one; a decimal is exactly what it says, and a letter is a letter."""
    both = ours + theirs
    if len(set(re.sub(r"sqrt|frac", "", both)) & set(string.ascii_lowercase)) > 2 or _UNREAD.search(both):
        return False
    for one, other in ((ours, theirs), (theirs, ours)):
        if _DECIMAL.search(one) and _IRRATIONAL.search(other):
            return False
        if _NUMBER.fullmatch(one) and (rational := _rational(other)) is not None:
            return _agree(one, rational)
    left, right = (readings(_lettered(_exact(side), both)) for side in (ours, theirs))
    return any(_same(a, b) for a in left for b in right)


def _same(ours: object, theirs: object) -> bool:
    try:
        return same_answer(ours, theirs)  # type: ignore[arg-type]
    except UndefinedError:
        return False


def _rational(text: str) -> Fraction | None:
    """The value of `a/b` or of a mixed number `c+a/b`."""
    found = _MIXED.fullmatch(text)
    if found is None:
        return None
    sign, whole, above, below = found.groups()
    value = Fraction(int(above), int(below))
    if whole is None:
        return -value if sign else value
    return int(sign + whole) + value  # the sign is the whole number's alone, as released


def _agree(decimal: str, value: Fraction) -> bool:
    """Whether a decimal and a fraction are one binary number, of as many bits as the decimal has digits, at least 53."""
    digits = len(Decimal(decimal).as_tuple().digits)
    bits = max(53, round((digits + 1) * math.log2(10)))
    return _rounded(Fraction(decimal), bits) == _rounded(value, bits)


def _rounded(value: Fraction, bits: int) -> Fraction:
    """The nearest number with so many binary digits."""
    if not value:
        return value
    size = abs(value.numerator).bit_length() - value.denominator.bit_length()
    if abs(value) < Fraction(2) ** size:
        size -= 1
    step = Fraction(2) ** (size + 1 - bits)
    return round(value / step) * step


def _exact(text: str) -> str:
    """Decimals as the fractions that they are."""
    return _DECIMAL.sub(lambda match: "({0.numerator}/{0.denominator})".format(Fraction(match.group())), text)


def _lettered(text: str, both: str) -> str:
    """The letters i, j and e as letters that mean nothing."""
    free = iter(letter for letter in "uvwzyxtsrq" if letter not in both)
    for letter in "ije":
        other = next(free)
        text = re.sub(rf"(?<![a-z]){letter}(?![a-z])", other, text)
    return text
