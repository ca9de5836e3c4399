"""Rows of a second file among those of the first, so that a model keeps what the first says nothing of."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from windward.training.config import TrainingConfig

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Mix:
    """A second file of supervised rows.

    Attributes:
        rows: Parquet with `messages` (and perhaps `learn`).
        share: of an epoch's rows that come from it, between 0 and 1, drawn anew for each epoch; None takes all of
            them in each.
    """

    rows: Path
    share: float | None = None

    def __post_init__(self) -> None:
        """Refuses what is no share."""
        if self.share is not None and not 0 < self.share < 1:
            raise ValueError(f"the share of the mix is {self.share}; it must lie between 0 and 1")


def interleaved(units: Sequence[T], others: Sequence[T], mix: Mix, config: TrainingConfig) -> list[T]:
    """All epochs, each with its rows of the mix at seeded places; `units` stay in their order.

    Args:
        units: all epochs of the first file, in order.
        others: rows of the mix.
        mix: their share.
        config: epochs and seed.

    Raises:
        ValueError: the mix holds too few rows for its share.
    """
    own = len(units) // config.epochs
    count = len(others) if mix.share is None else round(own * mix.share / (1 - mix.share))
    if count > len(others):
        raise ValueError(
            f"{mix.rows} holds {len(others)} rows; a share of {mix.share} beside {own} rows needs {count}: lower the "
            f"share to {len(others) / (own + len(others)):.3f}, or give more rows"
        )
    found: list[T] = []
    for epoch in range(config.epochs):
        draw = random.Random(f"{config.seed}/{epoch}/mix")
        drawn = iter(draw.sample(range(len(others)), count))
        places = set(draw.sample(range(own + count), count))
        mine = iter(units[epoch * own : (epoch + 1) * own])
        found += [others[next(drawn)] if at in places else next(mine) for at in range(own + count)]
    return found
