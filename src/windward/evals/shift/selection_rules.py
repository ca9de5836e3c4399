"""Which sets may stand out of distribution beside a set in distribution, and why (BOSS, section 3.2).

A set is in when it is large enough, has the labels of the task, repeats no text that is trained on, is unlike the set in distribution and
unlike every set that is in already, and is harder for a probe trained in distribution. Every rule gives a sentence, also where it holds.
"""

from __future__ import annotations

from collections.abc import Sequence

from windward.evals.shift.distances import Similarity
from windward.evals.shift.selection import Check, Drop, Measured, Pair, SelectionConfig, Verdict
from windward.evals.shift.text_files import TextSet


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
    best = max(one.drops, key=lambda drop: drop.without, default=None)
    boast = (
        f", so the {_percent(best.without)} that the {best.probe} probe gets right there say nothing"
        if best
        else ""
    )
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
