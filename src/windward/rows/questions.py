"""Questions about a text, answered by words of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """One question.

    Attributes:
        id: unique in its set.
        context: the text that holds the answer.
        question: what is asked.
        answers: each one right, in the order of the set, so that the first is the same in every run.
        starts: where each stands in the context, in characters; empty where the set does not say.
    """

    id: str
    context: str
    question: str
    answers: tuple[str, ...]
    starts: tuple[int, ...] = ()
