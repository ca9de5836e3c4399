"""A judge whose answer is begun for it: one text a call, and nothing left to write but the number.

A small model that is asked for a form repeats the texts instead. Begun with `Rating:`, it nearly always goes on with a number;
whether the number means anything is another question, and the one that the study measures.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from windward.feedback.judges import NO_TEXT
from windward.feedback.records import Aspect, Completion, JudgeKind, Rating, Record
from windward.feedback.rubrics import rubric_text
from windward.models import ask
from windward.models.asking import Parser
from windward.models.protocol import Message, Model, Sampling

_NUMBER = re.compile(r"\A\s*([1-5])(?![\d.]*\d)")
BEGUN = Sampling(temperature=1.0, max_tokens=3)


def read_number(text: str) -> float | None:
    """The rating that a reply begins with; None where it begins with anything else, 0, 6 and 10 included."""
    found = _NUMBER.match(text)
    return float(found[1]) if found else None


@dataclass(frozen=True)
class BegunJudge:
    """Draws several numbers for each text; their mean is finer than the one likeliest number.

    Attributes:
        model: who judges; it must go on from a message of its own, as local checkpoints do.
        readings: numbers of each text.
        tries: replies for each at most.
        seed: of the draws.
    """

    model: Model
    readings: int = 4
    tries: int = 2
    seed: int = 0

    @property
    def name(self) -> str:
        """The model's, with how it was asked."""
        return f"{self.model.name}, begun"

    @property
    def kind(self) -> JudgeKind:
        """A model."""
        return "model"

    async def rate(self, record: Record, aspect: Aspect) -> list[Rating]:
        """So many ratings of each completion, reading after reading.

        Raises:
            ModelError: a call failed.
        """
        calls = [(one, reading) for reading in range(self.readings) for one in record.completions]
        return list(
            await asyncio.gather(*(self._one(record, one, aspect, reading) for one, reading in calls))
        )

    async def _one(self, record: Record, completion: Completion, aspect: Aspect, reading: int) -> Rating:
        if completion.absent:
            return Rating(aspect, None, NO_TEXT, judge=self.name, kind=self.kind, asked=0)
        sampling = Sampling(BEGUN.temperature, max_tokens=BEGUN.max_tokens, seed=self.seed)
        parser = Parser(f"begun.{aspect}", "1", read_number)
        messages = begun_messages(record.instruction, completion.text, aspect)
        said = await ask(self.model, messages, sampling, parser, tries=self.tries, sample=reading)
        why = "" if said.value is not None else "unread: the reply does not begin with a number from 1 to 5"
        return Rating(aspect, said.value, why, judge=self.name, kind=self.kind, asked=len(said.replies))


def begun_messages(instruction: str, text: str, aspect: Aspect) -> list[Message]:
    """The rubric, the instruction, the text, and the beginning of the answer."""
    asked = f"Instruction:\n{instruction}\n\nText:\n{text}\n\nAnswer with one number from 1 to 5."
    return [
        {"role": "system", "content": f"You judge a text that answers an instruction. {rubric_text(aspect)}"},
        {"role": "user", "content": asked},
        {"role": "assistant", "content": "Rating:"},
    ]
