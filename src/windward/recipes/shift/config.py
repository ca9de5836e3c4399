"""What is trained, and where along the way it is measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from windward.evals.shift.task import ShiftError
from windward.training.robust.methods import check_method

Factor = Literal["steps", "shots", "adapter", "size", "method"]
"""What the points of a curve differ in (BOSS, section 4.1), and the methods beside them."""
FACTORS: tuple[str, ...] = get_args(Factor)


@dataclass(frozen=True)
class ShiftConfig:
    """Settings of a run.

    Attributes:
        models: encoders, folders or hub ids; of several, `size` is what they differ in.
        factors: what is varied.
        methods: of factor `method`; `vanilla` is always among them.
        seeds: of trainings on the whole set; each is a run of its own.
        shots: texts of each class (examples in all, for entities and questions).
        shot_seeds: trainings for each of `shots`; None is the paper's: 5 below 100, 3 below 1,000, else 1.
        shares: of the first epoch, after which factor `steps` measures; then it does after every epoch.
        adapters: widths of bottleneck adapters.
        epochs: passes over the whole set.
        shot_steps: steps of a training on few texts, where its own epochs are fewer.
        batch_size: texts a step.
        learning_rate: of whole encoders.
        adapter_rate: of adapters, which start at nothing and need a higher one.
        max_length: tokens of a text.
        train_limit: examples of the training set at most, drawn by `draw_seed`.
        test_limit: examples of each test set at most.
        draw_seed: of these draws.
        keep: whether checkpoints stay.
    """

    models: tuple[str, ...] = ("embedded",)
    factors: tuple[str, ...] = ("steps", "shots")
    methods: tuple[str, ...] = ("vanilla", "eda", "freelb", "smoothing", "focal", "debias")
    seeds: tuple[int, ...] = (0,)
    shots: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64, 128)
    shot_seeds: int | None = None
    shares: tuple[float, ...] = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    adapters: tuple[int, ...] = (1, 4, 16, 64, 256, 1024)
    epochs: int = 3
    shot_steps: int = 30
    batch_size: int = 16
    learning_rate: float = 5e-5
    adapter_rate: float = 1e-3
    max_length: int = 128
    train_limit: int | None = None
    test_limit: int | None = None
    draw_seed: int = 0
    keep: bool = False

    def __post_init__(self) -> None:
        """Refuses what is no run.

        Raises:
            ShiftError: a factor is unknown, or something is missing.
            ValueError: a method is unknown.
        """
        strange = [name for name in self.factors if name not in FACTORS]
        if strange or not self.factors:
            raise ShiftError(
                f"{', '.join(strange) or 'nothing'} is no factor: there are {', '.join(FACTORS)}"
            )
        for method in self.methods:
            check_method(method)
        if not self.models or not self.seeds:
            raise ShiftError("name at least one model and one seed")
        if any(not 0 < share < 1 for share in self.shares):
            raise ShiftError("shares of the first epoch lie between 0 and 1")
        if any(count < 1 for count in (*self.shots, *self.adapters)):
            raise ShiftError("shots and widths of adapters are at least 1")

    def shot_seeds_of(self, shots: int) -> range:
        """Seeds of the trainings on so many texts of each class."""
        if self.shot_seeds is not None:
            return range(self.shot_seeds)
        return range(5 if shots < 100 else 3 if shots < 1_000 else 1)
