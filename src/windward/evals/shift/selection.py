"""Which sets may stand out of distribution beside a set in distribution, and why (BOSS, section 3.2).

A set is in when it is large enough, has the labels of the task, repeats no text that is trained on, is unlike the set in distribution and
unlike every set that is in already, and is harder for a probe trained in distribution. Every rule gives a sentence, also where it holds.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    """The rules and what they are measured with. The thresholds are round numbers, tuned on nothing.

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


def decide(
    id_set: TextSet, measured: Sequence[Measured], pairs: Sequence[Pair], config: SelectionConfig
) -> tuple[Verdict, ...]:
    """Holds every rule against every candidate, in the order in which they were named: of two that are alike the first stays.

    Args:
        id_set: the set in distribution.
        measured: of each candidate.
        pairs: every two candidates.
        config: the rules.
    """
    verdicts: list[Verdict] = []
    for one in measured:
        name = one.candidate.name
        earlier = [verdict.dataset for verdict in verdicts if verdict.chosen]
        beside = [(other, pair) for other in earlier for pair in pairs if pair.of(name, other)]
        checks = (
            _size(one.candidate, config),
            _labels(id_set, one.candidate),
            _balance(one.candidate, config),
            _leakage(id_set, one),
            _likeness(id_set, one.similarity, config),
            _distinctness(beside, config),
            _difficulty(one.drops, config),
        )
        verdicts.append(Verdict(name, checks))
    return tuple(verdicts)


def _size(candidate: TextSet, config: SelectionConfig) -> Check:
    rows, classes = len(candidate.texts), candidate.classes
    label, fewest = min(classes.items(), key=lambda one: (one[1], one[0]))
    enough = rows >= config.min_rows and fewest >= config.min_class_rows
    told = f"{rows:,} texts, of its rarest label {label} {fewest:,}"
    return Check(
        "size",
        enough,
        told if enough else f"{told}, but {config.min_rows:,} and {config.min_class_rows:,} are needed",
    )


def _labels(id_set: TextSet, candidate: TextSet) -> Check:
    known, own = set(id_set.classes), set(candidate.classes)
    if strange := sorted(own - known):
        told = f"labels {_listed(strange)} are none of {id_set.name}'s ({_listed(sorted(known))}): map them first"
        return Check("labels", False, told)
    if len(own) < 2:
        return Check("labels", False, f"all its texts have the label {_listed(sorted(own))}")
    if lacking := sorted(known - own):
        told = f"has labels {_listed(sorted(own))} but not {_listed(lacking)}: a subset, so it is measured on its own labels with the others masked"
        return Check("labels", True, told)
    return Check("labels", True, f"has the same labels ({_listed(sorted(own))})")


def _balance(candidate: TextSet, config: SelectionConfig) -> Check:
    label, most = max(candidate.classes.items(), key=lambda one: one[1])
    share = most / len(candidate.texts)
    passed = share <= config.max_majority
    told = f"its most frequent label {label} has {_percent(share)}"
    return Check(
        "balance",
        passed,
        told
        if passed
        else f"{told}, more than {_percent(config.max_majority)}: always answering it looks good",
    )


def _leakage(id_set: TextSet, one: Measured) -> Check:
    found = one.overlap
    told = f"{len(found.repeats):,} of its {found.test_rows:,} texts ({_percent(found.share)}) stand in {id_set.name}"
    if not found.refused:
        return Check("leakage", True, told)
    boast = f", so its accuracy of {_percent(one.drops[0].without)} is memory" if one.drops else ""
    return Check("leakage", False, f"leakage: {told}{boast}")


def _likeness(id_set: TextSet, found: Similarity, config: SelectionConfig) -> Check:
    told = f"centroid cosine {found.cosine:.1f} ({found.low:.1f} to {found.high:.1f}) to {id_set.name}"
    passed = found.cosine < config.max_similarity
    return Check(
        "likeness",
        passed,
        told if passed else f"{told}: from {config.max_similarity:g} on it is the same distribution",
    )


def _distinctness(beside: Sequence[tuple[str, Pair]], config: SelectionConfig) -> Check:
    for other, pair in beside:
        if pair.overlap.refused:
            told = f"{len(pair.overlap.repeats):,} of {pair.test}'s {pair.overlap.test_rows:,} texts ({_percent(pair.overlap.share)}) stand in {pair.train}"
            return Check(
                "distinctness", False, f"it is no set of its own beside {other}, which is in: {told}"
            )
        if pair.similarity.cosine >= config.max_similarity:
            told = f"it is too much like {other}, which is in: centroid cosine {pair.similarity.cosine:.1f}"
            return Check("distinctness", False, told)
    if not beside:
        return Check("distinctness", True, "no set is in before it")
    other, nearest = max(beside, key=lambda one: one[1].similarity.cosine)
    return Check(
        "distinctness",
        True,
        f"nearest of the sets that are in is {other}: centroid cosine {nearest.similarity.cosine:.1f}",
    )


def _difficulty(drops: Sequence[Drop], config: SelectionConfig) -> Check:
    if not drops:
        return Check("difficulty", False, "no probe can be measured on it")
    drop, span = drops[0], drops[0].interval
    own = f" (trained there: {_percent(drop.own.rate)})" if drop.own else ""
    told = (
        f"the probe's accuracy goes from {_percent(drop.within.rate)} to {_percent(drop.without)}{own}, "
        f"a drop of {100 * drop.value:.1f} points ({100 * span.low:.1f} to {100 * span.high:.1f})"
    )
    if drop.value < config.min_drop:
        return Check(
            "difficulty", False, f"{told}: less than {100 * config.min_drop:g}, no shift to speak of"
        )
    if span.low <= 0:
        return Check("difficulty", False, f"{told}: it may be none")
    return Check("difficulty", True, told)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _listed(labels: Sequence[str]) -> str:
    return ", ".join(labels)
