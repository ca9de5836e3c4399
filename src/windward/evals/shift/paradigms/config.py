"""What is asked of a model, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from windward.evals.shift.task import Kind, ShiftError

Paradigm = Literal["zero-shot", "id", "ood"]
"""No examples; examples of the set in distribution, for every set; each set's own, for the sets out of it."""
PARADIGMS: tuple[Paradigm, ...] = get_args(Paradigm)
FINE_TUNED = "fine-tuned"
"""The row beside them."""

TOKENS: Mapping[Kind, int] = {"classification": 16, "tagging": 256, "questions": 64}
"""New tokens at most. The release gives answers to questions five, which cuts off what is longer than a name."""


@dataclass(frozen=True)
class ParadigmConfig:
    """What is asked, and how.

    Attributes:
        paradigms: in the order in which they are asked.
        shots: demonstrations of each class (of each type of entity; in all, for questions), of id and ood.
        max_tokens: new tokens of an answer at most; None is 16 for a class, 256 for entities, 64 for an answer.
        split: that is tested.
        seed: of the draws of demonstrations.
    """

    paradigms: tuple[Paradigm, ...] = PARADIGMS
    shots: int = 3
    max_tokens: int | None = None
    split: str = "test"
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuses what cannot be asked."""
        for name in ("shots", "max_tokens"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ShiftError(f"{name} is {value}; it must be 1 or more")
        if not self.paradigms or len(set(self.paradigms)) < len(self.paradigms):
            raise ShiftError("name each paradigm once, and one at least")
        if strange := set(self.paradigms) - set(PARADIGMS):
            raise ShiftError(f"there is no paradigm {min(strange)!r}; there are {', '.join(PARADIGMS)}")

    def tokens(self, kind: Kind) -> int:
        """New tokens of an answer at most."""
        return self.max_tokens or TOKENS[kind]
