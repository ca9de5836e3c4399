"""What the paper found, what was published, what was measured here, and whether that agrees: by intervals, not by eye."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

from windward.reports.intervals import Z95, Interval, interval
from windward.reports.wording import mean, points, points_range
from windward.rows import Result, select

OBJECTIVES = {"bt": "L_BT", "bt+dr": "L_BT + L_DR", "dr": "L_DR"}
POLICIES = {"dpo": "DPO", "kto": "KTO", "nca_pair": "NCA"}
PUBLISHED_CHOSEN = {"dpo": -1.26, "kto": 0.40, "nca_pair": 0.16}
"""Mean implicit reward of chosen answers at the end of training, 7B (Eurus, figure 5)."""
SHOWS, NOT_SHOWN, OPPOSITE, TOO_FEW = "shows", "not shown", "the opposite shows", "too few seeds"
FEWEST = 3
"""Seeds from which on a sign that all of them have says something."""


@dataclass(frozen=True)
class Finding:
    """One line of the page's first table.

    Attributes:
        says: the finding, in words.
        published: its figure in the paper; "no figure" where there is none.
        here: the figure measured, with its interval.
        verdict: `SHOWS`, `NOT_SHOWN`, `OPPOSITE` or `TOO_FEW`.
    """

    says: str
    published: str
    here: str
    verdict: str


def findings(results: Sequence[Result], models: Sequence[str]) -> list[Finding]:
    """All findings that the results say something about.

    Args:
        results: the table of a study.
        models: names of the features, in the order of the page.
    """
    found = []
    for model in models:
        rows = select(results, model=model)
        found += [
            *_gain(rows, "pair_accuracy_gain", f"L_DR helps to rank ({short(model)})", "+4.1 points, RewardBench"),
            *_gain(rows, "balanced_accuracy_gain", f"L_DR puts right above 0 and wrong below ({short(model)})", "no figure"),
            *_pinned(rows, model),
        ]  # fmt: skip
    for objective in POLICIES:
        found += _sign(results, objective)
    return found


def short(model: str) -> str:
    """A model's name without its content hash and settings."""
    return model.split("@")[0]


def signed(value: float) -> str:
    """A reward with its sign."""
    shown = mean(abs(value))
    return ("+" if value > 0 else "−" if value < 0 else "") + shown


def range_of(span: Interval | None) -> str:
    """The interval of a reward."""
    return "no interval" if span is None else f"{signed(span.low)} to {signed(span.high)}"


def judged(span: Interval | None, at: float = 0.0, *, below: bool = False) -> str:
    """What an interval says of "greater than `at`" (with `below`: less)."""
    if span is None:
        return NOT_SHOWN
    low, high = (-span.high, -span.low) if below else span
    mark = -at if below else at
    return SHOWS if low > mark else OPPOSITE if high < mark else NOT_SHOWN


def _gain(rows: Sequence[Result], metric: str, says: str, published: str) -> list[Finding]:
    found = select(rows, metric=metric, condition={"objective": "bt+dr"})
    return [
        Finding(
            says, published, f"{points(row.value)} ({points_range(interval(row))})", judged(interval(row))
        )
        for row in found
    ]


def _pinned(rows: Sequence[Result], model: str) -> list[Finding]:
    """The ratio of standard deviations over heads; each is known to 1/√(2(k − 1)) of itself."""
    found = []
    for side in ("chosen", "rejected"):
        spreads = {
            name: select(rows, metric=f"{side}_reward_spread", condition={"objective": name})
            for name in ("bt", "bt+dr")
        }
        if not all(spreads.values()):
            continue
        before, after = spreads["bt"][0], spreads["bt+dr"][0]
        if before.n < 2 or before.value <= 0 or after.value <= 0:
            continue
        ratio = after.value / before.value
        half = Z95 * sqrt(1 / (2 * (before.n - 1)) + 1 / (2 * (after.n - 1)))
        span = Interval(exp(log(ratio) - half), exp(log(ratio) + half))
        here = f"{mean(before.value)} to {mean(after.value)}: × {mean(ratio)} ({mean(span.low)} to {mean(span.high)})"
        margins = [
            select(rows, metric="reward_margin", condition={"objective": name}) for name in ("bt", "bt+dr")
        ]
        if all(margins) and margins[0][0].value > 0:
            here += f"; margins × {mean(margins[1][0].value / margins[0][0].value)}"
        says = f"L_DR pins the scale: mean {side} rewards of different heads lie closer together ({short(model)})"
        found.append(Finding(says, "no figure", here, judged(span, 1.0, below=True)))
    return found


def _sign(results: Sequence[Result], objective: str) -> list[Finding]:
    rows = select(results, metric="chosen_reward", condition={"objective": objective, "at": "end"})
    over_seeds = [row for row in rows if "seeds" in row.condition]
    published = PUBLISHED_CHOSEN[objective]
    found = []
    for row in over_seeds:
        way = "falls below" if published < 0 else "stays above"
        says = f"{POLICIES[objective]}: the reward of chosen answers {way} 0"
        seeds = int(row.condition["seeds"])
        each = [one.value for one in rows if "seed" in one.condition]
        agree = all((one > 0) == (published > 0) and one != 0 for one in each)
        against = all((one > 0) != (published > 0) and one != 0 for one in each)
        verdict = SHOWS if agree else OPPOSITE if against else NOT_SHOWN
        told = f"{seeds} seeds, all of this sign" if agree or against else f"{seeds} seeds of both signs"
        if seeds < FEWEST:
            verdict, told = TOO_FEW, f"{seeds} of the {FEWEST} seeds that a sign needs"
        found.append(Finding(says, signed(published), f"{signed(row.value)} ({told})", verdict))
    return found
