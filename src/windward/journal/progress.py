"""How far a stage is: a live bar on a terminal, plain lines in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TextIO

LOG_SECONDS = 10.0
BAR_SECONDS = 0.1


@dataclass
class Progress:
    """Counts of one stage, shown on `stream`.

    Attributes:
        stage: its name.
        total: rows in all.
        stored: rows whose outcome was there already.
        spend: says what the run has spent, for the end of the line.
    """

    stage: str
    total: int
    stored: int
    spend: Callable[[], str]
    stream: TextIO = field(default_factory=lambda: sys.stderr)
    done: int = 0
    failed: int = 0

    def __post_init__(self) -> None:
        self._started = time.monotonic()
        self._said = self._started
        self._live = _Bar(self) if self.stream.isatty() else None
        if self._live is None:
            self._say()

    def row(self, ok: bool) -> None:
        """One more row has ended."""
        self.done += ok
        self.failed += not ok
        now = time.monotonic()
        if self._live is not None and now - self._said >= BAR_SECONDS:
            self._said = now
            self._live.update()
        elif self._live is None and now - self._said >= LOG_SECONDS:
            self._say()

    def close(self) -> None:
        """Shows the last state."""
        if self._live is not None:
            self._live.close()
        else:
            self._say()

    def note(self, text: str) -> None:
        """Says one line, above a live bar."""
        if self._live is not None:
            self._live.print(text)
        else:
            print(text, file=self.stream, flush=True)

    def line(self) -> str:
        """The state in one line."""
        ended = self.done + self.failed
        seconds = max(time.monotonic() - self._started, 1e-9)
        parts = [f"{self.stage}: {self.stored + ended} of {self.total} rows"]
        if self.stored:
            parts.append(f"{self.stored} from the journal")
        if self.failed:
            parts.append(f"{self.failed} failed")
        if ended:
            parts.append(f"{ended / seconds:.1f} rows/s")
        return ", ".join([*parts, self.spend()])

    def _say(self) -> None:
        self._said = time.monotonic()
        print(self.line(), file=self.stream, flush=True)


class _Bar:
    """The same counts as a rich progress bar."""

    def __init__(self, progress: Progress) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self._progress = progress
        self._rich = RichProgress(
            BarColumn(bar_width=24),
            TextColumn("{task.description}", markup=False),
            TimeRemainingColumn(),
            console=Console(file=progress.stream),
            refresh_per_second=4,
        )
        self._task = self._rich.add_task(progress.line(), total=progress.total, completed=progress.stored)
        self._rich.start()

    def update(self) -> None:
        progress = self._progress
        ended = progress.stored + progress.done + progress.failed
        self._rich.update(self._task, completed=ended, description=progress.line())

    def print(self, text: str) -> None:
        self._rich.console.print(text, markup=False, highlight=False)

    def close(self) -> None:
        self.update()
        self._rich.stop()
