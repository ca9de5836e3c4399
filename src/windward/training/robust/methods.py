"""The methods by name, with their settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from windward.training.robust.debias import Debias
from windward.training.robust.eda import Eda
from windward.training.robust.freelb import FreeLB

METHODS = {
    "vanilla": "cross-entropy",
    "eda": "an augmented copy of each text (Wei and Zou 2019)",
    "freelb": "adversarially moved embeddings (Zhu et al. 2020)",
    "smoothing": "label smoothing (Szegedy et al. 2016)",
    "focal": "focal loss (Lin et al. 2017)",
    "debias": "learned mixin with a shallow model (Clark et al. 2019)",
}
"""What each does."""


@dataclass(frozen=True)
class Settings:
    """Settings of the methods, by the method's name; those of the one that is trained count.

    Attributes:
        eda: see `Eda`.
        freelb: see `FreeLB`.
        smoothing: ε, see `smoothed`.
        focal: γ, see `focal`.
        debias: see `Debias`.
    """

    eda: Eda = field(default_factory=Eda)
    freelb: FreeLB = field(default_factory=FreeLB)
    smoothing: float = 0.1
    focal: float = 2.0
    debias: Debias = field(default_factory=Debias)

    def of(self, method: str) -> Any:
        """A method's own; None for `vanilla`."""
        return None if method == "vanilla" else getattr(self, method)


def check_method(name: str) -> None:
    """Refuses an unknown method.

    Raises:
        ValueError: it is none of `METHODS`.
    """
    if name not in METHODS:
        raise ValueError(f"there is no method {name!r}: give one of {', '.join(METHODS)}")
