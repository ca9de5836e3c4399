"""Training: supervised and preference learning on rows from disk; the result is an ordinary checkpoint folder."""

from windward.training.config import PreferenceConfig, SFTConfig, TrainingConfig
from windward.training.conversations import RowError
from windward.training.mix import Mix
from windward.training.preference import train_preference
from windward.training.run import OutputError, Trained
from windward.training.sft import train_sft
from windward.training.stamp import never_score

__all__ = [
    "Mix",
    "OutputError",
    "PreferenceConfig",
    "RowError",
    "SFTConfig",
    "Trained",
    "TrainingConfig",
    "never_score",
    "train_preference",
    "train_sft",
]
