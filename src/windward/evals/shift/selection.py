"""What a selection of datasets is made of: its rules' thresholds, what is measured of each set, and the verdicts (BOSS, section 3.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt
from statistics import variance

from windward.evals.shift.distances import Similarity
from windward.evals.shift.overlap import Overlap, OverlapConfig
from windward.evals.shift.probe import Right
from windward.evals.shift.task import ShiftError
from windward.evals.shift.text_files import TextSet
from windward.reports.intervals import Interval


@dataclass(frozen=True)
class SelectionConfig:
    """The rules and what they are measured with.

    The thresholds are round numbers. `min_drop` was set after a first run, the others before any.

    Attributes:
        min_rows: fewest texts of a set.
        min_class_rows: fewest texts of each label that it has.
        max_majority: largest share of its most frequent label, in (0, 1].
        max_similarity: largest cosine of two centroids, x 100: from there on two sets are one distribution.
        min_drop: least loss of the probe's accuracy, in [0, 1]; the interval of the loss must lie above 0, too.
        overlap: the guard's.
        encoded: unique texts of a set that are encoded, at most; drawn by the seed.
        folds: of the set in distribution, at least 2: each is held out once from a probe that learns from the others.
        draws: resamples of the bootstrap of a cosine.
        seed: of all draws.
    """

    min_rows: int = 500
    min_class_rows: int = 50
    max_majority: float = 0.8
    max_similarity: float = 80.0
    min_drop: float = 0.02
    overlap: OverlapConfig = field(default_factory=OverlapConfig)
    encoded: int = 3_000
    folds: int = 10
    draws: int = 500
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuses what makes no sense.

        Raises:
            ShiftError: says which.
        """
        if not (0 < self.max_majority <= 1 and 0 <= self.min_drop <= 1):
            raise ShiftError(f"max_majority and min_drop are shares: {self}")
        if min(self.encoded, self.draws, self.folds) < 2:
            raise ShiftError(f"encoded, draws and folds must be at least 2: {self}")


@dataclass(frozen=True)
class Check:
    """One rule held against one set.

    Attributes:
        rule: `size`, `labels`, `balance`, `leakage`, `likeness`, `distinctness` or `difficulty`.
        passed: whether it holds.
        said: what was found, as a sentence.
    """

    rule: str
    passed: bool
    said: str


@dataclass(frozen=True)
class Drop:
    """What a probe loses on a set, by cross-validation in distribution: one training a fold.

    Attributes:
        probe: `encoder` or `tfidf`.
        dataset: the set.
        inside: of each fold, right answers on the texts held out in distribution that have one of the set's labels.
        outside: of each fold, right answers of the same probe on the set, the same texts every time.
        trained: texts that a probe learnt from, in the first fold.
        own: right answers of a probe of the same kind trained on the set itself, on texts held out there: a set on which this is low, too,
            is hard (or its labels noisy) and not only far. None where the set is too small or has one label.
    """

    probe: str
    dataset: str
    inside: tuple[Right, ...]
    outside: tuple[Right, ...]
    trained: int
    own: Right | None = None

    @property
    def within(self) -> Right:
        """In distribution, every text once."""
        return Right(sum(one.right for one in self.inside), sum(one.n for one in self.inside))

    @property
    def without(self) -> float:
        """Accuracy on the set, the mean of the folds."""
        return sum(one.rate for one in self.outside) / len(self.outside)

    @property
    def value(self) -> float:
        """Accuracy in distribution less accuracy on the set."""
        return self.within.rate - self.without

    @property
    def interval(self) -> Interval:
        """95 % interval of the drop, over trainings and over the texts of both sets.

        Student's t over the folds with the variance corrected for their shared training texts, s² (1/k + 1/(k - 1)) (Nadeau and Bengio
        2003), and the binomial variance of the set's texts, which all folds share.
        """
        from scipy.stats import t

        k = len(self.inside)
        drops = [one.rate - other.rate for one, other in zip(self.inside, self.outside, strict=True)]
        over_folds = variance(drops) * (1 / k + 1 / (k - 1))
        over_texts = self.without * (1 - self.without) / self.outside[0].n
        half = float(t.ppf(0.975, k - 1)) * sqrt(over_folds + over_texts)
        return Interval(self.value - half, self.value + half)


@dataclass(frozen=True)
class Measured:
    """All that was measured of one candidate.

    Attributes:
        candidate: the set.
        overlap: with the set in distribution as the training set.
        similarity: to the set in distribution.
        drops: by each probe, the deciding one first; empty where its labels are not the task's.
    """

    candidate: TextSet
    overlap: Overlap
    similarity: Similarity
    drops: tuple[Drop, ...]


@dataclass(frozen=True)
class Pair:
    """Two candidates held against each other.

    Attributes:
        similarity: of their centroids; `first` is the one that was named first.
        overlap: of the smaller set as the test set with the larger one as the training set.
        train: name of the larger one.
        test: name of the smaller one.
    """

    similarity: Similarity
    overlap: Overlap
    train: str
    test: str

    def of(self, one: str, other: str) -> bool:
        """Whether these are the two."""
        return {one, other} == {self.train, self.test}


@dataclass(frozen=True)
class Verdict:
    """Of one candidate.

    Attributes:
        dataset: the set.
        checks: every rule.
    """

    dataset: str
    checks: tuple[Check, ...]

    @property
    def chosen(self) -> bool:
        """Whether every rule holds."""
        return all(check.passed for check in self.checks)

    @property
    def said(self) -> str:
        """In, or out and why."""
        if self.chosen:
            return "in: " + next(check.said for check in self.checks if check.rule == "difficulty")
        return "out: " + "; ".join(check.said for check in self.checks if not check.passed)


@dataclass(frozen=True)
class SelectionReport:
    """What was measured and decided.

    Attributes:
        id: the set in distribution.
        measured: of each candidate, in the order in which they were named.
        pairs: of all candidates.
        verdicts: in the same order as `measured`.
        encoder: name of the sentence encoder.
        config: the rules.
    """

    id: TextSet
    measured: tuple[Measured, ...]
    pairs: tuple[Pair, ...]
    verdicts: tuple[Verdict, ...]
    encoder: str
    config: SelectionConfig

    @property
    def remark(self) -> str:
        """What speaks against the set in distribution itself, which should be the largest; "" for nothing."""
        largest = max(self.measured, key=lambda one: len(one.candidate.texts)).candidate
        if len(largest.texts) <= len(self.id.texts):
            return ""
        return (
            f"{self.id.name} has {len(self.id.texts):,} texts and {largest.name} {len(largest.texts):,}: "
            "the set in distribution should be the largest, if its labels are as good"
        )

    @property
    def chosen(self) -> tuple[str, ...]:
        """Names of the sets that are in."""
        return tuple(one.dataset for one in self.verdicts if one.chosen)
