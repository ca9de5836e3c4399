"""PPO: answers drawn, rewarded and learnt from, held to the starting checkpoint by a KL penalty on every token."""

from windward.training.ppo.config import PPOConfig
from windward.training.ppo.run import Improved, Iteration, train_ppo
from windward.training.ppo.scoring import Scorer, reward_scorer

__all__ = ["Improved", "Iteration", "PPOConfig", "Scorer", "reward_scorer", "train_ppo"]
