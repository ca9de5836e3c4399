"""Asking a judge until it can be read, and keeping the best that it said where it never can."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from windward.models import ContextOverflowError, Message, Model, ModelError, Parser, Reply, Sampling, ask
from windward.models.asking import REASK_STRIDE

T = TypeVar("T")

JUDGING = Sampling(temperature=0.0, max_tokens=1024)
"""How a judge answers the first time."""

WARM = 0.7
"""Temperature at which a judge is asked again at least: a greedy one would repeat, word for word, what could not be read."""

_FILTERED = ("content_filter", "content_policy", "content management policy")


@dataclass(frozen=True)
class Heard(Generic[T]):
    """What a judge said in the end.

    Attributes:
        value: the best reading; None where no reply came at all.
        asked: replies that it took.
        failed: why the last call has no reply; "" where each has one.
    """

    value: T | None
    asked: int
    failed: str = ""


async def hear(
    model: Model,
    messages: Sequence[Message],
    sampling: Sampling,
    name: str,
    version: str,
    read: Callable[[str], T],
    flaws: Callable[[T], int],
    *,
    tries: int = 3,
    sample: int = 0,
) -> Heard[T]:
    """Asks until a reply is read without flaws, at most `tries` times; then keeps the reading with the fewest, the earliest of these.

    Args:
        model: the judge; with a JournaledModel every reply is kept, and what could not be read is counted.
        messages: what it is asked.
        sampling: how it answers the first time; later at a temperature of 0.7 at least.
        name: under which failures to read are counted.
        version: of the reading.
        read: a pure function of the text that never fails.
        flaws: how much of a reading is missing; 0 ends the asking.
        tries: replies at most.
        sample: tells several answers to the same messages apart.

    Raises:
        ModelError: a call failed for a reason that does not lie in these messages, so that it may work another time.
    """
    if tries < 1:
        raise ValueError(f"a judge cannot be asked {tries} times; ask at least once")
    parser = Parser(name, version, lambda text: value if flaws(value := read(text)) == 0 else None)
    readings: list[T] = []
    for attempt in range(tries):
        way = sampling if attempt == 0 else replace(sampling, temperature=max(sampling.temperature, WARM))
        try:
            parsed = await ask(model, messages, way, parser, tries=1, sample=sample + attempt * REASK_STRIDE)
        except ModelError as error:
            if not lies_in_the_prompt(error):
                raise
            return Heard(min(readings, key=flaws, default=None), len(readings), f"no reply: {error}")
        reply, value = parsed.replies[-1], parsed.value
        readings.append(read(said(reply)) if value is None or reply.finish == "length" else value)
        if flaws(readings[-1]) == 0:
            break
    return Heard(min(readings, key=flaws), len(readings))


def said(reply: Reply) -> str:
    """A reply's text; where it was cut off within a number, without it: `1` may have been about to be `10`."""
    if reply.finish != "length":
        return reply.text
    return reply.text.rstrip("0123456789.") if reply.text[-1:].isdigit() else reply.text


def lies_in_the_prompt(error: ModelError) -> bool:
    """Whether a call failed because of what was asked, and will fail every time: too long, or refused by a filter.

    Any other failure, a refused key included, is not this row's: it must not end as a rating that is missing.
    """
    if isinstance(error, ContextOverflowError) or error.status == 413:
        return True
    told = f"{error} {error.raw or ''}".lower()
    return error.status in (400, 403, 422) and any(sign in told for sign in _FILTERED)
