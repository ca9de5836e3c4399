"""Words, sentences, paragraphs and quantities of a response: what several of the checks count."""

from __future__ import annotations

import re

WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
"""A word; one with a hyphen or an apostrophe in it is one word."""

_STOP = re.compile(r"[.!?…]+[\"'”’)\]*_]*(?=\s|\Z)|[。！？।؟]+[”’」』)]*")
_LAST_TOKEN = re.compile(r"\S+\Z")
_LIST_NUMBER = re.compile(r"(?:\A|\n)[ \t]*[(*]*(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,4})[.)]+\Z")
_INITIALS = re.compile(r"[\"'(“]*(?:[A-Za-z]\.)+\Z")
_TITLES = (
    "mr mrs ms mx dr prof rev hon gen col capt lt sgt gov sen rep pres st mt vs cf approx dept univ e.g i.e"
)
_SOMETIMES = "etc al jr sr inc ltd co corp bros ph.d m.d b.a m.a a.m p.m u.s u.k"
_NUMBERED = "no nos vol fig figs eq sec ch p pp"
_NEVER_LAST, _SELDOM_LAST, _BEFORE_NUMBERS = (
    frozenset(names.split(" ")) for names in (_TITLES, _SOMETIMES, _NUMBERED)
)


def words(text: str) -> list[str]:
    """The words of `text`, in order."""
    return WORD.findall(text)


def sentences(text: str) -> list[str]:
    """The sentences of `text`: by marks, without a model; abbreviations, initials and list numbers end none."""
    found, start = [], 0
    for stop in _STOP.finditer(text):
        if _ends_sentence(text, start, stop):
            found.append(text[start : stop.end()].strip())
            start = stop.end()
    found.append(text[start:].strip())
    return [sentence for sentence in found if re.search(r"\w", sentence)]


def _ends_sentence(text: str, start: int, stop: re.Match[str]) -> bool:
    following = text[stop.end() : stop.end() + 20].lstrip(" \t\r\n\"'“‘(*_[")[:1]
    if not following or stop.group()[0] in "。！？।؟":
        return True
    mark = stop.group().rstrip("\"'”’)]*_")
    if mark != ".":  # `Wait ... what` goes on, and so does `"Why?" he said`
        return not (following.islower() and (mark[0] in ".…" or mark != stop.group()))
    before = text[max(start, stop.start() - 40) : stop.end()]
    if _LIST_NUMBER.search(before):
        return False
    token = _LAST_TOKEN.search(before)
    last = token.group() if token else ""
    name = last.strip("\"'“(*_[").rstrip(".").lower()
    if name in _SELDOM_LAST:
        return following.isupper()
    if name in _BEFORE_NUMBERS:
        return not following.isdigit()
    return name not in _NEVER_LAST and not (len(name) == 1 and _INITIALS.match(last))


def paragraphs(text: str) -> list[str]:
    """What blank lines separate."""
    return [part.strip() for part in re.split(r"\n[ \t]*\n", text) if part.strip()]


def holds(count: int, relation: str, limit: int) -> bool:
    """Whether a count stands in the relation `at least` or `less than` to a limit.

    Raises:
        ValueError: there is no such relation.
    """
    if relation == "at least":
        return count >= limit
    if relation == "less than":
        return count < limit
    raise ValueError(f"no relation {relation!r}; IFEval has 'at least' and 'less than'")


def occurrences(text: str, phrase: str) -> int:
    """How often `phrase` stands in `text` as whole words, in any case; its signs stand for themselves."""
    pattern = r"(?<!\w)" + r"\s+".join(map(re.escape, phrase.split())) + r"(?!\w)"
    return len(re.findall(pattern, text, re.IGNORECASE)) if phrase.strip() else 0
