"""The system-call filter of a session: what it may not ask of the kernel, as a seccomp program.

Everything that reaches outside the session is refused: sockets, signals (twins share a process
namespace), starting other programs (they would be open to their siblings in /proc), tracing, other processes' memory, namespaces, mounts, keys, kernel interfaces with a
history of faults (bpf, io_uring, userfaultfd, perf), shared System V objects, and raising limits.
"""

from __future__ import annotations

import functools
import platform
import struct

_EPERM, _ENOSYS = 1, 38
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_NAMESPACE_FLAGS = 0x7E020080  # every CLONE_NEW*, CLONE_NEWTIME included

# name: (x86_64, aarch64); None where the architecture has no such call.
REFUSED: dict[str, tuple[int | None, int | None]] = {
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242),
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "kcmp": (312, 272),
    "unshare": (272, 97), "setns": (308, 268), "chroot": (161, 51), "pivot_root": (155, 41),
    "mount": (165, 40), "umount2": (166, 39), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "open_tree": (428, 428), "move_mount": (429, 429),
    "mount_setattr": (442, 442), "statmount": (457, 457), "listmount": (458, 458),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142),
    "swapon": (167, 224), "swapoff": (168, 225), "syslog": (103, 116), "acct": (163, 89),
    "quotactl": (179, 60), "quotactl_fd": (443, 443), "settimeofday": (164, 170),
    "clock_settime": (227, 112), "adjtimex": (159, 171), "clock_adjtime": (305, 266),
    "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None), "personality": (135, 92),
    "fanotify_init": (300, 262), "vhangup": (153, 58), "sethostname": (170, 161),
    "setdomainname": (171, 162), "seccomp": (317, 277), "memfd_secret": (447, 447),
    "memfd_create": (319, 279), "execve": (59, 221), "execveat": (322, 281),
    "lookup_dcookie": (212, 18), "uselib": (134, None), "ustat": (136, None), "sysfs": (139, None),
    "shmget": (29, 194), "shmat": (30, 196), "semget": (64, 190), "msgget": (68, 186),
    "mq_open": (240, 180), "setpriority": (141, 140), "ioprio_set": (251, 30),
    "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119), "sched_setparam": (142, 118),
    "sched_setattr": (314, 274), "setrlimit": (160, 164), "migrate_pages": (256, 238),
    "move_pages": (279, 239), "setgroups": (116, 159), "capset": (126, 91),
}  # fmt: skip
_CLONE3 = 435
_CLONE = (56, 220)
_PRLIMIT64 = (302, 261)
_PRCTL = (157, 167)
_IOCTL = (16, 29)
# PR_SET_PDEATHSIG is harmless; these are not: dumpable and ptracer open /proc, the subreaper hides children.
_PRCTL_REFUSED = (4, 22, 36, 0x59616D61)
_FCNTL = (72, 25)
# Owners of a descriptor's signals (any process may be named), and pushing input into a terminal.
_FCNTL_REFUSED = (8, 10, 15)
_IOCTL_REFUSED = (0x8901, 0x8902, 0x5412, 0x541C)


def _ins(code: int, true: int, false: int, value: int) -> bytes:
    return struct.pack("HBBI", code, true, false, value)


_LOAD, _EQ, _GE, _SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NR, _ARCH, _ARG = 0, 4, 16


def _argument(index: int, high: bool = False) -> bytes:
    return _ins(_LOAD, 0, 0, _ARG + 8 * index + (4 if high else 0))


@functools.cache
def program(machine: str | None = None) -> bytes:
    """The filter for this processor, as packed `sock_filter`s.

    Raises:
        OSError: there is no table for this processor.
    """
    machine = machine or platform.machine()
    if machine not in _ARCHITECTURES:
        raise OSError(f"no system-call table for {machine}; x86_64 and aarch64 have one")
    column = 0 if machine == "x86_64" else 1
    refuse, allow = _ins(_RETURN, 0, 0, _ERRNO | _EPERM), _ins(_RETURN, 0, 0, _ALLOW)
    code = [
        _ins(_LOAD, 0, 0, _ARCH),
        _ins(_EQ, 1, 0, _ARCHITECTURES[machine]),
        _ins(_RETURN, 0, 0, _KILL),
        _ins(_LOAD, 0, 0, _NR),
    ]
    if machine == "x86_64":  # the x32 calls would pass every comparison below
        code += [_ins(_GE, 0, 1, 0x40000000), _ins(_RETURN, 0, 0, _ERRNO | _ENOSYS)]
    for numbers in REFUSED.values():
        number = numbers[column]
        if number is not None:
            code += [_ins(_EQ, 0, 1, number), refuse]
    # clone3 hides its flags behind a pointer: libc falls back to clone when it is not there.
    code += [_ins(_EQ, 0, 1, _CLONE3), _ins(_RETURN, 0, 0, _ERRNO | _ENOSYS)]
    code += [_ins(_EQ, 0, 4, _CLONE[column]), _argument(0), _ins(_SET, 0, 1, _NAMESPACE_FLAGS), refuse, allow]
    # prlimit64 may read this process's limits, and change nothing.
    code += [
        _ins(_EQ, 0, 6, _PRLIMIT64[column]),
        _argument(2), _ins(_EQ, 0, 3, 0), _argument(2, high=True), _ins(_EQ, 0, 1, 0), allow, refuse,
    ]  # fmt: skip
    for call, argument, values in (
        (_PRCTL, 0, _PRCTL_REFUSED),
        (_FCNTL, 1, _FCNTL_REFUSED),
        (_IOCTL, 1, _IOCTL_REFUSED),
    ):
        code += [_ins(_EQ, 0, len(values) + 3, call[column]), _argument(argument)]
        code += [_ins(_EQ, len(values) - position, 0, value) for position, value in enumerate(values)]
        code += [allow, refuse]
    code.append(allow)
    return b"".join(code)
