r"""Mathematics as the Eurus release grades it, with its slips, but read where the release evaluates.

An answer is cut out by words and signs, cleaned of typesetting and compared: as text, as a number to 1e-4 of the reference,
of its hundredth or its hundredfold, item by item whatever the brackets, or as an expression to the same tolerance.
"""

from __future__ import annotations

import re

from windward.grading.maths.answers import readings
from windward.grading.maths.compare import same_answer
from windward.grading.maths.constants import node_constants
from windward.grading.maths.evaluate import UndefinedError
from windward.grading.maths.extract import TAIL_CHARS, boxes
from windward.grading.maths.nodes import Matrix, PlusMinus, Relation, Seq, SetOf, symbols
from windward.grading.verdict import Verdict

TOLERANCE = 1e-4
MAX_CHARS = 500
"""A longer answer is compared as text only."""

_MARKERS = ("Answer:", "answer is", "answers are")
_BEFORE = ("is ", "are ", "be ", "get ", "=", ":")
_UNIT = (
    r"(?:degree|cm|centimeter|meter|mile|second|minute|hour|day|week|month|year|foot|feet|inch|yard)(?:es|s)?"
)
_DROPPED = re.compile(
    rf"\\(?:left|right)(?![a-z])|(?<!\\)\\[!,;: ]|\$|\\?%|\\\$|\^\{{?\\circ\}}?|\\text\s*\{{\s*{_UNIT}\s*\}}(?!\^)"
)
_TRAILING_UNIT = re.compile(rf"(?<=\d)\s*{_UNIT}(?=\.?$)")
_STRUCTURED = Seq | Matrix | Relation | PlusMinus | SetOf
_OPERATORS = re.compile(r"\s+(or|and|if)\s+")
_COMMAS = re.compile(r"(?<=\d),(?=\d)")
_PLAIN = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?")
_FUNCTIONS = "sqrt|pi|sin|cos|tan|exp|max|min|abs|oo|inf|Rational|Interval|open|Lopen|Ropen"
_UNREADABLE = re.compile(
    rf"\\over(?!line)|\\choose|\\l(?:n|og)(?![a-z])|[√−]|\^\d\d|\dj|\*\*|[a-z]\.|(?<!\d)\.$|\d\.\d*\.|"
    rf"(?<![\\A-Za-z])(?!(?:{_FUNCTIONS})\b)[A-Za-z]{{2,}}(?![A-Za-z]*\}})|^\\pi\s*\d"
)
"""What the release's reader fails on, so that an equal value does not help."""


def grade_released(response: str, reference: str) -> Verdict:
    """The released verdict on a response."""
    text = extract_released(response)
    if not text:
        return Verdict(False, None, "empty", "unparsed")
    correct, rule = equal_released(text, reference)
    return Verdict(correct, text, rule)


def extract_released(response: str) -> str:
    """What the release takes for the answer: after a marker, in the last box, before a full stop, after a verb or a sign.

    A box that is cut off counts as closed.
    """
    text = response.strip()[-TAIL_CHARS:]
    for marker in _MARKERS:
        if marker in text:
            text = text.split(marker)[-1].strip()
    if "is the answer" in text:
        text = text.split("is the answer")[0]
    found = boxes(text)
    if found and not text[found[-1][0] :].startswith(("\\boxed ", "\\fbox ")):
        start, _, content = found[-1]
        text = content if content is not None else text[start:].split("{", 1)[-1]
        return _after(text)
    if ". " in text:
        text = text.rsplit(". ", 1)[0]
    return _after(text)


def _after(text: str) -> str:
    start = max((text.rfind(sign) + len(sign) for sign in _BEFORE if sign in text), default=0)
    return text[start:].strip()


