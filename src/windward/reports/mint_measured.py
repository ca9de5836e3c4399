"""What of MINT's result table a page draws: one profile, one setting, one budget, and the models in their order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from windward.reports.arrow_chart import Arrow
from windward.reports.intervals import Z95, Interval
from windward.reports.line_chart import MOST
from windward.reports.mint_folder import MintFolder
from windward.rows import Result, select

SHOWN = 5
"""Models in a chart that nobody chose: the best ones."""
FAMILIES = {
    "reasoning": "reasoning",
    "code_generation": "code generation",
    "decision_making": "decision making",
}
_PROFILES = ("strict", "released", "recorded")


class Feedback(NamedTuple):
    """A kind of feedback: from whom, in which form, and whether they saw the reference."""

    by: str
    form: str
    with_reference: bool

    def __str__(self) -> str:
        if self.by == "none":
            return "none"
        seen = "who saw the reference" if self.with_reference else "who did not see the reference"
        return f"{self.form} feedback by {self.by}, {seen}"


@dataclass(frozen=True)
class Measured:
    """The rows that the page is about.

    Attributes:
        results: all rows of one profile; rows that no profile made are not in it.
        profile: whose verdicts they are.
        profiles: all that the table holds.
        feedback: the setting of the charts: none, where there are such runs.
        k: the budget of the headline: 5, or the largest.
        models: in the order of SR_k; those on fewer problems last.
        chosen: the models of the charts.
    """

    results: tuple[Result, ...]
    profile: str
    profiles: tuple[str, ...]
    feedback: Feedback
    k: int
    models: tuple[str, ...]
    chosen: tuple[str, ...]

    @property
    def names(self) -> Mapping[str, str]:
        """The models of the charts, for a chart's `series`."""
        return {model: model for model in self.chosen}

    def rows(
        self, metric: str, dataset: str = "all", k: int | None = None, **condition: object
    ) -> list[Result]:
        """Rows of the setting, of every model; with `k`, of one budget."""
        wanted = condition | ({} if k is None else {"k": k})
        return [
            row
            for row in select(self.results, metric=metric, dataset=dataset, condition=wanted)
            if feedback_of(row) == self.feedback
        ]

    def by_model(self, metric: str, dataset: str = "all", k: int | None = None) -> dict[str, Result]:
        """One row a model, at the headline's budget unless another is named."""
        return {row.model: row for row in self.rows(metric, dataset, self.k if k is None else k)}

    @property
    def budgets(self) -> list[int]:
        """The budgets k that any model has."""
        return sorted({int(row.condition["k"]) for row in self.rows("success_rate")})

    @property
    def common_budgets(self) -> list[int]:
        """The budgets that most models have: those worth a column."""
        counts = Counter(int(row.condition["k"]) for row in self.rows("success_rate"))
        return sorted(k for k, count in counts.items() if 2 * count > len(self.models))

    def of_chosen(self, rows: Sequence[Result]) -> list[Result]:
        """The rows of the charts' models, with the model as a condition to draw by."""
        return with_model([row for row in rows if row.model in self.chosen])


def with_model(rows: Sequence[Result]) -> list[Result]:
    """The rows with the model as a condition to draw by."""
    return [replace(row, condition=row.condition | {"model": row.model}) for row in rows]


def feedback_of(row: Result) -> Feedback:
    """The setting of a row."""
    condition = row.condition
    return Feedback(
        str(condition.get("feedback", "none")),
        str(condition.get("form", "")),
        bool(condition.get("with_reference", False)),
    )


def measured(folder: MintFolder, models: Sequence[str] = ()) -> Measured | None:
    """What the table holds of success; None if nothing.

    Args:
        folder: what was read.
        models: to show besides the best; six in all at most.
    """
    rates = select(folder.results, metric="success_rate", dataset="all")
    if not rates:
        return None
    found = {str(row.condition.get("profile")) for row in rates}
    profiles = tuple(
        sorted(found, key=lambda name: (_PROFILES.index(name) if name in _PROFILES else 9, name))
    )
    kept = tuple(row for row in folder.results if str(row.condition.get("profile")) == profiles[0])
    mine = [row for row in rates if str(row.condition.get("profile")) == profiles[0]]
    settings = Counter(map(feedback_of, mine))
    plain = Feedback("none", "", False)
    setting = plain if plain in settings else settings.most_common(1)[0][0]
    mine = [row for row in mine if feedback_of(row) == setting]
    budgets = {int(row.condition["k"]) for row in mine}
    k = 5 if 5 in budgets else max(budgets)
    at_k = [row for row in mine if row.condition["k"] == k]
    whole = max(row.n for row in at_k)
    order = tuple(row.model for row in sorted(at_k, key=lambda row: (row.n < whole, -row.value, row.model)))
    wanted = [model for model in dict.fromkeys(models) if model in order][:MOST]
    room = SHOWN if not wanted else MOST - len(wanted)
    best = [model for model in order if model not in wanted][:room]
    chosen = tuple(model for model in order if model in wanted or model in best)
    return Measured(kept, profiles[0], profiles, setting, k, order, chosen)


class Gain(NamedTuple):
    """What feedback did for one model: the row of the difference, and the arrow, where both ends are known."""

    delta: Result
    feedback: Feedback
    change: Interval | None
    arrow: Arrow | None


def gains(found: Measured, k: int) -> list[Gain]:
    """What feedback did, by the model's success without it, best first.

    The end with feedback is a row of the table; the other end lies the paired difference before it, so that both are
    of the same problems. Where the two are not of the same number of problems, there is no arrow.
    """
    made = []
    for delta in select(found.results, metric="feedback_delta", dataset="all", condition={"k": k}):
        kind = feedback_of(delta)
        ends = [
            row
            for row in select(found.results, metric="success_rate", dataset="all", model=delta.model)
            if row.condition.get("k") == k and feedback_of(row) == kind and row.n == delta.n
        ]
        change = None
        if delta.stderr is not None:
            half = Z95 * delta.stderr
            change = Interval((delta.value - half) / 100, (delta.value + half) / 100)
        arrow = None
        if ends:
            after = ends[0].value
            arrow = Arrow(delta.model, after - delta.value / 100, after, change)
        made.append(Gain(delta, kind, change, arrow))
    return sorted(made, key=lambda gain: (-(gain.arrow.before if gain.arrow else -1.0), gain.delta.model))
