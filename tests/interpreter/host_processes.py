"""What the host sees of an interpreter's processes: its own descendants in /proc."""

from __future__ import annotations

import os
import time
from pathlib import Path


def descendants(root: int | None = None) -> set[int]:
    """Process ids of all living descendants of this process (or of `root`)."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
            except OSError:
                continue  # it ended between the listing and the reading
            if fields[0] != "Z":
                parents[int(entry.name)] = int(fields[1])
    found, queue = set(), [root or os.getpid()]
    while queue:
        above = queue.pop()
        below = [pid for pid, parent in parents.items() if parent == above and pid not in found]
        found.update(below)
        queue += below
    return found


def settles_at(expected: set[int], seconds: float = 5.0) -> bool:
    """Whether no descendant but `expected` is left within some seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if descendants() <= expected:
            return True
        time.sleep(0.05)
    return False


def resident_mb() -> float:
    """Proportional resident MiB of all descendants."""
    total = 0
    for pid in descendants():
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue  # it ended
        total += next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)
    return total / 1024
