"""Training: supervised and preference learning on rows from disk; the result is an ordinary checkpoint folder."""

from windward.training.config import PreferenceConfig, SFTConfig, TrainingConfig
from windward.training.examples import RowError
from windward.training.preference import train_preference
from windward.training.run import OutputError, Trained
from windward.training.sft import train_sft

__all__ = [
    "OutputError",
    "PreferenceConfig",
    "RowError",
    "SFTConfig",
    "Trained",
    "TrainingConfig",
    "train_preference",
    "train_sft",
]
