"""Optimal transport: what it costs to carry each training row to the target set when every target row gets the same share.

Training rows weigh 1/N and target rows 1/M. The plan ``T`` [N, M] moves the one onto the other at the least total cost, where
cost is the Euclidean distance (p = 1; earth mover's distance). The score of a training row is the cost of its row of the plan,
``s_i = sum_j T_ij |x_i - y_j|``. The solver is the exact one of POT (Flamary et al. 2021).
"""

from __future__ import annotations

import math
import warnings

import numpy as np

from windward.arrangement.blocks import Floats, Matrix, check_same_space, finite, spans

LARGEST_PLAN = 20_000_000
"""Cells of a plan that is solved at once: its costs and the plan take 160 MB each, and the solver more."""


def transport_cost(train: Matrix, target: Matrix, *, blocks: int = 1, seed: int = 0) -> Floats:
    """The cost of carrying each training row to the target set, float64 [N]; smaller is nearer.

    The exact plan needs all N x M distances and grows faster than linearly. With `blocks` above 1 the training rows are dealt
    at random into that many parts of nearly one size, and each part is carried to the whole target set: an approximation,
    in which a row competes for the near targets with the rows of its part alone. The scores then still sum to the mean cost.

    Args:
        train: embeddings of the training rows, [N, d].
        target: of the target rows, [M, d].
        blocks: parts of the training rows; 1 is exact.
        seed: of the dealing.

    Raises:
        ValueError: shapes do not fit, a row is not finite, there are more blocks than rows, or a part times the target has
            more than `LARGEST_PLAN` cells.
        RuntimeError: the solver found no optimal plan.
    """
    check_same_space(train, target)
    rows, columns = len(train), len(target)
    if not 1 <= blocks <= rows:
        raise ValueError(f"blocks must be from 1 to the {rows} training rows: {blocks}")
    largest = math.ceil(rows / blocks) * columns
    if largest > LARGEST_PLAN:
        needed = math.ceil(rows / max(1, LARGEST_PLAN // columns))
        advice = (
            f"pass blocks={needed} for an approximation"
            if columns <= LARGEST_PLAN
            else "draw a sample of the target rows"
        )
        raise ValueError(
            f"a plan of {math.ceil(rows / blocks):,} x {columns:,} cells is over the limit of {LARGEST_PLAN:,}: {advice}"
        )
    aims = finite(target, 0, "target row")
    if blocks == 1:
        return _costs(finite(train, 0, "train row"), aims)
    scores = np.empty(rows)
    for begin, end in spans(rows, train.shape[1]):
        finite(train[begin:end], begin, "train row")
    for part in np.array_split(np.random.default_rng(seed).permutation(rows), blocks):
        part.sort()
        scores[part] = _costs(finite(train[part], 0, "train row"), aims) * (len(part) / rows)
    return scores


def _costs(train: Floats, target: Floats) -> Floats:
    from ot import emd
    from scipy.spatial.distance import cdist

    distances = cdist(train, target)
    shares = np.full(len(train), 1 / len(train)), np.full(len(target), 1 / len(target))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # What the solver warns of is in its log, and raised below.
        plan, log = emd(*shares, distances, numItermax=10_000_000, log=True)
    if log["warning"]:
        raise RuntimeError(
            f"no optimal plan for {len(train)} x {len(target)} rows: {log['warning']}; pass more blocks"
        )
    costs: Floats = np.einsum("ij,ij->i", plan, distances)
    return costs
