"""The trainings of a run, and which points each gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from windward.recipes.shift.config import ShiftConfig

PLAIN = "vanilla"


@dataclass(frozen=True)
class Training:
    """One model that is trained.

    Attributes:
        model: its encoder.
        seed: of the training, and of the draw of few texts.
        method: how.
        shots: texts of each class; None is the whole set.
        adapter: width; None trains the encoder.
        factor: what its last point is a step of.
        value: that step.
        watched: whether points are taken along the way, as steps of `steps`; the last one is that of the method.
    """

    model: str
    seed: int
    method: str = PLAIN
    shots: int | None = None
    adapter: int | None = None
    factor: str = "method"
    value: str = PLAIN
    watched: bool = False


def plan(config: ShiftConfig) -> list[Training]:
    """Each training once, the longest first; one that several factors ask for gives the points of all but is counted as one run."""
    found: dict[tuple[object, ...], Training] = {}

    def add(one: Training) -> None:
        key = (one.model, one.seed, one.method, one.shots, one.adapter)
        before = found.setdefault(key, one)
        if one.watched and not before.watched:
            found[key] = replace(before, watched=True)

    for model in config.models:
        for seed in config.seeds:
            if "method" in config.factors:
                for method in dict.fromkeys((PLAIN, *config.methods)):
                    add(Training(model, seed, method, factor="method", value=method))
            if "size" in config.factors:
                add(Training(model, seed, factor="size", value=model))
            if "steps" in config.factors:
                add(Training(model, seed, factor="method", value=PLAIN, watched=True))
            if "adapter" in config.factors:
                for width in config.adapters:
                    add(Training(model, seed, adapter=width, factor="adapter", value=str(width)))
        if "shots" in config.factors:
            for shots in config.shots:
                for seed in config.shot_seeds_of(shots):
                    add(Training(model, seed, shots=shots, factor="shots", value=str(shots)))
    return sorted(found.values(), key=_length)


def _length(one: Training) -> tuple[bool, bool, int]:
    return one.shots is not None, one.method != "freelb", -(one.shots or 0)


def names(trainings: Sequence[Training], models: Sequence[str]) -> list[str]:
    """A name of each, for its files; models by their place, since theirs may be paths."""
    found = []
    for one in trainings:
        kind = f"{one.shots}-shots" if one.shots is not None else f"adapter-{one.adapter}" if one.adapter is not None else one.method  # fmt: skip
        found.append(f"model-{models.index(one.model)}-{kind}-seed-{one.seed}")
    return found
