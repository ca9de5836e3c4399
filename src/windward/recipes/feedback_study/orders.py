"""Orders that a program can check, of kinds that a small model sometimes meets and sometimes does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from windward.recipes.feedback_study.subjects import Subject

Order = tuple[str, dict[str, Any]]
"""What is asked, as a sentence, and the check of it."""


def _check(name: str, **kwargs: Any) -> dict[str, Any]:
    return {"kind": "instruction", "instruction_id": name, "kwargs": kwargs}


def _words(count: int, relation: str) -> dict[str, Any]:
    return _check("length_constraints:number_words", num_words=count, relation=relation)


def _short(lot: Random, subject: Subject) -> Order:
    most = lot.choice((12, 16, 20, 25))
    return f"Use at most {most} words.", _words(most + 1, "less than")


def _long(lot: Random, subject: Subject) -> Order:
    least = lot.choice((20, 25, 30))
    return f"Use at least {least} words.", _words(least, "at least")


def _no_comma(lot: Random, subject: Subject) -> Order:
    return "Do not use any comma.", _check("punctuation:no_comma")


def _word(lot: Random, subject: Subject) -> Order:
    return f'Include the word "{subject.word}".', _check("keywords:existence", keywords=[subject.word])


def _forbidden(lot: Random, subject: Subject) -> Order:
    word = lot.choice(("and", "the", "is"))
    return f'Never use the word "{word}".', _check("keywords:forbidden_words", forbidden_words=[word])


def _bullets(lot: Random, subject: Subject) -> Order:
    count = lot.choice((2, 3))
    asked = f"Answer with exactly {count} bullet points that start with *."
    return asked, _check("detectable_format:number_bullet_lists", num_bullets=count)


def _begins(lot: Random, subject: Subject) -> Order:
    start = lot.choice(("Well", "In short", "To be honest", "Once"))
    return f'Begin your answer with "{start}".', {"kind": "begins", "with": start}


def _sentences(lot: Random, subject: Subject) -> Order:
    most = lot.choice((1, 2))
    asked = "Answer in one sentence." if most == 1 else "Use at most two sentences."
    return asked, _check("length_constraints:number_sentences", num_sentences=most + 1, relation="less than")


ORDERS: Mapping[str, Callable[[Random, Subject], Order]] = {
    "short": _short,
    "long": _long,
    "no_comma": _no_comma,
    "word": _word,
    "forbidden": _forbidden,
    "bullets": _bullets,
    "begins": _begins,
    "sentences": _sentences,
}
CLASHING = tuple(
    map(frozenset, (("short", "long"), ("bullets", "begins"), ("bullets", "sentences"), ("bullets", "short")))
)
"""Orders that could hardly be met together."""
