"""The fork server: imports what sessions want to have at hand, then makes an episode at each request."""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import socket
import sys
import threading
from typing import Any

from windward.interpreter.inside import kernel, rehearsal
from windward.interpreter.inside.supervisor import Supervisor
from windward.interpreter.inside.wire import recv_packet, send_packet

USER = 1000  # as in the outer sandbox's `--uid`
_EPISODE_NAMESPACES = (
    kernel.CLONE_NEWUSER
    | kernel.CLONE_NEWNS
    | kernel.CLONE_NEWPID
    | kernel.CLONE_NEWIPC
    | kernel.CLONE_NEWUTS
)


def main(server_fd: int, isolated: bool, preload: list[str]) -> None:
    """Serves until the host closes its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(
        signal.SIGCHLD, signal.SIG_IGN
    )  # nobody waits for an episode here: the host holds its socket
    server = socket.socket(fileno=server_fd)
    missing = _import(preload)
    rehearsal.rehearse(isolated)
    _seed_numpy()
    if isolated:
        _name_folder()
    _forget_modules()
    gc.collect()
    gc.freeze()  # so that a session's collector does not touch, and thereby copy, the shared pages
    kernel.collapse_memory()
    kernel.forget_library_pages()
    send_packet(server, {"ready": True, "missing": missing, "threads": threading.active_count()})
    while True:
        message, fds = recv_packet(server)
        if message is None or len(fds) != 3:
            os._exit(0)
        if (kernel.fork(_EPISODE_NAMESPACES) if isolated else os.fork()) == 0:
            server.close()
            settings = os.pread(fds[1], os.fstat(fds[1]).st_size, 0)
            os.close(fds[1])
            _start_episode(json.loads(settings), fds[0], fds[2], isolated)
        for fd in fds:
            os.close(fd)


def _import(names: list[str]) -> list[str]:
    missing = []
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError:
            missing.append(name)
    return missing


def _seed_numpy() -> None:
    """Sessions start from one state, so that an episode can be run again and show the same."""
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(0)


def _start_episode(settings: dict[str, Any], control_fd: int, activity_fd: int, isolated: bool) -> None:
    """In the first process of new namespaces: names the user, mounts `/proc`, and becomes the supervisor."""
    control = socket.socket(fileno=control_fd)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        if isolated:
            # The old /proc does not know this process by its new number; a new one does.
            flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
            kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
            kernel.mount("proc", "/proc", "proc", flags, "hidepid=2")
            _write("/proc/self/setgroups", "deny")
            _write("/proc/self/uid_map", f"{USER} {USER} 1")
            _write("/proc/self/gid_map", f"{USER} {USER} 1")
            _write("/proc/sys/user/max_user_namespaces", "0")
            kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
        else:
            kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
        send_packet(control, {"ready": True})
        Supervisor(control, settings, activity_fd).serve()
    except OSError as error:
        send_packet(control, {"failed": str(error)})
    finally:
        os._exit(0)


def _write(path: str, text: str) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    os.write(fd, text.encode())
    os.close(fd)


def _name_folder() -> None:
    """The kernel has no path for a session's folder; `/episode` is the link that leads there."""
    original = os.getcwd

    def getcwd() -> str:
        path = os.readlink("/proc/self/cwd")
        if path == "/work" or path.startswith("/work/"):
            return "/episode" + path[len("/work") :]
        return original()

    os.getcwd = getcwd


def _forget_modules() -> None:
    """Takes our own modules out of user code's sight (done here: a session would copy pages for it)."""
    for name in [name for name in sys.modules if name == "windward" or name.startswith("windward.")]:
        del sys.modules[name]
    sys.path[:] = [path for path in sys.path if path != "/windward"]
