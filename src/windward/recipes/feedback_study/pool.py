"""The pool of the study: one checkpoint at several temperatures. Variants of one model, not models of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from windward.models.protocol import Message, Model, Reply, Sampling

TEMPERATURES = (0.3, 0.7, 1.0, 1.3)


class Variant:
    """A model that always draws at one temperature, from a stream of its own.

    Two variants that shared a stream would often write the same words, and tell less.

    Args:
        model: the checkpoint.
        temperature: of every reply.
        stream: the seed of its draws is `sampling.seed` (0 where there is none) + 1,000 × this.
    """

    def __init__(self, model: Model, temperature: float, stream: int) -> None:
        self._model = model
        self._temperature = temperature
        self._stream = stream

    @property
    def name(self) -> str:
        """The checkpoint's name, with the temperature."""
        return f"{self._model.name}, temperature {self._temperature:g}"

    async def generate(
        self, messages: Sequence[Message], sampling: Sampling | None = None, *, sample: int = 0
    ) -> Reply:
        """Answers `messages`; the temperature asked for is not taken.

        Raises:
            ModelError: as the model's own.
        """
        asked = sampling or Sampling()
        seed = (asked.seed or 0) + 1_000 * self._stream
        drawn = replace(asked, temperature=self._temperature, seed=seed)
        return replace(await self._model.generate(messages, drawn, sample=sample), model=self.name)


def variants(model: Model, temperatures: Sequence[float] = TEMPERATURES) -> dict[str, Variant]:
    """The pool, by short names such as `temperature 0.7`."""
    return {
        f"temperature {one:g}": Variant(model, one, place) for place, one in enumerate(temperatures, start=1)
    }
