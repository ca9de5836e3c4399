"""What a model could do before it learnt to act: naming a sentiment and a topic, and expecting ordinary sentences.

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
        dataset: `sst2` or `agnews`.
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
    return _choices("sst2", examples, questions, asked, SENTIMENTS, count, seed)


def read_topics(data: Path, count: int, seed: int) -> list[Choice]:
    """News of AG News' test set, with examples of its other rows; arguments and errors as in `read_sentiments`."""
    labels = tuple(_text(data, "agnews/classes.txt").split())
    asked = f"Which section of a newspaper is this from: {', '.join(labels)}? Answer with one word.\n\n{{}}"
    rows = [(f"{title}. {text}", int(number) - 1) for number, title, text in _news(data)]
    random.Random(f"{seed}/agnews/split").shuffle(rows)
    half = len(rows) // 2
    return _choices("agnews", rows[:half], rows[half:], asked, labels, count, seed)


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


def _choices(
    dataset: str,
    examples: Sequence[tuple[str, int]],
    questions: Sequence[tuple[str, int]],
    asked: str,
    labels: tuple[str, ...],
    count: int,
    seed: int,
) -> list[Choice]:
    draw = random.Random(f"{seed}/{dataset}/examples")
    shots: list[Message] = []
    for number in range(SHOTS):
        right = number % len(labels)
        text = draw.choice([text for text, label in examples if label == right])
        shots.append({"role": "user", "content": asked.format(text)})
        shots.append({"role": "assistant", "content": labels[right]})
    places = _drawn(len(questions), count, f"{seed}/{dataset}", Path(dataset))
    return [
        Choice(
            f"{dataset}/{place}",
            dataset,
            (*shots, {"role": "user", "content": asked.format(questions[place][0])}),
            labels,
            questions[place][1],
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
