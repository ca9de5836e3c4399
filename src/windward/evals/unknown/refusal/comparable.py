"""What must not be compared: refusal rates of two detectors, and confidences on two scales."""

from __future__ import annotations

from collections.abc import Sequence

from windward.rows import Result

MUST_AGREE = {"detector": "detectors of refusals", "scale": "scales of confidence"}
"""Keys of a result's condition of which two compared results must have the same, and what they are called."""


class IncomparableError(ValueError):
    """Results of different detectors or scales were to be compared; says which."""


def comparable(results: Sequence[Result]) -> None:
    """Refuses results that were measured in different ways: the same metric by two detectors, or on two scales of confidence.

    Results of different metrics are not compared, and pass. One without the key (how right a confidence is has no detector, how well it
    tells refusals has one) is not comparable with one of the same metric that has it.

    Raises:
        IncomparableError: two results differ; the message names both of them, and both detectors or scales.
    """
    seen: dict[tuple[str, str], tuple[str, Result]] = {}
    for result in results:
        for key, kind in MUST_AGREE.items():
            has = str(result.condition.get(key, "none"))
            said, first = seen.setdefault((key, result.metric), (has, result))
            if said != has:
                raise IncomparableError(
                    f"{_named(first)} ({key} {said}) and {_named(result)} ({key} {has}) are measured by different {kind}, so that their "
                    "difference says nothing about the models: measure both by one, or show them apart"
                )


def _named(result: Result) -> str:
    return f"{result.metric} of {result.model} on {result.dataset} {result.split}"
