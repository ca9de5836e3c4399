"""FreeLB (Zhu et al. 2020, algorithm 1): gradients at texts whose word embeddings were moved to where the loss is higher.

For a text of N tokens with embeddings X of width d, the padding left alone:
  δ_0   uniform in [-1, 1] times init / √(N·d)
  g     = (1/K) Σ_{t<K} ∇_θ L(f(X + δ_t), y)                      one step of the optimizer
  δ_t+1 = Π(δ_t + step · ∇_δ L / ‖∇_δ L‖_2)                       Π: into the ball of radius `bound` around 0
The K gradients are averaged (a sum would be a K times larger learning rate before clipping), and all K forwards of a batch
have the same dropout, as the paper's section 3.3 has it. Π is left out by default.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class FreeLB:
    """How embeddings are moved.

    Attributes:
        ascents: K, gradients a batch.
        step_size: L2 length of a move of a text's embeddings.
        init: L2 length, at most, of where the moves begin.
        bound: L2 radius that the moves stay in; None is no limit.
    """

    ascents: int = 3
    step_size: float = 1e-2
    init: float = 2e-2
    bound: float | None = None


def first_move(embeddings: Tensor, mask: Tensor, init: float) -> Tensor:
    """δ_0, [n, tokens, d].

    Args:
        embeddings: [n, tokens, d]; only its form is used.
        mask: [n, tokens], 1 for tokens and 0 for padding.
        init: see `FreeLB`.
    """
    import torch

    sizes = mask.sum(dim=1).to(embeddings) * embeddings.shape[-1]
    drawn = torch.empty_like(embeddings).uniform_(-1, 1) * mask[..., None].to(embeddings)
    return drawn * (init / sizes.clamp(min=1).sqrt())[:, None, None]


def next_move(move: Tensor, gradient: Tensor, settings: FreeLB) -> Tensor:
    """δ_t+1, [n, tokens, d].

    Args:
        move: δ_t.
        gradient: of the loss by δ_t; lengths are of each text by itself.
        settings: see `FreeLB`.
    """
    moved = move + settings.step_size * gradient / _lengths(gradient).clamp(min=1e-12)
    if settings.bound is None:
        return moved
    return moved * (settings.bound / _lengths(moved).clamp(min=1e-12)).clamp(max=1)


def _lengths(moves: Tensor) -> Tensor:
    found: Tensor = moves.flatten(1).norm(dim=1)
    return found[:, None, None]
