"""What is asked for: nothing, each level of each objective alone, and where wished each combination of levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from windward.evals.control.prompts import Prompt
from windward.models import Message
from windward.training.controllable import Condition, Scale, Style

FREE = "free"
"""The label of the condition that asks for nothing."""


@dataclass(frozen=True)
class Request:
    """A prompt under a condition.

    Attributes:
        prompt: the prompt.
        condition: what is asked for.
    """

    prompt: Prompt
    condition: Condition

    @property
    def id(self) -> str:
        """Unique within a run."""
        return f"{self.prompt.id} {label(self.condition)}"

    def messages(self, style: Style = "text") -> list[Message]:
        """What the model is sent: rendered by the same function as in training."""
        return [Message(role="user", content=self.condition.render(self.prompt.instruction, style))]


def conditions(
    scales: Mapping[str, Scale], *, together: bool = False, plain: bool = False
) -> list[Condition]:
    """All that is asked for, the free condition first.

    Args:
        scales: the objectives.
        together: also each combination of levels of all objectives.
        plain: nothing but the free condition, for models that were trained without conditions.
    """
    free = [Condition(scales)]
    if plain:
        return free
    alone = [Condition(scales, **{name: level}) for name, scale in scales.items() for level in scale.levels]
    combined = [
        Condition(scales, **dict(zip(scales, levels, strict=True)))
        for levels in product(*(scale.levels for scale in scales.values()))
        if together and len(scales) > 1
    ]
    return free + alone + combined


def label(condition: Condition) -> str:
    """A condition in a table: `honesty=5`, `helpfulness=1, honesty=5`, or `free`."""
    return ", ".join(f"{name}={level:g}" for name, level in condition.items()) or FREE
