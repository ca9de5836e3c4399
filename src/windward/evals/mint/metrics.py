r"""The figures of MINT, from records of single runs.

$$SR_k = \frac{\text{instances solved within } k \text{ turns}}{\text{instances}},\qquad
\Delta_{tools} = \text{slope of the least-squares line through } (k, 100\,SR_k),\ k = 1..5,\qquad
\Delta_{feedback} = SR_5^{with} - SR_5^{without}$$

SR is rounded to 2 decimals of a percentage before the regression, as the released scripts do. Of several records of one
instance in one setting the first counts. `independent` takes a run with a budget of k turns for each k, as the paper does;
`prefix` reads all k off one run with the largest budget, whose prompt states that budget: the two differ by some points.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any, Literal, NamedTuple, get_args

from windward.evals.mint.instances import FAMILIES, SIZES
from windward.evals.mint.runs import FailureKind, Run, Setting
from windward.evals.paired import mcnemar
from windward.rows import Result

Mode = Literal["independent", "prefix"]
Instances = Mapping[tuple[str, str], Run]
"""The runs of one model in one setting, by task and problem."""

LEVELS = range(1, 6)
"""The budgets k of the paper's regression."""


class Line(NamedTuple):
    """A least-squares line: its slope with standard error, and the share of variance it explains (None of none)."""

    slope: float
    stderr: float
    r2: float | None


class Interval(NamedTuple):
    """Two ends."""

    low: float
    high: float


@dataclass(frozen=True)
class Paired:
    """Success with and without something, on the same instances."""

    with_it: int
    without: int
    gained: int
    lost: int
    n: int

    @property
    def points(self) -> float:
        """The difference in percentage points, each rate rounded to 2 decimals first, as published."""
        return round(percent(self.with_it, self.n) - percent(self.without, self.n), 2)

    @property
    def stderr(self) -> float:
        """Of the difference of paired rates, in percentage points."""
        moved, net = self.gained + self.lost, self.gained - self.lost
        return 100 * sqrt(max(0.0, moved - net * net / self.n)) / self.n


def percent(success: int, n: int) -> float:
    """A rate in percent with two decimals, as the released tables print it."""
    return round(100 * success / n, 2)


def wilson(success: int, n: int, z: float = 1.959964) -> Interval:
    """Wilson's 95 % interval of a rate."""
    rate, spread = success / n, z * z / n
    centre = (rate + spread / 2) / (1 + spread)
    half = z * sqrt(rate * (1 - rate) / n + spread / (4 * n)) / (1 + spread)
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


def fit(values: Sequence[float]) -> Line:
    """The least-squares line through the points (1, v_1), (2, v_2) and so on.

    Raises:
        ValueError: fewer than three values have no line with an error.
    """
    n = len(values)
    if n < 3:
        raise ValueError(f"a slope needs at least three values, not {n}")
    mean_k, mean_v = (n + 1) / 2, sum(values) / n
    spread = sum((k - mean_k) ** 2 for k in range(1, n + 1))
    slope = sum((k - mean_k) * (v - mean_v) for k, v in enumerate(values, start=1)) / spread
    total = sum((v - mean_v) ** 2 for v in values)
    rest = sum((v - mean_v - slope * (k - mean_k)) ** 2 for k, v in enumerate(values, start=1))
    return Line(slope, sqrt(rest / (n - 2) / spread), 1 - rest / total if total else None)


def by_setting(runs: Iterable[Run]) -> dict[tuple[str, Setting], dict[tuple[str, str], Run]]:
    """Runs by model and setting; of several records of one instance the first stays."""
    found: dict[tuple[str, Setting], dict[tuple[str, str], Run]] = {}
    for run in runs:
        found.setdefault((run.model, run.setting), {}).setdefault((run.task, run.task_id), run)
    return found


def prefixes(runs: Iterable[Run]) -> Iterator[Run]:
    """Each run as k runs, one for every budget up to its own: what it would have been if cut off there."""
    for run in runs:
        for k in range(1, run.setting.max_turns + 1):
            setting = replace(run.setting, max_turns=k)
            solved = run.solved_at if run.solved_at is not None and run.solved_at <= k else None
            cut = solved is None and run.turns > k
            yield replace(
                run,
                setting=setting,
                solved_at=solved,
                turns=min(run.turns, k),
                failure="out_of_turns" if cut else run.failure,
            )


def dataset_tasks() -> dict[str, tuple[str, ...]]:
    """What figures are given for: each task, each family, and `all`."""
    names: dict[str, tuple[str, ...]] = {task: (task,) for task in sorted(SIZES)}
    names |= {family: tuple(tasks) for family, tasks in FAMILIES.items()}
    return names | {"all": tuple(sorted(SIZES))}


def results_of(runs: Iterable[Run], *, profile: str, mode: Mode = "independent") -> list[Result]:
    """All figures of MINT as rows of the result table.

    Args:
        runs: of any models and settings.
        profile: who judged: `recorded`, `released`, `strict`, or `live`.
        mode: see the module; `prefix` takes the runs of each model's largest budget.
    """
    whole: set[tuple[str, Setting]] | None = None
    if mode == "prefix":
        largest = _largest(runs)
        whole = {(run.model, run.setting) for run in largest}
        runs = prefixes(largest)
    groups = by_setting(runs)
    base = {"profile": profile, "mode": mode}
    results: list[Result] = []
    for (model, setting), instances in groups.items():
        for dataset, tasks in dataset_tasks().items():
            part = [run for run in instances.values() if run.task in tasks]
            if part:
                condition = base | condition_of(setting)
                results += _of_group(model, dataset, part, condition)
                if dataset not in SIZES and (whole is None or (model, setting) in whole):
                    results += _of_ends(model, dataset, part, condition)
    results += _slopes(groups, base)
    results += _feedback(groups, base)
    return results


