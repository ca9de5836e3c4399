"""The working folder of a session, and how a twin gets a copy of it.

A folder is known by a descriptor, never by a path: `work` and `tmp` lie in it. Copies follow no link.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from typing import NamedTuple

FOLDER_FD = 1000
_ROOM = (("work", 0o755), ("tmp", 0o700), ("shm", 0o700))
_MAX_DEPTH = 100
_COPY_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class OpenFile(NamedTuple):
    """An open file of the session's own folder."""

    number: int
    path: str
    flags: int
    offset: int


def prepare(folder: int) -> None:
    """Makes the parts of a folder; what stands in a part's place without being a folder is moved aside."""
    for name, mode in _ROOM:
        try:
            info = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            os.mkdir(name, mode, dir_fd=folder)
            continue
        if not stat.S_ISDIR(info.st_mode):
            os.rename(name, f"{name}-moved-{info.st_ino}", src_dir_fd=folder, dst_dir_fd=folder)
            os.mkdir(name, mode, dir_fd=folder)


def copy_tree(source: int, target: int, depth: int = 0) -> None:
    """Copies everything below one folder descriptor into another: files, folders and links as links.

    Raises:
        OSError: folders are nested more than 100 deep, or the target is full.
    """
    if depth > _MAX_DEPTH:
        raise OSError(
            errno.ELOOP, f"folders are nested more than {_MAX_DEPTH} deep; a twin gets no copy of such"
        )
    for name in names(source):
        info = os.stat(name, dir_fd=source, follow_symlinks=False)
        if stat.S_ISDIR(info.st_mode):
            _copy_folder(name, info.st_mode, source, target, depth + 1)
        elif stat.S_ISREG(info.st_mode):
            _copy_file(name, info, source, target)
        elif stat.S_ISLNK(info.st_mode):
            os.symlink(os.readlink(name, dir_fd=source), name, dir_fd=target)


def names(folder: int) -> list[str]:
    """What lies in a folder."""
    listing = os.open(
        ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder
    )  # `folder` may be O_PATH
    try:
        return os.listdir(listing)
    finally:
        os.close(listing)


def _copy_folder(name: str, mode: int, source: int, target: int, depth: int) -> None:
    try:
        os.mkdir(name, stat.S_IMODE(mode) | 0o700, dir_fd=target)
    except FileExistsError:
        pass  # one of the parts every folder begins with
    below = os.open(name, _COPY_FLAGS | os.O_DIRECTORY, dir_fd=source)
    copy = os.open(name, _COPY_FLAGS | os.O_DIRECTORY, dir_fd=target)
    try:
        copy_tree(below, copy, depth)
    finally:
        os.close(below)
        os.close(copy)


def _copy_file(name: str, info: os.stat_result, source: int, target: int) -> None:
    mode = stat.S_IMODE(info.st_mode)
    original = os.open(name, _COPY_FLAGS, dir_fd=source)
    try:
        copy = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode, dir_fd=target)
        try:
            _copy_data(original, copy)
            os.ftruncate(copy, info.st_size)
            os.utime(copy, ns=(info.st_atime_ns, info.st_mtime_ns))
        finally:
            os.close(copy)
    finally:
        os.close(original)


def _copy_data(original: int, copy: int) -> None:
    """Copies what is written of a file; its holes stay holes."""
    end = 0
    while True:
        try:
            start = os.lseek(original, end, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nothing but a hole from here on
                return
            raise
        end = os.lseek(original, start, os.SEEK_HOLE)
        os.lseek(copy, start, os.SEEK_SET)
        while start < end:
            sent = os.sendfile(copy, original, start, end - start)
            if sent == 0:
                return
            start += sent


def root_path() -> str:
    """What the kernel calls the root of this session's folder (`/` for a mount that no path leads to)."""
    return os.readlink(f"/proc/self/fd/{FOLDER_FD}").rstrip("/")


def inside(path: str) -> str | None:
    """A kernel path as a path below the session's folder; None if it lies elsewhere."""
    root = root_path()
    return path[len(root) + 1 :] if path.startswith(root + "/") else None


def part_from_parent(keep: list[int]) -> list[OpenFile]:
    """In a twin: closes what it shares with its parent, and returns the files that it gets again in its own folder.

    Sockets, pipes and folders are closed; files elsewhere can only be read, and stay.
    """
    device = os.fstat(FOLDER_FD).st_dev
    found = []
    for name in os.listdir("/proc/self/fd"):
        number = int(name)
        if number <= 2 or FOLDER_FD <= number <= FOLDER_FD + 2 or number in keep:
            continue
        try:
            info = os.fstat(number)
            path = inside(os.readlink(f"/proc/self/fd/{number}"))
        except OSError:
            continue  # the descriptor of the listing itself
        if not stat.S_ISREG(info.st_mode) or (info.st_dev == device and (path is None or info.st_nlink == 0)):
            os.close(number)
            continue
        if info.st_dev != device or path is None:
            continue
        found.append(OpenFile(number, path, _flags(number), os.lseek(number, 0, os.SEEK_CUR)))
    return found


def reopen(files: list[OpenFile], folder: int) -> None:
    """Puts the same files of another folder, at the same offsets, in the place of the open ones."""
    for file in files:
        fresh = os.open(file.path, file.flags | os.O_CLOEXEC, dir_fd=folder)
        os.lseek(fresh, file.offset, os.SEEK_SET)
        os.dup2(fresh, file.number, inheritable=False)
        os.close(fresh)


def _flags(number: int) -> int:
    return fcntl.fcntl(number, fcntl.F_GETFL) & ~(os.O_CREAT | os.O_TRUNC | os.O_EXCL)


def open_beneath(folder: int, path: str, flags: int) -> int:
    """Opens a file below a folder without following any link on the way.

    Raises:
        OSError: there is no such file, or the path leaves the folder.
    """
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not parts or ".." in parts or path.startswith("/"):
        raise PermissionError(f"{path!r} is not a path below the working folder")
    here = os.dup(folder)
    try:
        for part in parts[:-1]:
            if flags & os.O_CREAT:
                try:
                    os.mkdir(part, 0o755, dir_fd=here)
                except FileExistsError:
                    pass  # already there, which is what is wanted
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=here)
            os.close(here)
            here = below
        return os.open(parts[-1], flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o644, dir_fd=here)
    finally:
        os.close(here)


def listing(folder: int, most: int) -> list[tuple[str, int, int]]:
    """The ordinary files below a folder, at most so many, in no order that means anything; no link is followed.

    Returns:
        For each its path, its size in bytes and the time of its last change in nanoseconds.
    """
    found: list[tuple[str, int, int]] = []
    looked_at = 0
    waiting = [("", os.dup(folder), 0)]
    try:
        while waiting:
            above, here, depth = waiting.pop()
            try:
                for name in sorted(names(here)):
                    looked_at += 1
                    if len(found) >= most or looked_at > 10 * most:
                        return found
                    try:
                        info = os.stat(name, dir_fd=here, follow_symlinks=False)
                        if stat.S_ISREG(info.st_mode):
                            found.append((above + name, info.st_size, info.st_mtime_ns))
                        elif stat.S_ISDIR(info.st_mode) and depth < _MAX_DEPTH:
                            below = os.open(name, _COPY_FLAGS | os.O_DIRECTORY, dir_fd=here)
                            waiting.append((f"{above}{name}/", below, depth + 1))
                    except OSError:
                        continue  # what still runs in there took it away, or swapped it for a link
            finally:
                os.close(here)
    finally:
        for _, left, _ in waiting:
            os.close(left)
    return found
