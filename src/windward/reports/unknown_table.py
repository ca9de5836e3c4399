"""The rows of a run of UnknownBench, as its page asks for them: by metric, and in one order everywhere."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan
from typing import Any, TypeVar

from windward.reports.run_folder import ReportError
from windward.rows import Result, select

T = TypeVar("T")

HALVES = {"answerable": "with an answer", "unanswerable": "without an answer"}
"""`split` to what the page calls it, in the order of colours."""
BOTH = "both"
"""`split` of a figure over the two halves."""
SETS = ("FalseQA", "NEC", "RefuNQ")
BASELINES = ("question-perplexity", "prompt-perplexity")
"""Methods that never see an answer: how odd the question looks."""
RULES = {"paper": "the paper's rule", "aliases": "whole words"}
"""How a reply is found to name a right answer, and what the page calls it."""
_BOUNDED = {"0-10", "0-100", "1-5", "probability"}
_SCALES = {
    "0-10": "said from 0 to 10",
    "0-100": "said from 0 to 100",
    "1-5": "said from 1 to 5",
    "log-probability": "its mean, in nats a token",
    "negative-nats": "minus the entropy, in nats",
    "negative-perplexity": "minus the perplexity",
}


@dataclass(frozen=True, order=True)
class Elicitation:
    """A way to ask for confidence, and the scale of what it gives.

    Attributes:
        method: as the result rows name it.
        scale: as they name it.
    """

    method: str
    scale: str

    @property
    def name(self) -> str:
        """As the page calls it, where no other scale goes by the same method."""
        told = self.method.replace("-", " ")
        return f"{told} (baseline)" if self.is_baseline else told

    @property
    def unit(self) -> str:
        """What a value of it is."""
        return _SCALES.get(self.scale, self.scale)

    @property
    def is_baseline(self) -> bool:
        """Whether it knows nothing but the wording of the question."""
        return self.method in BASELINES

    @property
    def bounded(self) -> bool:
        """Whether its figures are shares of a scale with two ends."""
        return self.scale in _BOUNDED


class UnknownTable:
    """Result rows by metric.

    Attributes:
        models: in the order of the table; a model asked under several prompts is one name a prompt.
        datasets: that were asked, the paper's three first; the pools of several sets are left out.
        detectors: of refusals, in the order of the table.
        elicitations: of confidence; the baselines last.
        called: names of the elicitations on the page, each its own.
        rules: of right answers, in the order of the table.
    """

    def __init__(self, results: Sequence[Result]) -> None:
        rows = _named(results)
        self._rows: defaultdict[str, list[Result]] = defaultdict(list)
        for row in rows:
            self._rows[row.metric].append(row)
        self.models = _first(row.model for row in rows)
        pooled = [
            row
            for row in self._rows["refusal_difference"]
            if set(halves_pooled(row).values()) != {row.dataset}
        ]
        pools = {name for row in pooled for name in (row.dataset, *halves_pooled(row).values())}
        asked = [name for name in _first(row.dataset for row in rows) if name not in pools]
        self.datasets = sorted(asked, key=lambda name: SETS.index(name) if name in SETS else len(SETS))
        self.detectors = _conditions(rows, "detector")
        self.rules = _conditions(rows, "rule")
        found = _first(elicitation_of(row) for row in rows if {"method", "scale"} <= row.condition.keys())
        self.elicitations = sorted(found, key=lambda one: one.is_baseline)
        names = Counter(one.name for one in found)
        self.called = {one: one.name if names[one.name] == 1 else f"{one.name}, {one.scale}" for one in found}

    def of(self, metric: str, **wanted: Any) -> list[Result]:
        """Rows of a metric; `wanted` names fields of a row (`model`, `dataset`, `split`) or keys of its condition."""
        fields = {name: wanted.pop(name) for name in ("model", "dataset", "split") if name in wanted}
        return [
            row
            for row in select(self._rows.get(metric, ()), **fields, condition=wanted)
            if not isnan(row.value)
        ]

    def one(self, metric: str, **wanted: Any) -> Result | None:
        """The first such row."""
        return next(iter(self.of(metric, **wanted)), None)

    def pooled(self, detector: str) -> list[Result]:
        """Differences between halves that are made of several sets."""
        return [
            row
            for row in self.of("refusal_difference", detector=detector)
            if row.dataset not in self.datasets
        ]

    def elicited_by(self, row: Result) -> str:
        """What the page calls the elicitation of a row."""
        return self.called.get(elicitation_of(row), "not named")

    @property
    def single(self) -> bool:
        """Whether it holds one model only."""
        return len(self.models) == 1


def elicitation_of(row: Result) -> Elicitation:
    """The elicitation that a row is about."""
    return Elicitation(str(row.condition.get("method", "")), str(row.condition.get("scale", "")))


def halves_pooled(row: Result) -> dict[str, str]:
    """The `dataset` of either half that a difference is made of."""
    return {half: str(row.condition.get(half, row.dataset)) for half in HALVES}


def pools(row: Result) -> str:
    """What a difference between pools is of, in words."""
    return ", ".join(f"{HALVES[half]} {dataset}" for half, dataset in halves_pooled(row).items())


def drawable(rows: Iterable[Result], metric: str, **keys: Callable[[Result], object]) -> list[Result]:
    """Rows as charts take them: named as a rate or not, and with what tells them apart in the condition."""
    return [
        replace(
            row, metric=metric, condition={**row.condition, **{name: of(row) for name, of in keys.items()}}
        )
        for row in rows
    ]


def model_of(row: Result) -> str:
    """For `drawable`."""
    return row.model


def dataset_of(row: Result) -> str:
    """For `drawable`."""
    return row.dataset


def half_of(row: Result) -> str:
    """For `drawable`."""
    return row.split


def told_number(row: Result, name: str) -> float:
    """A number that a row must have in its condition.

    Raises:
        ReportError: it has none.
    """
    value = row.condition.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ReportError(
            f"results.parquet: a row of {row.metric} has no number {name!r} in its condition: {row.condition}"
        )
    return float(value)


def chunks(names: Sequence[str], most: int) -> list[list[str]]:
    """Names in groups of `most`."""
    return [list(names[start : start + most]) for start in range(0, len(names), most)]


def themselves(names: Iterable[str]) -> Mapping[str, str]:
    """Series that are called what they are."""
    return {name: name for name in names}


def _named(results: Sequence[Result]) -> list[Result]:
    prompts = _conditions(results, "prompt")
    if len(prompts) < 2:
        return list(results)
    return [
        replace(row, model=f"{row.model}, {row.condition['prompt']}") if "prompt" in row.condition else row
        for row in results
    ]


def _conditions(rows: Iterable[Result], key: str) -> list[str]:
    return _first(str(row.condition[key]) for row in rows if key in row.condition)


def _first(names: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(names))
