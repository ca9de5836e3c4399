"""Cards two by two: three drawings side by side would be too small to read."""

from __future__ import annotations

from collections.abc import Sequence

from windward.reports.markup import Html, tag
from windward.reports.parts import columns


def in_pairs(cards: Sequence[Html]) -> list[Html]:
    """The cards in rows of two where there is room; a last one alone keeps their width."""
    return [
        tag(
            "div",
            columns(*cards[start : start + 2], *([] if start + 1 < len(cards) else [tag("div")])),
            class_="after",
        )
        for start in range(0, len(cards), 2)
    ]
