"""A model that criticises (UltraCM): audited critiques become rows, a checkpoint learns them, and is measured on others."""

from windward.recipes.critique_model.measure import measure_critique
from windward.recipes.critique_model.rows import (
    CritiqueCounts,
    CritiqueRow,
    critique_messages,
    critique_rows,
    critique_target,
    write_critique_rows,
)
from windward.recipes.critique_model.train import PRESET, train_critique

__all__ = [
    "PRESET",
    "CritiqueCounts",
    "CritiqueRow",
    "critique_messages",
    "critique_rows",
    "critique_target",
    "measure_critique",
    "train_critique",
    "write_critique_rows",
]
