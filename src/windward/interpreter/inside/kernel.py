"""The few kernel calls that Python's standard library does not wrap."""

from __future__ import annotations

import ctypes
import os
import platform

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND = 1, 2, 4, 8, 32, 4096
MS_REC, MS_PRIVATE = 16384, 1 << 18

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
PR_SET_SECCOMP, PR_SET_SECUREBITS, PR_CAP_AMBIENT = 22, 28, 47
_CAP_VERSION_3 = 0x20080522
_FSOPEN, _FSCONFIG, _FSMOUNT, _CAPSET = {
    "x86_64": (430, 431, 432, 126),
    "aarch64": (430, 431, 432, 91),
}.get(platform.machine(), (0, 0, 0, 0))
_FSCONFIG_SET_STRING, _FSCONFIG_CMD_CREATE = 1, 6
_MOUNT_ATTR_NOSUID, _MOUNT_ATTR_NODEV = 2, 4
_CLOEXEC = 1

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _syscall(number: int, what: str, *args: object) -> int:
    _libc.syscall.restype = ctypes.c_long
    return _check(_libc.syscall(ctypes.c_long(number), *args), what)


def unshare(flags: int) -> None:
    """Moves this process into new namespaces."""
    _check(_libc.unshare(ctypes.c_int(flags)), "unshare")


def mount(source: str, target: str, kind: str | None, flags: int = 0, data: str | None = None) -> None:
    """Mounts, binds or remounts, as mount(2)."""
    _check(
        _libc.mount(
            source.encode(),
            target.encode(),
            kind.encode() if kind else None,
            ctypes.c_ulong(flags),
            data.encode() if data else None,
        ),
        f"mount {target}",
    )


def detached_tmpfs(size_mb: int) -> int:
    """A tmpfs that no path leads to: the returned descriptor is the only way in."""
    context = _syscall(_FSOPEN, "fsopen", b"tmpfs", ctypes.c_uint(_CLOEXEC))
    try:
        for name, value in ((b"size", f"{size_mb}m".encode()), (b"mode", b"0700"), (b"nr_inodes", b"65536")):
            _syscall(
                _FSCONFIG,
                "fsconfig",
                ctypes.c_int(context),
                ctypes.c_uint(_FSCONFIG_SET_STRING),
                name,
                value,
                0,
            )
        _syscall(
            _FSCONFIG,
            "fsconfig",
            ctypes.c_int(context),
            ctypes.c_uint(_FSCONFIG_CMD_CREATE),
            None,
            None,
            0,
        )
        attributes = ctypes.c_uint(_MOUNT_ATTR_NOSUID | _MOUNT_ATTR_NODEV)
        return _syscall(_FSMOUNT, "fsmount", ctypes.c_int(context), ctypes.c_uint(_CLOEXEC), attributes)
    finally:
        os.close(context)


def prctl(option: int, *args: int) -> None:
    """As prctl(2)."""
    padded = [ctypes.c_ulong(arg) for arg in (*args, 0, 0, 0, 0)[:4]]
    _check(_libc.prctl(ctypes.c_int(option), *padded), f"prctl {option}")


def drop_all_capabilities() -> None:
    """Gives up every capability of this process and of all that it will ever execute."""
    prctl(PR_SET_SECUREBITS, 0b10101111)  # noroot, no-setuid-fixup, keep-caps locked off, all locked
    prctl(PR_CAP_AMBIENT, 4)
    for capability in range(64):
        if _libc.prctl(PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0) < 0:
            break
    header = (ctypes.c_uint32 * 2)(_CAP_VERSION_3, 0)
    data = (ctypes.c_uint32 * 6)()
    _syscall(_CAPSET, "capset", ctypes.byref(header), ctypes.byref(data))


def install_filter(program: bytes) -> None:
    """Installs a seccomp program (packed `sock_filter`s) for this process and all its children."""

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    buffer = ctypes.create_string_buffer(program, len(program))
    record = Program(len(program) // 8, ctypes.addressof(buffer))
    _check(
        _libc.prctl(ctypes.c_int(PR_SET_SECCOMP), ctypes.c_ulong(2), ctypes.byref(record), 0, 0),
        "seccomp",
    )
