"""What the rules of syntax read: a text's words with their tags, in stretches that hold one sentence or part of one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from windward.evals.robtest.closed_class import CLOSED_CLASS
from windward.evals.robtest.sentence import Sentence
from windward.evals.robtest.tagging import is_common, tags

FINITE = ("VBD", "VBZ", "VBP", "MD")
NOUNS = ("NN", "NNS", "NNP", "NNPS")
SUBJECTS = {"i", "you", "he", "she", "it", "we", "they"}
_SCOPE_TEXT = """
no not never none nobody nothing neither nor nowhere cannot without hardly barely scarcely rarely seldom only few little n't nt
"""
SCOPE = frozenset(_SCOPE_TEXT.split())
"""Words whose meaning reaches over what follows: nothing is moved across one."""
_BREAK = re.compile(r"[.!?;:]['\"”’)]*\s|[()\[\]\"“”\n\\]|``|''|\s-+\s|[–—]|--|\.\.\.|…")
_PLAIN = re.compile(r" +|,? | , | ?['’]|-")
_ABBREVIATED = re.compile(r"[A-Z]|(?i:mr|mrs|ms|dr|st|jr|sr|bros|vs)|Inc|Corp|Co|Ltd|Gov|No|[A-Z][a-z]{2}t?")
_STOPS = re.compile(r"\s*[.!?;]")
_DATELINE = 8
"""Words before a dash that can be where and by whom a report was written (`NEW YORK (Reuters) - `)."""
_HANGING = ("IN", "DT", "CC", "TO", "PRP$", "MD")


class Change(NamedTuple):
    """A stretch of the text, in characters, and what a rule puts there."""

    start: int
    end: int
    after: str


@dataclass(frozen=True)
class Stretch:
    """Words from `first` up to `end`, within one sentence.

    Attributes:
        first: place of its first word.
        end: the one behind its last.
        opens: whether a sentence begins here.
        closes: whether one ends here.
    """

    first: int
    end: int
    opens: bool
    closes: bool

    def __len__(self) -> int:
        return self.end - self.first

    @property
    def whole(self) -> bool:
        """Whether it is a sentence from its beginning to its end."""
        return self.opens and self.closes


class Reading:
    """A text as the rules see it: `words` are in lower case."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        self.text, self.spans, self.gaps = sentence.text, sentence.spans, sentence.gaps
        self.words = tuple(word.lower().replace("’", "'") for word in sentence.words)
        self.tags = tags(sentence)

    @cached_property
    def spaced(self) -> bool:
        """Whether marks stand apart from words, as in treebanks."""
        return " ," in self.text or " ." in self.text or " '" in self.text or " n't" in self.text

    @cached_property
    def comma(self) -> str:
        """A comma between words, as this text sets it."""
        return " , " if self.spaced else ", "

    @cached_property
    def stretches(self) -> tuple[Stretch, ...]:
        """The text's stretches, from left to right."""
        found: list[Stretch] = []
        first, opens = 0, True
        for place in range(1, len(self.words) + 1):
            last = place == len(self.words)
            gap = self.gaps[place]
            if not last and not _BREAK.search(gap):
                continue
            stops = bool(_STOPS.match(gap)) and (last or self._is_stop(place))
            closes = stops or (last and not gap.strip() and self.tags[place - 1] not in _HANGING)
            found.append(Stretch(first, place, opens, closes))
            first = place
            opens = stops or "\n" in gap or (place < _DATELINE and bool(re.search(r"\s-+\s", gap)))
        return tuple(found)

    def _is_stop(self, place: int) -> bool:
        """Whether the full stop before a place ends a sentence."""
        before, mark = self.sentence.words[place - 1], self.gaps[place].strip()[:1]
        if mark == ";":  # of a character reference, such as &quot; or #39;
            return not (before.isdigit() or before in ("quot", "amp", "lt", "gt"))
        return not (self.gaps[place].startswith(".") and _ABBREVIATED.fullmatch(before))

    def of(self, first: int, end: int) -> str:
        """The words of a range, with what stands between them."""
        return self.text[self.spans[first][0] : self.spans[end - 1][1]] if end > first else ""

    def change(self, first: int, end: int, after: str) -> Change:
        """Other words for a range."""
        return Change(self.spans[first][0], self.spans[end - 1][1], after)

    def plain(self, first: int, end: int) -> bool:
        """Whether only spaces, commas, hyphens and apostrophes stand between the words of a range."""
        return all(_PLAIN.fullmatch(gap) for gap in self.gaps[first + 1 : end])

    def commas(self, first: int, end: int) -> list[int]:
        """Places of a range that a comma stands before; not before its first."""
        return [place for place in range(first + 1, end) if "," in self.gaps[place]]

    def finite(self, first: int, end: int) -> list[int]:
        """Places of the finite verbs of a range."""
        return [place for place in range(first, end) if self.tags[place] in FINITE]

    def scoped(self, first: int, end: int) -> bool:
        """Whether a negation, or a word like one, is in a range."""
        return any(word in SCOPE or word.endswith("n't") for word in self.words[first:end])

    def noun_phrase(self, first: int, end: int) -> int:
        """The place behind the noun phrase that begins at a place; that place itself where none does."""
        if self.tags[first] == "PRP":
            return first + 1
        at, noun = first, 0
        while at < end and (at == first or self.gaps[at] in (" ", "-")):
            tag = self.tags[at]
            if tag in ("DT", "PRP$", "PDT") and at > first + (self.tags[first] == "PDT"):
                break
            if tag in NOUNS:
                noun = at + 1
            elif tag == "RB" and not noun and at + 1 < end and self.tags[at + 1] == "JJ":
                pass  # `a weirdly cold spectacle`
            elif (
                tag in ("VBG", "VBN")
                and first < at < end - 1
                and not noun
                and self.tags[at + 1] in ("JJ", *NOUNS)
            ):
                pass  # `a gripping film`
            elif tag not in ("DT", "PRP$", "PDT", "CD", "JJ", "JJR", "JJS") or (noun and tag != "CD"):
                break
            at += 1
        return noun or first

    def begins_subject(self, place: int) -> bool:
        """Whether a word can begin the subject of a clause."""
        return self.tags[place] in ("DT", "PRP$", "EX", *NOUNS) or self.words[place] in SUBJECTS

    def inner(self, place: int, end: int) -> str | None:
        """The words from a place on, its first one without the capital of a sentence's beginning.

        None where nobody can tell whether that capital is a name's.
        """
        words = self.of(place, end)
        if not words[:1].isupper() or self.sentence.words[place] == "I":
            return words
        ordinary = self.tags[place] in ("RB", "NNS", "JJ", "VBG") and is_common(self.words[place])
        if self.words[place] in CLOSED_CLASS or ordinary:
            return words[0].lower() + words[1:]
        if self.tags[place].startswith("NNP") or self.sentence.protected[place]:
            return words
        return None

    def outer(self, words: str, place: int) -> str:
        """Words that begin a sentence instead of the one at a place, with its capital if it has one."""
        return words[:1].upper() + words[1:] if self.sentence.words[place][:1].isupper() else words

    def each(self) -> Iterator[tuple[Stretch, int]]:
        """Every place with its stretch."""
        for stretch in self.stretches:
            for place in range(stretch.first, stretch.end):
                yield stretch, place
