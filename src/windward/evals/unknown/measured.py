"""What a run's figures are about: the model, its replies, what detectors say of them, and what it was asked how."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from windward.evals.unknown.correct import RULES, correct
from windward.evals.unknown.records import Answered, Split, Verdict


@dataclass(frozen=True)
class Half:
    """The replies of one half of one set, beside every detector's verdicts on them.

    Attributes:
        dataset: of the questions.
        split: of the questions.
        answered: the replies.
        verdicts: by detector, one a reply in the same order.
    """

    dataset: str
    split: Split
    answered: Sequence[Answered]
    verdicts: Mapping[str, Sequence[Verdict]]

    @property
    def has_references(self) -> bool:
        """Whether answers can be checked: some question of it names a right one."""
        return any(one.question.references for one in self.answered)

    @cached_property
    def correct(self) -> Mapping[str, Sequence[bool]]:
        """By rule, whether each reply is right."""
        return {rule: [correct(one, rule) for one in self.answered] for rule in RULES}


@dataclass(frozen=True)
class Measured:
    """One model's replies.

    Attributes:
        model: its name in the result table.
        answered: all replies.
        verdicts: by detector, one a reply in the same order.
        told: what else every figure was measured under (`prompt`, …).
        seed: of bootstraps.
    """

    model: str
    answered: Sequence[Answered]
    verdicts: Mapping[str, Sequence[Verdict]]
    told: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0

    @cached_property
    def halves(self) -> list[Half]:
        """In the order in which they first come."""
        places: defaultdict[tuple[str, Split], list[int]] = defaultdict(list)
        for place, one in enumerate(self.answered):
            places[one.question.dataset, one.question.split].append(place)
        return [
            Half(
                dataset,
                split,
                [self.answered[place] for place in some],
                {name: [given[place] for place in some] for name, given in self.verdicts.items()},
            )
            for (dataset, split), some in places.items()
        ]
