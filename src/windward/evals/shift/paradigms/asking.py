"""Asking through a journal: every reply and every score is kept before it is read, and none is asked for twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from windward.evals.answer_scores import Scorer, answer_scores
from windward.evals.shift.paradigms.log_likelihoods import Scored
from windward.evals.shift.paradigms.prompts import PROMPTS_VERSION, messages, without_first
from windward.evals.shift.paradigms.reading import NO_REPLY
from windward.feedback.asking import lies_in_the_prompt
from windward.feedback.thinking import after_thinking
from windward.journal import Journal, JournaledModel, run_rows, values
from windward.models import ContextOverflowError, Message, Model, ModelError, Sampling

PROTOCOL = "1"
"""Changes with how a reply or a score is asked for and kept."""
UNENDED = "reasoning without an end"


@runtime_checkable
class Measuring(Protocol):
    """A model that says how much fits it (`windward.models.Local`)."""

    max_context: int

    def prompt_tokens(self, messages: Sequence[Message]) -> Any:
        """The tokens that the model reads."""
        ...


@dataclass(frozen=True)
class Prompt:
    """What is asked about one example.

    Attributes:
        id: of the example.
        messages: the whole request.
        shown: demonstrations in it.
    """

    id: str
    messages: list[Message]
    shown: int


@dataclass(frozen=True)
class Answered:
    """What came back.

    Attributes:
        id: of the example.
        text: after any reasoning; None where there is none.
        absent: why there is none; "" where there is one.
        cut: the reply ended at the limit of tokens.
        shown: demonstrations that were shown in the end.
    """

    id: str
    text: str | None
    absent: str
    cut: bool
    shown: int


def fitted(
    model: object, name: str, said: str, shown: Sequence[tuple[str, str]], asked: str, max_tokens: int
) -> Prompt:
    """The request with as many demonstrations as fit the model with `max_tokens` new ones: the first few are left out, whole.

    Of a model that does not say how much fits it, all are kept for now.

    Args:
        model: that will be asked.
        name: of the example.
        said: the instruction.
        shown: demonstrations with their answers.
        asked: the example.
        max_tokens: of the answer.
    """
    chat = messages(said, shown, asked)
    if isinstance(model, Measuring):
        while len(model.prompt_tokens(chat)) + max_tokens > model.max_context:
            shorter = without_first(chat)
            if shorter is None:
                break
            chat = shorter
    return Prompt(name, chat, (len(chat) - 2) // 2)


class Asker:
    """A model over a run's journal.

    Args:
        model: that is asked.
        journal: of the run.
        concurrency: requests at once.
    """

    def __init__(self, model: Model, journal: Journal, concurrency: int) -> None:
        self._asked, self._journal, self._concurrency = JournaledModel(model, journal), journal, concurrency

    async def replies(self, stage: str, prompts: Sequence[Prompt], max_tokens: int) -> list[Answered]:
        """A greedy reply to each request.

        Where the model says that a request is too long, demonstrations are left out of it one by one. A request that cannot be answered as it
        is, for its length or a filter, has no reply; that is counted.

        Raises:
            RowsFailedError: calls failed for a reason that another try may overcome.
        """
        sampling = Sampling(temperature=0, max_tokens=max_tokens)

        async def answer(row: dict[str, Any]) -> dict[str, Any]:
            chat: list[Message] = row["messages"]
            while True:
                shown = (len(chat) - 2) // 2
                try:
                    reply = await self._asked.generate(chat, sampling)
                except ModelError as error:
                    shorter = without_first(chat)
                    if shorter is not None and (
                        isinstance(error, ContextOverflowError) or error.status == 413
                    ):
                        chat = shorter
                        continue
                    if not lies_in_the_prompt(error):
                        raise
                    return {"text": None, "absent": f"{NO_REPLY}: {error}", "cut": False, "shown": shown}
                text = after_thinking(reply.text)
                absent = UNENDED if text is None else ""
                return {"text": text, "absent": absent, "cut": reply.finish == "length", "shown": shown}

        found = await self._run(answer, prompts, stage, f"{PROTOCOL} {PROMPTS_VERSION} {max_tokens}")
        return [Answered(prompt.id, **said) for prompt, said in zip(prompts, found, strict=True)]

    async def scores(
        self, stage: str, prompts: Sequence[Prompt], answers: Sequence[str]
    ) -> list[Scored | None]:
        """Log-probability and length of each of `answers` to each request; None for a request that does not fit.

        Raises:
            RowsFailedError: calls failed for a reason that another try may overcome.
        """
        model = self._asked.model
        assert isinstance(model, Scorer), "its caller looks whether it is one"

        async def score(row: dict[str, Any]) -> list[Any] | None:
            try:
                totals, tokens = await answer_scores(model, row["messages"], answers)
            except ContextOverflowError:
                return None
            return [totals.tolist(), tokens.tolist()]

        found = await self._run(score, prompts, stage, f"{PROTOCOL} {PROMPTS_VERSION} {' | '.join(answers)}")
        return [
            None if one is None else (np.array(one[0], dtype=np.float64), np.array(one[1], dtype=np.int64))
            for one in found
        ]

    async def _run(self, work: Any, prompts: Sequence[Prompt], stage: str, version: str) -> list[Any]:
        rows = [{"id": one.id, "messages": one.messages} for one in prompts]
        version = f"{version} {self._asked.name}"
        outcomes = await run_rows(
            work,
            rows,
            journal=self._journal,
            stage=stage,
            key="id",
            version=version,
            concurrency=self._concurrency,
        )
        return values(outcomes, stage)
