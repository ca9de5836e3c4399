"""Losses beside cross-entropy for texts of C classes, each the mean over a batch of n texts, in nats."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import cross_entropy


def smoothed(logits: Tensor, labels: Tensor, smoothing: float = 0.1) -> Tensor:
    """Label smoothing (Szegedy et al. 2016, section 7): cross-entropy with the target (1-ε)·[y] + ε/C.

    Args:
        logits: [n, C].
        labels: [n].
        smoothing: ε.
    """
    return cross_entropy(logits, labels, label_smoothing=smoothing)


def focal(logits: Tensor, labels: Tensor, gamma: float = 2.0) -> Tensor:
    """Focal loss (Lin et al. 2017, equation 4): -(1-p)^γ log p with p the probability of the label; γ = 0 is cross-entropy.

    Args:
        logits: [n, C].
        labels: [n].
        gamma: γ.
    """
    log_p = logits.log_softmax(dim=-1).gather(-1, labels[:, None])[:, 0]
    return -((1 - log_p.exp()) ** gamma * log_p).mean()
