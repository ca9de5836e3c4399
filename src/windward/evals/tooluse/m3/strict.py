"""Our rule for an answer: what a user would call right, and nothing that only looks like it.

* **A number** may have a thousands separator, a currency sign, a unit or a sentence around it. Where the text names several
  numbers, it is the one right after the last `is`, `are`, `was`, `=` or `:`; without one, and after a denial, there is none.
  An integer must be equal. A float may differ by a millionth of it, or be rounded to the decimals that the task asks for
  (`xx.xx`): 237.94 for 237.942.
* **A text** counts without quotes, spaces and full stop around it, alone or at the end of a sentence (after the last `is`,
  `are`, `was`, `=` or `:`). Case does not count, except in decoded messages, where it is part of what is decoded.
* **A truth value** is `true` or `false`, or a first word `yes` or `no`.
* **A list or tuple** is a Python or JSON literal in any spacing, or the same values without brackets; in order. A tuple
  equals a list.
* **A dict** is a literal, or its pairs without brackets; in any order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from windward.evals.tooluse.m3.literals import literal
from windward.evals.tooluse.m3.load import M3Task
from windward.grading import Verdict

MAX_CHARS = 4_000
"""Longer texts hold no answer to these tasks."""
FLOAT_SHARE = 1e-6

_DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d{1,3})?|\.\d+"
_SIGNED = rf"(?<![\w.])(?P<sign>[-−+]?)[$€£¥]?(?P<digits>{_DIGITS})(?!\w|\.\d)"
_NUMBER = re.compile(_SIGNED)
_MARK = re.compile(r"(?:\b(?:is|are|was)\b|[=:≈])")
_MARKED = re.compile(rf"(?:\b(?:is|are|was)\b|[=:≈])\s*(?:about|approximately)?\s*{_SIGNED}")
_ANOTHER = re.compile(r"\s*(?:or|and|to|,|/|-|–)\s*[-−+]?[$€£¥]?\.?\d", re.I)
_DENIAL = re.compile(r"\b(?:not|never|cannot|neither)\b|n['’]t\b", re.I)
_NOT_SO = re.compile(r"\b(?:not|isn['’]t)\s+(?:true|false)\b", re.I)
_DECIMALS_ASKED = re.compile(r"'x+\.(x+)'")
_EDGES = " \t\r\n\"'“”‘’`*.!"
_PAIR = re.compile(rf"(?<!\w)['\"]?(?P<key>\w+)['\"]?\s*[:=]\s*{_SIGNED}")


def grade_strict(task: M3Task, answer: str) -> Verdict:
    """Whether an answer is right by our rule; the verdict's rule says how it was read.

    Args:
        task: the task.
        answer: what stands after `Answer:`; never evaluated.
    """
    text = answer.replace("**", "").replace("`", "").strip()
    if not text or len(text) > MAX_CHARS:
        return Verdict(False, None, "too-long" if text else "empty", "unparsed")
    decimals = decimals_asked(task.instruction)
    match task.expected:
        case bool() as wanted:
            return _truth(text, wanted)
        case int() | float() as wanted:
            return _number(text, wanted, decimals)
        case str() as wanted:
            return _words(text, wanted, task)
        case list() | tuple() as wanted:
            return _sequence(text, wanted, decimals)
        case dict() as wanted:
            return _mapping(text, wanted, decimals)
    raise ValueError(f"{task.name}: no rule for a {type(task.expected).__name__}")


def decimals_asked(instruction: str) -> int | None:
    """To how many decimals a task wants its answer (`in the format of 'xx.xx'`: 2); None if it does not say."""
    found = _DECIMALS_ASKED.search(instruction)
    return len(found.group(1)) if found else None


# ---- numbers


def _number(text: str, wanted: int | float, decimals: int | None) -> Verdict:
    given, rule = one_number(text)
    if given is None:
        return Verdict(False, None, rule, "unparsed")
    return Verdict(_close(given, wanted, decimals), str(given), rule)


def one_number(text: str) -> tuple[Decimal | None, str]:
    """The number that an answer is, and how it was found; None, and what is there instead."""
    whole = _NUMBER.fullmatch(text.rstrip(" ."))
    if whole:
        return _value(whole), "number"
    if _several(text):
        return None, "several-values"
    numbers = [_value(found) for found in _NUMBER.finditer(text)]
    if not numbers:
        return None, "no-number"
    if _DENIAL.search(text):
        return None, "denied"
    if len(set(numbers)) == 1:
        return numbers[0], "only-number"
    marked = list(_MARKED.finditer(text))
    if not marked or _ANOTHER.match(text, marked[-1].end()):
        return None, "several-numbers"
    return _value(marked[-1]), "after-mark"


def _several(text: str) -> bool:
    """Whether the text is a list, tuple or dict of more than one value: `('A', 3)` is no 3."""
    try:
        value = literal(text) if text.startswith(("[", "(", "{")) else None
    except ValueError:
        return False
    return isinstance(value, list | tuple | dict) and len(value) > 1


def _value(found: re.Match[str]) -> Decimal:
    value = Decimal(found["digits"].replace(",", ""))
    return -value if found["sign"] in ("-", "−") else value


def _close(given: Decimal, wanted: int | float, decimals: int | None) -> bool:
    if isinstance(wanted, int):
        return given == wanted
    difference = abs(float(given) - wanted)
    if difference <= FLOAT_SHARE * abs(wanted) * (1 + 1e-9):
        return True
    exponent = given.as_tuple().exponent
    written = -exponent if isinstance(exponent, int) else 0
    return decimals is not None and written <= decimals and difference <= 0.5 * 10.0**-decimals * (1 + 1e-9)


# ---- texts and truth values


def _words(text: str, wanted: str, task: M3Task) -> Verdict:
    exact = task.domain == "message_decoder"
    target = _bare(wanted, exact)
    sentence_end = _MARK.split(text)[-1]
    for candidate, rule in ((text, "text"), (sentence_end, "after-mark")):
        given = _bare(candidate, exact)
        if "department of" in task.instruction:
            given = given.removesuffix(" department")
        if given == target:
            return Verdict(True, candidate.strip(_EDGES), rule)
    return Verdict(False, text, "text")


def _bare(text: str, exact: bool) -> str:
    words = " ".join(text.strip(_EDGES).split())
    return words if exact else words.casefold()


def _truth(text: str, wanted: bool) -> Verdict:
    words = re.findall(r"[a-z]+", text.lower())
    named = {word for word in words if word in ("true", "false")}
    if len(named) == 1 and not _NOT_SO.search(text):
        (word,) = named
        return Verdict((word == "true") is wanted, word, "truth-value")
    if not named and words and words[0] in ("yes", "no"):
        return Verdict((words[0] == "yes") is wanted, words[0], "yes-or-no")
    return Verdict(False, None, "no-truth-value", "unparsed")


# ---- lists, tuples, dicts


def _sequence(text: str, wanted: Sequence[Any], decimals: int | None) -> Verdict:
    bracketed = re.findall(r"\[[^\[\]]*\]", text) or re.findall(r"\([^()]*,[^()]*\)", text)
    if len(bracketed) > 1:
        return Verdict(False, None, "several-lists", "unparsed")
    body = bracketed[0] if bracketed else text
    try:
        given: Any = literal(body)
    except ValueError:
        given = None
    if isinstance(given, list | tuple) and len(given) == len(wanted):
        return Verdict(_same_items(given, wanted, decimals), body, "literal")
    inner = body[1:-1] if bracketed else body
    if all(isinstance(item, int | float) and not isinstance(item, bool) for item in wanted):
        parts = [found.group() for found in _NUMBER.finditer(inner)]
    else:
        parts = inner.split(",")
    if len(parts) != len(wanted):
        return Verdict(False, None, f"{len(parts)}-of-{len(wanted)}-values", "unparsed")
    return Verdict(_same_items(parts, wanted, decimals), body, "values-in-order")


def _mapping(text: str, wanted: Mapping[Any, Any], decimals: int | None) -> Verdict:
    braced = re.findall(r"\{[^{}]*\}", text)
    if len(braced) > 1:
        return Verdict(False, None, "several-dicts", "unparsed")
    if braced:
        try:
            given: Any = literal(braced[0])
        except ValueError:
            given = None
        if isinstance(given, dict):
            return Verdict(_same_pairs(given, wanted, decimals), braced[0], "literal")
    pairs = [(found["key"], str(_value(found))) for found in _PAIR.finditer(braced[0] if braced else text)]
    if not pairs or len(dict(pairs)) != len(pairs):
        return Verdict(False, None, "no-pairs" if not pairs else "a-key-twice", "unparsed")
    return Verdict(_same_pairs(dict(pairs), wanted, decimals), str(dict(pairs)), "pairs")


def _same_pairs(given: Mapping[Any, Any], wanted: Mapping[Any, Any], decimals: int | None) -> bool:
    return given.keys() == wanted.keys() and all(
        _same(given[key], value, decimals) for key, value in wanted.items()
    )


def _same_items(given: Sequence[Any], wanted: Sequence[Any], decimals: int | None) -> bool:
    return all(_same(one, other, decimals) for one, other in zip(given, wanted, strict=True))


def _same(given: Any, wanted: Any, decimals: int | None) -> bool:
    if isinstance(wanted, str):
        return isinstance(given, str) and _bare(given, False) == _bare(wanted, False)
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        return False
    found = _NUMBER.fullmatch(str(given).strip())
    return found is not None and _close(_value(found), wanted, decimals)
