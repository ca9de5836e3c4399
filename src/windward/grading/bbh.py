"""BIG-Bench Hard: the answer is read and compared, not looked for anywhere in the reasoning (Suzgun et al., 2210.09261)."""

from __future__ import annotations

import re

from windward.grading.choices import grade_choice
from windward.grading.maths.grade import equivalent
from windward.grading.policies import require_policy
from windward.grading.segments import answer_segment
from windward.grading.verdict import Verdict

_LETTER = re.compile(r"\(([A-Z])\)")
_BRACKETS = re.compile(r"[\s()\[\]{}<>]+")
_PAIRS = (("yes", "no"), ("true", "false"), ("valid", "invalid"), ("plausible", "implausible"))
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def grade_bbh(response: str, reference: str, policy: str = "strict") -> Verdict:
    """Whether the answer of a response is `reference`.

    By our rules the answer is the last box, or what follows the last `answer is`, or the last line. It is compared as
    what the reference is: an option, one of two words, a number, brackets, or words in order. By the released rule the
    reference may stand anywhere in the response.

    Args:
        response: a whole response.
        reference: the target as the data set has it: `(B)`, `Yes`, `valid`, `24`, `] ) >`, `apple pear`.
        policy: `strict` or `released`.

    Raises:
        ValueError: there is no such policy, or the reference is empty.
    """
    require_policy(policy)
    wanted = reference.strip()
    if not wanted:
        raise ValueError("an empty reference is no answer")
    if policy == "released":
        return Verdict(wanted in response, None, "substring")
    if _LETTER.fullmatch(wanted):
        return grade_choice(response, wanted)
    text, where = answer_segment(response)
    if not text:
        return Verdict(False, None, "truncated" if where == "truncated" else "empty", "unparsed")
    for pair in _PAIRS:
        if wanted.lower() in pair:
            return _one_of(text, wanted.lower(), pair, where)
    if _NUMBER.fullmatch(wanted):
        return _number(text, wanted, where)
    if _BRACKETS.fullmatch(wanted):
        given = "".join(text.rstrip(".").split())
        return Verdict(given == "".join(wanted.split()), text, f"{where}:brackets")
    return Verdict(_words(text) == _words(wanted), text, f"{where}:words")


def _one_of(text: str, wanted: str, pair: tuple[str, str], where: str) -> Verdict:
    """One of two words; the first word decides, else the only one of the two that is there."""
    said = re.findall(r"[a-z]+", text.lower())
    found = {word for word in said if word in pair}
    if said and said[0] in pair and not (len(said) > 1 and said[1] in {"or", "and"}):
        found = {said[0]}
    if len(found) != 1 or "not" in said[: said.index(min(found, key=said.index))]:
        return Verdict(False, None, "both-words" if len(found) > 1 else "no-such-word", "unparsed")
    given = found.pop()
    return Verdict(given == wanted, given, f"{where}:word")


def _number(text: str, wanted: str, where: str) -> Verdict:
    numbers = _NUMBER.findall(re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text))
    if not numbers:
        return Verdict(False, None, "no-number", "unparsed")
    given = numbers[-1] if "=" in text else numbers[0]
    if len(set(numbers)) > 1 and "=" not in text:
        return Verdict(False, None, "several-numbers", "unparsed")
    return Verdict(equivalent(given, wanted), given, f"{where}:number")


def _words(text: str) -> list[str]:
    return re.sub(r"[\"'`,;.]", " ", text.lower()).split()
