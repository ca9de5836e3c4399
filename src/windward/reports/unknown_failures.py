"""What has no confidence, and why; and what else was seen while one was elicited."""

from __future__ import annotations

from windward.reports.markup import Html, join, tag
from windward.reports.parts import missing, section
from windward.reports.unknown_parts import by_model
from windward.reports.unknown_table import HALVES, UnknownTable
from windward.reports.wording import figure_range, mean, percent
from windward.rows import Result


def failures_section(found: UnknownTable) -> Html:
    """What has no value, by elicitation and reason."""
    rows = found.of("confidence_missing_rate")
    if not rows:
        return section("Parse failures", missing("None.", "No confidence was asked for."), anchor="failures")
    groups: dict[tuple[str, ...], list[Result]] = {}
    for row in rows:
        half = HALVES.get(row.split, row.split)
        groups.setdefault((row.model, row.dataset, half, found.elicited_by(row)), []).append(row)
    lines = []
    for key, own in groups.items():
        whole = next((row for row in own if "absent" not in row.condition), own[0])
        why = ", ".join(
            f"{_count(row)} {row.condition['absent']}" for row in own if "absent" in row.condition
        )
        if any(row.value > 0 for row in own):
            lines.append((*key, percent(whole.value), figure_range(whole), why or "not told", f"{whole.n:,}"))
    heads = ("model", "set", "half", "elicitation", "missing", "95 % interval", "why", "of")
    lead = (
        "A confidence that could not be read is missing, not zero and not a half: it is counted here and in no other figure. A number that "
        "opens a list is not a confidence."
    )
    told = tag(
        "p",
        f"Nothing is missing in {len(groups) - len(lines):,} of {len(groups):,} halves asked for a confidence.",
        class_="small",
    )
    body = by_model(found, heads, lines, (4, 5, 7)) if lines else None
    return section("Parse failures", told, body, _notes(found), anchor="failures", lead=lead)


_NOTES = {
    "digit_mass": "probability of all levels together",
    "meanings": "different meanings among the answers drawn",
}


def _notes(found: UnknownTable) -> Html | None:
    """What else was seen while eliciting: an expected number is made of the probability of numbers, be it ever so small."""
    lines = []
    for metric, name in _NOTES.items():
        for row in sorted(found.of(metric), key=lambda row: str(row.condition.get("method", ""))):
            middle = row.condition.get("median")
            shown = mean(middle) if isinstance(middle, float | int) else "–"
            lines.append((row.model, row.dataset, HALVES.get(row.split, row.split), str(row.condition.get("method", "")).replace("-", " "), name,
                          mean(row.value), shown, f"{row.n:,}", f"{row.unparsed:,}"))  # fmt: skip
    if not lines:
        return None
    heads = ("model", "set", "half", "elicitation", "what", "mean", "median", "n", "without")
    told = (
        "An expected number is the mean of the levels by their probabilities. Where these add up to next to nothing, the model did not want "
        "to say a number, and its expected number is no confidence."
    )
    return join(
        tag("h3", "What else was seen"),
        tag("p", told, class_="small"),
        by_model(found, heads, lines, (5, 6, 7, 8)),
    )


def _count(row: Result) -> str:
    return f"{round(row.value * row.n):,}"
