"""Multiple choice: the one option that an answer names."""

from __future__ import annotations

import re
from collections.abc import Mapping

from windward.grading.segments import answer_segment
from windward.grading.verdict import Verdict

_AND = r"(?:\bor\b|\band\b|[&/,])\s*(?:option\s+|choice\s+)?"


def extract_choice(response: str, letters: str = "ABCDEFGHIJ") -> tuple[str | None, str]:
    """The letter of the option that a response settles on, in lower case.

    Args:
        response: a whole response, or an answer alone.
        letters: the letters that there are.

    Returns:
        The letter and the rule that found it; None where it names no option, or several.
    """
    text, where = answer_segment(response)
    if not text:
        return None, where if where == "truncated" else "empty"
    kind = f"[{letters.upper()}{letters.lower()}]"
    first = re.match(
        rf"(?:the\s+)?(?:(?:option|choice|answer)\s*)?(?:\(\s*({kind})\s*\)|({kind})\s*[).:](?!\w)|({kind})\s*\Z)",
        text,
        re.IGNORECASE,
    ) or re.match(rf"([{letters.upper()}])(?=\s*,|\s+(?:because|since|as|is)\b)", text)
    if first:
        letter = next(group for group in first.groups() if group).lower()
        rest = text[first.end() :]
        more = re.findall(rf"{_AND}(?:\(\s*)?({kind})\s*(?:\)|\Z)", rest, re.IGNORECASE)
        if any(other.lower() != letter for other in more):
            return None, "several-options"
        return letter, f"{where}:option"
    named = {
        found.lower()
        for pattern in (
            rf"(?<![\w)])\(\s*({kind})\s*\)",
            rf"(?:^|\s)({kind})\s*\)(?=\s|[.,;]|$)",
            rf"\b(?i:option|choice|answer)\s+({kind})\b(?!['\-])",
        )
        for found in re.findall(pattern, text)
    }
    if not named and where == "last-line":  # the option, then lines that explain it
        opening = re.findall(rf"^[ \t*]*\(?({kind})\s?\)(?=\s|\*)", response, re.MULTILINE)
        named, where = {found.lower() for found in opening}, "line"
    if len(named) == 1:
        return named.pop(), f"{where}:named-option"
    return None, "several-options" if named else "no-option"


def grade_choice(response: str, reference: str, options: Mapping[str, str] | None = None) -> Verdict:
    """Whether a response settles on the option `reference`.

    Args:
        response: a whole response, or an answer alone.
        reference: the letter, with or without brackets.
        options: the text of each option by its letter; an answer that is one option's text names it.
    """
    wanted = reference.strip(" ().").lower()
    letters = "".join(key.strip(" ()") for key in options) if options else "ABCDEFGHIJ"
    if wanted.upper() not in letters.upper():
        letters += wanted
    letter, rule = extract_choice(response, letters)
    if letter is None and options and rule == "no-option":
        said = _folded(answer_segment(response).text)
        same = [key.strip(" ()").lower() for key, text in options.items() if _folded(text) == said]
        if len(same) == 1:
            letter, rule = same[0], "option-text"
    if letter is None:
        return Verdict(False, None, rule, "unparsed")
    return Verdict(letter == wanted, letter, rule)


def _folded(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s.+\-/]", " ", text.lower()).split()).strip(". ")
