"""A judge of short answers: whether two of them mean the same (CRAFT validates programs over pictures in this way).

The released judge's template numbers its fields from 1 and fails with every answer; the prompt here is our own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from windward.feedback.fences import fence_rule, fenced, nonce
from windward.feedback.thinking import after_thinking
from windward.feedback.verdict_line import verdict_word
from windward.models import Message, Model, Parser, Sampling, ask
from windward.toolsets.records import Tool
from windward.toolsets.validate import ToolVerdict
from windward.toolsets.vision.scoring import references

JUDGE_VERSION = "1"
"""To be changed with the prompt, or what `read_sameness` returns for any text."""
JUDGING = Sampling(temperature=0.0, max_tokens=256)
_SHOWN_CHARS = 500


@dataclass(frozen=True)
class Rejudged:
    """Verdicts of which a judge saw those that were wrong by the rules.

    Attributes:
        verdicts: in their order; `wrong` became `ok` where the judge takes the answers for the same. The strict ones stay.
        asked: answers that the judge was shown.
        unread: of these, those on which nothing could be read; they stay wrong.
    """

    verdicts: tuple[ToolVerdict, ...]
    asked: int
    unread: int


async def judge(question: str, reference: str, answer: str, model: Model, *, tries: int = 3) -> bool | None:
    """Whether an answer means the same as the reference; None where no reply could be read.

    Args:
        question: what was asked about the picture.
        reference: the right answer, or a JSON list of what several people answered.
        answer: the one that is judged.
        model: who judges; it does not see the picture.
        tries: replies at most.

    Raises:
        ModelError: a call failed for good.
    """
    parser = Parser("same answer", JUDGE_VERSION, read_sameness)
    said = await ask(model, judge_messages(question, reference, answer), JUDGING, parser, tries=tries)
    return said.value


def judge_messages(question: str, reference: str, answer: str) -> list[Message]:
    """What the judge is asked; neither the question nor an answer can pass for the prompt."""
    rights = list(dict.fromkeys(references(reference)))
    texts = [text[:_SHOWN_CHARS] for text in (question, "\n".join(rights), answer)]
    mark = nonce(texts)
    system = (
        "You compare short answers to a question about a picture that you do not see. Two answers are the same if nobody who "
        "asked the question would care which of them they got: wording, grammatical number, detail that was not asked for and "
        "synonyms do not count; another thing, colour, count or place does.\n\n" + fence_rule(mark)
    )
    several = "right answer" if len(rights) == 1 else "right answers, one a line; any of them will do"
    parts = [fenced(*part, mark) for part in zip(("question", several, "answer"), texts, strict=True)]
    form = "Is the answer the same as a right one? Reply with one line: Verdict: same, or Verdict: different."
    return [
        Message(role="system", content=system),
        Message(role="user", content="\n\n".join([*parts, form])),
    ]


def read_sameness(text: str) -> bool | None:
    """Whether a reply says `Verdict: same`; None where it says neither this nor `Verdict: different`, or both."""
    word = verdict_word(after_thinking(text) or "", ("same", "different"))
    return None if word is None else word == "same"


async def rejudge(verdicts: Sequence[ToolVerdict], tools: Iterable[Tool], model: Model) -> Rejudged:
    """Shows a judge what was printed by the programs whose answers are wrong by the rules.

    Args:
        verdicts: of a validation; those of programs that failed or printed nothing stay as they are.
        tools: with the questions and answers, by the verdicts' ids.
        model: who judges; with a JournaledModel nothing is asked twice.

    Raises:
        KeyError: a verdict is of none of the tools.
        ModelError: a call failed for good.
    """
    by_id = {tool.id: tool for tool in tools}
    doubted = [verdict for verdict in verdicts if verdict.verdict == "wrong" and verdict.printed]
    pairs = [(by_id[verdict.tool], verdict.printed) for verdict in doubted]
    said = await asyncio.gather(
        *(judge(tool.question, tool.answer, printed, model) for tool, printed in pairs)
    )
    same = {id(verdict) for verdict, one in zip(doubted, said, strict=True) if one}
    found = (replace(verdict, verdict="ok") if id(verdict) in same else verdict for verdict in verdicts)
    return Rejudged(tuple(found), len(said), said.count(None))
