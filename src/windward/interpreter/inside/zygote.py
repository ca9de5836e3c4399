"""The fork server: imports what sessions want to have at hand, then makes an episode at each request."""

from __future__ import annotations

import gc
import importlib
import os
import signal
import socket
import sys
import threading
from typing import Any

from windward.interpreter.inside import kernel
from windward.interpreter.inside.supervisor import Supervisor
from windward.interpreter.inside.wire import recv_packet, send_packet

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
    server = socket.socket(fileno=server_fd)
    missing = _import(preload)
    if isolated:
        _name_folder()
    gc.collect()
    gc.freeze()  # so that a session's collector does not touch, and thereby copy, the shared pages
    send_packet(server, {"ready": True, "missing": missing, "threads": threading.active_count()})
    while True:
        message, fds = recv_packet(server)
        if message is None:
            os._exit(0)
        pid = os.fork()
        if pid == 0:
            server.close()
            _start_episode(message, fds[0], isolated)
        os.waitpid(pid, 0)
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


def _start_episode(settings: dict[str, Any], control_fd: int, isolated: bool) -> None:
    """In a forked child: new namespaces, then the supervisor as their first process."""
    control = socket.socket(fileno=control_fd)
    try:
        if isolated:
            user, group = os.getuid(), os.getgid()
            kernel.unshare(_EPISODE_NAMESPACES)
            _write("/proc/self/setgroups", "deny")
            _write("/proc/self/uid_map", f"{user} {user} 1")
            _write("/proc/self/gid_map", f"{group} {group} 1")
            _write("/proc/sys/user/max_user_namespaces", "0")
        if os.fork():
            os._exit(0)
        if isolated:
            flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
            kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
            kernel.mount("proc", "/proc", "proc", flags, "hidepid=2")
            kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
        send_packet(control, {"ready": True})
        Supervisor(control, settings).serve()
    except OSError as error:
        send_packet(control, {"failed": str(error)})
    finally:
        os._exit(0)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def _name_folder() -> None:
    """The kernel has no path for a session's folder; `/episode` is the link that leads there."""
    original = os.getcwd

    def getcwd() -> str:
        path = os.readlink("/proc/self/cwd")
        if path == "/work" or path.startswith("/work/"):
            return "/episode" + path[len("/work") :]
        return original()

    os.getcwd = getcwd


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2] == "isolated", sys.argv[3].split(",") if sys.argv[3] else [])
