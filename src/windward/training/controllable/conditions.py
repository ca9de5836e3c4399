"""What a user asks for: a level of each objective, in one wording for training, preference data, evaluation and chat.

CPO (Guo et al. 2024, §3) puts the levels before the instruction, as text: `< helpfulness: 5 > < honesty: 3 > `. Whoever
renders a condition does it here, so that a model never meets another wording than the one that it learnt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

Style = Literal["text", "tokens"]
"""`text` is the paper's plain text; `tokens` writes each level as one token that is added to the vocabulary."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Scale:
    """The levels that an objective can take.

    Attributes:
        low: the lowest.
        high: the highest.
        step: between two levels.
    """

    low: float
    high: float
    step: float = 1.0

    def __post_init__(self) -> None:
        """Refuses a scale without two levels."""
        if not self.low < self.high or self.step <= 0 or (self.high - self.low) % self.step:
            raise ValueError(f"a scale from {self.low} to {self.high} in steps of {self.step} is none")

    @property
    def levels(self) -> tuple[float, ...]:
        """All levels, lowest first."""
        count = round((self.high - self.low) / self.step)
        return tuple(self.low + number * self.step for number in range(count + 1))

    def nearest(self, rating: float) -> float:
        """The level that is nearest to a rating; of two equally near ones the lower."""
        return min(self.levels, key=lambda level: (abs(level - rating), level))


SCALES: Mapping[str, Scale] = MappingProxyType(
    {"helpfulness": Scale(1, 5), "honesty": Scale(1, 5), "harmlessness": Scale(0, 1)}
)
"""The paper's three objectives. Any other is declared likewise: `SCALES | {"brevity": Scale(1, 5)}`."""


class Condition(Mapping[str, float]):
    """Levels asked for; an objective that is not named is left free.

    >>> Condition(helpfulness=5, honesty=3).render("Who are you?")
    '< helpfulness: 5 > < honesty: 3 > Who are you?'

    Args:
        scales: the objectives that there are.
        levels: asked for, by objective.

    Raises:
        ValueError: there is no such objective, or a level is not on its scale.
    """

    def __init__(self, scales: Mapping[str, Scale] = SCALES, /, **levels: float) -> None:
        for name, level in levels.items():
            if name not in scales:
                raise ValueError(f"there is no objective {name!r}; there are {', '.join(scales)}")
            if not _NAME.fullmatch(name):
                raise ValueError(
                    f"objective {name!r} must be a lower-case word, so that it can stand in a prompt"
                )
            if isinstance(level, bool) or level not in scales[name].levels:
                allowed = ", ".join(map(_written, scales[name].levels))
                raise ValueError(f"{name} has no level {level!r}; it has {allowed}")
        self.scales = scales
        # One condition has one wording: the order is that of the scales, however it was asked for.
        self._levels = {name: float(levels[name]) for name in scales if name in levels}

    def __getitem__(self, name: str) -> float:
        return self._levels[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._levels)

    def __len__(self) -> int:
        return len(self._levels)

    def __hash__(self) -> int:
        return hash(tuple(self._levels.items()))

    def __repr__(self) -> str:
        return f"Condition({', '.join(f'{name}={_written(level)}' for name, level in self.items())})"

    def prefix(self, style: Style = "text") -> str:
        """What stands before the instruction; empty where nothing is asked for."""
        if style == "tokens":
            return "".join(token(name, level) for name, level in self.items())
        return "".join(f"< {name}: {_written(level)} > " for name, level in self.items())

    def render(self, instruction: str, style: Style = "text") -> str:
        """The instruction under this condition, as it is trained on, compared and asked."""
        return self.prefix(style) + instruction


def token(name: str, level: float) -> str:
    """The added token of one level, e.g. `<|helpfulness:5|>`."""
    return f"<|{name}:{_written(level)}|>"


def add_tokens(tokenizer: Any, model: Any, scales: Mapping[str, Scale] = SCALES) -> int:
    """Adds a token for each level of each objective to the vocabulary, for conditions of style `tokens`.

    New embeddings start as transformers makes them (around the mean of the others).

    Args:
        tokenizer: of a checkpoint.
        model: its model.
        scales: the objectives.

    Returns:
        How many tokens are new.
    """
    tokens = [token(name, level) for name, scale in scales.items() for level in scale.levels]
    added = int(tokenizer.add_tokens(tokens, special_tokens=True))
    if len(tokenizer) > model.get_input_embeddings().weight.shape[0]:
        model.resize_token_embeddings(len(tokenizer))
    return added


def _written(level: float) -> str:
    return f"{level:g}"
