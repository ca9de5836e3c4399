"""The host's side of the fork server: started once, then an episode costs a few forks."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import asdict
from typing import IO, Any

from windward.interpreter import sandbox
from windward.interpreter.activity import Activity
from windward.interpreter.inside.wire import WireError, recv_packet, send_packet
from windward.interpreter.types import InterpreterError, IsolationError, Limits

_START_SECONDS = 120.0
_ANSWER_SECONDS = 60.0
_HINT = 'For code that you trust, pass isolation="none" (CLI: --isolation none).'


class Episode:
    """A root session and all its twins: one set of namespaces with one supervisor."""

    def __init__(self, control: socket.socket, activity: Activity) -> None:
        self._control = control
        self._activity = activity
        self._lock = threading.Lock()
        self._next = 0
        self._live: set[int] = set()
        self.alive = True

    def new_id(self) -> int:
        """A number for a session that is about to start."""
        with self._lock:
            self._next += 1
            self._live.add(self._next)
            return self._next

    @contextlib.contextmanager
    def work(self, session: int) -> Iterator[None]:
        """While a session has work from us, what it uses is the work's."""
        self._activity.change(session)
        try:
            yield
        finally:
            self._activity.change(session)

    def ask(self, op: str, fds: tuple[int, ...] = (), **fields: Any) -> tuple[dict[str, Any], list[int]]:
        """Asks the supervisor and waits for its answer.

        Raises:
            InterpreterError: it refused, or it is gone.
        """
        with self._lock:
            try:
                send_packet(self._control, {"op": op, **fields}, fds)
                answer, received = recv_packet(self._control)
            except (OSError, WireError) as error:
                self.alive = False
                raise InterpreterError(f"the interpreter's supervisor is gone ({error})") from error
        if answer is None:
            self.alive = False
            raise InterpreterError("the interpreter's supervisor is gone (it closed its end)")
        if "failed" in answer:
            raise InterpreterError(f"the interpreter could not {op}: {answer['failed']}")
        return answer, received

    def tell(self, op: str, **fields: Any) -> None:
        """Tells the supervisor something that has no answer."""
        with self._lock:
            try:
                send_packet(self._control, {"op": op, **fields})
            except OSError as error:
                raise InterpreterError(f"the interpreter's supervisor is gone ({error})") from error

    def leave(self, session: int) -> None:
        """Ends a session; with the last one, the whole episode."""
        if session not in self._live:
            return
        with contextlib.suppress(InterpreterError):  # a supervisor that is gone has taken the session with it
            self.ask("close", id=session)
        with self._lock:
            self._live.discard(session)
            if not self._live:
                self._control.close()


class ForkServer:
    """A process that has the usual libraries imported, and forks episodes off itself."""

    def __init__(self, isolated: bool) -> None:
        self.isolated = isolated
        self._lock = threading.Lock()
        self._root = None if isolated else tempfile.mkdtemp(prefix="windward-")
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        make = sandbox.isolated_command if isolated else sandbox.bare_command
        try:
            command = make(theirs.fileno())
            with tempfile.TemporaryFile() as errors:
                self._process = subprocess.Popen(
                    command.argv,
                    env=command.environment,
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    start_new_session=True,
                )
                theirs.close()
                self._socket = ours
                self._wait_until_ready(errors)
        except OSError as error:
            raise IsolationError(f"the sandbox cannot be started: {error}. {_HINT}") from error

    def _wait_until_ready(self, errors: IO[bytes]) -> None:
        self._socket.settimeout(_START_SECONDS)
        try:
            answer, _ = recv_packet(self._socket)
        except TimeoutError:
            answer = None
        self._socket.settimeout(_ANSWER_SECONDS)
        if answer is None:
            self._process.kill()
            self._process.wait()
            self._remove_stage()
            errors.seek(0)
            said = errors.read(4000).decode("utf-8", "replace").strip() or "it said nothing"
            kind = IsolationError if self.isolated else InterpreterError
            raise kind(
                f"the {'sandbox' if self.isolated else 'interpreter'} did not start: {said}\n{_advice(said)}"
            )
        self._remove_stage()

    def _remove_stage(self) -> None:
        """Removes the empty folder that the launcher, where there is one, mounted over in its own namespace."""
        if self.isolated and os.geteuid() == 0 and self._process.stdout is not None:
            stage = self._process.stdout.readline().decode().strip()
            if stage.startswith(os.path.join(tempfile.gettempdir(), "windward-")):
                with contextlib.suppress(OSError):  # gone, or left at worst
                    os.rmdir(stage)

    @property
    def alive(self) -> bool:
        """Whether it can still be asked."""
        return self._process.poll() is None

    def episode(self, limits: Limits, tools: list[dict[str, Any]]) -> Episode:
        """Makes the namespaces of a new episode.

        Raises:
            IsolationError: the kernel refuses them.
        """
        settings = asdict(limits) | {"isolated": self.isolated, "tools": tools, "root": self._root}
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(_ANSWER_SECONDS)
        activity = Activity()
        try:
            # Tools' documentation and sources may be long: the settings are a file.
            with tempfile.TemporaryFile() as file, activity.descriptor() as shared, self._lock:
                file.write(json.dumps(settings).encode())
                file.seek(0)
                send_packet(self._socket, {"episode": True}, (theirs.fileno(), file.fileno(), shared))
        except OSError as error:
            ours.close()
            raise InterpreterError(f"the interpreter's fork server is gone ({error})") from error
        finally:
            theirs.close()
        answer, _ = recv_packet(ours)
        if answer is None or "failed" in answer:
            reason = "it ended at once" if answer is None else answer["failed"]
            raise IsolationError(f"an isolated episode cannot be made: {reason}. {_HINT}")
        return Episode(ours, activity)

    def close(self) -> None:
        """Ends the server and every episode."""
        self._socket.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        if self._root is not None:
            shutil.rmtree(self._root, ignore_errors=True)


def _advice(said: str) -> str:
    if "uid map" in said or "user namespace" in said or "Operation not permitted" in said:
        return (
            "Unprivileged user namespaces seem to be switched off here. Allow them "
            "(sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0, or a "
            f"container with --security-opt seccomp=unconfined). {_HINT}"
        )
    return _HINT


_servers: dict[bool, ForkServer] = {}
_servers_lock = threading.Lock()


def fork_server(isolated: bool) -> ForkServer:
    """This process's fork server, started at the first use."""
    with _servers_lock:
        server = _servers.get(isolated)
        if server is None or not server.alive:
            server = _servers[isolated] = ForkServer(isolated)
        return server


def _close_all() -> None:
    with _servers_lock:
        for server in _servers.values():
            server.close()
        _servers.clear()


def _forget_all() -> None:
    global _servers_lock
    _servers_lock = threading.Lock()
    _servers.clear()


atexit.register(_close_all)
os.register_at_fork(after_in_child=_forget_all)
