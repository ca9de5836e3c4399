"""The processes of an episode: who descends from whom, what they use, and how they are ended."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Collection, Iterator
from typing import NamedTuple

from windward.interpreter.inside import folder, kernel

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_MIB = 1024 * 1024


class Process(NamedTuple):
    """A line of the process table: parent, CPU seconds (children that ended included), resident MiB, state."""

    parent: int
    cpu: float
    mb: float
    running: bool = False


Table = dict[int, Process]


class Processes:
    """The process table of the namespace that this process is the first of.

    Without isolation it is the whole machine's, and only trees of known roots are touched.
    """

    def __init__(self, isolated: bool) -> None:
        self._isolated = isolated
        # A /proc of this process's own: the sessions' one shows each of them nobody but itself.
        self._proc = (
            kernel.detached_mount("proc") if isolated else os.open("/proc", os.O_RDONLY | os.O_CLOEXEC)
        )
        self._own = os.getpid()
        self._idle_mb = self.table()[self._own].mb  # what every session shares with the fork server

    def close(self) -> None:
        """Gives up the way to the table."""
        os.close(self._proc)

    def table(self) -> Table:
        """Everything that runs now."""
        table = {}
        for name in folder.names(self._proc):
            fields = self._stat(name) if name.isdigit() else None
            if fields is not None and fields[0] != "Z":
                cpu = sum(int(field) for field in fields[11:15]) / _TICKS
                mb = int(fields[21]) * _PAGE / _MIB
                table[int(name)] = Process(int(fields[1]), cpu, mb, fields[0] == "R")
        return table

    def ended(self, pid: int) -> int | None:
        """The wait status of a process that has ended and is not yet taken away; None while it runs."""
        fields = self._stat(pid)
        if fields is None:
            return 0
        return int(fields[49]) if fields[0] == "Z" else None

    def memory(self, tree: Collection[int], table: Table) -> float:
        """MiB that these processes hold above an idle session's each."""
        return sum(max(0.0, table[pid].mb - self._idle_mb) for pid in tree)

    def strays(self, sessions: Collection[int], table: Table) -> list[int]:
        """Processes that left their session (daemons), with all below them: this process is their parent now."""
        if not self._isolated:
            return []
        roots = [pid for pid, process in table.items() if process.parent == self._own and pid not in sessions]
        return [pid for root in roots for pid in tree(root, table, sessions)]

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """Holds every process of the episode still; a signal to all is atomic, so that no fork slips through."""
        if not self._isolated:
            yield
            return
        send(-1, signal.SIGSTOP)
        try:
            yield
        finally:
            send(-1, signal.SIGCONT)

    def _stat(self, pid: int | str) -> list[str] | None:
        """The fields of a process from its state on; None if there is no such process any more."""
        try:
            return read_file(f"{pid}/stat", self._proc).rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None


def read_file(path: str, below: int | None = None) -> str:
    """A small file of the kernel's. Python's own streams would cost a process thirty pages of memory."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC, dir_fd=below)
    try:
        return os.read(fd, _PAGE).decode("utf-8", "replace")
    finally:
        os.close(fd)


def tree(root: int, table: Table, sessions: Collection[int]) -> list[int]:
    """A process and its descendants, other sessions (its twins) left out."""
    children: dict[int, list[int]] = {}
    for pid, process in table.items():
        if pid == root or pid not in sessions:
            children.setdefault(process.parent, []).append(pid)
    found, queue = [], [root] if root in table else []
    while queue:
        pid = queue.pop()
        found.append(pid)
        queue += children.get(pid, [])
    return found


def send(pid: int, number: int) -> None:
    """Sends a signal; a process that has ended already needs none."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def how(status: int) -> str:
    """A wait status in words."""
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"exit code {code}"
    names = {int(number): number.name for number in signal.Signals}
    return f"signal {names.get(-code, -code)}"
