"""A trained reward model in use: how good is the last answer of each conversation?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from windward.models.loading import checkpoint_folder
from windward.models.protocol import Message
from windward.training.conversations import Example, RowError, fitted
from windward.training.packing import neighbours
from windward.training.pairs import Reader
from windward.training.stamp import RECORD

if TYPE_CHECKING:
    from torch import Tensor

    from windward.training.reward_net import RewardNet

MAX_LENGTH = 1024


class RewardModel:
    """Scores answers.

    Attributes:
        path: its folder.
        max_length: tokens of a conversation; a longer one loses its beginning, never its answer.
    """

    def __init__(self, path: Path, net: RewardNet, reader: Reader, max_length: int) -> None:
        self.path = path
        self.max_length = max_length
        self._net = net
        self._reader = reader

    def score(self, conversations: Sequence[Sequence[Message]]) -> Tensor:
        """Rewards of conversations that end with the answer that is meant.

        Several are computed in one forward, without padding; what answers to one prompt share is computed once.

        Args:
            conversations: messages each, the last of them the assistant's.

        Returns:
            (conversations,), float32 on the CPU; higher is better, and above 0 means more right than wrong where the
            model was trained with L_DR.

        Raises:
            RowError: a conversation does not end with an answer; the message says which.
            ModelError: the chat template cannot render it.
        """
        import torch

        examples = [self._example(number, messages) for number, messages in enumerate(conversations)]
        rewards = torch.zeros(len(examples))
        self._net.eval()
        for numbers in neighbours([len(example.tokens) for example in examples]):
            batch = {
                name: value.to(self._net.device) if isinstance(value, torch.Tensor) else value
                for name, value in self._net.collate([examples[number] for number in numbers]).items()
            }
            with torch.inference_mode():
                rewards[numbers] = self._net(batch).cpu()
        return rewards

    def _example(self, number: int, messages: Sequence[Message]) -> Example:
        if len(messages) < 2 or messages[-1]["role"] != "assistant":
            raise RowError(f"conversation {number}: it must end with the assistant's answer to something")
        whole = self._reader.read(messages[:-1], messages[-1]["content"])
        return self._reader.framed(fitted(whole, self._reader.room(self.max_length)))


def load_reward(path: str | Path, *, max_length: int | None = None) -> RewardModel:
    """Reads a reward model that `train_reward` made, or another bias-free one-label classifier on a causal backbone.

    Args:
        path: its folder, or a name on the hub.
        max_length: tokens of a conversation; None takes that of its training.

    Raises:
        ModelError: there is no such checkpoint, or it is no reward model.
    """
    from windward.training.reward_net import load_net, require_head

    folder = checkpoint_folder(path)
    require_head(folder)
    net, _, reader = load_net(folder)
    return RewardModel(folder, net, reader, max_length or _trained_length(folder))


def _trained_length(folder: Path) -> int:
    record = folder / RECORD
    if not record.is_file():
        return MAX_LENGTH
    stored: dict[str, Any] = json.loads(record.read_text(encoding="utf-8"))
    return int(stored["identity"]["config"]["max_length"])
