"""What says how good an answer is: a reward model, or a rule to compare it with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from windward.evals.reward.book import Book
from windward.models import Message, ModelError

Conversation = list[Message]
"""A prompt and, as its last message, the assistant's answer."""
CHUNK = 32
"""Conversations scored between two lines on disk."""


class Scorer(Protocol):
    """Scores answers; higher is better."""

    @property
    def name(self) -> str:
        """Of the scorer, with its content hash where it has one."""
        ...

    def score(self, conversations: Sequence[Conversation]) -> list[float]:
        """A score for each conversation, in their order."""
        ...


class Shorter:
    """The baseline that every reward model should beat: of two answers the one with fewer characters."""

    name = "shorter"

    def score(self, conversations: Sequence[Conversation]) -> list[float]:
        """Minus the characters of each answer."""
        return [-float(len(conversation[-1]["content"])) for conversation in conversations]


class Longer:
    """The opposite of `Shorter`: what length alone is worth on data whose better answers are longer."""

    name = "longer"

    def score(self, conversations: Sequence[Conversation]) -> list[float]:
        """The characters of each answer."""
        return [float(len(conversation[-1]["content"])) for conversation in conversations]


RULES: dict[str, Callable[[], Scorer]] = {"shorter": Shorter, "longer": Longer}


def resolve_scorer(name: str) -> Scorer:
    """A scorer by name: `shorter`, `longer`, or the folder of a reward model.

    Raises:
        ModelError: there is no such reward model; the message says what there is.
    """
    if name in RULES:
        return RULES[name]()
    if not Path(name).is_dir():
        raise ModelError(
            f"{name} is no reward model: name the folder of windward train reward, or one of {', '.join(RULES)}"
        )
    from windward.evals.reward.trained import trained_scorer

    return trained_scorer(Path(name))


def scored(
    scorer: Scorer, conversations: Sequence[Conversation], book: Book, *, tell: Callable[[str], None] = print
) -> list[float]:
    """Scores of all conversations; those in the book are not computed again, and equal ones once.

    Args:
        scorer: who scores.
        conversations: prompt and answer each.
        book: scores that are known; the others are added to it.
        tell: shows a line of progress.

    Raises:
        ModelError: the scorer gave a wrong number of scores, or one that is not a number.
    """
    keys = [_key(scorer.name, conversation) for conversation in conversations]
    missing = {key: one for key, one in zip(keys, conversations, strict=True) if key not in book}
    wanted = list(missing)
    for start in range(0, len(wanted), CHUNK):
        some = wanted[start : start + CHUNK]
        found = scorer.score([missing[key] for key in some])
        if len(found) != len(some):
            raise ModelError(f"{scorer.name} gave {len(found)} scores for {len(some)} answers")
        if bad := [score for score in found if score != score or score in (float("inf"), float("-inf"))]:
            raise ModelError(f"{scorer.name} gave the score {bad[0]}, which no answer can be ranked by")
        book.put_all(dict(zip(some, map(float, found), strict=True)))
        done = start + len(some)
        if done // 512 > start // 512:
            tell(f"  {done:,} of {len(wanted):,} answers scored")
    return [float(book[key]) for key in keys]


def _key(scorer: str, conversation: Conversation) -> str:
    turns = [[message["role"], message["content"]] for message in conversation]
    return hashlib.sha256(json.dumps([scorer, turns]).encode("ascii")).hexdigest()[:32]
