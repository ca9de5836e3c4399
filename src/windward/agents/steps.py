"""What happened in an episode with tools, turn by turn; plain data that JSON holds."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from windward.agents.limits import Ended
from windward.models import Message, Usage

StepKind = Literal["code", "call", "answer", "none"]


@dataclass(frozen=True)
class Step:
    """One action and what came of it.

    Attributes:
        reply: what the model wrote.
        kind: what was read in it.
        action: the Python that was run for it, or the answer; empty where there was neither.
        observation: what the action showed, cut as the model sees it.
        status: how the run ended (`windward.interpreter.Status`); `none` where nothing was run.
        images: figures that the run saved, relative to the working folder.
        accepted: of an answer, whether it was taken; None of anything else.
        told: what the model was told; None where the episode ended.
        completion_tokens: tokens that the model wrote.
    """

    reply: str
    kind: StepKind
    action: str = ""
    observation: str = ""
    status: str = "none"
    images: tuple[str, ...] = ()
    accepted: bool | None = None
    told: str | None = None
    completion_tokens: int = 0

    @property
    def executed(self) -> bool:
        """Whether something was run, and came to its end without an error."""
        return self.status == "ok"


@dataclass(frozen=True)
class Episode:
    """A task and what an agent did about it.

    Attributes:
        opening: the messages before the first turn.
        steps: in order.
        ended: why it ended.
        error: what was wrong, where that was the reason.
        usage: of all calls of the model.
    """

    opening: tuple[Message, ...]
    steps: tuple[Step, ...]
    ended: Ended
    error: str = ""
    usage: Usage = field(default_factory=Usage)

    @property
    def answer(self) -> str | None:
        """The last answer handed in; None without one."""
        return next((step.action for step in reversed(self.steps) if step.kind == "answer"), None)

    @property
    def succeeded_at(self) -> int | None:
        """The turn (from 1) whose answer was taken; None if none was."""
        return next((number for number, step in enumerate(self.steps, start=1) if step.accepted), None)


def as_dict(record: Step | Episode) -> dict[str, Any]:
    """A step or an episode as plain JSON types."""
    return asdict(record)


def step_from_dict(row: dict[str, Any]) -> Step:
    """A step from its JSON object."""
    return Step(**row | {"images": tuple(row["images"])})


def episode_from_dict(row: dict[str, Any]) -> Episode:
    """An episode from its JSON object."""
    return Episode(
        tuple(row["opening"]),
        tuple(step_from_dict(step) for step in row["steps"]),
        row["ended"],
        row["error"],
        Usage(**row["usage"]),
    )
