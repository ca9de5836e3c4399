"""Small runs of a tiny encoder: texts of two classes, and what the tests of its training ask."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

from windward.rows.labelled import Labelled
from windward.training.robust.debias import Debias
from windward.training.robust.methods import Settings
from windward.training.robust.watching import Predict

ROWS = [Labelled(str(n), f"farm has {n} cows" if n % 2 else f"tom buys {n} apples", n % 2) for n in range(28)]
CLASSES = ("apples", "cows")
FAST = Settings(debias=Debias(trees=5))
KNOWN = {"farm": ["user"], "cows": ["apples"], "tom": ["he"], "buys": ["has"]}


def synonyms(word: str) -> list[str]:
    return KNOWN.get(word, [])


@dataclass
class Noted:
    """A watch that keeps what the model says, draws random numbers, and may end the run."""

    steps: Sequence[int]
    dies_at: int | None = None
    seen: dict[int, NDArray[np.float64]] = field(default_factory=dict)

    def __call__(self, step: int, predict: Predict) -> None:
        self.seen[step] = predict(ROWS)
        torch.randn(3)
        np.random.rand(3)
        if step == self.dies_at:
            raise InterruptedError("killed")


def weights(folder: Path) -> dict[str, torch.Tensor]:
    """Of a checkpoint, with adapters or without."""
    (file,) = folder.glob("*.safetensors")
    return load_file(file)


def same(one: Path, other: Path) -> bool:
    """Whether two checkpoints hold the same weights, to the bit."""
    first, second = weights(one), weights(other)
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)
