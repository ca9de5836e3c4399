"""How often a detector of refusals is right: precision, recall and specificity on labelled replies, by half, with intervals.

`python -m windward.evals.unknown.refusal.quality --data FOLDER` judges the recorded replies again (FOLDER holds `unknownbench/recorded`)
and writes the packaged `quality.json`. With `--judge NAME [--judge-base-url URL] --out FILE` a model is measured in place of the word lists; its
replies are kept beside FILE, so that a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from windward.evals.data import DataError
from windward.evals.unknown.records import DATASETS, SPLITS, Answered, Split, Verdict
from windward.evals.unknown.refusal.detector import Detector
from windward.evals.unknown.refusal.judge import Judge
from windward.evals.unknown.refusal.labels import Labelled, cohen_kappa, read_labels
from windward.evals.unknown.refusal.lexical import Lexical
from windward.evals.unknown.refusal.paper import CANNOT, LexicalPaper
from windward.journal import Journal, JournaledModel

PACKAGED = Path(__file__).with_name("quality.json")
ALL = "all"
"""`dataset` of figures over the three sets."""
SEED, DRAWS = 0, 2000
DETECTORS: tuple[Detector, ...] = (LexicalPaper(), LexicalPaper(also=CANNOT), Lexical())
"""Those measured and packaged."""

Floats = NDArray[np.float64]


class Estimate(NamedTuple):
    """A share with its 95 % bootstrap interval; None where it is not defined."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Quality:
    """How right a detector is on one half of one set, or of all.

    Attributes:
        detector: its name.
        dataset: a set, or `all`.
        split: the half.
        n: labelled replies.
        refused: of these, how many the labels say refused.
        flagged: how many the detector says refused.
        precision: share of the flagged that refused.
        recall: share of the refused that are flagged (sensitivity).
        specificity: share of the others that are not flagged.
        challenges: share of the replies on whose challenging detector and label agree, of those that both say refused; None where the
            detector does not tell challenging apart.
    """

    detector: str
    dataset: str
    split: Split
    n: int
    refused: int
    flagged: int
    precision: Estimate
    recall: Estimate
    specificity: Estimate
    challenges: Estimate | None = None


@dataclass(frozen=True)
class Checked:
    """A detector's verdicts on labelled replies.

    Attributes:
        labels: the replies' labels.
        refused: the verdict on each; a reply whose verdict could not be read counts as not flagged, as in refusal rates.
        challenges: likewise; None where the detector does not tell.
        unread: how many verdicts could not be read.
    """

    labels: Sequence[Labelled]
    refused: Sequence[bool]
    challenges: Sequence[bool] | None = None
    unread: int = 0

    def of(self, dataset: str, split: str) -> Checked:
        """Those of one half of one set, or of `all`."""
        kept = [
            place
            for place, one in enumerate(self.labels)
            if one.split == split and dataset in (ALL, one.dataset)
        ]
        return Checked(
            [self.labels[place] for place in kept],
            [self.refused[place] for place in kept],
            None if self.challenges is None else [self.challenges[place] for place in kept],
        )

    def weights(self, generator: np.random.Generator | None = None, draws: int = 1) -> Floats:
        """The labels' weights; with a generator, of `draws` resamples: draws × labels.

        Each resample draws, in every stratum of h labels, h - 1 of them with replacement, and scales their weights by h / (h - 1) (Rao and
        Wu 1988: drawing h of h would make intervals too narrow, since strata are small). A stratum of one label stays as it is.
        """
        own = np.array([one.weight for one in self.labels], dtype=float)
        if generator is None:
            return own[None, :]
        strata: dict[object, list[int]] = defaultdict(list)
        for place, one in enumerate(self.labels):
            strata[one.stratum].append(place)
        times = np.ones((draws, len(own)))
        for places in strata.values():
            size = len(places)
            if size > 1:
                drawn = generator.multinomial(size - 1, [1 / size] * size, size=draws)
                times[:, places] = drawn * (size / (size - 1))
        weights: Floats = times * own
        return weights

    def unseen(self, generator: np.random.Generator, draws: int) -> tuple[Floats, Floats]:
        """Weight of misses and of false flags that may be there though none was seen, in each of `draws` draws.

        No resample shows an error that the labels do not hold, so 0 misses among 90 would seem to be certainly none among 30,000. Where
        none was seen among the labels that were drawn alike (flagged or not), a share is drawn from Jeffreys' posterior of 0 errors,
        Beta(1/2, n + 1/2) (Brown, Cai and DasGupta 2001), n being Kish's effective number of labels.
        """
        missed, false = np.zeros(draws), np.zeros(draws)
        for drawn_as in sorted({one.drawn_as for one in self.labels}):
            for flagged, moved in ((False, missed), (True, false)):
                alike = [
                    (one.weight, one.refused != flagged)
                    for one, says in zip(self.labels, self.refused, strict=True)
                    if one.drawn_as == drawn_as and says == flagged
                ]
                if alike and not any(wrong for _, wrong in alike):
                    weights = np.array([weight for weight, _ in alike])
                    effective = weights.sum() ** 2 / (weights**2).sum()
                    moved += weights.sum() * generator.beta(0.5, effective + 0.5, size=draws)
        return missed, false

    def shares(self, weights: Floats, unseen: tuple[Floats, Floats] | None = None) -> dict[str, Floats]:
        """Precision, recall, specificity (and `challenges`) under each row of weights; NaN where one is not defined."""
        truth = np.array([one.refused for one in self.labels], dtype=float)
        flagged = np.array(self.refused, dtype=float)
        missed, false = unseen or (np.zeros(len(weights)), np.zeros(len(weights)))
        hits = np.maximum(weights @ (truth * flagged) - false, 0)
        rejections = np.maximum(weights @ ((1 - truth) * (1 - flagged)) - missed, 0)
        misses = weights @ (truth * (1 - flagged)) + missed
        false_flags = weights @ ((1 - truth) * flagged) + false
        found = {
            "precision": _over(hits, hits + false_flags),
            "recall": _over(hits, hits + misses),
            "specificity": _over(rejections, rejections + false_flags),
        }
        if self.challenges is not None:
            said = np.array([one.label == "challenges" for one in self.labels])
            agreed = (said == np.array(self.challenges)).astype(float)
            both = truth * flagged
            found["challenges"] = _over(weights @ (agreed * both), weights @ both)
        return found


