"""The policy with its value head and its reference: what draws answers, and what is learnt from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from windward.models.generation import Batch, Completion
from windward.models.loading import native_bfloat16
from windward.models.sampling import stream
from windward.training.config import SFTConfig
from windward.training.conversations import answering
from windward.training.packing import TreeLayout
from windward.training.policy import load_policy, save_policy
from windward.training.ppo.config import PPOConfig
from windward.training.trainer import collate

PREFIX_BYTES = 256 << 20


Exchange = tuple[tuple[int, ...], tuple[int, ...]]
"""Tokens of a prompt and of an answer to it."""


@dataclass(frozen=True)
class Asked:
    """A prompt to be answered; `draw` tells apart several answers to one prompt."""

    tokens: tuple[int, ...]
    draw: int


@dataclass(frozen=True)
class Answer:
    """What was answered.

    Attributes:
        tokens: generated ones, that which ends it included.
        ended: whether it ended by itself; else it was cut off.
    """

    tokens: tuple[int, ...]
    ended: bool


@dataclass(frozen=True)
class Said:
    """What a forward says of the N answer tokens of some sequences, one sequence after the other.

    Attributes:
        log_probabilities: (N,), nats, at the policy's temperature.
        entropy: (N,), nats, before each token.
        hidden: (N, width), what the LM head read before each token.
    """

    log_probabilities: torch.Tensor
    entropy: torch.Tensor
    hidden: torch.Tensor


class ValueHead(torch.nn.Module):
    """V of a state from the reference policy's last hidden state there: one hidden layer, in float32.

    The reference does not change, so values stand on firm ground: they neither pull at the policy nor drift as it moves.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner = torch.nn.Linear(width, width)
        self.outer = torch.nn.Linear(width, 1)
        torch.nn.init.zeros_(self.outer.weight)
        torch.nn.init.zeros_(self.outer.bias)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """(N, width) to (N,)."""
        found: torch.Tensor = self.outer(torch.tanh(self.inner(hidden))).squeeze(-1)
        return found


class Actor:
    """A policy, its value head, and the reference policy that it began as.

    Sequences lie in one row without padding, shared prefixes once; nothing can leak from padding into them.

    Attributes:
        model: the policy, perhaps with adapters.
        head: its value head.
        tokenizer: of both policies.
    """

    def __init__(self, path: Path, config: PPOConfig) -> None:
        """Loads a checkpoint as policy and as reference.

        Raises:
            ModelError: there is none.
        """
        adapters = SFTConfig(lora_rank=config.lora_rank, lora_alpha=config.lora_alpha, seed=config.seed)
        self.config = config
        self.model, self.tokenizer = load_policy(path, adapters)
        self.model.eval()  # Dropout would make ρ differ from 1 before the first step.
        self._frozen: Any = None
        if not config.lora_rank:
            self._frozen = load_policy(path, adapters)[0].eval().requires_grad_(False)
        self.head = ValueHead(self.model.config.get_text_config().hidden_size).to(self.model.device)
        self._hidden: list[torch.Tensor] = []
        # What the LM head reads is the last hidden state, whatever the architecture does before and behind.
        for model in (self.model, self._frozen):
            if model is not None:
                model.get_output_embeddings().register_forward_pre_hook(self._keep_hidden)
        self._ends = _ends(self.model, self.tokenizer)

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        device: torch.device = self.model.device
        return device

    def trained(self) -> list[torch.nn.Parameter]:
        """The policy's parameters that learn."""
        return [parameter for parameter in self.model.parameters() if parameter.requires_grad]

    def answer(
        self, asked: Sequence[Asked], temperature: float, seed: int, on_answer: Callable[[int], None]
    ) -> list[Answer]:
        """Draws an answer to each prompt; what is drawn depends on prompt, `draw` and seed, up to rounding.

        Args:
            asked: the prompts.
            temperature: 0 is greedy.
            seed: of the draws.
            on_answer: hears how many are done.
        """
        batch = Batch(self.model, max_batch=self.config.generation_batch, prefix_bytes=PREFIX_BYTES)
        completions = [self._completion(one, temperature, seed) for one in asked]
        batch.waiting.extend(completions)
        done = 0
        with self._computing():
            while done < len(completions):
                done += len(batch.step())
                self._hidden.clear()
                on_answer(done)
        return [Answer(tuple(one.new), one.finish == "stop") for one in completions]

    def text(self, answer: Answer) -> str:
        """An answer's text, without the token that ends it."""
        tokens = answer.tokens[:-1] if answer.ended else answer.tokens
        text: str = self.tokenizer.decode(
            tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text

    def say(self, sequences: Sequence[Exchange]) -> Said:
        """The policy on answers, with gradient where it is enabled.

        Args:
            sequences: prompt and answer tokens each.
        """
        return self._said(self.model, sequences)

    def reference(self, sequences: Sequence[Exchange]) -> Said:
        """The reference policy on answers, at the policy's temperature, without gradient."""
        with torch.no_grad():
            if self._frozen is not None:
                return self._said(self._frozen, sequences)
            with self.model.disable_adapter():
                return self._said(self.model, sequences)

    def save(self, folder: Path) -> None:
        """Writes the policy as an ordinary checkpoint; adapters are merged into the weights."""
        save_policy(self.model, self.tokenizer, folder)

    def _completion(self, asked: Asked, temperature: float, seed: int) -> Completion:
        tokens = np.array(asked.tokens, dtype=np.int64)
        return Completion(
            tokens=tokens,
            max_tokens=self.config.max_new_tokens,
            temperature=temperature,
            top_p=1.0,
            ends=self._ends,
            stopped=lambda new: False,
            uniform=stream(seed, asked.draw, tokens),
        )

    def _keep_hidden(self, module: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        self._hidden.append(inputs[0])

    def _said(self, model: Any, sequences: Sequence[Exchange]) -> Said:
        batch = collate([answering(prompt, answer) for prompt, answer in sequences])
        self._hidden.clear()
        with self._computing():
            logits = model(
                input_ids=batch["tokens"][None].to(self.device),
                position_ids=batch["positions"][None].to(self.device),
                use_cache=False,
                logits_to_keep=batch["sources"].to(self.device),
                layout=TreeLayout(batch["nodes"]),
            ).logits[0]
        every = (logits.float() / self.config.temperature).log_softmax(-1)
        chosen = every.gather(-1, batch["targets"].to(self.device)[:, None]).squeeze(-1)
        return Said(chosen, -(every.exp() * every).sum(-1), self._hidden.pop()[0].detach().float())

    def _computing(self) -> AbstractContextManager[Any]:
        wanted = self.config.precision
        half = wanted == "bfloat16" or (wanted == "auto" and native_bfloat16())
        return torch.autocast(self.device.type, torch.bfloat16) if half else nullcontext()


def _ends(model: Any, tokenizer: Any) -> frozenset[int]:
    named = model.generation_config.eos_token_id
    ends = {tokenizer.eos_token_id, *(named if isinstance(named, list) else [named])}
    return frozenset(end for end in ends if end is not None)
