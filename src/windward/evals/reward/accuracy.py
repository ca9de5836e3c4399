"""Pair accuracy: how often a scorer puts the better answer over the worse one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from windward.rows import Result

SYSTEM = "reward"


@dataclass(frozen=True)
class PairScore:
    """What a scorer said of a pair.

    Attributes:
        id: of the pair.
        source: where it comes from.
        chosen: score of the better answer.
        rejected: score of the worse one.
    """

    id: str
    source: str
    chosen: float
    rejected: float

    @property
    def verdict(self) -> float:
        """1 where the better answer is ahead, 0 where it is behind; a tie counts half."""
        return verdict(self.chosen, self.rejected)


def verdict(chosen: float, rejected: float) -> float:
    """1, 0, or one half for equal scores: what picking by lot among them would come to."""
    return float(chosen > rejected) + 0.5 * float(chosen == rejected)


def pair_results(scores: Sequence[PairScore], *, model: str, dataset: str) -> list[Result]:
    """Accuracy over all pairs and over each source, with the number of ties beside it.

    The rows hold no standard error: a report gives them Wilson's interval (half counts included), which takes pairs for
    independent of one another.

    Args:
        scores: at least one.
        model: the scorer's name.
        dataset: name of the pairs.
    """
    groups: dict[str | None, list[PairScore]] = {None: list(scores)}
    sources = sorted({one.source for one in scores})
    if sources != [""]:
        groups |= {source: [one for one in scores if one.source == source] for source in sources}
    rows = []
    for source, some in groups.items():
        condition = {} if source is None else {"source": source}
        accuracy = fmean(one.verdict for one in some)
        ties = sum(one.chosen == one.rejected for one in some)
        rows.append(
            Result(SYSTEM, model, dataset, "test", "pair_accuracy", accuracy, len(some), dict(condition))
        )
        rows.append(Result(SYSTEM, model, dataset, "test", "ties", float(ties), len(some), dict(condition)))
    return rows
