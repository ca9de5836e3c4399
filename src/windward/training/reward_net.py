"""A backbone with a bias-free linear head: one reward a sequence, and how it is read from disk and written.

Of a causal model the head sees the last token, the one that ends the answer (Eurus §3); on disk it is an ordinary
`...ForSequenceClassification` checkpoint with one label. An encoder's head sees the mean of all tokens; on disk it lies
beside the encoder's own checkpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    set_seed,
)
from transformers.utils import logging

from windward.models.attention import use_layouts
from windward.models.chat import text_ids
from windward.models.loading import without_progress_bars
from windward.models.protocol import Message, ModelError
from windward.training.config import TrainingConfig
from windward.training.conversations import Example, answering
from windward.training.packing import BlockLayout, TreeLayout, pack
from windward.training.pairs import Reader, chat_reader
from windward.training.policy import adapted, merged
from windward.training.processes import here

HEAD = "reward_head.safetensors"
NO_DROPOUT = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
WIDTH = 0.02  # of a new head's weights


class RewardNet(torch.nn.Module):
    """Rewards of packed sequences.

    Attributes:
        model: the checkpoint, perhaps with adapters; a causal one holds its head as `score`.
        head: an encoder's head.
    """

    def __init__(self, model: Any, head: torch.nn.Linear | None) -> None:
        super().__init__()
        self.model = model
        self.head = head

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return next(self.parameters()).device

    def activation_checkpointing_enable(self, **settings: Any) -> None:
        """Computes activations twice to save memory."""
        self.model.activation_checkpointing_enable(**settings)

    def forward(self, batch: dict[str, Any]) -> torch.Tensor:
        """Rewards of a batch of `collate_sequences`, (sequences,)."""
        whole = self.model.get_base_model() if hasattr(self.model, "get_base_model") else self.model
        backbone = whole if self.head is not None else getattr(whole, whole.base_model_prefix)
        hidden = backbone(
            input_ids=batch["tokens"][None],
            position_ids=batch["positions"][None],
            layout=batch["layout"],
            **({"use_cache": False} if self.head is None else {}),
        ).last_hidden_state[0]
        # Rewards are compared with each other: half precision would make many of them equal.
        with torch.autocast(hidden.device.type, enabled=False):
            if self.head is None:
                rewards: torch.Tensor = whole.score(hidden[batch["ends"]].float()).squeeze(-1)
                return rewards
            sums = hidden.new_zeros((len(batch["ends"]), hidden.shape[1]), dtype=torch.float32)
            sums = sums.index_add(0, batch["owners"], hidden.float())
            found: torch.Tensor = self.head(sums / batch["lengths"][:, None]).squeeze(-1)
            return found

    def collate(self, examples: Sequence[Example]) -> dict[str, Any]:
        """Packs sequences: a causal model's as a prefix tree, an encoder's side by side.

        Returns:
            `tokens`, `positions` and `owners` (T,), `layout`; `ends` and `lengths` (sequences,).
        """
        sequences = [example.tokens for example in examples]
        if self.head is None:
            packed = pack(sequences)
            tokens, positions, ends = packed.tokens, packed.positions, [at[-1] for at in packed.places]
            layout: TreeLayout | BlockLayout = TreeLayout(packed.nodes)
            owners: list[int] = []
        else:
            tokens = [token for sequence in sequences for token in sequence]
            positions = [place for sequence in sequences for place in range(len(sequence))]
            owners = [number for number, sequence in enumerate(sequences) for _ in sequence]
            ends = [sum(map(len, sequences[: number + 1])) - 1 for number in range(len(sequences))]
            layout = BlockLayout(
                [(end + 1 - len(sequence), end + 1) for end, sequence in zip(ends, sequences, strict=True)]
            )
        return {
            "tokens": torch.tensor(tokens),
            "positions": torch.tensor(positions),
            "owners": torch.tensor(owners, dtype=torch.long),
            "ends": torch.tensor(ends),
            "lengths": torch.tensor([float(len(sequence)) for sequence in sequences]),
            "layout": layout,
        }

    def save(self, tokenizer: Any, folder: Path) -> None:
        """Writes a folder that `load_net` reads; adapters are merged into the weights."""
        with without_progress_bars():
            merged(self.model).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        if self.head is not None:
            save_file({"weight": self.head.weight.detach().cpu().contiguous()}, folder / HEAD)


def load_net(path: Path, config: TrainingConfig | None = None) -> tuple[RewardNet, Any, Reader]:
    """A reward model, or one to be made of a checkpoint, in float32; its tokenizer, and how it reads.

    Args:
        path: the checkpoint folder.
        config: of training, where a new head (drawn by the seed) and adapters may be wanted.

    Raises:
        ModelError: its architecture has no place for a head.
    """
    level = logging.get_verbosity()
    logging.set_verbosity_error()  # A new head is reported as missing weights.
    try:
        with without_progress_bars():
            if config is not None:
                set_seed(config.seed)
            model, head = _loaded(path)
    finally:
        logging.set_verbosity(level)
    tokenizer = AutoTokenizer.from_pretrained(path)
    use_layouts(model)
    if head is None:
        _pad_apart(model, tokenizer)
    if config is not None:
        model = adapted(model, config, "SEQ_CLS" if head is None else "FEATURE_EXTRACTION")
    reader = chat_reader(tokenizer) if head is None else encoder_reader(tokenizer)
    return RewardNet(model, head).to(here().device), tokenizer, reader


def require_head(folder: Path) -> None:
    """Checks that a checkpoint has been trained to give rewards.

    Raises:
        ModelError: it has no head.
    """
    named = AutoConfig.from_pretrained(folder).architectures or [""]
    if not (folder / HEAD).is_file() and not named[0].endswith("ForSequenceClassification"):
        raise ModelError(
            f"{folder} is no reward model ({named[0] or 'it names no architecture'}): make one of it by "
            "`windward train reward`"
        )


def encoder_reader(tokenizer: Any) -> Reader:
    """Tokens of a conversation as plain text, between the tokens that an encoder expects around it."""

    def read(prompt: Sequence[Message], answer: str) -> Example:
        text = "".join(f"{message['role']}: {message['content']}\n" for message in prompt)
        return answering(text_ids(tokenizer, f"{text}assistant:"), text_ids(tokenizer, answer))

    return Reader(read, (tokenizer.cls_token_id,), (tokenizer.sep_token_id,))


def _loaded(path: Path) -> tuple[Any, torch.nn.Linear | None]:
    kind = AutoConfig.from_pretrained(path)
    if not (path / HEAD).is_file():
        try:
            model = AutoModelForSequenceClassification.from_pretrained(
                path, num_labels=1, dtype=torch.float32
            )
        except ValueError as error:
            raise ModelError(f"{path}: {kind.model_type} has no place for a reward head: {error}") from error
        if hasattr(model, "score"):
            return model, None
    encoder = AutoModel.from_pretrained(path, dtype=torch.float32, **NO_DROPOUT)
    if hasattr(getattr(encoder, "embeddings", None), "padding_idx"):
        raise ModelError(
            f"{path}: {kind.model_type} counts positions from its padding, which is not supported"
        )
    head = torch.nn.Linear(encoder.config.hidden_size, 1, bias=False)
    if (path / HEAD).is_file():
        head.load_state_dict(load_file(path / HEAD))
    else:
        torch.nn.init.normal_(head.weight, std=WIDTH)
    return encoder, head


def _pad_apart(model: Any, tokenizer: Any) -> None:
    """Others find the last token as the last that is no padding, so padding must not be what ends an answer."""
    others = (tokenizer.pad_token_id, tokenizer.unk_token_id, tokenizer.bos_token_id)
    pad = next((one for one in others if one is not None and one != tokenizer.eos_token_id), None)
    model.config.pad_token_id = pad
    if pad is not None:
        tokenizer.pad_token = tokenizer.convert_ids_to_tokens(pad)
