"""Which of several answers mean the same: by their vectors, or by a judge."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from windward.feedback.asking import JUDGING, hear
from windward.feedback.fences import fence_rule, fenced, nonce
from windward.feedback.thinking import after_thinking
from windward.feedback.verdict_line import verdict_word
from windward.models import Message, Model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

THRESHOLD = 0.94
"""Cosine from which on two answers mean the same: where 83 % of the pairs below are joined that mean the same, and 30 % of those that do not."""
JUDGE_VERSION = "1"
"""To be changed with the judge's prompt, or what `read_same` returns for any text."""

_TASK = """\
You compare two answers to one question. They mean the same if they give the question the same answer, in whatever words, or if neither gives \
one. They differ if they name different things, numbers, dates or reasons, if one gives an answer and the other none, or if they contradict each \
other. Which of them is right is not the question.

{rule}"""
_FORM = "Reply with one line: `Verdict: same` or `Verdict: different`."


class Meaning(Protocol):
    """Says which answers to a question mean the same."""

    @property
    def name(self) -> str:
        """What decides, and how."""
        ...

    async def groups(self, question: str, answers: Sequence[str]) -> list[int] | None:
        """The group of each answer, from 0 in order of first appearance; None where a judge could not be read.

        An answer joins the first group whose first member means the same.
        """
        ...


class Encoder(Protocol):
    """What turns texts into vectors of length 1 (`windward.models.sentence_encoder`)."""

    name: str

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors [n, d], in the order of the texts."""
        ...


class MeaningByVectors:
    """Two answers mean the same if the cosine of their vectors reaches a threshold.

    Each answer is encoded behind its question. On recorded replies of two models to the same RefuNQ questions (1,236 pairs, where both are right
    or just one) all-MiniLM-L6-v2 tells the two kinds apart so at AUROC 0.86, from answers alone at 0.81.
    """

    def __init__(self, encoder: Encoder, threshold: float = THRESHOLD) -> None:
        """Takes the encoder and the threshold."""
        self._encoder, self._threshold = encoder, threshold
        self.name = f"{encoder.name}, cosine {threshold:g}"

    async def groups(self, question: str, answers: Sequence[str]) -> list[int] | None:
        """See `Meaning.groups`."""
        vectors = self._encoder.encode([f"{question}\n{answer}" for answer in answers])

        async def same(one: int, other: int) -> bool:
            return float(vectors[one] @ vectors[other]) >= self._threshold

        return await _groups(answers, same)


class MeaningByJudge:
    """Two answers mean the same if a judge says so; answers that are the same but for case and space are not asked about."""

    def __init__(self, judge: Model, *, tries: int = 3, seed: int = 0) -> None:
        """Takes the judge, replies at most for one verdict, and the seed of those after the first."""
        self._judge, self._tries, self._seed = judge, tries, seed
        self.name = judge.name

    async def groups(self, question: str, answers: Sequence[str]) -> list[int] | None:
        """See `Meaning.groups`."""

        async def same(one: int, other: int) -> bool | None:
            heard = await hear(
                self._judge,
                same_messages(question, answers[one], answers[other]),
                JUDGING,
                "same meaning",
                JUDGE_VERSION,
                read_same,
                lambda verdict: int(verdict is None),
                tries=self._tries,
            )
            return heard.value

        return await _groups(answers, same)


def same_messages(question: str, one: str, other: str) -> list[Message]:
    """The request for a verdict; no text can end its own part of it."""
    mark = nonce([question, one, other])
    parts = (
        fenced("question", question, mark),
        fenced("answer 1", one, mark),
        fenced("answer 2", other, mark),
        _FORM,
    )
    return [
        Message(role="system", content=_TASK.format(rule=fence_rule(mark))),
        Message(role="user", content="\n\n".join(parts)),
    ]


def read_same(text: str) -> bool | None:
    """Whether a judge says that two answers mean the same; None where no line says it, one is unclear, or two differ."""
    said = verdict_word(after_thinking(text) or "", ("same", "different"))
    return None if said is None else said == "same"


async def _groups(
    answers: Sequence[str], same: Callable[[int, int], Awaitable[bool | None]]
) -> list[int] | None:
    plain = [" ".join(answer.split()).casefold() for answer in answers]
    firsts: list[int] = []
    groups: list[int] = []
    for place, text in enumerate(plain):
        group = next((number for number, first in enumerate(firsts) if plain[first] == text), None)
        for number, first in enumerate(firsts):
            if group is not None or not text or not plain[first]:
                continue  # an answer that says nothing means nothing else
            verdict = await same(first, place)
            if verdict is None:
                return None
            if verdict:
                group = number
        if group is None:
            group = len(firsts)
            firsts.append(place)
        groups.append(group)
    return groups