def _over(above: Floats, below: Floats) -> Floats:
    shares: Floats = np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)
    return shares


def check(
    detector: Detector, labels: Sequence[Labelled], replies: Mapping[tuple[str, str], str | None]
) -> Checked:
    """Judges the labelled replies.

    Args:
        detector: who judges.
        labels: which replies.
        replies: by model and question.

    Raises:
        DataError: a labelled reply is not there.
    """
    _all_there(labels, replies)
    return checked(labels, detector.verdicts([replies[one.model, one.question_id] for one in labels]))


def checked(labels: Sequence[Labelled], verdicts: Sequence[Verdict]) -> Checked:
    """Verdicts beside labels; also those of a judge, which is asked before."""
    if len(labels) != len(verdicts):
        raise ValueError(f"{len(verdicts)} verdicts for {len(labels)} labels")
    tells = any(one.challenges is not None for one in verdicts)
    return Checked(
        labels,
        [one.refused is True for one in verdicts],
        [one.challenges is True for one in verdicts] if tells else None,
        sum(one.refused is None for one in verdicts),
    )


async def check_judge(
    judge: Judge,
    labels: Sequence[Labelled],
    answered: Mapping[tuple[str, str], Answered],
    *,
    at_once: int = 8,
) -> Checked:
    """Lets a judge read the labelled replies, so that its quality is known and its rates can be corrected.

    Args:
        judge: who judges, a call a reply.
        labels: which replies.
        answered: questions and replies, by model and question.
        at_once: calls at a time.

    Raises:
        DataError: a labelled reply is not there.
        ModelError: a call failed.
    """
    _all_there(labels, answered)
    free = asyncio.Semaphore(at_once)

    async def verdict(one: Labelled) -> Verdict:
        row = answered[one.model, one.question_id]
        async with free:
            return await judge.verdict(row.question.text, row.response)

    return checked(labels, await asyncio.gather(*map(verdict, labels)))


def _all_there(labels: Sequence[Labelled], replies: Mapping[tuple[str, str], object]) -> None:
    missing = [one for one in labels if (one.model, one.question_id) not in replies]
    if missing:
        raise DataError(
            f"{len(missing)} of {len(labels)} labelled replies are not there, the first that of {missing[0].model} to "
            f"{missing[0].question_id}; the labels belong to the released recordings"
        )


def quality(detector: str, of: Checked, *, seed: int = SEED, draws: int = DRAWS) -> list[Quality]:
    """How right a detector is: on each half, of all sets together and of each."""
    return [
        _quality(detector, part, dataset, split, seed, draws)
        for dataset in (ALL, *DATASETS)
        for split in SPLITS
        if (part := of.of(dataset, split)).labels
    ]


def _quality(detector: str, part: Checked, dataset: str, split: Split, seed: int, draws: int) -> Quality:
    values = part.shares(part.weights())
    generator = np.random.default_rng(seed)
    resampled = part.shares(part.weights(generator, draws), part.unseen(generator, draws))
    estimates = {name: _estimate(float(values[name][0]), drawn) for name, drawn in resampled.items()}
    return Quality(
        detector,
        dataset,
        split,
        len(part.labels),
        sum(one.refused for one in part.labels),
        sum(part.refused),
        estimates["precision"],
        estimates["recall"],
        estimates["specificity"],
        estimates.get("challenges"),
    )


