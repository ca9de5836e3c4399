"""Score-based tests of a run: one search, degree by degree, of the texts that are still right (RobTest, section 3).

A text that is broken at a degree is broken at every higher one, as in the worst case of rule-based tests: it is not attacked again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from windward.evals.robtest.classifier import Asked
from windward.evals.robtest.dimension import Dimension
from windward.evals.robtest.perturbed import Mode
from windward.evals.robtest.search import Attacked, attack
from windward.evals.robtest.searches import SEARCHES
from windward.evals.robtest.sentence import Sentence


@dataclass(frozen=True)
class ScoreCell:
    """The attacks of one dimension in one mode at one degree.

    Attributes:
        dimension: its name.
        mode: general or malicious.
        degree: that no attack exceeds.
        search: its name.
        owners: places of the attacked texts among all, rising: those that no lower degree has broken.
        attacks: one each.
    """

    dimension: str
    mode: Mode
    degree: float
    search: str
    owners: tuple[int, ...]
    attacks: tuple[Attacked, ...]

    @property
    def broken(self) -> set[int]:
        """Places of the texts that it broke."""
        return {owner for owner, one in zip(self.owners, self.attacks, strict=True) if one.broken}


def score_cell(
    asked: Asked,
    dimension: Dimension,
    mode: Mode,
    degree: float,
    sentences: Sequence[Sentence],
    labels: Sequence[int],
    *,
    search: str,
    budget: int | None,
    seed: int,
    lost: set[int],
) -> ScoreCell:
    """Attacks the texts that are not lost; see `search.attack`.

    Args:
        asked: the victim.
        dimension: the kind of change.
        mode: decides the unit of the degree.
        degree: realised at most.
        sentences: all texts.
        labels: their classes.
        search: a name of `SEARCHES`.
        budget: queries a text and degree.
        seed: with it the rule-based test draws the samples that a search falls back on.
        lost: places of texts that a lower degree has broken.
    """
    owners = tuple(place for place in range(len(sentences)) if place not in lost)
    attacks = attack(
        asked,
        dimension,
        [sentences[place] for place in owners],
        [labels[place] for place in owners],
        degree,
        SEARCHES[search],
        mode=mode,
        budget=budget,
        seed=seed,
    )
    return ScoreCell(dimension.name, mode, degree, search, owners, tuple(attacks))


def unbroken(cells: Sequence[ScoreCell], texts: int) -> dict[float, NDArray[np.bool_]]:
    """For each degree, which texts no attack up to it has broken, [texts]."""
    alive = np.ones(texts, dtype=bool)
    found = {}
    for one in sorted(cells, key=lambda one: one.degree):
        alive = alive.copy()
        alive[list(one.broken)] = False
        found[one.degree] = alive
    return found
