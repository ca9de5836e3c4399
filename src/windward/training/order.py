"""In which order rows are trained on: shuffled, as they lie in the file, or as one of its columns says."""

from __future__ import annotations

import random
from collections import Counter
from math import isfinite
from pathlib import Path

from windward.training.config import TrainingConfig
from windward.training.conversations import RowError


def row_order(rows: Path, count: int, config: TrainingConfig) -> list[int]:
    """The rows (or trees) of all epochs, in the order in which they are trained on.

    Args:
        rows: the Parquet file; read again only where a column orders it.
        count: how many rows (or trees) it came to.
        config: the order, its seed, and the epochs.

    Raises:
        RowError: there is no such column, or it does not give every row a place of its own.
    """
    if config.order_column is not None:
        return _by_column(rows, config.order_column) * config.epochs
    if config.order == "given":
        return list(range(count)) * config.epochs
    order: list[int] = []
    for epoch in range(config.epochs):
        shuffled = list(range(count))
        random.Random(f"{config.seed}/{epoch}").shuffle(shuffled)
        order.extend(shuffled)
    return order


def last_steps(tasks: list[str], order: list[int], rows_a_step: int) -> dict[str, int]:
    """For each task, the step (from 1) after which none of its rows is left to see.

    Args:
        tasks: of each row.
        order: the rows of all epochs, as they are trained on.
        rows_a_step: of all processes together.
    """
    return {tasks[row]: place // rows_a_step + 1 for place, row in enumerate(order)}


def column_of(rows: Path, name: str) -> list[object] | None:
    """A column of a Parquet file; None where there is none."""
    import pyarrow.parquet as pq

    if name not in pq.read_schema(rows).names:
        return None
    found: list[object] = pq.read_table(rows, columns=[name]).column(name).to_pylist()
    return found


def _by_column(rows: Path, name: str) -> list[int]:
    values = column_of(rows, name)
    if values is None:
        import pyarrow.parquet as pq

        raise RowError(
            f"{rows} has no column {name!r} to order its rows by; it has {', '.join(pq.read_schema(rows).names)} "
            "(or give the order shuffled or given)"
        )
    places: list[tuple[float, int]] = []
    for row, value in enumerate(values):
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise RowError(f"{rows}, row {row}, column {name}: {value!r} is no number to order by")
        places.append((value, row))
    twice = [value for value, times in Counter(values).items() if times > 1]
    if twice:
        raise RowError(
            f"{rows}, column {name}: {twice[0]!r} stands {Counter(values)[twice[0]]} times, so it does not say which row comes "
            "first: give every row its own number"
        )
    return [row for _, row in sorted(places)]
