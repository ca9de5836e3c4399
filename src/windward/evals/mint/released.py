"""The released graders' rules for the tasks answered in words, as pure functions: what MINT's own figures rest on.

* GSM8K, MATH, HotpotQA: two numbers agree within 5 %; else the lower-cased reference stands somewhere in the answer.
* MMLU: the letter stands somewhere in the answer, or a number within 5 %; else the right option's text stands in it and no
  other's does.
* TheoremQA: symbols and units are stripped, the rest is an expression; numbers agree within 4 % of a float and after
  rounding with an integer, lists after sorting.

The rules are reproduced with their faults (see `docs/systems/mint.md`), but for one: an expression is read
(`arithmetic.value_of`), never evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from windward.evals.mint.arithmetic import NoValueError, value_of
from windward.evals.mint.instances import Instance
from windward.evals.mint.questions import options_of, typed_reference
from windward.grading import Verdict

BAND = 0.05
FLOAT_BAND = 0.04

_NUMBER = r"[-+]?(?:[\d,]*\.*\d+)"
_UNITS = (
    re.compile(rf"({_NUMBER}) [^0-9 ]+$"),
    re.compile(rf"[^0-9 ]+ ({_NUMBER})$"),
    re.compile(rf"({_NUMBER})[^\d]{{1,2}}$"),
    re.compile(r"[^-+\d]{1,2}((?:[\d,]*\.*\d+))$"),
)
_PLAIN = re.compile(r"^[-+]?(\d{1,3}(,\d{3})*|(\d+))(\.\d+)?$")
_POWER = re.compile(r"10\^(-?\d+)")


def grade_released(instance: Instance, answer: str) -> Verdict:
    """Whether the released grader, as it stands today, accepts an answer to a task of the reasoning family.

    Args:
        instance: the problem.
        answer: the proposed solution, as the released loop parses it.

    Raises:
        ValueError: the task is not answered in words.
    """
    match instance.task:
        case "gsm8k" | "math" | "hotpotqa":
            return _numbers_or_words(str(instance.reference), answer)
        case "mmlu":
            return _choice(instance, answer)
        case "theoremqa":
            return _theorem(instance, answer)
    raise ValueError(f"{instance.task} is not answered in words; its solutions are run or played")


def _numbers_or_words(reference: str, answer: str) -> Verdict:
    wanted, given = reference.strip().lower(), answer.strip().lower()
    try:
        target, value = float(wanted), float(given)
    except ValueError:
        return Verdict(wanted in given, given, "substring")
    return Verdict(abs(target - value) <= BAND * abs(target), given, "within-5%")


# ---- MMLU


def _choice(instance: Instance, answer: str) -> Verdict:
    letter, given = str(instance.reference).strip().lower(), answer.strip().lower()
    if "a)" in given or "a )" in given:
        # Released, the search for a marked letter returns in its first round: only `a` is ever found.
        given = "a"
    if letter in given:
        return Verdict(True, given, "letter-substring")
    options = options_of(instance)
    if letter not in options:
        return Verdict(False, given, "no-such-option", "error")
    right = options[letter]
    for wrong in _others(list(options.values()), right):
        if _digits_or_words(wrong, given) or wrong in given:
            return Verdict(False, given, "other-option-text")
    accepted = _digits_or_words(right, given) or right in given
    return Verdict(accepted, given, "option-text")


def _others(options: list[str], right: str) -> list[str]:
    """The options that speak against `right`: all that are no part of it.

    Released, the list is shortened while it is walked, so the option after a removed one is never looked at; kept,
    because recorded verdicts depend on it.
    """
    place = 0
    while place < len(options):
        if options[place] in right:
            options.remove(options[place])
        place += 1
    return options


def _digits_or_words(reference: str, answer: str) -> bool:
    if reference.isdigit() and answer.isdigit():
        return abs(float(reference) - float(answer)) <= BAND * float(reference)
    return reference in answer


# ---- TheoremQA


def _theorem(instance: Instance, answer: str) -> Verdict:
    wanted = typed_reference(instance.reference)
    text = _stripped(answer)
    try:
        given = _listed(value_of(text))
    except NoValueError:
        return Verdict(False, text, "unread", "unparsed")
    if not isinstance(given, str | int | float | list):
        return Verdict(False, text, "no-value")
    if isinstance(wanted, bool | str):
        return Verdict(bool(given == f"({wanted})" or given == wanted), text, "equal")
    if isinstance(wanted, list):
        return Verdict(_same_list(given, wanted), text, "sorted-list")
    return Verdict(_same_number(given, wanted), text, "within-4%" if isinstance(wanted, float) else "rounded")


def _stripped(answer: str) -> str:
    """The expression in an answer: without equations, marks, units and option texts."""
    text = answer
    for sign in ("=", "≈"):
        if sign in text:
            text = text.split(sign)[-1].strip()
    text = re.sub("[`$°]", "", text)
    text = {"true": "True", "yes": "True", "false": "False", "no": "False"}.get(text, text)
    if "True" in text or "False" in text:
        text = "True" if "True" in text else "False"
    if "approximately" in text:
        text = text.replace("approximately", "").strip()
    text = text.split(" or ")[0]
    for unit in _UNITS:
        if found := unit.match(text):
            text = found.group(1)
    return _option(_arithmetic(text)) or "0"


def _arithmetic(text: str) -> str:
    # Released, `10^3` becomes `math.pow(10, 3)` in a module without `math`: such an answer has no value.
    text = _POWER.sub(r"math.pow(10, \1)", text)
    text = text.replace(" x ", "*").replace(" × ", "*")
    return text.replace(",", "") if _PLAIN.match(text) else text


def _option(text: str) -> str:
    for letter in "abcd":
        if f"{letter})" in text or f"{letter} )" in text or text.lower().strip() == letter:
            text = f"({letter})"
    found = re.search(r"\([a-d]\)", text)
    return f'"{found.group(0)}"' if found else text


def _listed(value: Any) -> Any:
    if isinstance(value, set | tuple):
        items = list(value)
        if not items:
            raise NoValueError("an empty set or tuple")
        return [item.real for item in items] if isinstance(items[0], complex) else items
    return value.real if isinstance(value, complex) else value


def _same_number(given: Any, wanted: Any) -> bool:
    if not isinstance(given, int | float):
        return False
    if isinstance(wanted, float):
        band = abs(wanted) * FLOAT_BAND
        return bool(wanted - band <= given <= wanted + band)
    try:
        return bool(round(given) == wanted)
    except (OverflowError, ValueError):  # infinity and nan have no integer
        return False


def _same_list(given: Any, wanted: Sequence[Any]) -> bool:
    if not isinstance(given, list) or len(given) != len(wanted):
        return False
    if any(not isinstance(item, int | float) for item in given):
        return False
    return all(_same_number(a, b) for a, b in zip(sorted(given), sorted(wanted), strict=True))
