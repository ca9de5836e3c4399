"""Shared memory in a twin: a fork keeps `MAP_SHARED` pages common, so each mapping is replaced by its own copy."""

from __future__ import annotations

import ctypes
import mmap
import os

from windward.interpreter.inside import folder

_MAP_FIXED = 0x10
_MREMAP_MAYMOVE_FIXED = 3
_FAILED = ctypes.c_void_p(-1).value
_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mremap.restype = ctypes.c_void_p


def part_from_parent(device: int) -> None:
    """Replaces every shared mapping: of a file in the own folder by the twin's file, any other by a copy.

    Args:
        device: the device number of the parent's folder, whose files are mapped now.

    Raises:
        OSError: there is no memory for a copy.
    """
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        lines = maps.read().splitlines()
    for line in lines:
        fields = line.split(maxsplit=5)
        if fields[1][3] != "s":
            continue
        low, high = (int(text, 16) for text in fields[0].split("-"))
        major, minor = (int(text, 16) for text in fields[3].split(":"))
        own = os.makedev(major, minor) == device
        path = folder.inside(fields[5]) if own and len(fields) > 5 else None
        if path is not None and not path.endswith(" (deleted)"):
            _map_file(low, high - low, fields[1], path, int(fields[2], 16))
        elif own or "w" in fields[1]:  # what lies elsewhere and can only be read may stay common
            _map_copy(low, high - low, fields[1])


def _map_file(address: int, size: int, permissions: str, path: str, offset: int) -> None:
    writable = "w" in permissions
    fd = os.open(path, os.O_RDWR if writable else os.O_RDONLY, dir_fd=folder.FOLDER_FD)
    try:
        flags = mmap.MAP_SHARED | _MAP_FIXED
        _check(_map(address, size, _protection(permissions), flags, fd, offset))
    finally:
        os.close(fd)


def _map_copy(address: int, size: int, permissions: str) -> None:
    if "r" not in permissions:
        return
    anonymous = mmap.MAP_SHARED | mmap.MAP_ANONYMOUS
    copy = _check(_map(None, size, mmap.PROT_READ | mmap.PROT_WRITE, anonymous, -1, 0))
    ctypes.memmove(copy, address, size)
    _libc.mprotect(ctypes.c_void_p(copy), ctypes.c_size_t(size), _protection(permissions))
    length = ctypes.c_size_t(size)
    _check(
        _libc.mremap(ctypes.c_void_p(copy), length, length, _MREMAP_MAYMOVE_FIXED, ctypes.c_void_p(address))
    )


def _map(address: int | None, size: int, protection: int, flags: int, fd: int, offset: int) -> int | None:
    result: int | None = _libc.mmap(
        ctypes.c_void_p(address), ctypes.c_size_t(size), protection, flags, fd, ctypes.c_long(offset)
    )
    return result


def _protection(permissions: str) -> int:
    bits = zip("rwx", (mmap.PROT_READ, mmap.PROT_WRITE, mmap.PROT_EXEC), strict=True)
    return sum(bit for letter, bit in bits if letter in permissions)


def _check(address: int | None) -> int:
    if address is None or address == _FAILED:
        number = ctypes.get_errno()
        raise OSError(number, f"shared memory of a twin: {os.strerror(number)}")
    return address
