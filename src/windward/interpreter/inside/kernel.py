"""The few kernel calls that Python's standard library does not wrap."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import signal

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
PR_SET_SECCOMP, PR_SET_SECUREBITS, PR_SET_CHILD_SUBREAPER, PR_CAP_AMBIENT = 22, 28, 36, 47
_CAP_VERSION_3 = 0x20080522
_FSOPEN, _FSCONFIG, _FSMOUNT = 430, 431, 432
_CLONE, _CAPSET = {"x86_64": (56, 126), "aarch64": (220, 91)}.get(platform.machine(), (0, 0))
_FSCONFIG_SET_STRING, _FSCONFIG_CMD_CREATE = 1, 6
_MOUNT_ATTR_NOSUID, _MOUNT_ATTR_NODEV = 2, 4
_CLOEXEC = 1
_HUGE, _MADV_DONTNEED, _MADV_COLLAPSE = 1 << 21, 4, 25

# Looked up here, before any process is forked: each look-up makes objects of its own.
_libc = ctypes.CDLL(None, use_errno=True)
_mount, _prctl, _madvise, _syscall_of_libc = _libc.mount, _libc.prctl, _libc.madvise, _libc.syscall
_syscall_of_libc.restype = ctypes.c_long
_locked_syscall = ctypes.PyDLL(None, use_errno=True).syscall  # keeps the interpreter lock, as os.fork does
_locked_syscall.restype = ctypes.c_long


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _syscall(number: int, what: str, *args: object) -> int:
    return _check(_syscall_of_libc(ctypes.c_long(number), *args), what)


def fork(namespaces: int) -> int:
    """Forks a child that is the first process of new namespaces. As `os.fork`: 0 in the child.

    The C library's own handlers do not run: only for a process with one thread.
    """
    python = ctypes.pythonapi
    python.PyOS_BeforeFork()
    flags = ctypes.c_ulong(namespaces | signal.SIGCHLD)
    pid: int = _locked_syscall(ctypes.c_long(_CLONE), flags, 0, 0, 0, 0)
    number = ctypes.get_errno()
    if pid == 0:
        python.PyOS_AfterFork_Child()
    else:
        python.PyOS_AfterFork_Parent()
    ctypes.set_errno(number)
    return _check(pid, "clone")


def mount(source: str, target: str, kind: str | None, flags: int = 0, data: str | None = None) -> None:
    """Mounts, binds or remounts: the system call `mount`."""
    _check(
        _mount(
            source.encode(),
            target.encode(),
            kind.encode() if kind else None,
            ctypes.c_ulong(flags),
            data.encode() if data else None,
        ),
        f"mount {target}",
    )


def detached_mount(kind: str, **options: str) -> int:
    """A file system that no path leads to: the returned descriptor is the only way in."""
    context = _syscall(_FSOPEN, "fsopen", kind.encode(), ctypes.c_uint(_CLOEXEC))
    try:
        for name, value in options.items():
            _configure(context, _FSCONFIG_SET_STRING, name.encode(), value.encode())
        _configure(context, _FSCONFIG_CMD_CREATE, None, None)
        attributes = ctypes.c_uint(_MOUNT_ATTR_NOSUID | _MOUNT_ATTR_NODEV)
        return _syscall(_FSMOUNT, "fsmount", ctypes.c_int(context), ctypes.c_uint(_CLOEXEC), attributes)
    finally:
        os.close(context)


def _configure(context: int, command: int, name: bytes | None, value: bytes | None) -> None:
    _syscall(_FSCONFIG, "fsconfig", ctypes.c_int(context), ctypes.c_uint(command), name, value, 0)


def collapse_memory() -> int:
    """Puts this process's private memory on huge pages, so that a fork copies hundreds of entries, not 40,000.

    Returns the bytes that lie in the ranges it worked on; 0 where the kernel (before 6.1) cannot.
    """
    done = 0
    with open("/proc/self/maps", encoding="utf-8") as maps:
        regions = [line.split() for line in maps]
    for fields in regions:
        anonymous = len(fields) == 5 or fields[5] == "[heap]"
        if not anonymous or fields[1] != "rw-p":
            continue
        low, high = (int(text, 16) for text in fields[0].split("-"))
        low, high = -(-low // _HUGE) * _HUGE, high // _HUGE * _HUGE
        for start in range(low, high, _HUGE):
            if _madvise(ctypes.c_void_p(start), ctypes.c_size_t(_HUGE), _MADV_COLLAPSE) == 0:
                done += _HUGE
            elif ctypes.get_errno() == errno.EINVAL:
                break
    return done


def forget_library_pages() -> None:
    """Unmaps what importing read of library files; what is needed again comes from the page cache.

    Pages that were written to (relocations) stay, with the whole region that holds any.
    """
    try:
        with open("/proc/self/smaps", encoding="utf-8") as maps:
            lines = [line.split() for line in maps]
    except FileNotFoundError:
        return  # a kernel without CONFIG_PROC_PAGE_MONITOR: the pages stay mapped, which harms nothing
    low = high = 0
    for fields in lines:
        if not fields[0].endswith(":"):
            low, high = (int(text, 16) for text in fields[0].split("-"))
            if fields[1][1] == "w" or len(fields) < 6 or not fields[5].startswith("/"):
                high = low
        elif fields[0] == "Anonymous:" and fields[1] == "0" and high > low:
            _madvise(ctypes.c_void_p(low), ctypes.c_size_t(high - low), _MADV_DONTNEED)


def prctl(option: int, *args: int) -> None:
    """The system call `prctl`; arguments that are not given are 0."""
    padded = [ctypes.c_ulong(arg) for arg in (*args, 0, 0, 0, 0)[:4]]
    _check(_prctl(ctypes.c_int(option), *padded), f"prctl {option}")


def drop_all_capabilities() -> None:
    """Gives up every capability of this process and of all that it will ever execute."""
    prctl(PR_SET_SECUREBITS, 0b10101111)  # noroot, no-setuid-fixup, keep-caps locked off, all locked
    prctl(PR_CAP_AMBIENT, 4)
    for capability in range(64):
        if _prctl(PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0) < 0:
            break
    header = (ctypes.c_uint32 * 2)(_CAP_VERSION_3, 0)
    data = (ctypes.c_uint32 * 6)()
    _syscall(_CAPSET, "capset", ctypes.byref(header), ctypes.byref(data))


def install_filter(program: bytes) -> None:
    """Installs a seccomp program (packed `sock_filter`s) for this process and all its children."""
    buffer = ctypes.create_string_buffer(program, len(program))
    record = _Program(len(program) // 8, ctypes.addressof(buffer))
    _check(
        _prctl(ctypes.c_int(PR_SET_SECCOMP), ctypes.c_ulong(2), ctypes.byref(record), 0, 0),
        "seccomp",
    )
