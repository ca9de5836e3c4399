"""A few texts of each class."""

from __future__ import annotations

import random
from collections.abc import Sequence

from windward.rows.labelled import Labelled


def n_per_class(data: Sequence[Labelled], n: int, seed: int) -> list[Labelled]:
    """N texts of each class at random, all of a class that has fewer; in the order of `data`.

    A class's texts do not depend on the other classes, and those of a smaller n are among those of a larger one.

    Args:
        data: texts and labels.
        n: of each class.
        seed: of the draw.

    Raises:
        ValueError: n is negative.
    """
    if n < 0:
        raise ValueError(f"{n} texts of each class cannot be drawn: give 0 or more")
    chosen: list[int] = []
    for label in sorted({one.label for one in data}):
        places = [at for at, one in enumerate(data) if one.label == label]
        random.Random(f"{seed}/{label}").shuffle(places)
        chosen += places[:n]
    return [data[at] for at in sorted(chosen)]
