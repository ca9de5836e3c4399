"""What decides whether a reply declines to answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from windward.evals.unknown.records import Verdict


class Detector(Protocol):
    """A rule over replies alone: `lexical-paper`, `lexical`. A judge asks a model and is run before (`refusal.judge`)."""

    @property
    def name(self) -> str:
        """As result rows name it (`detector`)."""
        ...

    def verdicts(self, responses: Sequence[str | None]) -> list[Verdict]:
        """One verdict a reply; a reply that is None or blank has not refused, and is counted where figures are made."""
        ...
