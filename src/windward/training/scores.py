"""What a model says of a batch of pairs: the log-probabilities of both answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from windward.training.pairs import Pair

if TYPE_CHECKING:
    from torch import Tensor

LogProbabilities = tuple[float, float]
"""Of the chosen and the rejected answer, nats summed over tokens."""


@dataclass(frozen=True)
class PairScores:
    """Log-probabilities of a batch of pairs; every tensor is (pairs,).

    Attributes:
        chosen: log π of the chosen answer, nats summed over its tokens.
        rejected: likewise of the rejected answer.
        reference_chosen: log π_ref of the chosen answer.
        reference_rejected: likewise of the rejected answer.
        chosen_tokens: tokens of the chosen answer.
        rejected_tokens: likewise of the rejected answer.
    """

    chosen: Tensor
    rejected: Tensor
    reference_chosen: Tensor
    reference_rejected: Tensor
    chosen_tokens: Tensor
    rejected_tokens: Tensor


def said_of(pairs: Sequence[Pair]) -> dict[str, Any]:
    """What a batch holds of its pairs beside their tokens: `units`, and (pairs,) each `weights`, `absolute`, `margins`."""
    import torch

    return {
        "units": len(pairs),
        "weights": torch.tensor([pair.weight for pair in pairs]),
        "absolute": torch.tensor([pair.absolute for pair in pairs]),
        "margins": torch.tensor([pair.margin or 0.0 for pair in pairs]),
    }


def pack_pairs(pairs: Sequence[Pair], reference: Sequence[LogProbabilities]) -> dict[str, Any]:
    """Packs pairs: chosen answers first, then the rejected ones in the same order; see `trainer.collate`."""
    import torch

    from windward.training.trainer import collate

    examples = [pair.chosen for pair in pairs] + [pair.rejected for pair in pairs]
    known = [chosen for chosen, _ in reference] + [rejected for _, rejected in reference]
    return collate(examples) | said_of(pairs) | {"reference": torch.tensor(known, dtype=torch.float64)}


def pair_scores(log_probabilities: Tensor, batch: dict[str, Any]) -> PairScores:
    """Sums the answers' token log-probabilities (T,) of a batch of pairs, in double precision.

    A loss sees small differences of these sums, which reach thousands where answers are long.
    """
    pairs = len(batch["weights"])
    exact = log_probabilities.double()
    zeros = exact.new_zeros(2 * pairs)
    sums = zeros.index_add(0, batch["owners"], exact)
    counts = zeros.index_add(0, batch["owners"], exact.detach().new_ones(len(exact)))
    return PairScores(
        sums[:pairs],
        sums[pairs:],
        batch["reference"][:pairs],
        batch["reference"][pairs:],
        counts[:pairs],
        counts[pairs:],
    )
