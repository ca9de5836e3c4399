"""The rows of trained runs as their page asks for them: an arrangement's figure is that over its seeds, else that of its run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import isfinite, isnan, nan
from re import match

from windward.reports.intervals import interval
from windward.reports.wording import counted, percent, percent_range
from windward.rows import Result, select

SYSTEM = "dynamics"
METRICS = {"loss": "loss", "rouge_l": "ROUGE-L", "exact_match": "exact match", "reward": "reward"}
"""Metrics of a checkpoint and what the page calls them."""
WHOLE = "all"
"""`dataset` of figures over all tasks."""
_SHARES = ("rouge_l", "exact_match")


@dataclass(frozen=True)
class DynamicsTable:
    """Result rows of system `dynamics`.

    Attributes:
        rows: as in the table, but a figure that is infinite is not a number, and an interval with such an end is none.
    """

    rows: tuple[Result, ...]

    @staticmethod
    def of(results: Iterable[Result]) -> DynamicsTable:
        """The rows of this system among others."""
        return DynamicsTable(tuple(_with_interval(row) for row in results if row.system == SYSTEM))

    @cached_property
    def checkpoints(self) -> list[Result]:
        """Figures of checkpoints, of single runs and over seeds."""
        return [row for row in self.rows if row.metric in METRICS and "step" in row.condition]

    @cached_property
    def runs(self) -> list[tuple[str, str, str]]:
        """Model, arrangement and run, in the order of the table."""
        return list(
            dict.fromkeys((*_key(row), _run(row)) for row in self.checkpoints if not is_over_seeds(row))
        )

    @cached_property
    def tasks(self) -> list[str]:
        """Single tasks that were tested, in the order of the table."""
        return [name for name in dict.fromkeys(row.dataset for row in self.checkpoints) if name != WHOLE]

    @cached_property
    def whole(self) -> str:
        """`dataset` of the figures that lead: over all tasks, or of the only one."""
        names = [row.dataset for row in self.checkpoints]
        return WHOLE if WHOLE in names or not names else names[0]

    @cached_property
    def names(self) -> dict[tuple[str, str], str]:
        """What the page calls an arrangement, each its own."""
        keys = list(dict.fromkeys(_key(row) for row in self.rows if row.metric != "effect"))
        several = len({model for model, _ in keys}) > 1
        called = {key: readable(key[1]) for key in keys}
        twice = Counter((key[0], name) for key, name in called.items())
        plain = {key: name if twice[key[0], name] == 1 else key[1] for key, name in called.items()}
        return {key: f"{key[0]}, {name}" if several else name for key, name in plain.items()}

    def by_arrangement(self, rows: Iterable[Result]) -> dict[str, list[Result]]:
        """The rows by what they belong to: those over seeds where there are any, else those of the run.

        Several runs without figures over seeds stand side by side, each called by its seed.
        """
        groups: dict[tuple[str, str], list[Result]] = {}
        for row in rows:
            groups.setdefault(_key(row), []).append(row)
        found: dict[str, list[Result]] = {}
        for key in sorted(groups, key=list(self.names).index):
            some, name = groups[key], self.names[key]
            over = [row for row in some if is_over_seeds(row)]
            runs = list(dict.fromkeys(map(_run, some)))
            if over or len(runs) == 1:
                found[name] = over or some
                continue
            for run in runs:
                found[self.names_of_run((*key, run))[1]] = [row for row in some if _run(row) == run]
        return found

    def name_of(self, row: Result) -> str:
        """What the page calls the arrangement of a row."""
        return self.names[_key(row)]

    def names_of_run(self, run: tuple[str, str, str]) -> tuple[str, str]:
        """What the page calls the arrangement of a run, and that run where it stands alone among others."""
        name = self.names[run[0], run[1]]
        return name, f"{name}, run {run[2]}"

    def curves(self, metric: str, dataset: str) -> dict[str, list[Result]]:
        """The figures of a metric by arrangement, each by rising step; none twice."""
        found = self.by_arrangement(
            row for row in self.checkpoints if (row.metric, row.dataset) == (metric, dataset)
        )
        return {
            name: list({step_of(row): row for row in sorted(rows, key=step_of)}.values()) for name, rows in found.items()
        }  # fmt: skip

    def single(self, metric: str, dataset: str, **told: object) -> dict[str, Result]:
        """A figure that an arrangement has once, such as its mean loss."""
        rows = select(self.rows, metric=metric, dataset=dataset, condition=told)
        return {name: some[0] for name, some in self.by_arrangement(rows).items()}

    def of_run(self, run: tuple[str, str, str], metric: str, dataset: str, **told: object) -> list[Result]:
        """A single run's own figures; of checkpoints by rising step."""
        rows = select(self.rows, metric=metric, dataset=dataset, condition=told)
        own = [row for row in rows if not is_over_seeds(row) and (*_key(row), _run(row)) == run]
        return sorted(own, key=step_of)


