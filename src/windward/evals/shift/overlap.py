"""The guard against leakage: which rows of a test set stand in the training set already.

A model that has read a test row answers it from memory, and its accuracy there says nothing of a shift. Each test row is counted once, in
its strongest kind: `exact`, letter for letter; `normalised`, the same letters and digits once case, accents, punctuation, spacing and
tokenisation are gone; `near`, a training row changed a little, a part of one, or one with more around it (up to about twice its length).

Near duplicates are proposed by shared pairs of words (`EvaluationIndex`, linear in the words of both sets) and decided exactly:
the indel similarity of the letters, 2 · LCS / (n + m), or the share of the shorter text's word triples that stand in the longer one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rapidfuzz.distance import Indel

from windward.evals.shift.spoken import letters, spoken
from windward.evals.shift.task import ShiftError
from windward.reports.intervals import Interval, wilson
from windward.rows.contamination import EvaluationIndex, EvaluationItem

OverlapKind = Literal["exact", "normalised", "near"]
KINDS: tuple[OverlapKind, ...] = ("exact", "normalised", "near")
_PROPOSED = 0.3
"""Least share of a test row's pairs of words that a training row must hold to be compared with it. It bounds how much longer than a training row
a test row may be that holds it: of a review of ten sentences one may be known without the answer being known."""


@dataclass(frozen=True)
class OverlapConfig:
    """What counts, and how much of it is too much.

    Attributes:
        threshold: share of the test rows that overlap from which on the pair of sets is refused.
        similarity: least indel similarity of the letters of near duplicates, above 0 and at most 1.
        contained: least share of the shorter text's word triples in the longer one, above 0 and at most 1.
        words: a shorter text has no near duplicates, only equal ones: `a good film` and `a good book` say nothing of leakage.
    """

    threshold: float = 0.01
    similarity: float = 0.8
    contained: float = 0.8
    words: int = 6

    def __post_init__(self) -> None:
        """Refuses what makes no sense.

        Raises:
            ShiftError: a share is out of range, or a number of words below 3.
        """
        if not (0 <= self.threshold <= 1 and 0 < self.similarity <= 1 and 0 < self.contained <= 1):
            raise ShiftError(
                f"threshold must lie in [0, 1], similarity and contained above 0 and at most 1: {self}"
            )
        if self.words < 3:
            raise ShiftError(f"near duplicates need texts of at least 3 words: {self}")


@dataclass(frozen=True)
class Repeat:
    """A test row that stands in the training set.

    Attributes:
        test: place of the row in the test set, from 0.
        train: place of the training row that it repeats; the first of equal ones.
        kind: in which way.
        similarity: indel similarity of the letters, 0 to 1; 1 but for near duplicates.
        contained: a near duplicate only in that one text is a part of the other.
    """

    test: int
    train: int
    kind: OverlapKind
    similarity: float
    contained: bool = False


@dataclass(frozen=True)
class Overlap:
    """What two sets have in common.

    Attributes:
        train_rows: rows of the training set.
        test_rows: rows of the test set, empty ones included: the denominator of the share.
        empty: test rows without a character; they repeat nothing.
        repeats: test rows that stand in the training set, in their order; each once.
        config: what counted.
    """

    train_rows: int
    test_rows: int
    empty: int
    repeats: tuple[Repeat, ...]
    config: OverlapConfig = field(default_factory=OverlapConfig)

    @property
    def counts(self) -> dict[OverlapKind, int]:
        """Test rows of each kind."""
        return {kind: sum(one.kind == kind for one in self.repeats) for kind in KINDS}

    @property
    def share(self) -> float:
        """Of the test rows, those that stand in the training set."""
        return len(self.repeats) / self.test_rows

    @property
    def interval(self) -> Interval:
        """Wilson's 95 % interval of the share, for a test set that is a sample of a larger one."""
        return wilson(self.share, self.test_rows)

    @property
    def refused(self) -> bool:
        """Whether the pair must not be trained and tested on."""
        return bool(self.repeats) and self.share >= self.config.threshold

    @property
    def verdict(self) -> str:
        """Refused or passed, and why, as a sentence."""
        low, high = self.interval
        found = (
            f"{len(self.repeats):,} of {self.test_rows:,} test rows ({100 * self.share:.2f} %, 95 % interval {100 * low:.2f} to {100 * high:.2f} %) "
            "stand in the training set"
        )
        limit = f"{100 * self.config.threshold:g} %"
        if self.refused:
            return f"refused: {found}; from {limit} on accuracy on this set may be memory"
        return f"passed: {found}, which is less than {limit}" if self.repeats else f"passed: {found}"

    def examples(self, count: int) -> list[Repeat]:
        """The first `count` of each kind."""
        return [one for kind in KINDS for one in [each for each in self.repeats if each.kind == kind][:count]]


