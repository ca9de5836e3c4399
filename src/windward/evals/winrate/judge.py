"""One pair judged in both orders."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from windward.evals.winrate.answers import AnswerPair
from windward.evals.winrate.prompt import PARSER, Verdict, judge_messages
from windward.models import ContextOverflowError, Model, Sampling
from windward.models.asking import ask

Outcome = Literal["won", "lost", "tied", "split", "unread"]
"""Of the system under test: both orders for it, against it, or for neither; they differ; one could not be read."""


@dataclass(frozen=True)
class Judgement:
    """A verdict on a pair in one order.

    Attributes:
        verdict: which answer, as the judge read them; None where it could not be read.
        reply: the last reply in full; "" where the pair did not fit the judge's context.
        asked: replies that it took.
    """

    verdict: Verdict | None
    reply: str
    asked: int


@dataclass(frozen=True)
class Judged:
    """A pair with its two verdicts.

    Attributes:
        pair: the instruction and both answers.
        forward: the system under test was read first.
        backward: the baseline was read first.
    """

    pair: AnswerPair
    forward: Judgement
    backward: Judgement

    @property
    def outcome(self) -> Outcome:
        """What the two verdicts come to."""
        if self.forward.verdict is None or self.backward.verdict is None:
            return "unread"
        match self.forward.verdict, self.backward.verdict:
            case "first", "second":
                return "won"
            case "second", "first":
                return "lost"
            case "tie", "tie":
                return "tied"
        return "split"

    @property
    def preference(self) -> float:
        """1 where the system won, 0 where it lost; one half otherwise."""
        return {"won": 1.0, "lost": 0.0}.get(self.outcome, 0.5)

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, with the outcome; `judged_from_dict` reads it back."""
        return asdict(self) | {"outcome": self.outcome, "preference": self.preference}


def judged_from_dict(row: Mapping[str, Any]) -> Judged:
    """Reads `Judged.as_dict`, also after JSON."""
    return Judged(AnswerPair(**row["pair"]), Judgement(**row["forward"]), Judgement(**row["backward"]))


async def judge_pair(model: Model, pair: AnswerPair, sampling: Sampling, *, tries: int = 3) -> Judged:
    """Asks for a verdict twice, each answer being read first once.

    Args:
        model: the judge.
        pair: what is judged.
        sampling: how its replies are drawn.
        tries: replies at most for one verdict.

    Raises:
        ModelError: a call failed for good.
    """

    async def judgement(first: str, second: str) -> Judgement:
        try:
            said = await ask(
                model, judge_messages(pair.instruction, first, second), sampling, PARSER, tries=tries
            )
        except ContextOverflowError:
            return Judgement(None, "", 0)
        return Judgement(said.value, said.replies[-1].text, len(said.replies))

    forward, backward = await asyncio.gather(judgement(pair.a, pair.b), judgement(pair.b, pair.a))
    return Judged(pair, forward, backward)
