"""What is asked and what came back: questions with and without an answer, a model's replies, and how sure it was."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from windward.evals.unknown.confidence.scales import Confidence

SYSTEM = "unknown"
"""`system` in the result table."""
DATASETS = ("FalseQA", "NEC", "RefuNQ")
"""The three sets of the paper."""
Split = Literal["answerable", "unanswerable"]
SPLITS: tuple[Split, ...] = ("answerable", "unanswerable")


@dataclass(frozen=True)
class Question:
    """A question of one half of one set.

    Attributes:
        id: unique in all sets: dataset, split and a digest of the text; a text that comes again in its half has `#2`.
        dataset: `FalseQA`, `NEC`, `RefuNQ`, or the name of a set of the user's own.
        split: whether it has an answer.
        text: as it is asked.
        references: right answers, aliases of each other; empty where the set has none.
        category: of an NEC question: animals, food, …; else "".
    """

    id: str
    dataset: str
    split: Split
    text: str
    references: tuple[str, ...] = ()
    category: str = ""


@dataclass(frozen=True)
class Answered:
    """A question, what a model said to it, and how sure it was by each elicitation.

    Attributes:
        question: what was asked.
        response: the reply as it came; None where there is none.
        confidences: by the name of the elicitation (`verbalised`, `expected-digit`, …). Each elicitation has one scale in all rows of a run.
        absent: why there is no response; "" where there is one.
    """

    question: Question
    response: str | None
    confidences: Mapping[str, Confidence] = field(default_factory=dict)
    absent: str = ""


@dataclass(frozen=True)
class Verdict:
    """What a detector says of one reply.

    Attributes:
        refused: whether it declines to answer, as the paper counts: it does not know, asks back, or challenges the premise; None where the
            detector's reply could not be read.
        challenges: whether it says that the question rests on something false or not existing; None where the detector does not tell
            these apart.
    """

    refused: bool | None
    challenges: bool | None = None


def question_key(text: str) -> str:
    """What two writings of one question share: the released files ask the same with and without a question mark."""
    return " ".join(unicodedata.normalize("NFC", text).split()).rstrip("?").rstrip()


def question_ids(dataset: str, split: Split, texts: Iterable[str]) -> list[str]:
    """An id of each text, by which rows of two files are joined; a text that comes again has `#2`, `#3` and so on."""
    made, seen = [], Counter[str]()
    for text in texts:
        key = question_key(text)
        seen[key] += 1
        digest = hashlib.sha256(key.encode()).hexdigest()[:12]
        again = f"#{seen[key]}" if seen[key] > 1 else ""
        made.append(f"{dataset}/{split}/{digest}{again}")
    return made


def questions(dataset: str, split: Split, rows: Iterable[tuple[str, tuple[str, ...], str]]) -> list[Question]:
    """The questions of one half, from text, references and category of each, in their order."""
    kept = list(rows)
    ids = question_ids(dataset, split, (text for text, _, _ in kept))
    return [
        Question(name, dataset, split, text, references, category)
        for name, (text, references, category) in zip(ids, kept, strict=True)
    ]
