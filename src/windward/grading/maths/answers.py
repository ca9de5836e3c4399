"""Is this answer that answer? Text, options and parsed mathematics, in that order."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from windward.grading.maths.build import base_suffix
from windward.grading.maths.clean import MAX_CHARS, clean, unwrap
from windward.grading.maths.compare import same_answer
from windward.grading.maths.evaluate import UndefinedError
from windward.grading.maths.nodes import Node, UnreadableError, symbols
from windward.grading.maths.parser import parse
from windward.grading.maths.units import units_differ

_PLAIN = re.compile(r"-?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})\Z")
_INTEGER = re.compile(r"-?\d{1,40}\Z")
_OPTION = re.compile(
    r"^(?:(?:option|choice|answer)\s*)?\(?\s*([A-Ja-j])\s*(?:\)|\.|:|$)(.*)$", re.DOTALL | re.IGNORECASE
)
_SECOND_OPTION = re.compile(r"(?:^|[\s(,])\(?[A-Ja-j]\s*\)")
_WORDS = re.compile(r"[A-Za-z][A-Za-z '\-.,]*\Z")
_AROUND = re.compile(r"\$*\\(?:boxed|fbox|text)\s*\{((?:[^{}]|\{[^{}]*\})*\d(?:[^{}]|\{[^{}]*\})*)\}\$*")
_TRUTHS = {"true": "yes", "false": "no"}
_TIME = re.compile(r"\s*([ap])\.?\s?m\.?$", re.IGNORECASE)
_UNIT_LETTER = re.compile(
    r"(?<=[\d)}])\s+(?:[A-Za-zΩ]|\\mu|\\Omega)(?:\s*\^\s*\{?\d\}?)?(?:\s*/\s*[A-Za-z]{1,3})?\s*$"
)
_SPACED_WORDS = re.compile(
    r"(?<=[\d)}%])\s*(?!(?:and|or|to|in|base)\b)[A-Za-z]{2,}(?:(?:\s+|\s*/\s*)(?!(?:and|or|to|in)\b)[A-Za-z]+|\^\{?\d\}?)*\.?\s*$"
)
_CONDITION = re.compile(r"^(all real numbers|all reals|all real values of [a-z])$", re.IGNORECASE)


def decide(prediction: str, reference: str) -> tuple[bool, str]:
    """Whether two answers are the same, and the rule that decided: `number`, `exact`, `option`, `text`, `unit`, `value`
    or `unread`.
    """  # noqa: D205
    ours, theirs = prediction.strip(), reference.strip()
    if len(ours) > MAX_CHARS or len(theirs) > MAX_CHARS:
        return ours == theirs, "exact"
    ours, theirs = _unboxed(ours), _unboxed(theirs)
    if _PLAIN.match(ours) and _PLAIN.match(theirs):
        if _INTEGER.match(ours) and _INTEGER.match(theirs):
            quick = int(ours) == int(theirs)
        else:
            quick = Decimal(ours) == Decimal(theirs)
        if quick:
            return True, "number"
    if not plain_text(ours):
        return False, "unread"
    if "".join(ours.split()) == "".join(theirs.split()):
        return True, "exact"
    return _by_text(ours, theirs) or _by_value(ours, theirs)


def _unboxed(text: str) -> str:
    """Without a box, or words, around all of it."""
    while match := _AROUND.fullmatch(text):
        text = match.group(1).strip()
    return text


def _by_value(ours: str, theirs: str) -> tuple[bool, str]:
    if units_differ(plain_text(ours), plain_text(theirs)):
        return False, "unit"
    left, right = readings(ours), readings(theirs)
    if not left or not right:
        return False, "unread" if not left else "text"
    return any(_same(a, b) for a in left for b in right), "value"


def _same(ours: Node, theirs: Node) -> bool:
    try:
        return same_answer(ours, theirs)
    except UndefinedError:
        return False


def _by_text(ours: str, theirs: str) -> tuple[bool, str] | None:
    """Decides by words alone, where words decide."""
    left, right = plain_text(ours), plain_text(theirs)
    if left == right and left:
        return True, "text"
    wanted = _option(theirs)
    if wanted and (_is_lone_option(theirs)):
        given = _option(ours)
        if given is not None:
            return given == wanted, "option"
    if _TRUTHS.get(left, left) == _TRUTHS.get(right, right) and left in {"true", "false", "yes", "no"}:
        return True, "text"
    if ":" in left and ":" in right and (_TIME.search(left) or _TIME.search(right)):
        return _same_time(left, right), "text"
    return None


def _same_time(ours: str, theirs: str) -> bool:
    """`9:30 a.m.` against `9:30`: the halves of the day must not differ."""
    halves = [match.group(1) if (match := _TIME.search(side)) else "" for side in (ours, theirs)]
    if all(halves) and halves[0] != halves[1]:
        return False
    return _TIME.sub("", ours) == _TIME.sub("", theirs)


def plain_text(text: str) -> str:
    """Words alone: without mark-up, case and outer punctuation."""
    text = re.sub(
        r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mbox|operatorname)\*?\s*\{([^{}]*)\}",
        r"\1",
        unwrap(text),
    )
    text = re.sub(r"\\[ ,;!]|[\"'`]", " ", text)
    return " ".join(text.lower().split()).strip(" .,;:")


def _option(text: str) -> str | None:
    """The letter of a multiple-choice answer; None when there is none, or more than one."""
    match = _OPTION.match(plain_text(text))
    if match is None:
        return None
    rest = match.group(2)
    if _SECOND_OPTION.search(rest) or re.match(r"^\s*(?:or|and|,)\b", rest):
        return ""
    return match.group(1).lower()


def _is_lone_option(text: str) -> bool:
    """Whether the reference is an option letter and nothing more."""
    stripped = plain_text(text)
    return bool(re.fullmatch(r"\(?[a-j]\)?", stripped)) and (
        "(" in text or "text" in text or stripped.strip("()").isalpha()
    )


@lru_cache(maxsize=4096)
def readings(text: str) -> tuple[Node, ...]:
    """The trees that `text` can stand for: with and without thousands separators, with and without a unit."""
    if len(text) > MAX_CHARS:
        return ()
    if _CONDITION.match(plain_text(text)):
        text = r"\mathbb{R}"
    cleaned = clean(text)
    cleaned = base_suffix(re.sub("[\x02\x03]", " ", cleaned)) or cleaned
    found: list[Node] = []
    for candidate in dict.fromkeys((cleaned, _UNIT_LETTER.sub("", cleaned), _SPACED_WORDS.sub("", cleaned))):
        for thousands in (True, False):
            try:
                node = parse(candidate, thousands=thousands)
            except UnreadableError:
                continue
            if candidate != cleaned and symbols(node):
                continue
            if node not in found:
                found.append(node)
    return tuple(found)
