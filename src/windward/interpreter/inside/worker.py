"""A session: the process that holds the variables and runs the code.

It answers the host over a private socket, and the supervisor over another. Its working folder is a
tmpfs without a path; `/episode` and `/tmp` are links through `/proc/self/fd`, so that the same absolute
path means every session's own folder, and a twin's files branch with its variables.
"""

from __future__ import annotations

import errno
import os
import random
import resource
import select
import signal
import socket
import sys
import threading
import time
from _signal import signal as _signal  # type: ignore[import-not-found]  # `signal.signal` looks up enums first
from typing import Any

from windward.interpreter.inside import execute, folder, mappings, output, sources
from windward.interpreter.inside.wire import recv_frame, recv_packet, send_frame, send_packet

CHANNEL_FD, SUPERVISOR_FD = 1001, 1002
# User code may replace any function of any module; what keeps this process talking is bound here.
_fork, _exit, _getpid, _dup2, _close, _waitpid = os.fork, os._exit, os.getpid, os.dup2, os.close, os.waitpid
_waitid = os.waitid
_readlink, _open, _fchdir, _write = os.readlink, os.open, os.fchdir, os.write
_INTERRUPT, _IGNORE, _raise = int(signal.SIGINT), int(signal.SIG_IGN), signal.default_int_handler
_perf, _cpu, _getrusage = time.perf_counter, time.process_time, resource.getrusage


