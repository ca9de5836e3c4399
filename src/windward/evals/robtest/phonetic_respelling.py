"""A word spelt otherwise with the same sound: `skool`, `diffrent`, `moviez`, `definately`, `comming`, `there` for `their`.

The rules are our own. A letter gives way only where the CMU dictionary says that it has the sound of the rule; letters are doubled or
dropped only where ANTHRO's codes stay. Neither may make another word of it: `latter` does not sound like `later`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from windward.evals.robtest.phonetic_codes import sounds_alike
from windward.evals.robtest.phonetic_sounds import homophones, is_other_word, sounds
from windward.evals.robtest.sentence import read_sentence


class Respelling(NamedTuple):
    """One change within a word.

    Attributes:
        start: first letter that gives way.
        end: the one behind the last; at least one letter gives way.
        after: what stands there instead, in lower case.
        cost: Levenshtein distance of the word from what becomes of it.
        coded: whether ANTHRO's codes stay the same.
    """

    start: int
    end: int
    after: str
    cost: int
    coded: bool


_CONSONANTS = tuple(
    (re.compile(letters), after, re.compile(sound))
    for letters, after, sound in (
        ("^kn", "n", "^N"),
        ("^gn", "n", "^N"),
        ("^wr", "r", "^R"),
        ("^rh", "r", "^R"),
        ("^wh", "w", "^W"),
        ("^ps", "s", "^S"),
        ("^of$", "ov", "V$"),
        ("ph", "f", r"\bF\b"),
        ("mb$", "m", "M$"),
        ("mn$", "m", "M$"),
        ("ck", "k", r"\bK\b"),
        ("qu", "kw", r"\bK W\b"),
        ("que$", "k", "K$"),
        ("x", "ks", r"\bK S\b"),
        ("ch", "k", r"^(?!.*CH).*\bK\b"),
        ("tch", "ch", "CH"),
        ("dge", "j", "JH"),
        ("c(?=[aourlt]|$)", "k", r"\bK\b"),
        ("sc(?=[eiy])", "s", r"\bS\b"),
        ("c(?=[ey]|i(?![aeou]))", "s", r"\bS\b"),
        ("(?<=[a-rt-z])s$", "z", r"\bZ$"),
        ("tion", "shun", r"SH AH N\b"),
        ("ight", "ite", r"\bAY T\b"),
        ("eigh", "ay", r"\bEY\b"),
        ("igh$", "y", "AY$"),
        ("ough$", "o", "OW$"),
        ("ough$", "u", "UW$"),
        ("ough$", "uff", "AH F$"),
        ("augh", "aff", r"\bAE F\b"),
        ("ould$", "ud", "UH D$"),
        ("ow$", "o", "OW$"),
    )
)
"""Letters, what stands for them, and the sound that they must have."""
_VOWELS = {
    "IY": ("ee", "ea", "ie", "ei"),
    "IHR": ("ee", "ea", "ie", "ei"),
    "EY": ("ai", "ay", "ei"),
    "AY": ("i", "y"),
    "OW": ("oa",),
    "UW": ("oo", "ou"),
    "UH": ("oo", "u"),
    "EH": ("e", "ea"),
    "EHR": ("ai", "ea", "ei", "a"),
    "IH": ("i", "y"),
    "OY": ("oi", "oy"),
    "AOR": ("o", "oo", "oa", "ou"),
    "ER": ("e", "i", "u"),
}
"""Spellings of a vowel that stand for each other; R is that of the next sound."""
_ALSO = {
    ("IY", "e"): ("ee", "ea"),
    ("IY", "eo"): ("ee", "ea"),
    ("IY", "y"): ("i", "ie"),
    ("EY", "a"): ("ai",),
    ("EY", "ea"): ("ai",),
    ("OW", "o"): ("oa",),
    ("OW", "oe"): ("oa",),
    ("UW", "o"): ("oo",),
    ("UW", "ue"): ("oo",),
    ("UW", "ui"): ("oo",),
    ("AH", "o"): ("u",),
    ("AH", "ou"): ("u",),
    ("UH", "ou"): ("oo", "u"),
    ("EH", "ie"): ("e",),
    ("EH", "ai"): ("e",),
    ("IH", "ui"): ("i",),
    ("IHR", "e"): ("ee", "ea"),
    ("EHR", "e"): ("ai", "ea"),
    ("ER", "o"): ("e", "u"),
    ("ER", "ea"): ("e", "u"),
}
"""Spellings that give way, but stand for none: they are read otherwise as a rule."""
_UNSTRESSED = ("AH0", "IH0")
_GROUP = re.compile("(?<!q)[aeiouy]+")
_DOUBLED = re.compile(
    "(?<=[aeiouy])(?:[bdfgptz](?=[aeiouy])|[lmnrs](?![lmnrs]))|(?<=.)[bdfglmnprstzouy]$|(?<=^.)e$"
)
_SILENT = re.compile("[^aeiouy]e(?=[ds]?$|ly$|ment|ful|less|ness)")
_PAIR = re.compile("([bcdfglmnprstz])\\1")


@lru_cache(maxsize=100_000)
def respellings(word: str) -> tuple[Respelling, ...]:
    """Every single respelling of a word, and its homophones; none for a word of one letter.

    Args:
        word: in lower case.
    """
    if len(word) < 2:
        return ()
    pronounced = sounds(word)
    found: dict[str, Respelling] = {}
    for start, end, after, by_sound in (*_by_letters(word), *_by_sound(word, pronounced)):
        made = word[:start] + after + word[end:]
        coded = sounds_alike(word, made)
        if made in (word, *found) or is_other_word(made, word) or not (coded or by_sound):
            continue
        if not any(read_sentence(made).protected):
            found[made] = Respelling(start, end, after, Levenshtein.distance(word, made), coded)
    for other in homophones(word):
        found[other] = Respelling(
            0, len(word), other, Levenshtein.distance(word, other), sounds_alike(word, other)
        )
    return tuple(found.values())


_Change = tuple[int, int, str, bool]


def _by_letters(word: str) -> Iterator[_Change]:
    """A consonant doubled behind a vowel, any letter at the end (`youu`), or one of two dropped."""
    for match in _DOUBLED.finditer(word):
        yield match.start(), match.end(), match[0] * 2, False
    for match in _PAIR.finditer(word):
        yield match.start(), match.end(), match[1], False


def _by_sound(word: str, pronounced: str | None) -> Iterator[_Change]:
    if pronounced is None:
        return
    plain = re.sub(r"\d", "", pronounced)
    for letters, after, sound in _CONSONANTS:
        if sound.search(plain):
            for match in letters.finditer(word):
                yield match.start(), match.end(), after, True
    for start, end, vowel, following in _aligned(word, pronounced) if len(word) > 2 else ():
        letters_now = word[start:end]
        one = end == start + 1 >= 3
        if one and vowel[-1] == "0" and re.match("[lnr][aeiouy]", word[end:]):
            yield start, end, "", False
        if one and vowel in _UNSTRESSED and following != "NG" and (word[start - 1] != "l" or end < len(word)):
            for other in "aeiou":
                if _same_before(word[start - 1], letters_now, other):
                    yield start, end, other, True
        key = vowel[:2] + ("R" if following == "R" and vowel[:2] + "R" in _VOWELS else "")
        others = _VOWELS[key] if letters_now in _VOWELS.get(key, ()) else _ALSO.get((key, letters_now), ())
        for other in others:
            if other != letters_now and _same_before(word[start - 1 : start], letters_now, other):
                yield start, end, other, True


def _same_before(consonant: str, now: str, other: str) -> bool:
    """Whether c and g keep their sound: soft before e, i and y, hard before a, o and u."""
    return consonant not in ("c", "g") or (now[0] in "eiy") == (other[0] in "eiy")


def _aligned(word: str, pronounced: str) -> list[tuple[int, int, str, str]]:
    """Start and end of each group of vowels, its sound, and the next sound; empty where they are not as many as sounds.

    A final e behind a consonant is silent if that makes them as many, and so is that of -ed, -es, -ely, -ement. A group before w or
    gh is one with it, and left out.
    """
    phones = pronounced.split()
    vowels = [at for at, phone in enumerate(phones) if phone[-1].isdigit()]
    groups = [match.span() for match in _GROUP.finditer(word)]
    if groups and word[0] == "y" and groups[0][0] == 0:
        groups[0] = (1, groups[0][1])
        groups = [group for group in groups if group[0] < group[1]]
    silent = _SILENT.search(word) if len(groups) == len(vowels) + 1 else None
    if silent:
        groups.remove((silent.start() + 1, silent.start() + 2))
    if len(groups) != len(vowels):
        return []
    found = []
    for (start, end), at in zip(groups, vowels, strict=True):
        if word[end : end + 1] == "w" or word[end : end + 2] == "gh":
            continue
        long = silent is not None and end == silent.start() and phones[at] in ("AH1", "AH2")
        if long or (phones[at][:2] == "UW" and phones[at - 1 : at] == ["Y"]):
            continue  # `come` would become `cume`, and `music` `moosic`
        found.append((start, end, phones[at], phones[at + 1] if at + 1 < len(phones) else ""))
    return found
