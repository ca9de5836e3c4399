"""What happened in a turn of a live run, and in the whole of it; plain data that JSON holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from windward.evals.mint.runs import FailureKind
from windward.grading import Verdict
from windward.models import Message

TurnKind = Literal["execute", "solution", "invalid"]


@dataclass(frozen=True)
class Budget:
    """What a run may use.

    Attributes:
        turns: k, actions at most.
        proposals: p, solutions proposed at most.
    """

    turns: int = 5
    proposals: int = 2

    def left(self, taken: Sequence[Turn]) -> Budget:
        """What remains after some turns."""
        proposed = sum(turn.kind == "solution" for turn in taken)
        return Budget(self.turns - len(taken), self.proposals - proposed)

    @property
    def spent(self) -> bool:
        """Whether no further turn may be taken."""
        return self.turns < 1 or self.proposals < 1


def budget_of(turns: int, proposals: int = 2) -> Budget:
    """The paper's budget: one proposal where there is one turn."""
    return Budget(turns, 1 if turns == 1 else proposals)


@dataclass(frozen=True)
class Feedback:
    """What a feedback model said of a turn.

    Attributes:
        raw: its reply as it came.
        shown: what the policy is told of it.
        leaked: whether the reply showed the reference; the policy is told it without.
        readable: False for a binary feedback whose first sentence judges nothing, and where there was no reply.
    """

    raw: str
    shown: str
    leaked: bool = False
    readable: bool = True


@dataclass(frozen=True)
class Turn:
    """One action, what came of it, and what the policy was told.

    Attributes:
        reply: the policy's text.
        kind: what was read in it.
        action: the code that was run, or the answer proposed.
        observation: what the environment showed, cut as the policy sees it; kept for the last turn too.
        status: how the code ended (`windward.interpreter.Status`); `none` where nothing was run.
        solved: whether the problem is solved by this turn.
        verdict: of a proposal.
        feedback: of an unfinished turn, where feedback is given.
    """

    reply: str
    kind: TurnKind
    action: str
    observation: str
    status: str = "none"
    solved: bool = False
    verdict: Verdict | None = None
    feedback: Feedback | None = None


@dataclass(frozen=True)
class Episode:
    """A run on one problem.

    Attributes:
        opening: the messages before the first turn.
        turns: in order.
        error: why the run could not be finished; empty if it was.
    """

    opening: tuple[Message, ...]
    turns: tuple[Turn, ...]
    error: str = ""

    @property
    def solved_at(self) -> int | None:
        """The turn (from 1) that solved the problem."""
        return next((number for number, turn in enumerate(self.turns, start=1) if turn.solved), None)

    @property
    def failure(self) -> FailureKind | None:
        """How it ended, if unsolved and not by an error."""
        if self.solved_at is not None or self.error or not self.turns:
            return None
        last = self.turns[-1]
        if last.kind == "solution":
            return "wrong_answer"
        if last.kind == "invalid":
            return "invalid_action"
        return "out_of_turns" if last.status == "ok" else "execution_error"


def turn_from_dict(row: dict[str, Any]) -> Turn:
    """A turn from its JSON object (`dataclasses.asdict` of it)."""
    verdict, feedback = row["verdict"], row["feedback"]
    return Turn(
        **row
        | {
            "verdict": Verdict(**verdict) if verdict else None,
            "feedback": Feedback(**feedback) if feedback else None,
        }
    )


def episode_from_dict(row: dict[str, Any]) -> Episode:
    """An episode from its JSON object."""
    return Episode(tuple(row["opening"]), tuple(turn_from_dict(turn) for turn in row["turns"]), row["error"])


def as_dict(record: Turn | Episode) -> dict[str, Any]:
    """A turn or an episode as plain JSON types."""
    return asdict(record)