def equal_released(prediction: str, reference: str) -> tuple[bool, str]:
    """Whether the release takes two answers for equal, and by what."""
    if max(len(prediction), len(reference)) > TAIL_CHARS:
        return prediction == reference, "text"
    ours, theirs = _normal(prediction), _normal(_after(reference) or reference)
    if ours and _squeezed(ours) == _squeezed(theirs):
        return True, "text"
    if max(len(ours), len(theirs)) > MAX_CHARS or not ours or not theirs:
        return False, "text"
    ours, theirs = _first(ours), _first(theirs)
    if _numbers(ours, theirs):
        return True, "within-1e-4"
    if ours[0] == theirs[0] and ours[0] in "[(" and ours[-1] in ")]":
        parts, wanted = _parts(ours), _parts(theirs)
        if len(parts) == len(wanted) > 1:
            return all(equal_released(*pair)[0] for pair in zip(parts, wanted, strict=True)), "items"
    same = any(_expressions(*pair) for pair in ((ours, theirs), (_lossy(ours), _lossy(theirs))))
    return same, "expression"


def _normal(text: str) -> str:
    text = _DROPPED.sub("", text.strip()).strip()
    text = re.sub(r"\\[dt]frac", r"\\frac", text)
    text = re.sub(r"\\(ge|le)(?![a-z])", r"\\\1q", text)
    text = re.sub(r"\\(?:text|textbf|mathrm|mathbf)\s*\{([^{}]*)\}", r"\1", text)
    text = _TRAILING_UNIT.sub("", text) if len(text) <= MAX_CHARS else text
    text = text.strip("() ") if re.fullmatch(r"\(?[A-Za-z]\)?", text) else text
    return text[:-1] if re.fullmatch(r"-?\d+\.", text) else text


def _squeezed(text: str) -> str:
    return re.sub(r"[\s{}\\]", "", text).casefold()


def _first(text: str) -> str:
    """What Python's operators leave of an expression."""
    found = _OPERATORS.search(text)
    if found is None:
        return text
    return text[found.end() :] if found.group(1) == "and" else text[: found.start()]


def _lossy(text: str) -> str:
    """An expression without number bases and root indices; a mixed number as a product."""
    text = re.sub(r"\\sqrt\s*\[\d+\]", r"\\sqrt", text)
    text = re.sub(r"(?<=\d)_\{?\d+\}?", "", text)
    return re.sub(r"(?<![\d.])(\d+)\s*\\frac", r"\1*\\frac", text)


def _numbers(ours: str, theirs: str) -> bool:
    plain = [_COMMAS.sub("", side).replace(" ", "").strip("{}") for side in (ours, theirs)]
    if not all(_PLAIN.fullmatch(side) for side in plain):
        return False
    given, wanted = map(float, plain)
    return any(_near(given, target) for target in (wanted / 100, wanted, wanted * 100))


def _near(given: float, wanted: float) -> bool:
    return abs(given - wanted) <= TOLERANCE * max(abs(given), abs(wanted))


def _parts(text: str) -> list[str]:
    """The items between brackets, whatever they are."""
    depth, parts = 0, [""]
    for sign in text[1:-1]:
        depth += (sign in "([{") - (sign in ")]}")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]


def _expressions(ours: str, theirs: str) -> bool:
    if _UNREADABLE.search(ours) or _UNREADABLE.search(theirs):
        return False
    pi = re.compile(r"\\pi(?![a-z])")
    pairs = [(ours, theirs)]
    if pi.search(ours) or pi.search(theirs):
        pairs.append((pi.sub("(3.14)", ours), pi.sub("(3.14)", theirs)))
    return any(_same_value(*pair, hundredfold=len(pairs) > 1) for pair in pairs)


def _same_value(ours: str, theirs: str, hundredfold: bool) -> bool:
    for left in readings(ours):
        for right in readings(theirs):
            if "Interval" not in ours and any(isinstance(side, _STRUCTURED) for side in (left, right)):
                continue
            if not (symbols(left) or symbols(right)):
                given, wanted = node_constants(left)[:1], node_constants(right)[:1]
                factors = (1, 100, 0.01) if hundredfold else (1,)
                if given and wanted and any(_near(given[0], wanted[0] * factor) for factor in factors):
                    return True
            try:
                if same_answer(left, right):
                    return True
            except UndefinedError:
                continue
    return False