def _largest(runs: Iterable[Run]) -> list[Run]:
    kept = list(runs)
    budgets: dict[tuple[str, Setting], set[int]] = {}
    for run in kept:
        key = (run.model, replace(run.setting, max_turns=0))
        budgets.setdefault(key, set()).add(run.setting.max_turns)
    # Where there are runs with no more turns than the regression looks at, longer ones were made for another figure.
    longest = {
        key: max((k for k in found if k <= max(LEVELS)), default=max(found)) for key, found in budgets.items()
    }
    return [
        run for run in kept if run.setting.max_turns == longest[run.model, replace(run.setting, max_turns=0)]
    ]


def condition_of(setting: Setting) -> dict[str, Any]:
    """A setting as the condition of a figure."""
    condition: dict[str, Any] = {"k": setting.max_turns, "feedback": setting.feedback}
    if setting.feedback != "none":
        condition |= {"form": setting.form, "with_reference": setting.with_reference}
    return condition


def _of_group(model: str, dataset: str, runs: Sequence[Run], condition: dict[str, Any]) -> list[Result]:
    n, success = len(runs), sum(run.success for run in runs)
    ends = wilson(success, n)
    told = condition | {"low": round(ends.low, 6), "high": round(ends.high, 6)}
    unread = sum(run.failure == "invalid_action" for run in runs)
    rate = success / n
    return [
        Result(
            "mint", model, dataset, "test", "success_rate", rate, n, told, sqrt(rate * (1 - rate) / n), unread
        )
    ]


def _of_ends(model: str, dataset: str, runs: Sequence[Run], condition: dict[str, Any]) -> list[Result]:
    """How runs ended and what they used: known of whole runs only, not of what they were after k turns."""
    n = len(runs)
    results: list[Result] = []
    for kind in get_args(FailureKind):
        share = sum(run.failure == kind for run in runs) / n
        error = sqrt(share * (1 - share) / n)
        results.append(
            Result(
                "mint", model, dataset, "test", "failure_rate", share, n, condition | {"kind": kind}, error
            )
        )
    counts = {
        "turns": [run.turns for run in runs],
        "proposals": [run.proposals for run in runs],
        "invalid_turns": [run.invalid for run in runs],
        "leaks": [run.leaks for run in runs],
    }
    for name, values in counts.items():
        mean = sum(values) / n
        error = sqrt(sum((value - mean) ** 2 for value in values) / max(1, n - 1) / n)
        results.append(
            Result("mint", model, dataset, "test", f"{name}_per_problem", mean, n, condition, error)
        )
    return results


def _slopes(groups: Mapping[tuple[str, Setting], Instances], base: dict[str, Any]) -> list[Result]:
    results = []
    for model, setting in {(model, replace(setting, max_turns=max(LEVELS))) for model, setting in groups}:
        levels = [groups.get((model, replace(setting, max_turns=k))) for k in LEVELS]
        if any(level is None for level in levels):
            continue
        for dataset, tasks in dataset_tasks().items():
            parts = [[run for run in level.values() if run.task in tasks] for level in levels if level]
            if not all(parts):
                continue
            line = fit([percent(sum(run.success for run in part), len(part)) for part in parts])
            condition = base | condition_of(setting) | {"unit": "points a turn", "r2": line.r2}
            results.append(
                Result(
                    "mint",
                    model,
                    dataset,
                    "test",
                    "tool_slope",
                    line.slope,
                    len(parts[-1]),
                    condition,
                    line.stderr,
                )
            )
    return sorted(results, key=lambda row: (row.model, row.condition["feedback"], row.dataset))


def pair(with_it: Instances, without: Instances, tasks: Sequence[str]) -> Paired | None:
    """Two settings on the instances of `tasks` that both have; None without any."""
    shared = [key for key in with_it if key in without and key[0] in tasks]
    if not shared:
        return None
    verdicts = [(with_it[key].success, without[key].success) for key in shared]
    return Paired(
        with_it=sum(a for a, _ in verdicts),
        without=sum(b for _, b in verdicts),
        gained=sum(a and not b for a, b in verdicts),
        lost=sum(b and not a for a, b in verdicts),
        n=len(shared),
    )


def _feedback(groups: Mapping[tuple[str, Setting], Instances], base: dict[str, Any]) -> list[Result]:
    """The gain from feedback, and the same figure as the quality of who gave it, beside its own success."""
    results = []
    for (model, setting), instances in groups.items():
        plain = groups.get((model, Setting(setting.max_turns)))
        if setting.feedback == "none" or plain is None:
            continue
        own = groups.get((setting.feedback, Setting(setting.max_turns)))
        for dataset, tasks in dataset_tasks().items():
            found = pair(instances, plain, tasks)
            if found is None:
                continue
            condition = (
                base
                | condition_of(setting)
                | {
                    "unit": "points",
                    "gained": found.gained,
                    "lost": found.lost,
                    "mcnemar_p": mcnemar(found.gained, found.lost),
                }
            )
            results.append(
                Result(
                    "mint",
                    model,
                    dataset,
                    "test",
                    "feedback_delta",
                    found.points,
                    found.n,
                    condition,
                    found.stderr,
                )
            )
            quality = condition | {"evaluated": model}
            part = [run for run in (own or {}).values() if run.task in tasks]
            if part:
                quality["provider_success"] = percent(sum(run.success for run in part), len(part))
                quality["evaluated_success"] = percent(found.without, found.n)
            results.append(
                Result(
                    "mint", setting.feedback, dataset, "test", "provider_quality", found.points, found.n, quality,
                    found.stderr,
                )
            )  # fmt: skip
    return results
