"""Score-based tests: a search that sees the model's probabilities, within a degree and a budget of queries (RobTest, section 3).

A search of one text is a generator: it yields texts that it wants the model's word on, and gets a row of probabilities each.
Searches of many texts run side by side, and what they want goes to the model together, so that batches are full although
each search waits for its own answers.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from windward.evals.robtest.classifier import Asked
from windward.evals.robtest.dimension import Dimension, seeded
from windward.evals.robtest.perturbed import Edit, Mode, Perturbed, applied, units
from windward.evals.robtest.sentence import Sentence

BATCH = 2_048
"""Texts that go to the model together, at most."""
CANDIDATES = 4
"""Edits of a word that are tried each time that it is come to; drawn by the seed where there are more."""

Rows = NDArray[np.float64]
Wanting = Generator[Sequence[str], Rows, None]
"""A search: yields texts, gets their probabilities [n, classes]."""


@dataclass(frozen=True)
class Attacked:
    """What a search came to.

    Attributes:
        best: the text on which the model gave the label the least probability; the original where nothing was better.
        probability: of the label there.
        row: of all classes there.
        broken: whether the model chooses another class there.
        queries: distinct texts that the search asked about, the original among them.
        ended: `broken`, `exhausted` (no candidate is left, or the degree is used up), or `budget`.
    """

    best: Perturbed
    probability: float
    row: tuple[float, ...]
    broken: bool
    queries: int
    ended: str


@dataclass
class Task:
    """One text under attack: what a search may change, what it has found, and what it has asked.

    Attributes:
        sentence: the text.
        label: its class.
        degree: realised at most.
        mode: decides the unit.
        rng: for searches that draw.
        options: the edits of each word that can change, by its place.
        choices: the edits of a word of any sentence, for words that are changed more than once.
        draws: whole samples of the dimension: at the same seed those of the rule-based test.
        budget: queries at most; None is no limit.
        reserved: queries of the budget that are left for later.
    """

    sentence: Sentence
    label: int
    degree: float
    mode: Mode
    rng: random.Random
    options: Mapping[int, Sequence[Edit]]
    choices: Callable[[Sentence, int], Sequence[Edit]]
    draws: Callable[[], Iterator[Perturbed]]
    budget: int | None = None
    reserved: int = 0
    asked: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    best: Perturbed | None = None
    probability: float = float("inf")
    broken: bool = False
    ended: str = "exhausted"

    @property
    def text(self) -> str:
        """The original."""
        return self.sentence.text

    @property
    def room(self) -> int | None:
        """Queries that are left now; None is no limit."""
        return None if self.budget is None else max(0, self.budget - self.reserved - len(self.asked))

    def some(self, options: Sequence[Edit]) -> Sequence[Edit]:
        """`CANDIDATES` of the edits of a word."""
        return options if len(options) <= CANDIDATES else self.rng.sample(options, CANDIDATES)

    def again(self, place: int, edit: Edit) -> list[Edit]:
        """What a word that was changed can become by one more change; the word as it was is not among it."""
        start, end, after = edit
        own, text = self.sentence.spans[place], self.text
        if (start, end) != own or not after:
            return []
        shift = len(after) - (end - start)
        spans = [
            (one[0], one[1] + shift)
            if one == own
            else (one[0] + shift, one[1] + shift)
            if one[0] > start
            else one
            for one in self.sentence.spans
        ]
        changed = Sentence(applied(text, [edit]), tuple(spans), self.sentence.protected)
        return [
            Edit(start, end, one.after)
            for one in self.choices(changed, place)
            if (one.start, one.end) == spans[place] and one.after != text[start:end]
        ]

    def made(self, edits: Sequence[Edit]) -> Perturbed | None:
        """The sample of some edits, at most one a word; None where it would realise more than the degree."""
        ordered = tuple(sorted(edits))
        text = applied(self.text, ordered)
        if self.mode == "general":
            size, changed = len(self.sentence.words), len(ordered)
        else:
            size, changed = len(self.text), Levenshtein.distance(self.text, text)
        if changed > units(size, self.degree):
            return None
        return Perturbed(text, ordered, changed / size)

    def ask(self, samples: Sequence[Perturbed]) -> Generator[Sequence[str], Rows, list[float]]:
        """The label's probability on each sample, as far as the budget reaches; the best one is remembered.

        Where the budget ends, fewer come back than were given.
        """
        new = list(dict.fromkeys(sample.text for sample in samples if sample.text not in self.asked))
        if (room := self.room) is not None and len(new) > room:
            new = new[:room]
            self.ended = "budget"
        if new:
            rows = yield new
            self.asked.update(zip(new, rows, strict=True))
        found = []
        for sample in samples:
            if sample.text not in self.asked:
                break
            row = self.asked[sample.text]
            probability = float(row[self.label])
            found.append(probability)
            if probability < self.probability:
                self.best, self.probability = sample, probability
            if int(row.argmax()) != self.label and not self.broken:
                self.broken, self.ended = True, "broken"
                self.best, self.probability = sample, probability
        return found

    @property
    def over(self) -> bool:
        """Whether nothing is left to do: the model is wrong, or the budget is spent."""
        return self.broken or self.ended == "budget"

    def found(self) -> Attacked:
        """The result."""
        best = self.best or Perturbed(self.text, (), 0.0)
        row = tuple(self.asked[best.text].tolist()) if best.text in self.asked else ()
        return Attacked(best, self.probability, row, self.broken, len(self.asked), self.ended)


Search = Callable[[Task], Wanting]
"""How the edits are chosen: a value of `SEARCHES`."""


def attack(
    asked: Asked,
    dimension: Dimension,
    sentences: Sequence[Sentence],
    labels: Sequence[int],
    degree: float,
    search: Search,
    *,
    mode: Mode | None = None,
    budget: int | None = 500,
    seed: int = 0,
) -> list[Attacked]:
    """Attacks each text; the model is asked for all of them together, and no text twice.

    Args:
        asked: the victim; its counts tell the queries of all.
        dimension: the kind of change.
        sentences: the texts.
        labels: their classes.
        degree: realised at most.
        search: how.
        mode: None is the dimension's first.
        budget: queries of one text at most.
        seed: of searches that draw.
    """
    mode = mode or dimension.modes[0]
    tasks = [
        _task(dimension, sentence, label, degree, mode, budget, seed)
        for sentence, label in zip(sentences, labels, strict=True)
    ]
    _side_by_side(asked, [_begun(task, search) for task in tasks])
    return [task.found() for task in tasks]


def _task(
    dimension: Dimension,
    sentence: Sentence,
    label: int,
    degree: float,
    mode: Mode,
    budget: int | None,
    seed: int,
) -> Task:
    facts = (seed, dimension.name, mode, degree, sentence.text)

    def draws() -> Iterator[Perturbed]:
        for edits, realised in dimension.draws(sentence, degree, mode, seeded(*facts)):
            yield Perturbed(applied(sentence.text, edits), tuple(edits), realised)

    options = {
        place: found for place in range(len(sentence.words)) if (found := dimension.choices(sentence, place))
    }
    rng = seeded(*facts, "search")
    return Task(sentence, label, degree, mode, rng, options, dimension.choices, draws, budget)


def _begun(task: Task, search: Search) -> Wanting:
    """The original first: a text that the model has wrong is broken without a change."""
    yield from task.ask([Perturbed(task.text, (), 0.0)])
    if not task.over and task.degree > 0:
        yield from search(task)


def _side_by_side(asked: Asked, searches: Sequence[Wanting]) -> None:
    wanted: list[tuple[Wanting, Sequence[str]]] = []
    for one in searches:
        if (texts := next(one, None)) is not None:
            wanted.append((one, texts))
    while wanted:
        now: list[tuple[Wanting, Sequence[str]]] = []
        size = 0
        while wanted and (not now or size + len(wanted[0][1]) <= BATCH):
            now.append(wanted.pop(0))
            size += len(now[-1][1])
        rows = asked.predict([text for _, texts in now for text in texts])
        at = 0
        for one, texts in now:
            given, at = rows[at : at + len(texts)], at + len(texts)
            try:
                wanted.append((one, one.send(given)))
            except StopIteration:
                continue
