"""From curves to the result table: means of each checkpoint, where generalisation happens, what is forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from windward.evals.dynamics.curves import HIGHER_IS_BETTER, METRICS, DynamicsError, RunCurve, TestRow
from windward.evals.dynamics.over_seeds import over_seeds
from windward.evals.dynamics.tested_rows import ALL
from windward.evals.shift.resampling import resamples, span_of
from windward.rows import Result

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
SYSTEM = "dynamics"
DRAWS = 1_000


def dynamics_results(
    runs: Sequence[RunCurve], tests: Sequence[TestRow], *, within: float = 0.05, seed: int = 0
) -> list[Result]:
    """All figures of some runs, for each task and for all rows together (`all`).

    - `loss`, `rouge_l`, `exact_match`, `reward` of each checkpoint: mean over the rows that could be measured; the others
      are counted as `unparsed`, and where none could be, the value is NaN.
    - `first_step`: the first measured step whose figure is as good as the final one but for a share `within` of it.
    - `mean_loss`: the loss's mean over the steps from the first to the last (trapezoids).
    - `forgetting` of a task that was learned before the last one: final loss minus the lowest at any earlier checkpoint, in
      nats, positive where it was forgotten (Chaudhry et al. 2018, in loss); `all` is the mean over these tasks.

    Intervals `low` and `high` of one run are percentiles of 1,000 draws of the tested rows, the same rows at every step;
    those over seeds are t intervals over runs (95 %).

    Args:
        runs: curves; those of one arrangement differ in nothing but the seed.
        tests: the rows that they were measured on.
        within: how near to the final figure is near enough, as a share of it.
        seed: of the draws.

    Raises:
        DynamicsError: runs cannot be told apart, or do not belong together.
    """
    _check(runs, tests, within)
    made: list[Result] = []
    for run in runs:
        made += _RunTable(run, tests, within, seed).results()
    return made + over_seeds(made, runs)


class _RunTable:
    """The figures of one run."""

    def __init__(self, run: RunCurve, tests: Sequence[TestRow], within: float, seed: int) -> None:
        self.run = run
        self.tasks = [row.task for row in tests]
        self.within = within
        self.seed = seed
        self.steps = np.array([point.step for point in run.points])
        self.rows_seen = {point.step: point.rows_seen for point in run.points}
        self.named = {"arrangement": run.arrangement, "seed": run.seed, "run": run.name}

    def results(self) -> list[Result]:
        """All of them."""
        made: list[Result] = []
        for metric in METRICS:
            if all(metric in point.figures for point in self.run.points):
                for dataset, places in self._datasets(metric):
                    figures = self._figures(metric, places)
                    made += [
                        *self._means(metric, dataset, figures),
                        self._first_step(metric, dataset, figures),
                    ]
                    if metric == "loss" and len(self.steps) > 1:
                        made.append(self._mean_loss(dataset, figures))
        return made + self._forgetting()

    def _datasets(self, metric: str) -> Iterator[tuple[str, Places]]:
        """All rows that were asked, and those of each task; places [n]."""
        asked = min(point.asked[metric] for point in self.run.points)
        yield ALL, np.arange(asked)
        tasks = self.tasks[:asked]
        for task in sorted(set(tasks) - {ALL}):
            yield task, np.array([place for place, found in enumerate(tasks) if found == task])

    def _figures(self, metric: str, places: Places) -> Floats:
        """[steps, n]."""
        return np.stack([np.asarray(point.figures[metric], dtype=float)[places] for point in self.run.points])

    def _means(self, metric: str, dataset: str, figures: Floats) -> list[Result]:
        made = []
        for step, values in zip(self.steps.tolist(), figures, strict=True):
            measured = values[~np.isnan(values)]
            spread = float(measured.std(ddof=1) / np.sqrt(len(measured))) if len(measured) > 1 else None
            mean = float(measured.mean()) if len(measured) else float("nan")
            told = {**self.named, "step": step, "rows_seen": self.rows_seen[step]}
            made.append(self._result(metric, dataset, mean, values, told, spread))
        return made

    def _first_step(self, metric: str, dataset: str, figures: Floats) -> Result:
        firsts = first_steps(
            self._drawn(figures), self.steps, within=self.within, higher=HIGHER_IS_BETTER[metric]
        )
        told: dict[str, Any] = {**self.named, "of": metric, "within": self.within, **_interval(firsts)}
        if not np.isnan(firsts[0]):
            told["rows_seen"] = self.rows_seen[int(firsts[0])]
        return self._result("first_step", dataset, float(firsts[0]), figures[-1], told)

    def _mean_loss(self, dataset: str, figures: Floats) -> Result:
        means = mean_over_steps(self._drawn(figures), self.steps)
        told = {**self.named, "of": "loss", **_interval(means)}
        # A row that was lost at any checkpoint is missing in the mean over them all.
        return self._result("mean_loss", dataset, float(means[0]), figures.sum(axis=0), told)

    def _forgetting(self) -> list[Result]:
        """Of each tested task that was learned before the last one; and their mean."""
        learned = self.run.learned
        if not learned or len(self.steps) < 2:
            return []
        last = max(learned.values())
        tasks = {
            task: places
            for task, places in self._datasets("loss")
            if task != ALL and learned.get(task, last) < last
        }
        made, every, finals = [], [], []
        for number, (task, places) in enumerate(tasks.items(), 1):
            figures = self._figures("loss", places)
            values = forgotten(self._drawn(figures, number))
            every.append(values)
            finals.append(figures[-1])
            told = {**self.named, "learned": learned[task], **_interval(values)}
            made.append(self._result("forgetting", task, float(values[0]), figures[-1], told))
        if every:
            mean = np.mean(every, axis=0)
            told = {**self.named, "tasks": len(every), **_interval(mean)}
            made.append(self._result("forgetting", ALL, float(mean[0]), np.concatenate(finals), told))
        return made

    def _drawn(self, figures: Floats, number: int = 0) -> Floats:
        """[1 + draws, steps] means: of the rows themselves, then of draws of them, the same rows at every step."""
        return drawn_means(figures, seed=self.seed + number)

    def _result(
        self,
        metric: str,
        dataset: str,
        value: float,
        rows: Floats,
        told: dict[str, Any],
        stderr: float | None = None,
    ) -> Result:
        lost = int(np.isnan(rows).sum())
        return Result(
            SYSTEM, self.run.model, dataset, "test", metric, value, len(rows), told, stderr, unparsed=lost
        )


def drawn_means(figures: Floats, *, seed: int, draws: int = DRAWS) -> Floats:
    """Means over rows at each step, of the rows themselves and of draws of them with replacement.

    Args:
        figures: [steps, n]; NaN where a row could not be measured, which is left out of the mean of its step.
        seed: of the draws.
        draws: how many.

    Returns:
        [1 + draws, steps]; NaN where none of the rows drawn could be measured.
    """
    n = figures.shape[1]
    counts = np.vstack([np.ones(n), resamples(None, n, draws, seed)[0]])
    measured = ~np.isnan(figures)
    sums = counts @ np.where(measured, figures, 0.0).T
    rows = counts @ measured.T.astype(float)
    means: Floats = np.divide(sums, rows, out=np.full_like(sums, np.nan), where=rows > 0)
    return means


def first_steps(means: Floats, steps: NDArray[np.int64], *, within: float, higher: bool) -> Floats:
    """The first step whose figure is as good as the final one, but for a share `within` of that.

    Args:
        means: [draws, steps].
        steps: [steps], rising.
        within: of the final figure.
        higher: whether higher is better.

    Returns:
        [draws]; NaN where the final figure is NaN, and where higher is better and nothing (0) was reached in the end.
    """
    final = means[:, -1]
    slack = within * np.abs(final)
    with np.errstate(invalid="ignore"):
        near = means >= (final - slack)[:, None] if higher else means <= (final + slack)[:, None]
    found: Floats = steps[near.argmax(axis=1)].astype(np.float64)
    found[np.isnan(final) | (higher & (final == 0))] = np.nan
    return found


def mean_over_steps(means: Floats, steps: NDArray[np.int64]) -> Floats:
    """The mean over the steps from the first to the last, by trapezoids: [draws, steps] gives [draws]; NaN where one is."""
    return np.trapezoid(means, steps, axis=1) / (steps[-1] - steps[0])  # type: ignore[no-any-return]


def forgotten(means: Floats) -> Floats:
    """Final loss minus the lowest at any earlier step: [draws, steps] gives [draws]; earlier steps that are NaN are passed over."""
    lowest = np.where(np.isnan(means[:, :-1]), np.inf, means[:, :-1]).min(axis=1)
    return means[:, -1] - np.where(np.isinf(lowest), np.nan, lowest)


def _interval(values: Floats) -> dict[str, float]:
    """`low` and `high` of draws behind the value itself; nothing where there is no value."""
    span = span_of(values)
    return {} if np.isnan(span.low) else {"low": span.low, "high": span.high}


def _check(runs: Sequence[RunCurve], tests: Sequence[TestRow], within: float) -> None:
    if not 0 <= within < 1:
        raise DynamicsError(f"within is {within}; it must be a share of at least 0 and below 1")
    names: dict[str, RunCurve] = {}
    seeds: dict[tuple[str, int], str] = {}
    for run in runs:
        if run.name in names:
            raise DynamicsError(f"two runs are called {run.name}: give each its own name")
        other = seeds.get((run.arrangement, run.seed))
        if other is not None:
            raise DynamicsError(
                f"{other} and {run.name} are both {run.arrangement} with seed {run.seed}: name them by what they differ in"
            )
        names[run.name], seeds[run.arrangement, run.seed] = run, run.name
        if not run.points:
            raise DynamicsError(f"{run.name} has no checkpoints")
        wrong = next((p for p in run.points for f in p.figures.values() if len(f) != len(tests)), None)
        if wrong is not None:
            raise DynamicsError(f"{run.name}, step {wrong.step} is not of these {len(tests):,} tested rows")
