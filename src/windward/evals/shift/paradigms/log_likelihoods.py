"""Classes by how likely a model finds their names as answers: nothing to parse, so nothing unparsed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

LOG_PROBABILITIES = "log-probabilities"
CONTENT_FREE = "N/A"
"""Stands for the text where it is asked how likely each name is without one."""
Scores = NDArray[np.float64]
Scored = tuple[Scores, NDArray[np.int64]]
"""Summed log-probabilities (nats) and tokens of each label."""


def normalised_scores(
    scored: Sequence[Scored | None], without_text: Scored | None
) -> Mapping[str, list[Scores | None]]:
    """Scores of each example by the way in which they are made comparable.

    Args:
        scored: of each example; None where the request did not fit.
        without_text: where the text is `CONTENT_FREE`; None likewise.

    Returns:
        `total`: as they are. `per-token`: divided by the tokens of the name. `calibrated`: less those without a text (Zhao et al. 2021;
        the domain-conditional PMI of Holtzman et al. 2021).
    """
    found: dict[str, list[Scores | None]] = {
        "total": [None if one is None else one[0] for one in scored],
        "per-token": [None if one is None else one[0] / one[1] for one in scored],
    }
    if without_text is not None:
        found["calibrated"] = [None if one is None else one[0] - without_text[0] for one in scored]
    return found
