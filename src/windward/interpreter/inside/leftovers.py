"""What a session leaves running when a run is over may use as much CPU time as a run, until the next begins."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import NamedTuple

from windward.interpreter.inside.processes import Table
from windward.interpreter.inside.wire import SLOT, SLOTS


class _Look(NamedTuple):
    """A session at the last look: its activity, its CPU seconds when it was left alone, looks that met it running."""

    activity: int
    cpu: float
    running: int


class Leftovers:
    """Looks at each session once a second.

    Args:
        activity: a file with a number for each session, that the host makes odd while it has work for it.
        seconds: CPU seconds that may be used between two runs.
    """

    def __init__(self, activity: int, seconds: float) -> None:
        self._activity = activity
        self._seconds = seconds
        self._looks: dict[int, _Look] = {}

    def used_too_much(self, session: int, tree: Collection[int], table: Table) -> bool:
        """Whether these processes of a session have used more than is allowed since its last run."""
        (activity,) = SLOT.unpack(os.pread(self._activity, SLOT.size, session % SLOTS * SLOT.size))
        cpu = sum(table[pid].cpu for pid in tree)
        last = self._looks.get(session)
        if last is None or last.activity != activity or activity % 2:
            self._looks[session] = _Look(activity, cpu, 0)
            return False
        # A process whose parent does not wait for it takes its CPU time with it: for a chain of such, looks count.
        running = last.running + any(table[pid].running for pid in tree)
        self._looks[session] = last._replace(running=running)
        return max(cpu - last.cpu, running - 1) > self._seconds

    def forget(self, session: int) -> None:
        """The session is closed."""
        self._looks.pop(session, None)
