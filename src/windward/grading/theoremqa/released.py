"""TheoremQA as the Eurus release grades it, with its slips, but read where the release calls `eval`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from windward.grading.maths.constants import constants, items, node_constants
from windward.grading.maths.extract import boxes
from windward.grading.verdict import Verdict

FLOAT_BAND = 0.04

_NUMBER = r"[-+]?(?:[\d,]*\.*\d+)"
_UNITS = (
    re.compile(rf"({_NUMBER}) [^0-9 ]+$"),
    re.compile(rf"[^0-9 ]+ ({_NUMBER})$"),
    re.compile(rf"({_NUMBER})[^\d]{{1,2}}$"),
    re.compile(r"[^-+\d]{1,2}((?:[\d,]*\.*\d+))$"),
)
_GROUPED = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})*|\d+)(?:\.\d+)?")
_ARITHMETIC = re.compile(r"[\d\s.+\-*/()\[\]{},eE]+")
"""What `eval` would find a value in; letters, powers written `10^1` and units that stayed are errors to it."""
_OCTAL = re.compile(r"(?<![\d.eE])(?<![eE][-+])0\d")
_TRUTHS = {"true": "True", "yes": "True", "false": "False", "no": "False"}
MAX_CHARS = 500
"""A longer answer is no value: the release would hand it to `eval`, and fail."""


def grade_released(prediction: str, reference: Any, answer_type: str) -> Verdict:
    """The released verdict on an answer; a box around it is taken off."""
    found = boxes(prediction[-10_000:])
    answer = found[-1][2] if found and found[-1][2] is not None else prediction
    text = _stripped(answer.strip())[:MAX_CHARS]
    match answer_type:
        case "bool":
            known = {"True": True, "False": False, "1": True, "1.0": True, "0": False, "0.0": False}
            return Verdict(known.get(text) is bool(reference), text, "equal")
        case "option":
            wanted = str(reference).strip("() ")
            return Verdict(text in {f"({wanted})", wanted}, text, "equal")
    if not _ARITHMETIC.fullmatch(text) or _OCTAL.search(text):
        return Verdict(False, text, "no-number")
    if isinstance(reference, list | tuple):
        return Verdict(_same_list(text, reference, answer_type == "list of float"), text, "sorted-list")
    rule = "within-4%" if answer_type == "float" else "rounded"
    values = constants(text)[:1]
    return Verdict(any(_same(value, reference, answer_type == "float") for value in values), text, rule)


def _stripped(answer: str) -> str:
    """The expression in an answer: without equations, marks, units and the text of options."""
    text = answer
    for sign in ("=", "≈"):
        if sign in text:
            text = text.split(sign)[-1].strip()
    text = re.sub(r"[`$°]", "", text)
    text = _TRUTHS.get(text.lower(), text)
    for truth in ("True", "False"):
        if truth in text:
            return truth
    text = text.replace("approximately", "").strip().split(" or ")[0]
    for unit in _UNITS:
        if len(text) <= MAX_CHARS and (found := unit.match(text)):
            text = found.group(1)
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    return _option(text)


def _option(text: str) -> str:
    for letter in "abcd":
        if f"{letter})" in text or f"{letter} )" in text or text.lower().strip() == letter:
            text = f"({letter})"
    found = re.search(r"\([a-d]\)", text)
    return found.group(0) if found else text


def _same(given: float, wanted: float, as_float: bool) -> bool:
    if as_float:
        band = FLOAT_BAND * abs(wanted)
        return wanted - band <= given <= wanted + band
    return abs(given) < 1e300 and round(given) == wanted


def _same_list(text: str, wanted: Sequence[float], as_float: bool) -> bool:
    nodes = items(text)
    if nodes is None and text.startswith(("[", "{")):
        values = [constants(text)[:1]]  # brackets around one number
    else:
        values = [node_constants(node)[:1] for node in nodes or ()]
    if len(values) != len(wanted) or not all(values):
        return False
    given = sorted(value[0] for value in values)
    return all(_same(a, b, as_float) for a, b in zip(given, sorted(wanted), strict=True))
