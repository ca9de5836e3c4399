"""What a reward model thinks of answers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from windward.evals.dynamics.curves import TestRow
from windward.models import Message

if TYPE_CHECKING:
    from windward.training import RewardModel


def rewards(
    model: RewardModel, rows: Sequence[TestRow], answers: Sequence[str | None]
) -> NDArray[np.float64]:
    """The reward of each answer, [answers]; NaN where there is no answer, or the reward is no finite number.

    Args:
        model: the reward model.
        rows: with the prompts; there may be more of them than answers.
        answers: to the first rows.

    Raises:
        ModelError: the reward model's chat template cannot render a row.
    """
    found = np.full(len(answers), np.nan)
    given = [
        (place, row, text)
        for place, (row, text) in enumerate(zip(rows, answers, strict=False))
        if text is not None
    ]
    if given:
        scored = model.score(
            [[*row.prompt, Message(role="assistant", content=text)] for _, row, text in given]
        )
        found[[place for place, *_ in given]] = scored.double().numpy()
    found[~np.isfinite(found)] = np.nan
    return found


@cache
def reward_model(folder: Path) -> RewardModel:
    """Reads a reward model, once for all checkpoints.

    Raises:
        ModelError: the folder holds none.
    """
    from windward.training import load_reward

    return load_reward(folder)