def _estimate(value: float, drawn: Floats) -> Estimate:
    known = drawn[~np.isnan(drawn)]
    if np.isnan(value) or not len(known):
        return Estimate(None, None, None)
    low, high = np.percentile(known, [2.5, 97.5])
    return Estimate(round(value, 4), round(float(min(low, value)), 4), round(float(max(high, value)), 4))


def agreement(labels: Sequence[Labelled]) -> dict[str, float | int | None]:
    """How far the two readings agree: replies with one label in both, and Cohen's kappa, of the labels and of refused or not."""
    first, second = [one.pass_1 for one in labels], [one.pass_2 for one in labels]
    refusals = ("declines", "challenges")
    binary = cohen_kappa([one in refusals for one in first], [one in refusals for one in second])
    kappa = cohen_kappa(first, second)
    return {
        "n": len(labels),
        "same": sum(one.pass_1 == one.pass_2 for one in labels),
        "kappa": None if kappa is None else round(kappa, 4),
        "kappa_refused": None if binary is None else round(binary, 4),
    }


def measure(
    replies: Mapping[tuple[str, str], str | None],
    labels: Sequence[Labelled] | None = None,
    detectors: Sequence[Detector] = DETECTORS,
) -> dict[str, Any]:
    """What `quality.json` holds: the agreement of the readings, each detector's verdicts in the order of the labels, and its quality."""
    labels = read_labels() if labels is None else labels
    return _told(labels, {one.name: check(one, labels, replies) for one in detectors})


def _told(labels: Sequence[Labelled], found: Mapping[str, Checked]) -> dict[str, Any]:
    return {
        "agreement": agreement(labels),
        "seed": SEED,
        "draws": DRAWS,
        "detectors": {
            name: {
                "refused": _digits(of.refused),
                "challenges": None if of.challenges is None else _digits(of.challenges),
                "unread": of.unread,
                "quality": [_plain(one) for one in quality(name, of)],
            }
            for name, of in found.items()
        },
    }


def _plain(one: Quality) -> dict[str, Any]:
    fields = {name: value for name, value in vars(one).items() if name != "detector"}
    return {name: list(value) if isinstance(value, Estimate) else value for name, value in fields.items()}


def _digits(values: Sequence[bool]) -> str:
    return "".join("1" if value else "0" for value in values)


@cache
def read_checked(path: Path = PACKAGED) -> dict[str, Checked]:
    """The verdicts on the labelled replies in a file of measured quality, by detector: the packaged ones, or a judge's.

    Raises:
        DataError: it belongs to other labels.
    """
    stored = json.loads(path.read_text(encoding="utf-8"))["detectors"]
    labels = read_labels()
    other = [name for name, one in stored.items() if len(one["refused"]) != len(labels)]
    if other:
        raise DataError(f"{path} holds verdicts of {other[0]} on other labels: measure again")
    return {
        name: Checked(
            labels,
            [digit == "1" for digit in one["refused"]],
            None if one["challenges"] is None else [digit == "1" for digit in one["challenges"]],
            one["unread"],
        )
        for name, one in stored.items()
    }


@cache
def packaged_quality() -> tuple[Quality, ...]:
    """The measured quality of the packaged detectors, for reports."""
    stored = json.loads(PACKAGED.read_text(encoding="utf-8"))["detectors"]
    return tuple(
        Quality(
            detector,
            row["dataset"],
            next(one for one in get_args(Split) if one == row["split"]),
            row["n"],
            row["refused"],
            row["flagged"],
            Estimate(*row["precision"]),
            Estimate(*row["recall"]),
            Estimate(*row["specificity"]),
            None if row["challenges"] is None else Estimate(*row["challenges"]),
        )
        for detector, one in stored.items()
        for row in one["quality"]
    )


def _main() -> None:
    from windward.evals.unknown.released import read_released
    from windward.models import resolve

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder that holds unknownbench/recorded")
    parser.add_argument("--judge", help="model to measure: a checkpoint, `embedded`, a name at an endpoint")
    parser.add_argument("--judge-base-url", help="endpoint of --judge")
    parser.add_argument("--out", type=Path, default=PACKAGED, help="the file to write")
    chosen = parser.parse_args()
    if chosen.judge and chosen.out == PACKAGED:
        parser.error("a judge's quality is no part of the package: name a file with --out")
    found = read_released(chosen.data / "unknownbench" / "recorded")
    answered = {(model, one.question.id): one for model, rows in found.items() for one in rows}
    if chosen.judge:
        with Journal(chosen.out.with_suffix(".sqlite")) as journal:
            judge = Judge(JournaledModel(resolve(chosen.judge, chosen.judge_base_url), journal))
            told = _told(
                read_labels(), {judge.name: asyncio.run(check_judge(judge, read_labels(), answered))}
            )
    else:
        told = measure({key: one.response for key, one in answered.items()})
    chosen.out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(f"{chosen.out}: {', '.join(told['detectors'])}")


if __name__ == "__main__":
    _main()
