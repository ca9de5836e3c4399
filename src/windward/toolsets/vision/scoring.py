"""Whether a short answer to a question about a picture is right: VQA's soft accuracy, GQA's exact match, and token F1.

    soft accuracy = min(1, people who gave this answer / 3)

Answers are compared in VQA's normal form: lower case, no articles, number words to ten as digits, no punctuation but within
numbers, apostrophes where contractions have them. The form follows the rules of VQA's evaluation (Antol et al., 2015), and
not its accidents (it normalises the people's answers only where they differ, and counts 32 full stops at most).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence

AGREED = 3
"""So many people make an answer fully right."""

_ARTICLES = frozenset({"a", "an", "the"})
_NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    )
} | {"none": "0"}
_PUNCTUATION = ';/[]"{}()=+\\_-><@`,?!'
_DIGIT_COMMA = re.compile(r"\d,\d")
_FULL_STOP = re.compile(r"\.(?!\d)")
_ENDINGS = {
    "nt": "ai are ca could did does do had has have is might must sha should was were wo would",
    "ve": "could i might should they we who would you",
    "d": "how it somebody someone there they what who you",
    "ll": "how it there they what who you",
    "re": "they what you",
    "s": "he how she that there what where who",
    "m": "i",
}
"""Contractions that people write without an apostrophe; left out are those that are words of their own (`wed`, `id`, `shell`)."""
_CONTRACTIONS = {
    stem + end: f"{stem}n't" if end == "nt" else f"{stem}'{end}"
    for end, stems in _ENDINGS.items()
    for stem in stems.split()
} | {"oclock": "o'clock", "maam": "ma'am", "yall": "y'all"}
_TRUTHS = {"True": "yes", "False": "no"}
"""What Python prints of a truth value, as an answer."""


def references(answer: str) -> list[str]:
    """What people answered: the texts of a JSON list, or the answer itself where it is none."""
    if answer.lstrip().startswith("["):
        try:
            listed = json.loads(answer)
        except (ValueError, RecursionError):
            return [answer]
        if isinstance(listed, list) and listed and all(isinstance(item, str) for item in listed):
            return listed
    return [answer]


def normal(text: str) -> str:
    """An answer in VQA's normal form."""
    text = " ".join(text.split())
    grouped = _DIGIT_COMMA.search(text) is not None
    for sign in _PUNCTUATION:
        beside_blank = f"{sign} " in text or f" {sign}" in text
        text = text.replace(sign, "" if grouped or beside_blank else " ")
    words = (_NUMBERS.get(word, word) for word in _FULL_STOP.sub("", text).lower().split())
    return " ".join(_CONTRACTIONS.get(word, word) for word in words if word not in _ARTICLES)


def soft_accuracy(printed: str, answers: Sequence[str], *, leave_one_out: bool = False) -> float:
    """How right an answer is that several people were asked for: min(1, matches / 3).

    Args:
        printed: the answer to be scored.
        answers: what people said, ten of them as a rule; of fewer than three all must agree for a 1.
        leave_one_out: the mean over the people, each left out once, as VQA's leaderboards have it; three of ten then give 0.9.

    Raises:
        ValueError: nobody answered.
    """
    if not answers:
        raise ValueError("an answer is scored against at least one other")
    matches = [_same(printed, answer) for answer in answers]
    if not leave_one_out or len(answers) == 1:
        return min(1.0, sum(matches) / min(AGREED, len(answers)))
    enough = min(AGREED, len(answers) - 1)
    return sum(min(1.0, (sum(matches) - match) / enough) for match in matches) / len(matches)


def exact(printed: str, answer: str) -> bool:
    """Whether two answers are the same text, as in GQA; case and blanks around it do not count."""
    return _said(printed).strip().casefold() == answer.strip().casefold() != ""


def token_f1(printed: str, answers: Sequence[str]) -> float:
    """The harmonic mean of precision and recall of an answer's words, against the answer for which it is highest.

    Raises:
        ValueError: nobody answered.
    """
    if not answers:
        raise ValueError("an answer is scored against at least one other")
    return max(_f1(normal(_said(printed)).split(), normal(answer).split()) for answer in answers)


def accepted(printed: str, answer: str) -> bool:
    """The lenient rule: somebody gave this answer, up to the normal form."""
    return soft_accuracy(printed, references(answer)) > 0


def accepted_strictly(printed: str, answer: str) -> bool:
    """The strict rule: three people gave this answer (all, of fewer); where there is one answer, it is the same text."""
    answers = references(answer)
    return exact(printed, answers[0]) if len(answers) == 1 else soft_accuracy(printed, answers) == 1


def _said(printed: str) -> str:
    return _TRUTHS.get(printed.strip(), printed)


def _same(printed: str, answer: str) -> bool:
    given = normal(_said(printed))
    return given == normal(answer) if given else exact(printed, answer)  # "the" and "a" are not one answer


def _f1(given: Sequence[str], wanted: Sequence[str]) -> float:
    shared = sum((Counter(given) & Counter(wanted)).values())
    return 2 * shared / (len(given) + len(wanted)) if shared else 0.0
