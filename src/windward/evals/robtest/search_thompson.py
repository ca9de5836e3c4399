"""Thompson sampling: what each change costs the label is learnt from whole samples, each of which may break the model itself."""

from __future__ import annotations

from math import log

import numpy as np
from numpy.typing import NDArray

from windward.evals.robtest.perturbed import Edit, Perturbed
from windward.evals.robtest.search import Task, Wanting

SPREAD = 0.5
"""Standard deviation, in log-odds, of what the change of a word costs, and of what one edit of it costs more or less."""
NOISE = 0.3
"""Of what the model's log-odds are beside the sum of the changes."""
MOST = 200
"""Samples, at most: a text that they do not break is left to the search that comes after them."""
STALE = 20
"""Samples in a row that were asked before, or fit in nowhere, before there are said to be no more."""


def thompson(task: Task) -> Wanting:
    """Samples of as many edits as the degree allows, those that are thought to cost the label most.

    What a sample costs, in log-odds of the label, is taken as a sum over its words and their edits. Before each query that sum's
    weights are drawn from what is known of them (Gaussian, given all samples asked so far), and the edits that are best in the draw
    make the next sample: what is unknown is tried, what is known to be good comes again (Thompson 1933; linear: Agrawal and Goyal
    2013). So no query is spent on ranking words alone.
    """
    changes = [(place, edit) for place in sorted(task.options) for edit in task.some(task.options[place])]
    learnt = _Learnt([place for place, _ in changes], task.rng.getrandbits(32))
    start = _log_odds(task.probability)
    stale = 0
    while not task.over and stale < STALE and len(learnt.seen) < MOST:
        values = learnt.drawn()
        sample, counts = _sample(task, changes, np.argsort(values).tolist())
        if sample is None or sample.text in task.asked:
            stale += 1
            continue
        stale = 0
        for probability in (yield from task.ask([sample])):
            learnt.add(counts, _log_odds(probability) - start)


class _Learnt:
    """What changes cost: a linear model over words and their edits.

    Args:
        words: the word of each change, [m].
        seed: of the draws.
    """

    def __init__(self, words: list[int], seed: int) -> None:
        _, self.own = np.unique(words, return_inverse=True)
        one = np.arange(len(words))
        self.features = np.zeros((len(words), int(self.own.max()) + 1 + len(words)))
        self.features[one, self.own] = SPREAD
        self.features[one, self.features.shape[1] - len(words) + one] = SPREAD
        self.rng = np.random.default_rng(seed)
        self.seen: list[NDArray[np.float64]] = []
        self.costs: list[float] = []
        self.sizes: list[float] = []

    def add(self, counts: NDArray[np.float64], cost: float) -> None:
        """A sample: how often each change is in it, [m], and what it did to the log-odds."""
        self.seen.append(counts @ self.features)
        self.costs.append(cost)
        self.sizes.append(float(counts.sum()))

    def drawn(self) -> NDArray[np.float64]:
        """What each change costs in one draw from what is known, [m]; the least is the best."""
        weights = self.rng.standard_normal(self.features.shape[1])
        if self.seen:
            seen = np.array(self.seen)
            mean = sum(self.costs) / sum(self.sizes) * np.array(self.sizes)
            noise = NOISE * self.rng.standard_normal(len(seen))
            rest = np.array(self.costs) - mean - seen @ weights + noise
            known = seen @ seen.T + NOISE**2 * np.eye(len(seen))
            weights += seen.T @ np.linalg.solve(known, rest)
        return np.asarray(self.features @ weights)


def _sample(
    task: Task, changes: list[tuple[int, Edit]], order: list[int]
) -> tuple[Perturbed | None, NDArray[np.float64]]:
    """The changes in their order, one a word, as far as the degree reaches; in malicious mode words are then changed once more."""
    counts = np.zeros(len(changes))
    genes: dict[int, Edit] = {}
    sample: Perturbed | None = None
    first: dict[int, int] = {}
    for at in order:
        first.setdefault(changes[at][0], at)
    for again in (False, True):
        if again and task.mode == "general":
            break
        for place, at in first.items():
            edits = task.again(place, genes[place]) if again and place in genes else [changes[at][1]]
            if not edits:
                continue
            more = genes | {place: task.rng.choice(edits)}
            if (made := task.made(list(more.values()))) is None:
                if task.mode == "general":
                    break
                continue
            sample, genes = made, more
            counts[at] += 1
    return sample, counts


def _log_odds(probability: float) -> float:
    kept = min(max(probability, 1e-6), 1 - 1e-6)
    return log(kept / (1 - kept))
