"""What a change of the question does to the reply: abstentions that appear or go, and right answers that are lost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any, NamedTuple

from windward.evals.paired import compare
from windward.evals.robtest.perturbed import Mode, Perturbed
from windward.evals.robtest.results import SYSTEM
from windward.evals.unknown.correct import ALIASES, correct
from windward.evals.unknown.records import SPLITS, Answered
from windward.evals.unknown.results import detectors
from windward.rows import Result

JOINED = "unknown"
ALL = "all"
HEADLINE = "lexical"
"""The detector by which replies are shown as turned; the results have `lexical-paper` beside it."""
SPURIOUS, LOST_REFUSAL, LOST_ANSWER = "spurious abstention", "abstention lost", "right answer lost"
KINDS = (SPURIOUS, LOST_REFUSAL, LOST_ANSWER)


class Condition(NamedTuple):
    """One way to change questions."""

    dimension: str
    mode: Mode
    degree: float

    @property
    def name(self) -> str:
        """As folders and progress call it."""
        return f"{self.dimension}-{self.mode}-{self.degree:g}"


@dataclass(frozen=True)
class Pair:
    """A question asked twice.

    Attributes:
        before: the question as it is, and the reply.
        after: the changed question and the reply; the same as `before` where nothing could be changed.
        sample: the change.
    """

    before: Answered
    after: Answered
    sample: Perturbed


@dataclass(frozen=True)
class Flip:
    """A reply that turned, by the headline's detector.

    Attributes:
        kind: of `KINDS`.
        id: of the question.
        dataset: of the question.
        split: of the question.
        dimension: that changed it.
        mode: general or malicious.
        degree: that was asked for.
        question: as it is.
        changed: as it was asked again.
        before: the first reply.
        after: the second; None where there was none.
    """

    kind: str
    id: str
    dataset: str
    split: str
    dimension: str
    mode: str
    degree: float
    question: str
    changed: str
    before: str | None
    after: str | None

    def line(self) -> str:
        """As a line of JSON."""
        return json.dumps(asdict(self))


def joined_results(
    pairs: Mapping[Condition, Sequence[Pair]], *, model: str, shots: str, seed: int
) -> list[Result]:
    """Figures of each half of each set, and of all sets together (`dataset`: all), in each way; `condition` has `joined`: unknown, the way, and how many questions it `changed`.

    * `refusal_rate_change`, by `detector`: after less before, of all questions of the half, with the interval of a paired bootstrap and
      McNemar's exact test (`gained`: refused only when changed);
    * `spurious_abstention_rate` (answerable) and `abstention_lost_rate` (unanswerable): of the questions that were answered, or refused,
      as they are, the share that turns;
    * `accuracy_change` and `right_answer_lost_rate`: likewise of answers that name a reference; only where questions have some;
    * `realised_degree`; `same_reply_rate`: of the changed questions, those with the very same reply.

    A reply that is missing has not refused and is not right; `unparsed` counts them.

    Args:
        pairs: by way, the same questions in the same order.
        model: who was asked.
        shots: how.
        seed: of the bootstraps.
    """
    results: list[Result] = []
    for condition, every in pairs.items():
        halves: dict[tuple[str, str], list[Pair]] = {}
        for one in every:
            halves.setdefault((one.before.question.dataset, one.before.question.split), []).append(one)
        if len({dataset for dataset, _ in halves}) > 1:
            for split in SPLITS:
                halves[ALL, split] = [one for one in every if one.before.question.split == split]
        for half, some in halves.items():
            if not some:
                continue
            told = {"joined": JOINED, "prompt": shots, **condition._asdict()}
            told |= {"changed": sum(bool(one.sample.edits) for one in some)}
            results += _Half(model, half, some, told, seed).results()
    return results


def refusals(replies: Sequence[Answered]) -> dict[str, list[bool]]:
    """By detector, whether each reply refuses."""
    said = [one.response for one in replies]
    return {one.name: [verdict.refused is True for verdict in one.verdicts(said)] for one in detectors()}


def flips(pairs: Mapping[Condition, Sequence[Pair]]) -> list[Flip]:
    """Replies that turned, way by way in the order of the questions."""
    found = []
    for condition, every in pairs.items():
        was = refusals([one.before for one in every])[HEADLINE]
        now = refusals([one.after for one in every])[HEADLINE]
        for one, first, second in zip(every, was, now, strict=True):
            question = one.before.question
            answerable = question.split == "answerable"
            kinds = (
                (SPURIOUS, answerable and second and not first),
                (LOST_REFUSAL, not answerable and first and not second),
                (LOST_ANSWER, answerable and _right(one.before) and not _right(one.after)),
            )
            for kind, holds in kinds:
                if holds:
                    told = (question.id, question.dataset, question.split, *condition)
                    found.append(Flip(kind, *told, question.text, one.sample.text, one.before.response, one.after.response))  # fmt: skip
    return found


def _right(one: Answered) -> bool:
    return bool(one.question.references) and correct(one, ALIASES)


@dataclass(frozen=True)
class _Half:
    """The pairs of one half of one set in one way."""

    model: str
    half: tuple[str, str]
    pairs: Sequence[Pair]
    told: dict[str, Any]
    seed: int

    def results(self) -> list[Result]:
        before, after = ([getattr(one, name) for one in self.pairs] for name in ("before", "after"))
        lost = sum(one.response is None for one in after)
        found = []
        was, now = refusals(before), refusals(after)
        for detector in was:
            told = {"detector": detector}
            found.append(self._change("refusal_rate_change", was[detector], now[detector], told, lost))
            if self.half[1] == "answerable":
                turned = [b for a, b in zip(was[detector], now[detector], strict=True) if not a]
                found += self._rate("spurious_abstention_rate", turned, told)
            else:
                turned = [not b for a, b in zip(was[detector], now[detector], strict=True) if a]
                found += self._rate("abstention_lost_rate", turned, told)
        if any(one.question.references for one in before):
            was_right, is_right = ([_right(one) for one in some] for some in (before, after))
            told = {"rule": ALIASES}
            found.append(self._change("accuracy_change", was_right, is_right, told, lost))
            turned = [not b for a, b in zip(was_right, is_right, strict=True) if a]
            found += self._rate("right_answer_lost_rate", turned, told)
        edited = [one for one in self.pairs if one.sample.edits]
        found += self._rate(
            "same_reply_rate", [one.before.response == one.after.response for one in edited], {}
        )
        realised = sum(one.sample.degree for one in self.pairs) / len(self.pairs)
        found.append(self._result("realised_degree", realised, len(self.pairs), {}))
        return found

    def _change(
        self, metric: str, before: Sequence[bool], after: Sequence[bool], told: dict[str, Any], lost: int
    ) -> Result:
        one = compare(before, after, seed=self.seed)
        told = told | {
            "before": sum(before) / one.n,
            "after": sum(after) / one.n,
            "low": one.low,
            "high": one.high,
        }
        told |= {"gained": one.gained, "lost": one.lost, "mcnemar_p": one.p_value}
        return self._result(metric, one.difference, one.n, told, one.stderr, lost)

    def _rate(self, metric: str, turned: Sequence[bool], told: dict[str, Any]) -> list[Result]:
        """Nothing where there is nothing that could turn."""
        if not turned:
            return []
        share, n = sum(turned) / len(turned), len(turned)
        return [self._result(metric, share, n, told, sqrt(share * (1 - share) / n))]

    def _result(
        self,
        metric: str,
        value: float,
        n: int,
        told: dict[str, Any],
        stderr: float | None = None,
        lost: int = 0,
    ) -> Result:
        return Result(SYSTEM, self.model, *self.half, metric, value, n, self.told | told, stderr, lost)
