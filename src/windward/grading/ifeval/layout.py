"""Checks of how a response is laid out: lists, highlights, sections, titles, JSON, beginnings and ends."""

from __future__ import annotations

import json
import re
from typing import Any

OPTIONS = ("my answer is yes.", "my answer is no.", "my answer is maybe.")
"""The answers that the constrained prompts offer."""

_PLACEHOLDER = re.compile(r"\[[^\[\]\n]*[^\s\[\]][^\[\]\n]*\](?!\()")
_BULLET = re.compile(r"^[ \t]*[*\-+•◦▪‣●][ \t]+\S", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*([*\-])(?:[ \t]*\1){2,}[ \t]*$", re.MULTILINE)
_HIGHLIGHT = re.compile(r"(?<![\w*\\])(\*{1,3})(?=[^\s*])[^*\n]*(?<=[^\s*])\1(?![\w*])")
_TITLE = re.compile(r"<<(?!\s)[^\n]{0,500}?[^\s<>][^\n]{0,500}?(?<!\s)>>|<<(?=[^\s<>])[^\n](?<!\s)>>")
_TITLE_LINE = re.compile(r"^[ \t#*_]*<<[ \t]*[^\s<>][^\n]{0,500}>>[ \t*_]*$", re.MULTILINE)
_FENCE = re.compile(r"\A```(?:json)?[ \t]*\n?(.*?)\n?```\Z", re.DOTALL | re.IGNORECASE)
_QUOTES = {'"': '"', "“": "”", "„": "“”", "«": "»", "»": "«", "「": "」", "『": "』", "＂": "＂"}
_AFTER_END = " \t\r\n\"'“”’*_`)"


def number_placeholders(text: str, num_placeholders: int, **_: Any) -> bool:
    """There are at least so many `[placeholders]`; links are none."""
    return len(_PLACEHOLDER.findall(text)) >= num_placeholders


def postscript(text: str, postscript_marker: str, **_: Any) -> bool:
    """A postscript follows its marker; spaces between the letters and a last stop do not matter."""
    letters = re.findall(r"[^\W_]+", postscript_marker) or [postscript_marker]
    spelled = r"\.?[ \t]*".join(map(re.escape, letters)) if len(letters) > 1 else re.escape(letters[0])
    return bool(re.search(rf"(?<![\w.]){spelled}(?!\w)[ \t.:,*_\-–]*\s*\w", text, re.IGNORECASE))


def number_bullet_lists(text: str, num_bullets: int, **_: Any) -> bool:
    """There are exactly so many bullet points; a sign is a bullet where a space follows it."""
    return len(_BULLET.findall(_RULE.sub("", text))) == num_bullets


def constrained_response(text: str, **_: Any) -> bool:
    """It gives one of the offered answers, and no other."""
    said = " ".join(text.lower().split())
    return sum(option in said for option in OPTIONS) == 1


def number_highlighted_sections(text: str, num_highlights: int, **_: Any) -> bool:
    """At least so many parts stand between asterisks, as Markdown reads them."""
    return len(_HIGHLIGHT.findall(text)) >= num_highlights


def multiple_sections(text: str, section_spliter: str, num_sections: int, **_: Any) -> bool:
    """At least so many sections are marked with the word and a number."""
    return len(re.findall(rf"(?<!\w){re.escape(section_spliter)}\s?\d+", text)) >= num_sections


def json_format(text: str, **_: Any) -> bool:
    """All of it is JSON, in a fence or not; `NaN` and `Infinity` are none."""
    text = text.strip()
    fenced = _FENCE.match(text)
    try:
        json.loads(fenced.group(1) if fenced else text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return False
    return True


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def title(text: str, **_: Any) -> bool:
    """There is a `<<title>>`; two shift operators are none."""
    return bool(_TITLE.search(text) or _TITLE_LINE.search(text))


def two_responses(text: str, **_: Any) -> bool:
    """Two different responses stand on both sides of `******`."""
    parts = [part.strip() for part in re.split(r"(?<!\*)\*{6}(?!\*)", text)]
    parts = parts[1:] if not parts[0] else parts
    parts = parts[:-1] if parts and not parts[-1] else parts
    return all(parts) and len(parts) == 2 and _folded(parts[0]) != _folded(parts[1])


def repeat_prompt(text: str, prompt_to_repeat: str, **_: Any) -> bool:
    """It begins with the request, word for word, and something follows."""
    said, request = _folded(text), _folded(prompt_to_repeat)
    return said.startswith(request) and bool(said[len(request) :].strip())


def end_checker(text: str, end_phrase: str, **_: Any) -> bool:
    """It ends with the phrase; mark-up and quotation marks after it do not count."""
    return _folded(text.rstrip(_AFTER_END)).endswith(_folded(end_phrase.rstrip(_AFTER_END)))


def quotation(text: str, **_: Any) -> bool:
    """All of it stands in one pair of quotation marks, straight or typographic; there may be others inside."""
    text = text.strip()
    if len(text) < 3 or text[-1] not in _QUOTES.get(text[0], ""):
        return False
    depth = 0
    for place, sign in enumerate(text[:-1]):
        if sign in (text[0], text[-1]):
            opens = place == 0 or (sign == text[0] and _opens(text, place))
            depth += 1 if opens else -1
            if depth == 0:
                return False
    return bool(text[1:-1].strip())


def _opens(text: str, place: int) -> bool:
    """Whether a quotation mark opens: a space or a bracket stands before it, or its kind only opens."""
    if _QUOTES[text[place]] != text[place]:
        return True
    return text[place - 1] in " \t\n([{:,—–-*_" and not text[place + 1 : place + 2].isspace()


def _folded(text: str) -> str:
    return " ".join(text.lower().split())