def overlap(train: Sequence[str], test: Sequence[str], config: OverlapConfig | None = None) -> Overlap:
    """Which test rows stand in the training set.

    The order of the rows changes neither counts nor kinds. Time is linear in the words of both sets, memory in their letters.

    Args:
        train: texts that a model learns from.
        test: texts that it is tested on.
        config: see `OverlapConfig`.

    Raises:
        ShiftError: one of the two holds no rows.
    """
    if not train or not test:
        raise ShiftError(
            f"the {'training' if not train else 'test'} set holds no rows: there is nothing to compare"
        )
    config = config or OverlapConfig()
    literal = dict(zip(reversed(train), range(len(train) - 1, -1, -1), strict=True))
    learnt = _by_letters(train)
    found: dict[int, Repeat] = {}
    left: dict[str, list[int]] = {}
    empty = 0
    for place, text in enumerate(test):
        same = letters(text)
        if not same:
            empty += 1
        elif text in literal:
            found[place] = Repeat(place, literal[text], "exact", 1.0)
        elif same in learnt:
            found[place] = Repeat(place, learnt[same], "normalised", 1.0)
        else:
            left.setdefault(same, []).append(place)
    near = _near(
        train,
        learnt,
        {same: spoken(min(test[place] for place in places)) for same, places in left.items()},
        config,
    )
    for same, (similarity, where, contained) in near.items():
        for place in left[same]:
            found[place] = Repeat(place, where, "near", similarity, contained)
    return Overlap(len(train), len(test), empty, tuple(found[place] for place in sorted(found)), config)


def _by_letters(texts: Sequence[str]) -> dict[str, int]:
    """Where each text stands, by its letters; of several with the same letters the first in the order of the alphabet."""
    places: dict[str, int] = {}
    for place, text in enumerate(texts):
        same = letters(text)
        if same not in places or text < texts[places[same]]:
            places[same] = place
    return places


_Near = tuple[float, int, bool]


def _near(
    train: Sequence[str], learnt: Mapping[str, int], asked: Mapping[str, list[str]], config: OverlapConfig
) -> dict[str, _Near]:
    """For the letters of test rows with a near duplicate: its similarity and place, and whether one is only a part of the other."""
    asked = {same: words for same, words in asked.items() if len(words) >= config.words}
    items = (EvaluationItem("test", same, " ".join(words)) for same, words in asked.items())
    index = EvaluationIndex(items, n=2, share=_PROPOSED)
    best: dict[str, _Near] = {}
    for other, place in sorted(learnt.items()) if asked else ():
        words = spoken(train[place])
        if len(words) < config.words:
            continue
        for hit in index.hits(" ".join(words)):
            same = hit.item
            similarity = float(Indel.normalized_similarity(same, other))
            # The most alike; of equally alike ones the first by its letters, in whatever order the rows stand.
            if same in best and similarity <= best[same][0]:
                continue
            contained = similarity < config.similarity
            if not contained or _contained(asked[same], words, config.words) >= config.contained:
                best[same] = (similarity, place, contained)
    return best


def _contained(one: Sequence[str], other: Sequence[str], least: int) -> float:
    """Share of the word triples of the text that has fewer which stand in the other; 0 where these are fewer than `least` words have.

    A text that says one thing over and over (`no no no no no no`) has one triple, which proves nothing.
    """
    few, many = sorted((set(_triples(one)), set(_triples(other))), key=len)
    return len(few & many) / len(few) if len(few) >= least - 2 else 0.0


def _triples(words: Sequence[str]) -> Iterator[str]:
    for start in range(len(words) - 2):
        yield " ".join(words[start : start + 3])
