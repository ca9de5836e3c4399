"""What happened in a turn, and in an episode of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

ErrorKind = Literal["no_code", "syntax", "exception", "wrong", "timeout", "unparsed"]
"""Why a turn is not correct.

* `no_code`: neither code nor an answer was found in the text.
* `syntax`: the code does not parse.
* `exception`: it raised, ran out of memory, or ended its interpreter.
* `timeout`: it used up its time.
* `unparsed`: it ran, and showed no answer that can be read.
* `wrong`: it showed an answer, and the answer is wrong.
"""


@dataclass(frozen=True)
class Turn:
    """One action, what the interpreter showed for it, and the judgement.

    Attributes:
        action: the model's text.
        code: the Python in it, as it was run; None where there was none.
        observation: what the run showed.
        status: how the run ended (`windward.interpreter.Status`), or `none` where nothing was run.
        answer: the answer as read; None where there was none.
        correct: the judgement.
        rule: the rule that decided.
        error_kind: why it is not correct; None for a correct turn.
        completion_tokens: tokens that the model wrote.
    """

    action: str
    code: str | None
    observation: str
    status: str
    answer: str | None
    correct: bool
    rule: str
    error_kind: ErrorKind | None
    completion_tokens: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The turn as plain JSON types."""
        return asdict(self)


@dataclass(frozen=True)
class Trajectory:
    """An episode: the turns that were taken, the last of which is correct or was the last allowed."""

    problem_id: str
    turns: tuple[Turn, ...]

    @property
    def solved_at(self) -> int | None:
        """The turn (from 1) of the correct answer; None if there was none."""
        return next((number for number, turn in enumerate(self.turns, start=1) if turn.correct), None)
