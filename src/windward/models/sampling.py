"""Drawing the next token: each row by its own stream of uniform numbers, so that batch mates do not matter."""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

NUCLEUS_WIDTH = 256
BLOCK = 256
"""Tokens whose mass is summed first: a draw walks block sums, then one block, never the whole vocabulary."""


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
            warm = logits if len(rows) == len(logits) else logits[rows]
            tokens[rows] = pick(warm / temperature[rows, None], top_p[rows], uniform[rows])
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


def _from_all(logits: Tensor, top_p: Tensor, uniform: Tensor) -> Tensor:
    import torch
    from torch.nn.functional import pad

    mass = logits.sub_(logits.max(-1, keepdim=True).values).exp_()
    if mass.shape[-1] % BLOCK:
        mass = pad(mass, (0, -mass.shape[-1] % BLOCK))
    blocks = mass.view(len(mass), -1, BLOCK)
    block, rest = _find(blocks.sum(-1).double().cumsum(-1), uniform.double())
    inside = blocks[torch.arange(len(mass), device=mass.device), block]
    place, _ = _find(inside.double().cumsum(-1), rest)
    return block * BLOCK + place


def _find(cumulative: Tensor, share: Tensor) -> tuple[Tensor, Tensor]:
    """Where a share of the whole mass falls, and what share of that part's own mass lies before it."""
    import torch

    total = cumulative[:, -1]
    # Below the whole mass, so that rounding never ends in a part without any.
    target = torch.minimum(share * total, torch.nextafter(total, torch.zeros_like(total)))
    index = torch.searchsorted(cumulative, target[:, None], right=True)
    before = cumulative.gather(-1, (index - 1).clamp_(min=0)) * (index > 0)
    own = cumulative.gather(-1, index) - before
    return index.squeeze(-1), ((target[:, None] - before) / own).squeeze(-1)


def _from_nucleus(logits: Tensor, top_p: Tensor, uniform: Tensor) -> Tensor:
    probabilities = logits.softmax(-1)
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
