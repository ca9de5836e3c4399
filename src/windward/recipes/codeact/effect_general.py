"""What a model could do before it learnt to act: naming a sentiment, and expecting ordinary sentences.

Nothing is generated: a label's log-likelihood is compared with the others', a text's is counted in bits per byte.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Protocol

from windward.models import Message
from windward.recipes.errors import RecipeError

SENTIMENTS = ("negative", "positive")
SHOTS = 4
"""Answered examples before the question, as many of each label as there is room for."""


@dataclass(frozen=True)
class Choice:
    """A text and the labels it may have.

    Attributes:
        id: unique among all.
        dataset: `sst2`.
        messages: answered examples and the question.
        labels: what may be answered.
        right: place of the right one.
    """

    id: str
    dataset: str
    messages: tuple[Message, ...]
    labels: tuple[str, ...]
    right: int


@dataclass(frozen=True)
class Passage:
    """A text that a person wrote, as the answer to a request for it.

    Attributes:
        id: unique among all.
        messages: the request.
        text: what was written.
    """

    id: str
    messages: tuple[Message, ...]
    text: str

    @property
    def bytes(self) -> int:
        """Length of the text in UTF-8."""
        return len(self.text.encode())


class Scorer(Protocol):
    """A model that says how likely an answer is (`windward.models.local` makes one)."""

    @property
    def name(self) -> str:
        """Identity of the model."""
        ...

    async def score(self, messages: Sequence[Message], completion: str) -> tuple[float, ...]:
        """Log-probability (nats) of each token of `completion` as the answer to `messages`, and of its end."""
        ...


async def chosen(choice: Choice, scorer: Scorer) -> int:
    """The place of the label with the highest log-likelihood, summed over its tokens and the end of the turn."""
    scores = [sum(await scorer.score(choice.messages, label)) for label in choice.labels]
    return max(range(len(scores)), key=scores.__getitem__)


async def bits(passage: Passage, scorer: Scorer) -> float:
    """Bits of a passage, the end of the turn included."""
    return -sum(await scorer.score(passage.messages, passage.text)) / log(2)


def read_sentiments(data: Path, count: int, seed: int) -> list[Choice]:
    """Sentences of SST-2's development set, with examples of its training set.

    Args:
        data: folder that holds `classification/sst2`.
        count: so many, drawn with the seed.
        seed: of the draw and the examples.

    Raises:
        RecipeError: the files are not there or too small.
    """
    asked = "Is this sentence of a film review positive or negative? Answer with one word.\n\n{}"
    examples, questions = (
        [(row["sentence"], int(row["label"])) for row in _table(data, f"sst2/{name}.tsv")]
        for name in ("train", "dev")
    )
    draw = random.Random(f"{seed}/sst2/examples")
    shots: list[Message] = []
    for number in range(SHOTS):
        right = number % len(SENTIMENTS)
        text = draw.choice([text for text, label in examples if label == right])
        shots.append({"role": "user", "content": asked.format(text)})
        shots.append({"role": "assistant", "content": SENTIMENTS[right]})
    places = _drawn(len(questions), count, f"{seed}/sst2", data / "classification" / "sst2")
    return [
        Choice(
            f"sst2/{place}",
            "sst2",
            (*shots, {"role": "user", "content": asked.format(questions[place][0])}),
            SENTIMENTS,
            questions[place][1],
        )
        for place in places
    ]


def read_passages(data: Path, count: int, seed: int) -> list[Passage]:
    """News of AG News' test set as answers to their headlines; arguments and errors as in `read_sentiments`."""
    rows = _news(data)
    places = _drawn(len(rows), count, f"{seed}/passages", data / "classification" / "agnews")
    return [
        Passage(
            f"news/{place}",
            ({"role": "user", "content": f"Write the first sentences of a news story: {rows[place][1]}"},),
            rows[place][2],
        )
        for place in places
    ]


def _drawn(total: int, count: int, seed: str, where: Path) -> list[int]:
    if total < count:
        raise RecipeError(f"{where} holds {total} texts and {count} are asked for: lower --texts")
    return sorted(random.Random(seed).sample(range(total), count))


def _news(data: Path) -> list[list[str]]:
    rows = list(csv.reader(_text(data, "agnews/test.csv").splitlines()))
    if any(len(row) != 3 for row in rows):
        raise RecipeError(
            f"{data}/classification/agnews/test.csv: expected three columns: class, title, text"
        )
    return rows


def _table(data: Path, name: str) -> list[dict[str, str]]:
    rows = list(csv.DictReader(_text(data, name).splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    if not rows or not {"sentence", "label"} <= rows[0].keys():
        raise RecipeError(f"{data}/classification/{name}: expected the columns sentence and label")
    return rows


def _text(data: Path, name: str) -> str:
    path = data / "classification" / name
    if not path.is_file():
        raise RecipeError(
            f"{path} is not there: name the folder that holds classification/sst2 and classification/agnews with "
            "--data or WINDWARD_DATA, or leave general ability out with --texts 0"
        )
    return path.read_text(encoding="utf-8")
