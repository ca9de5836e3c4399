"""Objectives that a program computes from a text alone, each with its rule: to rate answers for rows, and replies that were asked for a level.

A rule says what is measured and no more: `confidence` counts words that sound sure, not whether the writer is right to be.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from windward.grading.ifeval.language import may_be_english
from windward.grading.refusal import refuses
from windward.training.controllable import Scale

FIVE, THREE, YES_NO = Scale(1, 5), Scale(1, 3), Scale(0, 1)
WORDS_AT_MOST: Mapping[int, int] = {5: 20, 4: 50, 3: 100, 2: 200}
"""Words of an answer with this brevity, at most; longer ones have brevity 1."""
TERSE_AT_MOST: Mapping[int, int] = {3: 2, 2: 6}
"""Likewise of terseness, for answers of a line."""

_WORD = re.compile(r"\S*\w\S*")
_BETWEEN = re.compile(r"[,;\n]|\b(?:and|or)\b", re.IGNORECASE)
_BULLET = re.compile(r"^[ \t]*(?:[*\-+•]|\d{1,3}[.)])[ \t]+\S", re.MULTILINE)
_FENCED = re.compile(r"\A```(?:json)?[ \t]*\n(.*?)\n?```\Z", re.DOTALL | re.IGNORECASE)
_HEDGES = re.compile(
    r"\b(?:may|might|could|perhaps|maybe|possibly|probably|likely|unlikely|seems?|appears?|apparently|presumably|uncertain|unsure|"
    r"not sure|not certain|roughly|about as|i think|i believe|i guess|i suspect|as far as i know|it depends)\b",
    re.IGNORECASE,
)
_CERTAIN = re.compile(
    r"\b(?:certainly|definitely|clearly|obviously|undoubtedly|without (?:a )?doubt|no doubt|surely|absolutely|always|never|"
    r"of course|in fact|precisely|exactly|guaranteed|must be|i am sure|i'm sure|i am certain|i'm certain)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Computed:
    """An objective that a text alone decides.

    Attributes:
        name: as conditions name it.
        scale: its levels.
        rule: how it is computed, in one sentence.
        rate: the level of a text that is not blank.
    """

    name: str
    scale: Scale
    rule: str
    rate: Callable[[str], float]

    def __call__(self, text: str) -> float | None:
        """The level of a text; None for a blank one, which is no answer that could be rated."""
        return self.rate(text) if text.strip() else None


def words(text: str) -> int:
    """Runs without space that hold a letter or digit."""
    return len(_WORD.findall(text))


def brevity(text: str) -> float:
    """5 for at most 20 words, 4 for 50, 3 for 100, 2 for 200, 1 for more."""
    count = words(text)
    return float(next((level for level, most in WORDS_AT_MOST.items() if count <= most), 1))


def terseness(text: str) -> float:
    """3 for at most 2 words, 2 for 6, 1 for more."""
    count = words(text)
    return float(next((level for level, most in TERSE_AT_MOST.items() if count <= most), 1))


def items(text: str) -> float:
    """How many different things commas, semicolons, lines, `and` and `or` keep apart, from 1 to 3."""
    parts = {" ".join(re.findall(r"\w+", part.casefold())) for part in _BETWEEN.split(text)} - {""}
    return float(min(3, max(1, len(parts))))


def length(text: str) -> float:
    """6 less the brevity: 1 for at most 20 words, 5 for more than 200."""
    return 6 - brevity(text)


def bullets(text: str) -> float:
    """1 where at least two lines are points of a list."""
    return float(len(_BULLET.findall(text)) >= 2)


def is_json(text: str) -> float:
    """1 where the whole answer is a JSON object or list, perhaps in a fence."""
    stripped = text.strip()
    fence = _FENCED.match(stripped)
    try:
        found = json.loads(fence[1] if fence else stripped)
    except (ValueError, RecursionError):
        return 0.0
    return float(isinstance(found, dict | list))


def confidence(text: str) -> float:
    """3, and one more for each word of certainty and one less for each hedge, from 1 to 5."""
    plain = text.replace("’", "'")
    return float(min(5, max(1, 3 + len(_CERTAIN.findall(plain)) - len(_HEDGES.findall(plain)))))


def english(text: str) -> float:
    """1 where the text is in English, or too short to tell."""
    return float(may_be_english(text))


def refusal(text: str) -> float:
    """1 where its first words refuse (a word list; see `grading.refusal`)."""
    return float(refuses(text))


COMPUTED: Mapping[str, Computed] = {
    name: Computed(name, scale, (rate.__doc__ or "").strip(), rate)
    for name, scale, rate in (
        ("brevity", FIVE, brevity),
        ("length", FIVE, length),
        ("terseness", THREE, terseness),
        ("items", THREE, items),
        ("bullets", YES_NO, bullets),
        ("json", YES_NO, is_json),
        ("confidence", FIVE, confidence),
        ("english", YES_NO, english),
        ("refusal", YES_NO, refusal),
    )
}
"""All of them, by name."""
