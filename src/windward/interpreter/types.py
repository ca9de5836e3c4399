"""What an interpreter takes and gives: limits in, observations out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Status = Literal["ok", "error", "timeout", "memory", "crash", "refused", "stopped"]
"""How a run ended.

* `ok`: the code ran to its end.
* `error`: it raised; state is kept.
* `timeout`: it used up its CPU or wall time; state is kept if an interrupt was enough (`state_lost` says).
* `memory`: it asked for more memory than allowed; state is kept if Python could raise `MemoryError`.
* `crash`: the process ended (signal, `os._exit`); state is lost.
* `stopped`: its host stopped it; state is kept if an interrupt was enough.
* `refused`: it was not run (a `!shell` line, a magic); the text says why.
"""

Isolation = Literal["auto", "bwrap", "none"]


@dataclass(frozen=True)
class Limits:
    """What one interpreter may use.

    Attributes:
        seconds: CPU seconds of one run (a loaded machine must not fail good code), and of what it leaves running
            until the next.
        wall_seconds: wall seconds of one run; None is three times `seconds`, at least ten more.
        memory_mb: MiB of memory above an idle interpreter's.
        disk_mb: MiB in the working folder.
        file_mb: MiB of one file.
        processes: processes and threads at once.
        output_chars: characters kept of stdout, stderr and value each; the middle is cut and counted.
        tool_calls: calls of host tools in one run.
    """

    seconds: float = 10.0
    wall_seconds: float | None = None
    memory_mb: int = 1024
    disk_mb: int = 256
    file_mb: int = 64
    processes: int = 32
    output_chars: int = 20_000
    tool_calls: int = 1_000

    @property
    def wall(self) -> float:
        """Wall seconds of one run."""
        return (
            self.wall_seconds if self.wall_seconds is not None else max(3 * self.seconds, self.seconds + 10)
        )


@dataclass(frozen=True)
class Observation:
    """What one run showed.

    Attributes:
        stdout: text written to standard output, cut in the middle past `Limits.output_chars`.
        stderr: text written to standard error, cut likewise.
        value: `repr` of a last expression that is not None.
        error: short traceback, pointing at the user's lines; its last line names the exception.
        status: how the run ended.
        images: paths, relative to the working folder, of figures saved by this run.
        cpu_seconds: CPU time of the run.
        wall_seconds: wall time of the run as the host saw it.
        truncated: characters cut from stdout, stderr and value together.
        state_lost: whether variables are gone: the next run starts in a fresh interpreter.
    """

    stdout: str = ""
    stderr: str = ""
    value: str | None = None
    error: str | None = None
    status: Status = "ok"
    images: tuple[str, ...] = ()
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    truncated: int = 0
    state_lost: bool = False

    @property
    def ok(self) -> bool:
        """Whether the code ran to its end without an error."""
        return self.status == "ok"

    @property
    def text(self) -> str:
        """All of it as one text, as a notebook would show it: stdout, stderr, value, error."""
        parts = (self.stdout, self.stderr, self.value, self.error)
        return "\n".join(part.rstrip("\n") for part in parts if part)


class FileInfo(NamedTuple):
    """A file of the working folder.

    Attributes:
        path: relative to the folder; printable, and as hostile as the code that chose it.
        size: bytes.
        changed: when it was last changed (nanoseconds since the epoch), as far as the code says the truth.
    """

    path: str
    size: int
    changed: int


class InterpreterError(Exception):
    """The interpreter itself cannot work (never the fault of the code that was run)."""


class IsolationError(InterpreterError):
    """Isolation does not work on this machine, and the caller did not ask to go without."""
