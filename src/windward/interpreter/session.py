"""A persistent, forkable Python interpreter for code that nobody trusts."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, NamedTuple, Self

from windward.interpreter.channel import Channel
from windward.interpreter.inside.output import shorten
from windward.interpreter.inside.wire import WireError
from windward.interpreter.replies import read_reply
from windward.interpreter.server import Episode, fork_server
from windward.interpreter.tools import Calls, Toolbox
from windward.interpreter.types import FileInfo, InterpreterError, Isolation, Limits, Observation, Status

_GRACE_SECONDS = 1.0
_WATCH_SECONDS = 0.25
_START_SECONDS = 20.0
_REPLY_BYTES = 1024 * 1024
_MAX_PATH = 1000
_MAX_FILE = 256 * 1024 * 1024
_threads = ThreadPoolExecutor(max_workers=64, thread_name_prefix="windward-interpreter")


class Interpreter:
    """A Python session whose state lives across calls, and branches.

    It runs in namespaces of its own: no host files beyond a read-only Python, no network, no sight of other
    processes, with limits on CPU, wall time, memory, files and processes. One thread at a time may use it;
    different interpreters are independent.

    Args:
        limits: what a run may use.
        isolation: `auto` and `bwrap` isolate or refuse; `none` runs an ordinary process, for trusted code.
        tools: host functions that the code may call by name. Arguments are checked against the function's
            type hints; arguments and results are JSON values. A `SourceTool` is no host function: it is defined
            in the session when it is called first, and takes any values that the code has.

    Raises:
        IsolationError: isolation does not work on this machine.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        isolation: Isolation = "auto",
        tools: Mapping[str, Callable[..., Any]] | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.isolation = isolation
        self._toolbox = Toolbox(tools or {})
        self._lock = threading.Lock()
        self._open(self._new_episode())
        self._start("start")

    def _new_episode(self) -> Episode:
        return fork_server(self.isolation != "none").episode(self.limits, self._toolbox.descriptions())

    def _open(self, episode: Episode) -> None:
        self._episode = episode
        self._id = episode.new_id()
        self._channel: Channel | None = None
        self._process = os.getpid()
        self._cpu_total = 0.0
        self._closed = False
        self._stopping = False

    # -- public --------------------------------------------------------------------------------------

    def run(self, code: str) -> Observation:
        """Runs code in the session and tells what it showed.

        Raises:
            InterpreterError: the interpreter is closed or cannot be started again.
        """
        with self._lock:
            self._require_open()
            self._stopping = False
            with self._episode.work(self._id):
                return self._run(code)

    def interrupt(self) -> None:
        """Stops the run that is in progress, if any; from any thread.

        The run ends with the status `stopped`; code that does not let go is ended, and its variables are lost.
        """
        self._stopping = True

    def fork(self) -> Interpreter:
        """A twin with the same variables and files; independent afterwards.

        Raises:
            InterpreterError: the interpreter is closed, or its session does not answer.
        """
        with self._lock:
            self._require_open()
            twin = Interpreter.__new__(Interpreter)
            twin.limits, twin.isolation, twin._toolbox = self.limits, self.isolation, self._toolbox
            twin._lock = threading.Lock()
            twin._open(self._episode)
            with self._episode.work(self._id):
                twin._start("fork", of=self._id)
            return twin

    def reset(self) -> None:
        """Forgets all variables; files stay."""
        with self._lock:
            self._drop_channel()
            self._require_open()

    def close(self) -> None:
        """Ends the session, with all that it started, and deletes its files. Twins live on."""
        with self._lock:
            if not self._closed and self._process == os.getpid():  # a forked host program shares our sockets
                self._closed = True
                self._drop_channel()
                self._episode.leave(self._id)

    def write_file(self, path: str, data: bytes) -> None:
        """Writes a file in the working folder.

        Raises:
            InterpreterError: the path leaves the folder, or the folder is full.
        """
        fd = self._open_file(path, write=True)
        with os.fdopen(fd, "wb") as file:
            try:
                file.write(data)
                file.flush()
            except OSError as error:
                raise InterpreterError(
                    f"{path} could not be written to the working folder: {error}"
                ) from error

    def read_file(self, path: str) -> bytes:
        """Reads a file of the working folder.

        Raises:
            InterpreterError: there is no such file (links are not followed), or it is too large.
        """
        with os.fdopen(self._open_file(path, write=False), "rb") as file:
            data = file.read(_MAX_FILE + 1)
        if len(data) > _MAX_FILE:
            raise InterpreterError(f"{path} is larger than {_MAX_FILE} bytes")
        return data

    def list_files(self, most: int = 1_000) -> list[FileInfo]:
        """The files of the working folder that `read_file` can read, by path; hidden ones and links are left out.

        Args:
            most: where more lie there, so many of them are listed.

        Raises:
            InterpreterError: the interpreter is closed, or the folder cannot be read.
        """
        with self._lock:
            self._require_open()
            _, fds = self._episode.ask("list", id=self._id, most=most)
        with os.fdopen(fds[0], "rb") as file:
            file.seek(0)
            found = [FileInfo(*entry) for entry in json.loads(file.read())]
        return sorted(info for info in found if _is_named(info.path) and not _is_hidden(info.path))

    async def arun(self, code: str) -> Observation:
        """`run` for asyncio: the event loop stays free. Where the task is cancelled, the code is interrupted."""
        try:
            return await asyncio.get_running_loop().run_in_executor(_threads, self.run, code)
        except asyncio.CancelledError:
            self.interrupt()
            raise

    async def afork(self) -> Interpreter:
        """`fork` for asyncio."""
        return await asyncio.get_running_loop().run_in_executor(_threads, self.fork)

    async def aclose(self) -> None:
        """`close` for asyncio."""
        await asyncio.get_running_loop().run_in_executor(_threads, self.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __del__(self) -> None:
        if not getattr(self, "_closed", True):
            with contextlib.suppress(Exception):  # at interpreter shutdown anything may be gone
                self.close()

    # -- one session ---------------------------------------------------------------------------------

    def _require_open(self) -> None:
        if self._closed:
            raise InterpreterError("this interpreter is closed; make a new one")
        if self._channel is None:  # the last session was lost: a new one in the same folder
            try:
                self._start("start", of=self._id)
            except InterpreterError:
                if self._episode.alive:
                    raise
                self._open(self._new_episode())  # the whole episode is gone, its files too
                self._start("start")

    def _start(self, op: str, **fields: Any) -> None:
        ours, theirs = socket.socketpair()
        channel = Channel(ours, _REPLY_BYTES + 40 * self.limits.output_chars)
        try:
            self._episode.ask(op, (theirs.fileno(),), id=self._id, **fields)
            theirs.close()
            deadline = time.monotonic() + _START_SECONDS
            while channel.take() is None:  # the hello
                left = max(0.0, deadline - time.monotonic())
                if not channel.readable(left) or not channel.feed():
                    raise InterpreterError(f"it did not answer ({self._end().how or 'for no known reason'})")
        except (OSError, WireError, InterpreterError) as error:
            channel.close()
            if op == "fork":
                self._closed = True
                self._episode.leave(self._id)
            raise InterpreterError(f"a session could not {op}: {error}") from error
        self._channel = channel
        self._cpu_total = 0.0

    def _drop_channel(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def _end(self, wait: float = 0.0) -> _End:
        """Ends the session; how it had ended before, and what it had written by then."""
        self._drop_channel()
        answer, fds = self._episode.ask("end", id=self._id, wait=wait)
        texts = []
        for fd in fds:
            with os.fdopen(fd, "rb") as file:
                file.seek(0)
                texts.append(file.read(4 * self.limits.file_mb * 1024 * 1024).decode("utf-8", "replace"))
        stdout, stderr = [*texts, "", ""][:2]
        return _End(answer.get("exit"), answer.get("over"), stdout, stderr)

    def _open_file(self, path: str, write: bool) -> int:
        if not _is_named(path):
            raise InterpreterError(f"{path[:80]!r} is not the name of a file in the working folder")
        with self._lock:
            self._require_open()
            _, fds = self._episode.ask("open", id=self._id, path=path, write=write)
        return fds[0]

    # -- one run -------------------------------------------------------------------------------------

    def _run(self, code: str) -> Observation:
        channel = self._channel
        assert channel is not None
        run = _Run(self.limits, self._toolbox.quota(self.limits.tool_calls))
        try:
            if channel.readable(0):
                ended = not channel.feed()
                return self._broken(run, None if ended else "it wrote to the reply channel outside of a run")
            channel.send({"run": code, "id": run.id}, self.limits.wall)
            return self._wait(run, channel)
        except KeyboardInterrupt:
            self._abandon(channel)
            raise
        except WireError as error:
            return self._broken(run, f"it broke the reply channel: {error}")
        except TimeoutError:
            return self._timed_out(run, "wall", self.limits.wall)
        except OSError as error:
            return self._broken(run, None if isinstance(error, ConnectionError) else str(error))

    def _wait(self, run: _Run, channel: Channel) -> Observation:
        interrupted: tuple[str, float] | None = None
        while True:
            frame = channel.take()
            if frame is not None and "tool" in frame:
                started = time.monotonic()
                answer = run.tools.call(frame)
                run.pause(time.monotonic() - started)
                channel.send(answer, max(_GRACE_SECONDS, run.left()))
            elif frame is not None:
                if frame.get("id") != run.id:
                    raise WireError("a reply to another run")
                return self._observe(run, frame, interrupted)
            elif (patience := run.patience()) > 0:
                if channel.readable(patience) and not channel.feed():
                    return self._broken(run, None)
            else:
                why = self._exceeded(run)
                if why is None:
                    continue
                if why[0] == "memory" or interrupted is not None:
                    return self._timed_out(run, *(why if interrupted is None else interrupted))
                interrupted = why
                self._episode.tell("interrupt", id=self._id)
                run.grace()

    def _abandon(self, channel: Channel) -> None:
        """The host's own Ctrl-C: the code is interrupted too, and its reply is thrown away."""
        self._episode.tell("interrupt", id=self._id)
        deadline = time.monotonic() + _GRACE_SECONDS
        while time.monotonic() < deadline and channel.readable(deadline - time.monotonic()):
            if not channel.feed():
                break
            with contextlib.suppress(WireError):
                frame = channel.take()
                if frame is not None and "id" in frame:
                    return
        self._end()

    def _exceeded(self, run: _Run) -> tuple[str, float] | None:
        """What limit a run that takes its time has passed, or that it was stopped."""
        if self._stopping:
            return ("stop", 0.0)
        if run.left() <= 0:
            return ("wall", self.limits.wall)
        answer, _ = self._episode.ask("watch", id=self._id)
        if answer["mb"] > self.limits.memory_mb:
            return ("memory", self.limits.memory_mb)
        if answer["cpu"] - self._cpu_total > self.limits.seconds:
            return ("CPU", self.limits.seconds)
        run.watched()
        return None

    def _observe(
        self, run: _Run, frame: dict[str, Any], interrupted: tuple[str, float] | None
    ) -> Observation:
        wall = run.elapsed()
        seen = read_reply(frame, self.limits, wall)
        self._cpu_total += min(seen.cpu_seconds, wall)
        if interrupted is None or seen.status == "ok":
            return seen
        status, name = _over(interrupted[0])
        return replace(seen, status=status, error=f"{name}: {_passed(*interrupted)}; variables are kept")

    def _timed_out(self, run: _Run, kind: str, limit: float) -> Observation:
        end = self._end()
        status, name = _over(kind)
        return self._lost(
            run,
            status,
            f"{name}: {_passed(kind, limit)}; it was ended, its variables are lost",
            end,
        )

    def _broken(self, run: _Run, why: str | None) -> Observation:
        end = self._end(wait=_GRACE_SECONDS if why is None else 0.0)
        if why is None and end.over is not None:
            text = f"what it left running used more than {self.limits.seconds:g} s of {end.over} after its last run"
            return self._lost(
                run, "timeout", f"TimeoutError: {text}; it was ended, its variables are lost", end
            )
        text = why or f"it ended ({end.how or 'for no known reason'})"
        return self._lost(run, "crash", f"InterpreterCrash: {text}; its variables are lost", end)

    def _lost(self, run: _Run, status: Status, error: str, end: _End) -> Observation:
        stdout, cut_out = shorten(end.stdout, self.limits.output_chars)
        stderr, cut_err = shorten(end.stderr, self.limits.output_chars)
        return Observation(
            stdout=stdout,
            stderr=stderr,
            error=error,
            status=status,
            wall_seconds=run.elapsed(),
            truncated=cut_out + cut_err,
            state_lost=True,
        )


def _is_named(path: str) -> bool:
    return len(path) <= _MAX_PATH and path.isprintable()


def _is_hidden(path: str) -> bool:
    return any(part.startswith(".") for part in path.split("/"))


class _End(NamedTuple):
    """How a session ended by itself, by which limit between two runs, and what it had written."""

    how: str | None
    over: str | None
    stdout: str
    stderr: str


class _Run:
    """The clock of one run."""

    def __init__(self, limits: Limits, tools: Calls) -> None:
        self.id = secrets.token_hex(8)  # what is left of an earlier run cannot guess it
        self.tools = tools
        self._started = time.monotonic()
        self._deadline = self._started + limits.wall
        self._next = self._started + min(_WATCH_SECONDS, limits.seconds, limits.wall)

    def elapsed(self) -> float:
        return time.monotonic() - self._started

    def left(self) -> float:
        return self._deadline - time.monotonic()

    def patience(self) -> float:
        """Seconds until the limits are looked at again."""
        return max(0.0, min(self._next, self._deadline) - time.monotonic())

    def watched(self) -> None:
        self._next = time.monotonic() + _WATCH_SECONDS

    def grace(self) -> None:
        """After an interrupt: a last wait, whatever the limit was."""
        self._next = self._deadline = time.monotonic() + _GRACE_SECONDS

    def pause(self, seconds: float) -> None:
        """Time spent in the host's own tools is not the code's."""
        self._deadline += seconds


def _over(kind: str) -> tuple[Status, str]:
    """How a run that was cut off ended, and the name of its error."""
    if kind == "stop":
        return "stopped", "KeyboardInterrupt"
    return ("memory", "MemoryError") if kind == "memory" else ("timeout", "TimeoutError")


def _passed(kind: str, limit: float) -> str:
    if kind == "stop":
        return "the run was stopped"
    if kind == "memory":
        return f"the code used more than {limit:g} MiB"
    return f"the code used more than {limit:g} s of {'CPU' if kind == 'CPU' else 'wall'} time"
