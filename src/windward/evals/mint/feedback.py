"""Language feedback: any model plays the expert who comments on each unfinished turn, and may not tell the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from windward.agents import Tools
from windward.evals.mint.instances import Instance
from windward.evals.mint.leaks import leaks, masked
from windward.evals.mint.prompts import described, task_text
from windward.evals.mint.turns import Feedback, Turn
from windward.models import ContextOverflowError, Message, Model, Sampling

FeedbackForm = Literal["textual", "binary"]

UNREADABLE = "(The expert's judgement could not be read.)"
SAMPLING = Sampling(temperature=0.0, max_tokens=1_024)

_COACH = """\
You coach an assistant that solves a task in turns: it runs Python, or hands in an answer. You read its work so far and comment on its newest turn only.

Begin with one sentence that judges this turn: either "This is GOOD." or "This is BAD."
{then}
Never tell the answer, nor any part of it, and write no solution for the assistant: it has to find the answer itself."""
_THEN = {
    "textual": "Then say, in at most three sentences, what to keep or to change, and what to look at next.",
    "binary": "Write nothing after this sentence.",
}
_UNKNOWN = "not given"
_SENTENCE = re.compile(r"[^.!?\n]+")
_GOOD = re.compile(r"\bgood\b", re.IGNORECASE)
_BAD = re.compile(r"\bbad\b|\bnot\s+(?:\w+\s+)?good\b|n't\s+(?:\w+\s+)?good\b", re.IGNORECASE)
_NOT_BAD = re.compile(r"\bnot\s+(?:\w+\s+)?bad\b|n't\s+(?:\w+\s+)?bad\b", re.IGNORECASE)


@dataclass(frozen=True)
class Expert:
    """A model in the role of the expert; called with each unfinished turn.

    Attributes:
        model: any model.
        form: `textual`, or `binary`: only whether the turn was good or bad reaches the policy.
        show_reference: whether the model sees the right answer. It is told to keep it to itself either way.
        tools: that the policy may call.
    """

    model: Model
    form: FeedbackForm = "textual"
    show_reference: bool = False
    tools: Tools = field(default_factory=dict)

    async def __call__(self, instance: Instance, shown: Sequence[Message], turns: Sequence[Turn]) -> Feedback:
        """Feedback on the newest turn.

        Where the prompt does not fit the model's context there is none; it counts as unreadable.

        Args:
            instance: the problem.
            shown: replies and what the policy is told of them, the newest turn included.
            turns: the same turns.

        Raises:
            ModelError: the call failed for good.
        """
        try:
            reply = await self.model.generate(self._prompt(instance, shown), SAMPLING)
        except ContextOverflowError:
            return Feedback("", UNREADABLE, readable=False)
        if self.form == "binary":
            return binary(reply.text)
        # Not from the messages: they also count the turns left, which would hide that a small number is given away.
        said = [turn.reply for turn in turns]
        return textual(reply.text, instance, [*said, *(turn.observation for turn in turns)], said)

    def _prompt(self, instance: Instance, shown: Sequence[Message]) -> list[Message]:
        parts = [described(self.tools)] if self.tools else []
        parts.append(task_text(instance))
        names = {"assistant": "Assistant:\n", "user": "", "system": ""}
        parts += [f"{names[message['role']]}{message['content']}" for message in shown]
        answer = _reference(instance) if self.show_reference else _UNKNOWN
        parts.append(f"Right answer, for your eyes only: {answer}")
        parts.append("Your comment on the newest turn:")
        return [
            {"role": "system", "content": _COACH.format(then=_THEN[self.form])},
            {"role": "user", "content": "\n\n".join(parts)},
        ]


def binary(raw: str) -> Feedback:
    """Good or bad, by the first sentence alone; a sentence that says neither, or both, is unreadable."""
    first = _SENTENCE.search(raw)
    verdict = _judgement(first[0]) if first is not None else None
    if verdict is None:
        return Feedback(raw, UNREADABLE, readable=False)
    return Feedback(raw, f"This is {verdict}.")


def textual(raw: str, instance: Instance, shown: Sequence[str], said: Sequence[str]) -> Feedback:
    """The expert's text, without what would give the answer away; an empty one is unreadable."""
    text = raw.strip()
    if not text:
        return Feedback(raw, UNREADABLE, readable=False)
    spans = leaks(text, instance, shown, said)
    return Feedback(raw, masked(text, spans), leaked=bool(spans))


def _judgement(sentence: str) -> Literal["GOOD", "BAD"] | None:
    plain = _NOT_BAD.sub("good", sentence)
    bad = _BAD.search(plain) is not None
    good = _GOOD.search(_BAD.sub("", plain)) is not None
    if good == bad:
        return None
    return "GOOD" if good else "BAD"


def _reference(instance: Instance) -> str:
    text = str(instance.reference).strip()
    return f"\n{text}" if "\n" in text else text or _UNKNOWN
