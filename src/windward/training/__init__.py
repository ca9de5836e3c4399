"""Training: supervised, preference and reward learning on rows from disk; the result is an ordinary checkpoint folder."""

from windward.training.config import PreferenceConfig, RewardConfig, SFTConfig, TrainingConfig
from windward.training.conversations import RowError
from windward.training.mix import Mix
from windward.training.output import OutputError
from windward.training.preference import train_preference
from windward.training.reward import train_reward
from windward.training.reward_model import RewardModel, load_reward
from windward.training.run import Trained
from windward.training.sft import train_sft
from windward.training.stamp import never_score

__all__ = [
    "Mix",
    "OutputError",
    "PreferenceConfig",
    "RewardConfig",
    "RewardModel",
    "RowError",
    "SFTConfig",
    "Trained",
    "TrainingConfig",
    "load_reward",
    "never_score",
    "train_preference",
    "train_reward",
    "train_sft",
]
