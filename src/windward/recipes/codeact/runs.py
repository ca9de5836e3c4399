"""One run of an agent, whoever recorded it: what all rules of the selection look at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

ActionKind = Literal["code", "answer", "invalid"]

_OTHER_PART = re.compile(r"^\W*(?:INST\W*)?(?:Observation|Expert feedback|Assistant):", re.MULTILINE)


class RunsError(ValueError):
    """Runs or evaluation sets cannot be read; says what, where and what to do."""


@dataclass(frozen=True)
class Turn:
    """One message of the agent and what it was told of it.

    Attributes:
        text: the message.
        kind: it ran code, gave an answer, or held no action that could be read.
        observation: the user message after it; None where there is none, as after the last turn of a solved run.
        raised: whether its code raised, or was stopped.
        rejected: whether its answer was told to be wrong.
    """

    text: str
    kind: ActionKind
    observation: str | None
    raised: bool = False
    rejected: bool = False

    @property
    def good(self) -> bool:
        """Whether the turn is one to learn from: a read action, code that did not raise, an answer not rejected."""
        return self.kind != "invalid" and not self.raised and not self.rejected

    @property
    def shows_error(self) -> bool:
        """Whether its code led to an observation with `Error` in it, by which the released filter knows an error."""
        return self.kind == "code" and "Error" in (self.observation or "")

    @property
    def makes_up(self) -> bool:
        """Whether it goes on with an observation or a further turn of its own making."""
        return _OTHER_PART.search(self.text) is not None

    @property
    def acts_twice(self) -> bool:
        """Whether it holds code and an answer at once, which the format forbids: the code is then ignored."""
        return "<execute>" in self.text and "<solution>" in self.text


@dataclass(frozen=True)
class Run:
    """One run.

    Attributes:
        id: unique among the runs that are read together.
        problem_id: equal for all runs on one problem.
        problem: the task as the agent was given it.
        source: dataset of the problem.
        model: who acted.
        system: the system message of the row that is made of it; empty for none.
        turns: in order.
        roles: the roles of the history from the problem on, one letter each (`u`, `a`).
        success: whether it was solved; None where nobody judged.
        confirmed: whether our own grader accepts the answer that solved it; True where it has no say, as of code and games.
        feedback: whether an expert commented on its turns.
        never_score: benchmarks that the problem stands in, or stands close to.
    """

    id: str
    problem_id: str
    problem: str
    source: str
    model: str
    system: str
    turns: tuple[Turn, ...]
    roles: str
    success: bool | None
    confirmed: bool = True
    feedback: bool = False
    never_score: tuple[str, ...] = ()

    @property
    def before_last(self) -> tuple[Turn, ...]:
        """All turns but the last."""
        return self.turns[:-1]

    @property
    def recovered(self) -> bool:
        """Whether it was solved after code that raised or an answer that was rejected."""
        return self.success is True and any(turn.raised or turn.rejected for turn in self.before_last)
