"""What a study of adversarial training is told."""

from __future__ import annotations

from dataclasses import dataclass

from windward.evals.robtest.dimension import Dimension
from windward.evals.robtest.dimensions import DIMENSIONS
from windward.recipes.errors import RecipeError

START, CLEAN, HARDENED, ONE = "start", "clean", "hardened", "hardened-one"
ARMS = (CLEAN, HARDENED, ONE)
"""Trained alike, on as many texts: each text twice; each text and a changed copy; the same by the first dimension alone."""


@dataclass(frozen=True)
class HardenedConfig:
    """How large it is, what is learnt from and what is held out.

    Attributes:
        dimensions: that copies are changed by.
        held_out: that are only measured.
        arms: of `ARMS`; `clean` is always among them.
        train_degree: of the copies.
        degrees: that are measured.
        samples: of each test text, dimension and degree.
        train_texts: that are learnt from, each twice; None is all.
        test_texts: that are measured on; None is all.
        learning_rate: peak of the one epoch.
        batch_size: texts a step.
        seeds: of copies, order and dropout; one training of each arm for each.
        seed: of the draws of texts and of test samples, and of bootstraps.
    """

    dimensions: tuple[str, ...] = ("typo", "glyph", "synonym")
    held_out: tuple[str, ...] = ("phonetic", "inflection", "syntax", "distraction")
    arms: tuple[str, ...] = (CLEAN, HARDENED)
    train_degree: float = 0.2
    degrees: tuple[float, ...] = (0.1, 0.3)
    samples: int = 2
    train_texts: int | None = 2_500
    test_texts: int | None = 300
    learning_rate: float = 5e-5
    batch_size: int = 32
    seeds: tuple[int, ...] = (0, 1)
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuses what cannot be studied.

        Raises:
            RecipeError: names the setting.
        """
        for name in ("dimensions", "held_out", "degrees", "seeds"):
            if not getattr(self, name):
                raise RecipeError(f"{name} is empty; give one at least")
        for name in (*self.dimensions, *self.held_out):
            if name not in DIMENSIONS:
                raise RecipeError(f"there is no dimension {name!r}; there are {', '.join(DIMENSIONS)}")
        if both := set(self.dimensions) & set(self.held_out):
            raise RecipeError(f"{min(both)} cannot be both trained on and held out")
        if strange := [arm for arm in self.arms if arm not in ARMS]:
            raise RecipeError(f"there is no arm {strange[0]!r}; there are {', '.join(ARMS)}")
        if CLEAN not in self.arms:
            raise RecipeError(f"arms lack {CLEAN}: it is what the others are compared with")
        for degree in (self.train_degree, *self.degrees):
            if not 0 < degree <= 1:
                raise RecipeError(f"a degree lies above 0 and at most at 1, not at {degree}")
        for name in ("samples", "train_texts", "test_texts", "batch_size"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise RecipeError(f"{name} is {value}; it must be at least 1")

    def trained(self, arm: str) -> tuple[str, ...]:
        """The dimensions that an arm learns from."""
        return {HARDENED: self.dimensions, ONE: self.dimensions[:1]}.get(arm, ())

    def measured(self) -> list[Dimension]:
        """All dimensions that are measured, those trained on first."""
        return [DIMENSIONS[name]() for name in (*self.dimensions, *self.held_out)]
