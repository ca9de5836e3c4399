"""Runs probes without isolation, in a private corner: `unshare … python control_room.py < probes.json`.

Started in mount, process, network, IPC and host-name namespaces of its own. Every probe gets a further mount and
process namespace with a private /tmp, /etc and /dev/shm, resource limits and a time limit; all that it leaves
behind ends with it. Prints one JSON object: name → what the probe printed.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import select
import shutil
import signal
import subprocess
import sys
import time

from hostile_world import World

_NEWNS, _NEWPID, _NEWIPC, _NEWUTS = 0x20000, 0x20000000, 0x08000000, 0x04000000
_SECONDS = 10.0
# A folder that can be covered without covering this Python or these tests.
_ROOM = next(
    folder
    for folder in ("/tmp", "/mnt", "/srv", "/media", "/opt")
    if os.path.isdir(folder)
    and not any(path.startswith(folder + "/") for path in (*sys.path, sys.prefix, sys.base_prefix, __file__))
)
_libc = ctypes.CDLL(None, use_errno=True)


def _mount(target: str, kind: str) -> None:
    if _libc.mount(b"none", target.encode(), kind.encode(), 0, b"size=256m" if kind == "tmpfs" else None) < 0:
        raise OSError(ctypes.get_errno(), f"mount {target}")


def _private_corner() -> None:
    accounts = {}
    for name in ("passwd", "group", "ld.so.cache", "nsswitch.conf", "hosts"):
        if os.path.exists(f"/etc/{name}"):
            with open(f"/etc/{name}", "rb") as file:
                accounts[name] = file.read()
    _libc.mount(b"none", b"/", None, 16384 | (1 << 18), None)  # recursive, private
    for folder in (_ROOM, "/etc", "/dev/shm"):
        _mount(folder, "tmpfs")
    _mount("/proc", "proc")
    accounts["shadow"] = b"root:canary:1:0:::::\n"
    accounts["resolv.conf"] = b"nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"
    for name, data in accounts.items():
        with open(f"/etc/{name}", "wb") as file:
            file.write(data)


def _limits() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 2 << 30))
    resource.setrlimit(resource.RLIMIT_NPROC, (400, 500))
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 20, 64 << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (8, 8))
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _first_process(code: str, out: int) -> None:
    """In the new process namespace: the world, then the probe as a child of a child."""
    _private_corner()
    os.makedirs(f"{_ROOM}/work")
    with World(_ROOM, os.environ["WINDWARD_CANARY"], name_server=True) as world:
        text = f"W = {world.facts | {'control': 1}!r}\n{code}"
        left_open = os.open(world.facts["file"], os.O_RDONLY)
        os.set_inheritable(left_open, True)
        subprocess.run(
            ["/bin/sh", "-c", '"$0" -I -S -c "$1"; true', sys.executable, text], cwd=f"{_ROOM}/work", stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            close_fds=False, preexec_fn=_limits, timeout=_SECONDS, check=False,
        )  # fmt: skip


def _control(code: str) -> str:
    receiving, sending = os.pipe()
    watcher = os.fork()
    if watcher == 0:
        os.close(receiving)
        if _libc.unshare(_NEWNS | _NEWPID | _NEWIPC | _NEWUTS) < 0:
            os.write(sending, f"no namespaces: {os.strerror(ctypes.get_errno())}".encode())
            os._exit(0)
        if os.fork() == 0:  # the first process of the namespace: when it ends, all in it ends
            try:
                _first_process(code, sending)
            except BaseException as error:
                os.write(sending, repr(error).encode())
            os._exit(0)
        os.wait()
        os._exit(0)
    os.close(sending)
    said, end = b"", time.monotonic() + _SECONDS + 5
    while time.monotonic() < end:
        if select.select([receiving], [], [], 0.2)[0]:
            part = os.read(receiving, 65536)
            if not part:
                break
            said = (said + part)[:20_000]
    os.close(receiving)
    os.kill(watcher, signal.SIGKILL)
    os.waitpid(watcher, 0)
    return said.decode("utf-8", "replace")


def main() -> None:
    """Answers all the probes that come on standard input."""
    if shutil.which("ip"):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=False)
    probes = json.load(sys.stdin)
    print(json.dumps({name: _control(code) for name, code in probes.items()}))


if __name__ == "__main__":
    main()
