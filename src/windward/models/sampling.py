"""Drawing the next token: each row by its own stream of uniform numbers, so that batch mates do not matter."""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

NUCLEUS_WIDTH = 256


def stream(seed: int | None, sample: int, tokens: np.typing.NDArray[np.int64]) -> random.Random:
    """The uniform numbers of one draw; they depend on seed (None is 0), sample and prompt, and on nothing else."""
    text = f"{seed or 0}/{sample}/".encode() + tokens.astype("<i8").tobytes()
    return random.Random(int.from_bytes(hashlib.blake2b(text, digest_size=16).digest(), "big"))


def draw(logits: Tensor, temperature: Tensor, top_p: Tensor, uniform: Tensor) -> Tensor:
    """One token a row by the inverse of its distribution function.

    Args:
        logits: (rows, vocabulary), float32.
        temperature: (rows,); 0 is greedy.
        top_p: (rows,); nucleus mass, 1 keeps every token.
        uniform: (rows,) in [0, 1).

    Returns:
        (rows,) token ids.
    """
    tokens = logits.argmax(-1)
    for chosen, pick in (
        ((temperature > 0) & (top_p >= 1), _from_all),
        ((temperature > 0) & (top_p < 1), _from_nucleus),
    ):
        rows = chosen.nonzero().flatten()
        if len(rows):
            probabilities = (logits[rows] / temperature[rows, None]).softmax(-1)
            tokens[rows] = pick(probabilities, top_p[rows], uniform[rows])
    return tokens


def log_probability(logits: Tensor, tokens: Tensor) -> Tensor:
    """Log-probability (nats) of one token a row under the model itself: temperature 1, no nucleus.

    Args:
        logits: (rows, vocabulary).
        tokens: (rows,).

    Returns:
        (rows,) float32.
    """
    logits = logits.float()
    return logits.gather(-1, tokens[:, None]).squeeze(-1) - logits.logsumexp(-1)


def _from_all(probabilities: Tensor, top_p: Tensor, uniform: Tensor) -> Tensor:
    return _invert(probabilities, uniform)


def _from_nucleus(probabilities: Tensor, top_p: Tensor, uniform: Tensor) -> Tensor:
    width = min(NUCLEUS_WIDTH, probabilities.shape[-1])
    best, tokens = probabilities.topk(width, dim=-1)
    if bool((best.sum(-1) < top_p).any()):  # a flat distribution: its nucleus is wider than what was sorted
        best, tokens = probabilities.sort(dim=-1, descending=True)
    mass_before = best.cumsum(-1) - best
    picked = _invert(best * (mass_before < top_p[:, None]), uniform)
    return tokens.gather(-1, picked[:, None]).squeeze(-1)


def _invert(mass: Tensor, uniform: Tensor) -> Tensor:
    import torch

    cumulative = mass.double().cumsum(-1)
    target = uniform.double() * cumulative[:, -1]
    index = torch.searchsorted(cumulative, target[:, None], right=True).squeeze(-1)
    return index.clamp_(max=mass.shape[-1] - 1)
