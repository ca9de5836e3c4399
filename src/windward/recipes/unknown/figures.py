"""The study's figures: refusal, accuracy and confidence of every arm on the same questions, and what changed, question by question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from windward.evals.paired import compare
from windward.evals.unknown.correct import ALIASES, correct
from windward.evals.unknown.records import Answered
from windward.evals.unknown.results import unknown_results
from windward.recipes.unknown.arms import BASE, ODD, PREFERENCE, SUPERVISED
from windward.recipes.unknown.make import DETECTORS
from windward.rows import Result

SYSTEM = "unknown-study"
AGAINST = (
    (SUPERVISED, BASE),
    (PREFERENCE, BASE),
    (PREFERENCE, SUPERVISED),
    (SUPERVISED, ODD),
    (PREFERENCE, ODD),
)
"""Arms whose figures are compared on the same questions, the later one first."""
ALL, GIVEN = "all replies", "replies that do not refuse"
"""Which replies a figure of confidence is of."""


def study_results(arms: Mapping[str, Sequence[Answered]], seed: int) -> list[Result]:
    """All figures; `condition` names the arm.

    * `refusal_rate`, `refusal_difference`, `accuracy`, and those of confidence: as `windward eval unknown` gives them; of confidence twice,
      of all replies and of those that do not refuse (`of`): a refusal's likelihood says how sure a model is that it does not know;
    * `over_refusal_rate`: the share refused of answerable questions that the base model answered rightly (`of`: right), or without
      refusing (`of`: answered); `wanted_refusal_rate`: of those that it answered wrongly. Who knows more than to refuse keeps the first
      low and the second high;
    * `refusal_rate_change`, `accuracy_change`: arm less another (`against`), with a paired bootstrap's interval and McNemar's exact test.

    Args:
        arms: replies to the same questions in the same order; `base` among them.
        seed: of the bootstraps.
    """
    refused = {arm: _refused(found) for arm, found in arms.items()}
    results: list[Result] = []
    for arm, found in arms.items():
        results += _own(arm, found, refused[arm]["lexical"], seed)
        results += _answerable(arm, found, arms[BASE], refused[arm], refused[BASE])
    for later, earlier in AGAINST:
        if later in arms and earlier in arms:
            results += _changes(later, earlier, arms, refused, seed)
    return [replace(one, system=SYSTEM) for one in results]


def _refused(found: Sequence[Answered]) -> dict[str, list[bool]]:
    responses = [one.response for one in found]
    return {
        name: [verdict.refused is True for verdict in detector.verdicts(responses)]
        for name, detector in DETECTORS.items()
    }


def _own(arm: str, found: Sequence[Answered], refused: Sequence[bool], seed: int) -> list[Result]:
    told = {"arm": arm, "of": ALL}
    rows = unknown_results(found, model=arm, told=told, seed=seed)
    given = [one for one, declined in zip(found, refused, strict=True) if not declined]
    if given:
        some = unknown_results(given, model=arm, told=told | {"of": GIVEN}, seed=seed)
        rows += [one for one in some if "method" in one.condition or one.metric.startswith("accuracy")]
    # The word lists' errors were measured on other models' replies: they say nothing of sentences that were learnt here.
    return [one for one in rows if one.metric != "refusal_rate_corrected"]


def _answerable(
    arm: str,
    found: Sequence[Answered],
    base: Sequence[Answered],
    refused: Mapping[str, Sequence[bool]],
    base_refused: Mapping[str, Sequence[bool]],
) -> list[Result]:
    """What becomes of answerable questions, by what the base model said to them."""
    results = []
    for dataset in dict.fromkeys(one.question.dataset for one in found):
        places = [
            place
            for place, one in enumerate(found)
            if one.question.dataset == dataset and one.question.split == "answerable"
        ]
        for detector, declines in refused.items():
            answered = [place for place in places if not base_refused[detector][place]]
            right = [place for place in places if correct(base[place], ALIASES)]
            wrong = [place for place in answered if base[place].question.references and place not in right]
            for metric, of, some in (
                ("over_refusal_rate", "right", right),
                ("over_refusal_rate", "answered", answered),
                ("wanted_refusal_rate", "wrong", wrong),
            ):
                if some:
                    share = sum(declines[place] for place in some) / len(some)
                    told: dict[str, Any] = {"arm": arm, "detector": detector, "of": of}
                    stderr = (share * (1 - share) / len(some)) ** 0.5
                    results.append(
                        Result(SYSTEM, arm, dataset, "answerable", metric, share, len(some), told, stderr)
                    )
    return results


def _changes(
    later: str,
    earlier: str,
    answered: Mapping[str, Sequence[Answered]],
    refused: Mapping[str, Mapping[str, Sequence[bool]]],
    seed: int,
) -> list[Result]:
    asked = answered[BASE]
    halves: dict[tuple[str, str], list[int]] = {}
    for place, one in enumerate(asked):
        halves.setdefault((one.question.dataset, one.question.split), []).append(place)
    right = {arm: [correct(one, ALIASES) for one in answered[arm]] for arm in (later, earlier)}
    results = []
    for half, places in halves.items():
        named = {"arm": later, "against": earlier}
        for detector in DETECTORS:
            verdicts = refused[earlier][detector], refused[later][detector]
            results.append(_change("refusal_rate_change", half, places, verdicts, named | {"detector": detector}, seed))  # fmt: skip
        if any(asked[place].question.references for place in places):
            rights = right[earlier], right[later]
            results.append(_change("accuracy_change", half, places, rights, named | {"rule": ALIASES}, seed))
    return results


def _change(
    metric: str,
    half: tuple[str, str],
    places: Sequence[int],
    verdicts: tuple[Sequence[bool], Sequence[bool]],
    told: dict[str, Any],
    seed: int,
) -> Result:
    """Of the replies at these places, the later verdicts less the earlier ones."""
    before, after = ([each[place] for place in places] for each in verdicts)
    found = compare(before, after, seed=seed)
    told |= {"low": found.low, "high": found.high, "gained": found.gained, "lost": found.lost, "mcnemar_p": found.p_value}  # fmt: skip
    return Result(SYSTEM, told["arm"], *half, metric, found.difference, found.n, told, found.stderr)
