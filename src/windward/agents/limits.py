"""What an episode may use, and what it has used."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Literal

from windward.models import Usage

Ended = Literal["done", "turns", "tokens", "seconds", "dollars", "context", "stopped"]
"""Why an episode ended.

* `done`: the environment said so: the task is done, or the word is the user's.
* `turns`, `tokens`, `seconds`, `dollars`: a limit was reached.
* `context`: the history does not fit the model's context.
* `stopped`: someone stopped it.
"""


@dataclass(frozen=True)
class AgentLimits:
    """What an episode may use; None is without limit. A limit is looked at before each turn.

    Attributes:
        turns: calls of the model.
        tokens: prompt and completion tokens of all calls.
        seconds: wall time.
        dollars: US dollars of all calls.
    """

    turns: int = 10
    tokens: int | None = None
    seconds: float | None = None
    dollars: float | None = None

    def __post_init__(self) -> None:
        """Refuses limits that allow nothing."""
        for name in ("turns", "tokens", "seconds", "dollars"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ValueError(f"{name} is {value}; it must be above 0, or None for no limit")


@dataclass
class Meter:
    """What an episode has used so far.

    Attributes:
        limits: what it may use.
        turns: calls of the model.
        usage: of all of them.
    """

    limits: AgentLimits
    turns: int = 0
    usage: Usage = field(default_factory=Usage)
    started: float = field(default_factory=time.monotonic)

    def count(self, usage: Usage) -> None:
        """Adds a turn."""
        self.turns += 1
        self.usage += usage

    def reached(self) -> Ended | None:
        """The first limit that leaves no further turn."""
        limits = self.limits
        if self.turns >= limits.turns:
            return "turns"
        if (
            limits.tokens is not None
            and self.usage.prompt_tokens + self.usage.completion_tokens >= limits.tokens
        ):
            return "tokens"
        if limits.seconds is not None and time.monotonic() - self.started >= limits.seconds:
            return "seconds"
        if limits.dollars is not None and self.usage.cost >= limits.dollars:
            return "dollars"
        return None
