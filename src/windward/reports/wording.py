"""Figures as text: the same few forms everywhere on a page."""

from __future__ import annotations

from math import isnan

from windward.reports.intervals import Interval, interval
from windward.rows import Result

_SPACE = "\u00a0"
_DASH = "–"


def percent(rate: float) -> str:
    """`0.4844` as `48.4 %`; whole and tiny figures keep one decimal too, so that columns line up."""
    return "n/a" if isnan(rate) else f"{100 * rate:.1f}{_SPACE}%"


def points(change: float) -> str:
    """A difference of rates as signed percentage points."""
    return "n/a" if isnan(change) else f"{_signed(change)}{_SPACE}points"


def percent_range(span: Interval | None) -> str:
    """An interval of a rate, e.g. `36.6 – 60.4 %`."""
    return "no interval" if span is None else f"{100 * span.low:.1f}{_DASH}{100 * span.high:.1f}{_SPACE}%"


def points_range(span: Interval | None) -> str:
    """An interval of a difference of rates, e.g. `−3.1 to +19.8 points`."""
    if span is None:
        return "no interval"
    return f"{_signed(span.low)} to {_signed(span.high)}{_SPACE}points"


def _signed(change: float) -> str:
    shown = f"{100 * change:+.1f}".replace("-", "−")
    return "0.0" if shown[1:] == "0.0" else shown


def number(value: float) -> str:
    """A count with thousands separators; anything else as `mean` has it."""
    return f"{value:,.0f}" if not isnan(value) and float(value).is_integer() else mean(value)


def mean(value: float) -> str:
    """A mean with one decimal from ten up, three significant digits below, none in the thousands."""
    if isnan(value):
        return "n/a"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def counted(count: int, singular: str, plural: str | None = None) -> str:
    """`1 row`, `1,200 rows`."""
    return f"{count:,}{_SPACE}{singular if count == 1 else plural or singular + 's'}"


def duration(seconds: float) -> str:
    """Seconds as a person says them: `0.4 s`, `42 s`, `3 min 05 s`, `1 h 02 min`."""
    if seconds < 9.95:
        return f"{seconds:.1f}{_SPACE}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}{_SPACE}s"
    if whole < 3600:
        return f"{whole // 60}{_SPACE}min {whole % 60:02d}{_SPACE}s"
    return f"{whole // 3600}{_SPACE}h {whole % 3600 // 60:02d}{_SPACE}min"


def dollars(cost: float) -> str:
    """US dollars, with enough digits for a cheap call."""
    if cost == 0:
        return "$0"
    return f"${cost:,.2f}" if cost >= 0.01 else f"${cost:.4f}"


def figure(result: Result) -> str:
    """A result's value in its unit: a rate as percent, anything else as a number."""
    return percent(result.value) if is_rate(result) else mean(result.value)


def figure_range(result: Result) -> str:
    """A result's interval in its unit."""
    span = interval(result)
    if is_rate(result) or span is None:
        return percent_range(span)
    return f"{mean(span.low)}{_DASH}{mean(span.high)}"


def is_rate(result: Result) -> bool:
    """Whether a result is shown as percent."""
    return result.metric.endswith(("rate", "accuracy"))
