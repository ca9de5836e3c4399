"""What changed between two stages, read off the result table and worded by its interval, good or bad alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from windward.reports.intervals import Interval, difference
from windward.reports.wording import percent, points, points_range
from windward.rows import Result, select

STAGES = ("before", "sft", "after")
STAGE_NAMES = {"before": "before", "sft": "after SFT", "after": "after preference learning"}
SPLIT_NAMES = {
    "train": "training problems",
    "test": "unseen problems",
    "test-families": "unseen families of problems",
}
HELD_OUT = ("test", "test-families")

Direction = Literal["better", "worse", "unclear"]


@dataclass(frozen=True)
class Change:
    """One split before and after.

    Attributes:
        split: name of the split.
        before: the first stage's result.
        after: the last stage's result.
        span: 95 % interval of the difference; None where it has none.
        paired: the table's own row that compares the two problem by problem, where there is one.
    """

    split: str
    before: Result
    after: Result
    span: Interval | None
    paired: Result | None = None

    @property
    def size(self) -> float:
        """After minus before."""
        return self.after.value - self.before.value

    @property
    def p_value(self) -> float | None:
        """Of McNemar's exact test, where the table has one."""
        p = self.paired.condition.get("mcnemar_p") if self.paired else None
        return float(p) if isinstance(p, int | float) else None

    @property
    def direction(self) -> Direction:
        """Better or worse only where the whole interval lies on one side of zero, and the exact test agrees."""
        if self.span is None or self.span.low <= 0 <= self.span.high:
            return "unclear"
        if self.p_value is not None and self.p_value >= 0.05:
            return "unclear"
        return "better" if self.span.low > 0 else "worse"


def stages(results: Sequence[Result]) -> list[str]:
    """The stages of a table in the order of the run; unknown ones last, by name."""
    found = {str(result.condition["stage"]) for result in results if "stage" in result.condition}
    return [stage for stage in STAGES if stage in found] + sorted(found - set(STAGES))


def stage_names(results: Sequence[Result]) -> dict[str, str]:
    """Stage to the name shown, in the order (and so the colours) of the page."""
    return STAGE_NAMES | {stage: stage for stage in stages(results) if stage not in STAGE_NAMES}


def split_name(split: str) -> str:
    """A split as a reader knows it."""
    return SPLIT_NAMES.get(split, split)


def held_out(results: Sequence[Result]) -> list[str]:
    """The splits that were not trained on, the usual two first."""
    found = {result.split for result in results} - {"train"}
    return [split for split in HELD_OUT if split in found] + sorted(found - set(HELD_OUT))


def success(results: Sequence[Result], split: str) -> list[Result]:
    """The success rates of a split that are told apart by stage and turn."""
    rows = select(results, metric="success_rate", split=split)
    return [row for row in rows if "stage" in row.condition and "turn" in row.condition]


def last_turn(results: Sequence[Result]) -> int:
    """The highest turn measured, 0 without any."""
    return max((int(result.condition["turn"]) for result in results), default=0)


def change(results: Sequence[Result], split: str) -> Change | None:
    """First against last stage of a split, solved within all the turns; None unless two stages were measured."""
    rows = success(results, split)
    turn, measured = last_turn(rows), stages(rows)
    if len(measured) < 2 or measured[0] != "before":
        return None
    before = select(rows, condition={"stage": measured[0], "turn": turn})
    after = select(rows, condition={"stage": measured[-1], "turn": turn})
    if len(before) != 1 or len(after) != 1:
        return None
    compared = _paired(results, split, turn, measured[0], measured[-1])
    if compared is not None:
        span = Interval(float(compared.condition["low"]), float(compared.condition["high"]))
        return Change(split, before[0], after[0], span, compared)
    return Change(split, before[0], after[0], difference(before[0], after[0]))


def _paired(results: Sequence[Result], split: str, turn: int, first: str, last: str) -> Result | None:
    """The row that compares the two stages problem by problem, if there is one and it holds an interval."""
    condition = {"stage": last, "against": first, "turn": turn}
    found = select(results, metric="success_rate_change", split=split, condition=condition)
    whole = [row for row in found if {"low", "high"} <= row.condition.keys()]
    return whole[0] if len(whole) == 1 else None


def headline(changes: Sequence[Change]) -> str:
    """What happened, in one sentence, every held-out split included."""
    if not changes:
        return "Nothing to compare yet: the model was not measured both before and after training"
    first, rest = changes[0], changes[1:]
    sentence = _opening(first)
    for other in rest:
        sentence += f"; on {split_name(other.split)}, {_clause(other)}"
    return sentence


def _opening(change: Change) -> str:
    where = split_name(change.split)
    if change.direction == "unclear":
        return f"No measurable change on {where}: {_two(change)}"
    verb = "raised" if change.direction == "better" else "lowered"
    return f"Training {verb} success on {where} from {_two(change, ' to ')}"


def _clause(change: Change) -> str:
    if change.direction == "unclear":
        return f"no measurable change ({_two(change)})"
    verb = "up" if change.direction == "better" else "down"
    return f"{verb} from {_two(change, ' to ')}"


def _two(change: Change, link: str = " before, ") -> str:
    end = " after" if link == " before, " else ""
    return f"{percent(change.before.value)}{link}{percent(change.after.value)}{end}"


def difference_text(change: Change) -> str:
    """The difference, its interval, how it was found, and what it rests on."""
    text = f"{points(change.size)} (95 % interval {points_range(change.span)}"
    if change.paired is None:
        return text + ", as of two independent samples)"
    text += ", paired"
    told = change.paired.condition
    if "gained" in told and "lost" in told:
        text += f"; gained {told['gained']}, lost {told['lost']}"
    if change.p_value is not None:
        text += f"; McNemar p = {change.p_value:.2g}"
    return text + ")"