class Worker:
    """Serves runs until its host goes away."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.limit = int(settings["output_chars"])
        self.namespace = execute.new_namespace()
        self.cells = 0
        self.figures = 1
        self.pid = _getpid()
        os.kill = _kill
        sys.addaudithook(_note_mappings)
        host = {tool["name"]: self._tool(tool) for tool in settings["tools"] if "source" not in tool}
        for tool in settings["tools"]:
            name = tool["name"]
            self.namespace[name] = host[name] if name in host else sources.source_tool(tool, host)
        self._attach()

    def _attach(self) -> None:
        self.channel = socket.socket(fileno=CHANNEL_FD)
        self.supervisor = socket.socket(fileno=SUPERVISOR_FD)
        self.poll = select.poll()
        self.poll.register(CHANNEL_FD, select.POLLIN)
        self.poll.register(SUPERVISOR_FD, select.POLLIN)
        output.rewire_streams()

    def serve(self) -> None:
        """Answers requests one by one."""
        _signal(_INTERRUPT, _IGNORE)
        send_frame(self.channel, {"hello": True})
        while True:
            ready = [number for number, _ in self.poll.poll()]
            if SUPERVISOR_FD in ready:
                self._branch()
                continue
            request = recv_frame(self.channel)
            if request is None:
                _exit(0)
            self._answer(request)

    def _answer(self, request: dict[str, Any]) -> None:
        reply = self._run(str(request["run"]))
        if _getpid() != self.pid:
            _exit(0)  # the code forked, and this is its child: it has nothing to say to the host
        reply["id"] = request["id"]
        send_frame(self.channel, reply)

    def _run(self, code: str) -> dict[str, Any]:
        why = execute.refusal(code)
        if why is not None:
            return {"status": "refused", "error": why}
        self.cells += 1
        output.start()
        cpu, children = _cpu(), _getrusage(resource.RUSAGE_CHILDREN)
        reply: dict[str, Any] = {"status": "interrupted"}
        try:
            _signal(_INTERRUPT, _raise)
            try:
                reply = execute.run_cell(execute.Cell(code, self.cells), self.namespace)
                reply["images"] = self._figures()
            finally:
                _signal(_INTERRUPT, _IGNORE)
        except KeyboardInterrupt:
            reply = {"status": "interrupted", "error": "KeyboardInterrupt"}
        after = _getrusage(resource.RUSAGE_CHILDREN)
        used = _cpu() - cpu + after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime
        stdout, stderr, cut = output.finish(self.limit)
        for name in ("value", "error"):
            if reply.get(name) is not None:
                reply[name], lost = output.shorten(reply[name], self.limit)
                cut += lost
        return reply | {"stdout": stdout, "stderr": stderr, "cut": cut, "cpu": used}

    def _figures(self) -> list[str]:
        try:
            names = output.save_figures(self.figures)
        except Exception as error:
            print(f"a figure could not be saved: {execute.describe(error)}", file=sys.stderr)
            return []
        self.figures += len(names)
        return names

    def _tool(self, tool: dict[str, Any]) -> Any:
        name = tool["name"]
        lock = threading.Lock()

        def call(*args: Any, **kwargs: Any) -> Any:
            with lock:
                try:
                    send_frame(self.channel, {"tool": name, "args": args, "kwargs": kwargs})
                except (TypeError, ValueError) as error:
                    raise TypeError(
                        f"{name} takes plain values (numbers, text, lists, dicts): {error}"
                    ) from None
                answer = recv_frame(self.channel)
            if answer is None:
                raise RuntimeError(f"{name}: the host went away")
            if "error" in answer:
                raise _TOOL_ERRORS.get(answer.get("kind", ""), RuntimeError)(answer["error"])
            return answer["result"]

        call.__name__ = call.__qualname__ = name
        call.__doc__ = tool["doc"]
        return call

    def _branch(self) -> None:
        """Forks a twin, at the supervisor's word, with the descriptors that it sends."""
        message, fds = recv_packet(self.supervisor)
        if message is None:
            _exit(0)
        for ended in message.get("reap", ()):
            _waitpid(ended, os.WNOHANG)
        if not fds:
            return
        generator = random.getstate()  # Python reseeds `random` in every forked child
        try:
            if _fork() == 0:
                random.setstate(generator)
                self._become(fds)
                return
        except OSError:
            sys.stderr.write("this session has too many processes to be forked\n")
        for (
            fd
        ) in fds:  # without a twin, this closes the last copy of its link, and the supervisor learns of it
            _close(fd)

    def _become(self, fds: list[int]) -> None:
        """In the twin: everything that was shared with the parent is replaced by its own."""
        self.channel.detach()
        self.supervisor.detach()
        for stream in (sys.stdout, sys.stderr):
            stream.detach()  # type: ignore[union-attr]
        device = os.fstat(folder.FOLDER_FD).st_dev
        files, here = folder.part_from_parent(fds), folder.inside(_readlink("/proc/self/cwd"))
        for fd, target in zip(fds, (folder.FOLDER_FD, CHANNEL_FD, SUPERVISOR_FD, 1, 2), strict=True):
            _dup2(fd, target, inheritable=False)
            _close(fd)
        folder.reopen(files, folder.FOLDER_FD)
        if _maps_shared_memory():
            mappings.part_from_parent(device)
        enter(here or "work")
        execute.forget_loop()
        self.pid = _getpid()
        self._attach()
        send_packet(self.supervisor, {"twin": True})
        send_frame(self.channel, {"hello": True})


_mapped = False


def _note_mappings(event: str, _: tuple[Any, ...]) -> None:
    """An audit hook: looking through a process's thousand mappings at each fork would cost more than the fork."""
    global _mapped
    if event == "mmap.__new__":
        _mapped = True


def _maps_shared_memory() -> bool:
    return _mapped or "_multiprocessing" in sys.modules


def _kill(pid: int, number: int) -> None:
    """Stands for `os.kill`, which is refused here: the supervisor ends this process's children, nothing else."""
    if pid != _getpid():
        try:
            _waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            raise ProcessLookupError(
                errno.ESRCH, "only a process's own children can be signalled here"
            ) from None
    if number:
        _write(SUPERVISOR_FD, b"%d %d" % (pid, number))


def enter(path: str) -> None:
    """Moves to a place below the session's folder."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW
    here = _open(path, flags, dir_fd=folder.FOLDER_FD)
    _fchdir(here)
    _close(here)


_TOOL_ERRORS: dict[str, type[Exception]] = {
    "TypeError": TypeError,
    "ValueError": ValueError,
    "KeyError": KeyError,
    "PermissionError": PermissionError,
}
