"""What a model is asked: a question, for a short answer; and, in a call of its own, how sure it is that it can answer it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from windward.models import Message

Shots = Literal["zero-shot", "few-shot"]
SHOTS: tuple[Shots, ...] = ("zero-shot", "few-shot")
PROMPTS_VERSION = "1"
"""To be changed with any prompt here."""

_ANSWER = "Answer the question in one short sentence."
_ANSWERED = (
    ("What is the capital of Portugal?", "The capital of Portugal is Lisbon."),
    ("Who wrote the play Hamlet?", "William Shakespeare wrote Hamlet."),
    ("Why do leaves look green?", "Leaves look green because the chlorophyll in them reflects green light."),
)
"""They show the form alone: none declines, so that declining is the model's own."""

_CONFIDENCE = """\
You are shown a question. Do not answer it. Say how confident you are that you could answer it correctly, as a whole number from 0 to 10: \
0 means that you cannot answer it, 10 that you are certain of the answer. Reply with the number alone."""
_ASK = "Question: {question}\n\nDo not answer the question. Your confidence, from 0 to 10:"
_RATED = (
    ("What is the capital of Portugal?", "10"),
    ("In which year was the mayor of Larissa's grandmother born?", "0"),
    ("How many moons of Saturn were known in 1990?", "6"),
)
"""A question that nearly everybody can answer, one that nearly nobody can, and one between."""


def answer_messages(question: str, shots: Shots = "zero-shot") -> list[Message]:
    """The request for an answer, after three answered questions where it is few-shot."""
    return _chat(_ANSWER, _ANSWERED if shots == "few-shot" else (), question)


def confidence_messages(question: str, shots: Shots = "zero-shot") -> list[Message]:
    """The request for a confidence, which forbids to answer; after three rated questions where it is few-shot."""
    rated = [(_ASK.format(question=asked), level) for asked, level in _RATED]
    return _chat(_CONFIDENCE, rated if shots == "few-shot" else (), _ASK.format(question=question))


def _chat(task: str, examples: Sequence[tuple[str, str]], asked: str) -> list[Message]:
    messages = [Message(role="system", content=task)]
    for question, answer in examples:
        messages += [Message(role="user", content=question), Message(role="assistant", content=answer)]
    return [*messages, Message(role="user", content=asked)]
