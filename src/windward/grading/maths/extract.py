"""Read the final answer out of a response, without knowing the reference."""

from __future__ import annotations

import re
from dataclasses import dataclass

from windward.grading.maths.answers import readings
from windward.grading.maths.clean import unwrap

TAIL_CHARS = 10_000
"""Only the end of a response is searched: that is where answers are."""

SENTENCE_CHARS = 600
"""Of one sentence, so much of its end."""

_BOX = re.compile(r"\\(?:boxed|fbox|framebox)\s*")
_TRUNCATED = "truncated"
_HASHES = re.compile(r"^\s*####\s*(.+?)\s*$", re.MULTILINE)
_MARKER = re.compile(
    r"(?:\b(?:final\s+)?(?:answers?|result|solution)\b\s*\**\s*(?:is|are|:|=|equals)\s*\**\s*:?\s*|<solution>\s*"
    r"|\*\*\s*(?:final\s+)?answers?\s*:?\s*\*\*\s*:?\s*)",
    re.IGNORECASE,
)
_BACKWARD = re.compile(r"\s(?:is|are)\s+(?:the|our|my)\s+(?:final\s+|correct\s+)?answers?\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[^\s.])\.(?=\s+[A-Z\\$*(]|\s*$)|[!?](?=\s+[A-Z])|\n")
_ERROR = re.compile(
    r"^(?:Traceback \(most recent call last\)|(?:[A-Za-z_.]*\.)?(?:[A-Z][A-Za-z]*)?(?:Error|Exception|Warning)\b\s*:)",
    re.MULTILINE,
)
_MATHS = re.compile(r"\$\$?([^$]+)\$\$?|\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
_NUMBER = re.compile(
    r"(?<![\w.])[-−]?\s?(?:\\?\$\s?)?[-−]?(?:\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)"
    r"(?:\s?/\s?\d+)?(?:\s?(?:\\?%|\\times|×|x)\s?(?:10\^\{?-?\d+\}?)?)?"
)
_LAST_VERB = re.compile(
    r".*(?:\b(?:is|are|be|get|gives|equals|becomes|was|were)\b\s*:?|[=:≈])\s*(.+)$", re.IGNORECASE | re.DOTALL
)
_LABEL = re.compile(r"^[A-Za-z_][\w ]{0,30}:\s*(?=\S)")
_CHOICE = re.compile(r"\(?[A-Ja-j]\s?\)(?=\s|$)|[A-J](?=\s*(?:,|\.|\bbecause\b|\bsince\b|\bas\b))")
_NEGATION = re.compile(r"^\s*(?:not|n't)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Extracted:
    """An answer as found.

    Attributes:
        text: the answer; None when there is none.
        rule: where it stood: `boxed`, `hashes`, `marked`, `whole`, `last-line`, `formula`, `stated`, `number`,
            or why there is none: `truncated`, `error`, `empty`, `nothing`.
    """

    text: str | None
    rule: str


def extract_math(response: str) -> Extracted:
    r"""The final answer in `response`: the last box, else after an answer marker, else what ends the text.

    A box that is cut off (`\boxed{5`) is no answer, and no earlier text stands in for it.
    """
    text = response.strip()[-TAIL_CHARS:]
    if not text:
        return Extracted(None, "empty")
    return (
        _from_box(text) or _from_hashes(text) or _from_error(text) or _from_marker(text) or _from_whole(text)
        or _from_ending(text) or Extracted(None, "nothing")
    )  # fmt: skip


# ---- boxes


def boxes(text: str) -> list[tuple[int, int, str | None]]:
    """Start, end and content of each box; content None where it is cut off."""
    found: list[tuple[int, int, str | None]] = []
    for match in _BOX.finditer(text):
        if found and match.start() < found[-1][1]:
            continue
        start = match.end()
        if start >= len(text):
            found.append((match.start(), start, None))
        elif text[start] != "{":
            bare = re.compile(r"-?\d+(?:\.\d+)?|\\[A-Za-z]+(?:\s*\{[^{}]*\})*|\S").match(text, start)
            assert bare is not None  # \s* before it was greedy, so a character follows
            found.append((match.start(), bare.end(), bare.group()))
        else:
            end = _closing(text, start)
            found.append((match.start(), end or len(text), text[start + 1 : end - 1] if end else None))
    return found


def _closing(text: str, start: int) -> int | None:
    """The place after the brace that closes the one at `start`."""
    depth, place = 0, start
    while place < len(text):
        if text[place] == "\\":
            place += 2
            continue
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        place += 1
        if depth == 0:
            return place
    return None


def _from_box(text: str) -> Extracted | None:
    found = boxes(text)
    if not found:
        return None
    _, _, last = found[-1]
    if last is None:
        return Extracted(None, _TRUNCATED)
    joined = [last]
    for before, after in zip(reversed(found[:-1]), reversed(found[1:]), strict=True):
        between = text[before[1] : after[0]]
        if before[2] is None or not re.fullmatch(
            r"[\s$,]*(?:and|or|\\text\{\s*(?:and|or)\s*\})?[\s$,]*", between
        ):
            break
        if not between.strip(" $\n"):
            break
        joined.insert(0, before[2])
    content = ", ".join(joined).strip()
    return Extracted(content, "boxed") if content else Extracted(None, "empty")


# ---- markers


def _from_hashes(text: str) -> Extracted | None:
    found = _HASHES.findall(text)
    return Extracted(unwrap(found[-1]), "hashes") if found else None


def _from_error(text: str) -> Extracted | None:
    """A traceback as the whole output holds no answer."""
    if _ERROR.match(text) or (_ERROR.match(text.rsplit("\n", 1)[-1]) and "Traceback" in text):
        return Extracted(None, "error")
    return None


def _from_marker(text: str) -> Extracted | None:
    markers = [match for match in _MARKER.finditer(text) if text[match.end() :].strip(" *.\n")]
    if markers:
        return _read(_first_sentence(text[markers[-1].end() :]), "marked")
    backward = list(_BACKWARD.finditer(text))
    if backward:
        before = text[: backward[-1].start()]
        return _read(re.split(r"[.!?]\s|\n", before[-SENTENCE_CHARS:])[-1], "marked")
    return None


def _first_sentence(text: str) -> str:
    text = text.lstrip(" \n*:")
    display = re.match(r"(?:\$\$|\\\[)\s*(.+?)\s*(?:\$\$|\\\])", text, re.DOTALL)
    if display:
        return display.group(1)
    end = _SENTENCE_END.search(text)
    return text[: end.start()] if end else text


# ---- no marker


def _from_whole(text: str) -> Extracted | None:
    """The whole text, when it is an answer by itself, as printed output is."""
    if len(text) > 2000:
        return None
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and not _is_answer(" ".join(lines)):
        return (_is_answer(lines[-1]) and Extracted(lines[-1], "last-line")) or None
    whole = " ".join(lines)
    for candidate in dict.fromkeys((_LABEL.sub("", whole), whole)):
        if _is_answer(candidate) or re.match(r"\(?[A-Ja-j]\s?\)(?:\s|$)", candidate):
            return Extracted(candidate, "whole")
    words = unwrap(whole)
    if (
        len(words.split()) <= 4
        and not re.search(r"\d", words)
        and "." not in words
        and not _LAST_VERB.match(words)
    ):
        return Extracted(words, "whole")
    return None


def _is_answer(text: str) -> bool:
    """Whether the grammar reads all of `text` as mathematics."""
    return bool(readings(text))


def _from_ending(text: str) -> Extracted | None:
    """What the last sentence states."""
    sentences = [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]
    for sentence in reversed(sentences[-3:]):
        found = _read(sentence, "ending")
        if found is not None and found.text is not None and re.search(r"\d|\\|\$", found.text):
            return found
    if sentences:
        return _read(sentences[-1], "stated")
    return None


def _read(text: str, rule: str) -> Extracted | None:
    """The answer in one sentence: all of it, or what is stated last, a formula before a number."""
    text = text[-SENTENCE_CHARS:].strip().strip("*").strip()
    if not text:
        return None
    if _NEGATION.match(text):
        return Extracted(None, "negated")
    if option := _CHOICE.match(text):
        return Extracted(option.group().strip(), f"{rule}-option")
    if _is_answer(text):
        return Extracted(unwrap(text), rule)
    verb = _LAST_VERB.match(text)
    stated = verb.group(1) if verb else text
    if verb and _is_answer(stated):
        return Extracted(unwrap(stated), f"{rule}-stated")
    for part in dict.fromkeys((stated, text)):
        formulas = [next(group for group in match.groups() if group) for match in _MATHS.finditer(part)]
        if formulas and _is_answer(formulas[-1]) and not _money(part):
            return Extracted(unwrap(formulas[-1]), f"{rule}-formula")
        numbers = [match.group().strip() for match in _NUMBER.finditer(part)]
        if numbers:
            return Extracted(unwrap(numbers[-1]).rstrip("x× "), f"{rule}-number")
    words = unwrap(stated)
    if not words or _NEGATION.match(words) or len(words.split()) > 12:
        return None
    return Extracted(words, f"{rule}-words")


def _money(text: str) -> bool:
    """Whether dollar signs here are a currency: an odd number of them encloses nothing."""
    return len(re.findall(r"(?<!\\)\$", text)) % 2 == 1