def readable(arrangement: str) -> str:
    """`near-rows.near-first`, as a factorial study calls it, as a reader would; any other name as it is."""
    found = match(r"(near|random)-rows\.(.+)$", arrangement)
    return f"{found[1]} rows, {found[2]}" if found else arrangement


def is_over_seeds(row: Result) -> bool:
    """Whether a figure is the mean of several runs."""
    return row.condition.get("over") == "seeds"


def step_of(row: Result) -> float:
    """The step of a checkpoint; 0 of other figures."""
    return float(row.condition.get("step", 0))


def shown(row: Result) -> Result:
    """A row as charts take it: shares as rates of what was measured."""
    if row.metric not in _SHARES:
        return row
    return replace(row, metric=f"{row.metric}_rate", n=max(row.n - row.unparsed, 0))


def value_told(row: Result) -> str:
    """A figure in its unit: a share as percent, others with three decimals."""
    if isnan(row.value):
        return "not measured"
    return percent(row.value) if row.metric in _SHARES else _decimals(row.value)


def range_told(row: Result) -> str:
    """Its interval."""
    span = interval(shown(row))
    if span is None:
        return "no interval"
    return (
        percent_range(span) if row.metric in _SHARES else f"{_decimals(span.low)} to {_decimals(span.high)}"
    )


def spread_over(row: Result) -> str:
    """What its interval is over."""
    if not is_over_seeds(row):
        return "tested rows"
    seeds = row.condition.get("seeds")
    return counted(len(seeds), "seed") if isinstance(seeds, list) else "seeds"


def listed(names: Sequence[str], most: int = 6) -> str:
    """Some names, and how many more there are."""
    more = [f"{len(names) - most:,} more"] if len(names) > most else []
    return ", ".join([*names[:most], *more])


def _decimals(value: float) -> str:
    return f"{value + 0.0:.3f}".replace("-", "−")


def _key(row: Result) -> tuple[str, str]:
    return row.model, str(row.condition.get("arrangement", "one arrangement"))


def _run(row: Result) -> str:
    return str(row.condition.get("run", row.condition.get("seed", "")))


def _with_interval(row: Result) -> Result:
    """With the ends of its interval as floats, or without an interval where one end is no number."""
    if not isfinite(row.value):
        row = replace(row, value=nan)
    if "low" not in row.condition and "high" not in row.condition:
        return row
    ends = [row.condition.get(key) for key in ("low", "high")]
    numbers = [float(end) for end in ends if isinstance(end, int | float) and isfinite(end)]
    if row.metric in _SHARES:  # an interval over few seeds knows nothing of the ends of a share
        numbers = [min(max(end, 0.0), 1.0) for end in numbers]
    if len(numbers) == 2:
        return replace(row, condition=row.condition | {"low": numbers[0], "high": numbers[1]})
    told = {key: value for key, value in row.condition.items() if key not in ("low", "high")}
    return replace(row, condition=told, stderr=None)
