"""Completions of an instruction: k distinct models of a pool, each under a principle of its own (UltraFeedback §2.2).

Which models and principles an instruction gets depends on its id and a seed alone. So the same seed gives the same records
whatever the order in which models answer, how many are asked at once, or how the rows are spread over machines.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from windward.feedback.principles import PrincipleMixture
from windward.feedback.records import Completion, Record
from windward.feedback.texts import unbroken
from windward.models.protocol import Message, Model, ModelError, Reply, Sampling

SAMPLING = Sampling(temperature=1.0, max_tokens=1024)
"""As UltraFeedback's completions were drawn: temperature 1, nucleus 1, 1,024 new tokens at most."""

END_MARKS = ("</s>", "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<end_of_turn>")
"""What servers leave at the end of a text when a model ends its turn."""

_ENDPOINT_AT_FAULT = frozenset({401, 402, 403, 404, 407})
"""No key, no money, no such model: every call would fail alike, which is no property of this completion."""


@dataclass(frozen=True)
class Draw:
    """Who writes a completion, and what they are told.

    Attributes:
        model: name in the pool.
        principle: what the system prompt asks for.
        system: the system prompt.
    """

    model: str
    principle: str
    system: str

    def messages(self, instruction: str) -> list[Message]:
        """What the model is asked."""
        return [{"role": "system", "content": self.system}, {"role": "user", "content": instruction}]


def draws(
    record: Record, pool: Iterable[str], mixture: PrincipleMixture, k: int = 4, seed: int = 0
) -> tuple[Draw, ...]:
    """Draws k distinct models, uniformly, and a principle and its wording for each.

    Args:
        record: only its id and source count.
        pool: names of models, in any order.
        mixture: of principles, by source.
        k: completions of an instruction.
        seed: another seed is another draw.

    Raises:
        ValueError: the pool is smaller than k or names a model twice, or k is no number of completions.
    """
    names = sorted(pool)
    if len(set(names)) < len(names):
        raise ValueError(f"the pool names a model twice: {', '.join(names)}")
    if k < 1:
        raise ValueError(f"an instruction needs at least one completion, not k={k}")
    if k > len(names):
        raise ValueError(
            f"{k} distinct models are to answer each instruction, and the pool holds {len(names)} "
            f"({', '.join(names) or 'none'}): add models, or ask for fewer completions"
        )
    chance = random.Random(f"completions/{seed}/{record.id}")
    models = chance.sample(names, k)
    return tuple(Draw(model, *mixture.draw(record.source, chance)) for model in models)


async def sample_completions(
    record: Record,
    models: Mapping[str, Model],
    mixture: PrincipleMixture,
    *,
    k: int = 4,
    seed: int = 0,
    sampling: Sampling = SAMPLING,
) -> Record:
    """The record with k new completions, in the order of `draws`; all models are asked at once.

    An instruction that a model cannot answer (it is too long for it, a filter refuses it) or answers with nothing
    becomes a completion that is `absent`, with the reason. A failure that is none of this completion's doing is an error
    of the row, so that the next run tries it again.

    Args:
        record: completions that it has are replaced.
        models: the pool, by name.
        mixture: of principles, by source.
        k: completions of an instruction.
        seed: of the draws; also which sample of a model's answers is taken.
        sampling: how answers are drawn.

    Raises:
        ValueError: as `draws`.
        ModelError: a call failed that may succeed later, or the endpoint refuses every call.
    """
    drawn = draws(record, models, mixture, k, seed)
    made = await asyncio.gather(
        *(_complete(models[draw.model], draw, record.instruction, sampling, seed) for draw in drawn),
        return_exceptions=True,
    )
    completions: list[Completion] = []
    for one in made:  # only when all have ended, so that no call is left alone under way
        if isinstance(one, BaseException):
            raise one
        completions.append(one)
    return record.with_completions(completions)


async def _complete(
    model: Model, draw: Draw, instruction: str, sampling: Sampling, sample: int
) -> Completion:
    try:
        reply = await model.generate(draw.messages(instruction), sampling, sample=sample)
    except ModelError as error:
        if error.retryable or error.status in _ENDPOINT_AT_FAULT:
            raise
        return _completion(draw, absent=f"{draw.model} failed: {error}")
    return _completion(draw, reply, sampling.stop)


def _completion(
    draw: Draw, reply: Reply | None = None, stop: Sequence[str] = (), absent: str = ""
) -> Completion:
    text = "" if reply is None else spoken(reply.text, stop)
    finish = "other" if reply is None else str(reply.finish)
    if not text and not absent:
        absent = f"{draw.model} answered with an empty text (finish: {finish})"
    return Completion(draw.model, text, draw.principle, draw.system, absent, finish)


def spoken(text: str, stop: Sequence[str] = ()) -> str:
    """An answer without what only ends it: all from the first stop string on, marks of the end, white space around.

    A mark is taken away as a whole. (`rstrip("</s>")`, as in the released code, takes away any of its letters, and
    "The cats" becomes "The cat".) Halves of characters, which no file can hold, become U+FFFD.
    """
    found = [at for one in stop if one and (at := text.find(one)) >= 0]
    text = text[: min(found, default=len(text))].strip()
    while mark := next((one for one in END_MARKS if text.endswith(one)), ""):
        text = text.removesuffix(mark).rstrip()
    return unbroken(text)
