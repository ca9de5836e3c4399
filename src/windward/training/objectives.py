"""Preference objectives: pure functions of summed log-probabilities, one value a pair.

With implicit rewards r = β (log π − log π_ref) of the chosen (c) and the rejected (r) answer:

| name | loss | source |
| --- | --- | --- |
| `dpo` | −log σ(r_c − r_r) | Rafailov et al. 2023, eq. 7 |
| `ipo` | ((r_c/n_c − r_r/n_r)/β − 1/2β)², n = tokens of the answer | Azar et al. 2023, eq. 17, by token as its authors run it |
| `hinge` | max(0, 1 − (r_c − r_r)) | SLiC-HF, Zhao et al. 2023 |
| `nca_pair` | −log σ(r_c) − ½ log σ(−r_c) − ½ log σ(−r_r) | Chen et al. 2024, eq. 7 for pairs; Eurus §3 |
| `apo_zero` | 1 − σ(r_c) + σ(r_r) | D'Oosterlinck et al. 2024, eq. 7 |
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class PairScores:
    """What an objective sees; every tensor is (pairs,).

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

    @property
    def chosen_ratio(self) -> Tensor:
        """Log π/π_ref of the chosen answer."""
        return self.chosen - self.reference_chosen

    @property
    def rejected_ratio(self) -> Tensor:
        """Log π/π_ref of the rejected answer."""
        return self.rejected - self.reference_rejected


Objective = Callable[[PairScores, float], "Tensor"]


def dpo(scores: PairScores, beta: float) -> Tensor:
    """Direct preference optimisation."""
    from torch.nn.functional import logsigmoid

    return -logsigmoid(beta * (scores.chosen_ratio - scores.rejected_ratio))


def ipo(scores: PairScores, beta: float) -> Tensor:
    """Identity preference optimisation; `beta` is its τ."""
    margin = scores.chosen_ratio / scores.chosen_tokens - scores.rejected_ratio / scores.rejected_tokens
    return (margin - 1 / (2 * beta)) ** 2


def hinge(scores: PairScores, beta: float) -> Tensor:
    """Sequence likelihood calibration."""
    return (1 - beta * (scores.chosen_ratio - scores.rejected_ratio)).relu()


def nca_pair(scores: PairScores, beta: float) -> Tensor:
    """Noise contrastive alignment: also holds the chosen answer's absolute likelihood up."""
    from torch.nn.functional import logsigmoid

    chosen, rejected = beta * scores.chosen_ratio, beta * scores.rejected_ratio
    return -logsigmoid(chosen) - 0.5 * logsigmoid(-chosen) - 0.5 * logsigmoid(-rejected)


def apo_zero(scores: PairScores, beta: float) -> Tensor:
    """Anchored preference optimisation, for chosen answers that are better than the model's own."""
    return 1 - (beta * scores.chosen_ratio).sigmoid() + (beta * scores.rejected_ratio).sigmoid()


OBJECTIVES: dict[str, Objective] = {
    "dpo": dpo,
    "ipo": ipo,
    "hinge": hinge,
    "nca_pair": nca_pair,
    "apo_zero": apo_zero,
}
