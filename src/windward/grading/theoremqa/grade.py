"""`grade_theoremqa`: an answer against a reference, by the type that the data set gives it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from windward.grading.choices import grade_choice
from windward.grading.maths.constants import constants, items, node_constants
from windward.grading.maths.extract import extract_math
from windward.grading.maths.grade import grade_math
from windward.grading.policies import require_policy
from windward.grading.theoremqa.released import grade_released
from windward.grading.truths import grade_truth
from windward.grading.verdict import Verdict

ANSWER_TYPES = ("float", "integer", "bool", "option", "list of integer", "list of float")

FLOAT_SHARE = 0.01
"""Most that a float may differ from a reference that is printed with few digits, as a share of it."""
NEAR_ZERO = 1e-6
"""Most that a float may differ from a reference of zero, of which no share says anything."""


def grade_theoremqa(prediction: str, reference: Any, answer_type: str, policy: str = "strict") -> Verdict:
    """Whether an answer to a TheoremQA question is right. Nothing of it is executed.

    By our rules an integer is that integer; a float agrees to the last digit that the reference is printed with (at most
    1 % off), or is the reference rounded to three or more digits; a list agrees item by item, in order; of options and
    truth values the answer names one. By the released rules a float may be 4 % off, a number is rounded to an integer,
    lists are sorted, and letters and truth values are searched for.

    Args:
        prediction: a response, an answer, or what a program printed.
        reference: the true answer as the data set has it: a number, a truth value, a list, or `(a)`.
        answer_type: one of `ANSWER_TYPES`.
        policy: `strict` or `released`.

    Raises:
        ValueError: there is no such type or policy, or the reference is not of the type.
    """
    require_policy(policy)
    if answer_type not in ANSWER_TYPES:
        raise ValueError(f"no answer type {answer_type!r}; TheoremQA has {', '.join(ANSWER_TYPES)}")
    wanted = (
        "option" if isinstance(reference, str) else "list" if isinstance(reference, list | tuple) else "one"
    )
    if wanted != {"option": "option", "list of integer": "list", "list of float": "list"}.get(
        answer_type, "one"
    ):
        raise ValueError(f"the reference {reference!r} is no {answer_type}")
    if policy == "released":
        return grade_released(prediction, reference, answer_type)
    match answer_type:
        case "bool":
            return grade_truth(prediction, bool(reference))
        case "option":
            return grade_choice(prediction, str(reference))
        case "integer":
            return grade_math(prediction, int(reference))
    found = extract_math(prediction)
    if found.text is None:
        return Verdict(False, None, found.rule, "unparsed")
    if answer_type == "float":
        return _float(found.text, float(reference), found.rule)
    return _list(found.text, reference, answer_type == "list of float", found.rule)


def _float(text: str, reference: float, where: str) -> Verdict:
    values = constants(text)
    if not values:
        return Verdict(False, text, f"{where}:no-number")
    close = any(abs(value - reference) <= tolerance(reference) for value in values)
    return Verdict(close or _is_rounded(text, reference), text, f"{where}:to-precision")


def tolerance(reference: float) -> float:
    """One unit of the last digit that the reference is printed with, but at most 1 % of it."""
    if reference == 0:
        return NEAR_ZERO
    exponent = Decimal(repr(reference)).normalize().as_tuple().exponent
    unit = 10.0**exponent if isinstance(exponent, int) else 0.0
    return min(unit, abs(reference) * FLOAT_SHARE) * (1 + 1e-9)


def _is_rounded(given: str, reference: float) -> bool:
    """Whether a plain number of three or more digits is the reference, rounded to them."""
    try:
        number = Decimal(given.replace(",", "").strip(" $"))
    except InvalidOperation:
        return False
    _, digits, exponent = number.as_tuple()
    if len(digits) < 3 or not isinstance(exponent, int) or abs(exponent) > 300:
        return False
    return abs(number - Decimal(repr(reference))) <= Decimal(5).scaleb(exponent - 1)


def _list(text: str, reference: Sequence[float], floats: bool, where: str) -> Verdict:
    given = items(text)
    if given is None:
        if len(reference) != 1:
            return Verdict(False, text, f"{where}:no-list")
        return _float(text, float(reference[0]), where)
    rule = f"{where}:list-in-order"
    if len(given) != len(reference):
        return Verdict(False, text, rule)
    near = [tolerance(float(wanted)) if floats else 1e-9 for wanted in reference]
    same = all(
        any(abs(value - float(wanted)) <= slack for value in node_constants(node))
        for node, wanted, slack in zip(given, reference, near, strict=True)
    )
    return Verdict(same, text, rule)
