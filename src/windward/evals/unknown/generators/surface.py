"""Can the halves be told apart by looks alone? Areas under the ROC curve of a name's length and of its spelling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from statistics import fmean

from windward.evals.unknown.generators.spelling import Spelling
from windward.evals.unknown.metrics.ranking import auroc

ORDER = 3
PARTS = 10


@dataclass(frozen=True)
class Surface:
    """How well looks alone separate invented names from existing ones: 0.5 is not at all, and below it the other way round.

    Attributes:
        length: AUROC of the number of characters, longer taken for invented.
        spelling: AUROC of the surprise under a character-trigram model of existing names, more surprising taken for invented.
    """

    length: float
    spelling: float


def surface(existing: Sequence[str], invented: Sequence[str], known: Sequence[str], seed: int = 0) -> Surface:
    """Measures the looks of the names of one category.

    No existing name is scored by a model that has seen it: the names are dealt out to parts, each part is scored by a model of all
    `known` names outside it, beside all invented names under the same model, and the areas are averaged.

    Args:
        existing: names of the answerable half.
        invented: names of the unanswerable half.
        known: all names of the category that exist.
        seed: of the parts.

    Raises:
        ValueError: one of the halves has no names.
    """
    shuffled = list(dict.fromkeys(existing))
    Random(seed).shuffle(shuffled)
    areas = []
    for part in range(min(PARTS, len(shuffled))):
        held = set(shuffled[part::PARTS])
        model = Spelling([name for name in known if name not in held], ORDER)
        areas.append(_area([model.surprise(one) for one in invented], [model.surprise(one) for one in shuffled[part::PARTS]]))  # fmt: skip
    return Surface(_area([*map(len, invented)], [*map(len, existing)]), fmean(areas))


def _area(invented: Sequence[float], existing: Sequence[float]) -> float:
    found = auroc([*invented, *existing], [1] * len(invented) + [0] * len(existing))
    if found is None:
        raise ValueError("one of the halves has no names")
    return found
