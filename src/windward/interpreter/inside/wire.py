"""Frames between the host and the sandbox: a length, then JSON; descriptors travel beside a message.

Beside them, a file of numbers, one for each session, in which the host notes when a session has work.
"""

from __future__ import annotations

import array
import json
import socket
import struct
from typing import Any

MAX_FRAME = 64 * 1024 * 1024
MAX_PACKET = 64 * 1024
_CHUNK = 1 << 16  # a larger buffer would be mapped and unmapped by the allocator at every call
_LENGTH = struct.Struct("!I")
SLOTS, SLOT = 4096, struct.Struct("@Q")
_dumps = json.JSONEncoder(separators=(",", ":")).encode
_loads = json.JSONDecoder().decode


class WireError(Exception):
    """The other side sent something that is no frame of ours."""


def encode(message: dict[str, Any]) -> bytes:
    """A message as a frame."""
    body = _dumps(message).encode("utf-8", "surrogatepass")
    return _LENGTH.pack(len(body)) + body


def send_frame(sock: socket.socket, message: dict[str, Any]) -> None:
    """Sends one message on a stream socket."""
    sock.sendall(encode(message))


def recv_frame(sock: socket.socket) -> dict[str, Any] | None:
    """Receives one message from a stream socket; None at its end.

    Raises:
        WireError: the length or the body is not ours.
    """
    head = _recv_exactly(sock, _LENGTH.size)
    if head is None:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > MAX_FRAME:
        raise WireError(f"a frame of {length} bytes is announced; {MAX_FRAME} are allowed")
    body = _recv_exactly(sock, length)
    if body is None:
        return None
    return _object(body)


class FrameReader:
    """Collects frames from a stream socket as they come, so that the reader can look at its clock between them."""

    def __init__(self, limit: int = MAX_FRAME) -> None:
        self._limit = limit
        self._buffer = bytearray()

    def feed(self, sock: socket.socket) -> bool:
        """Takes what a readable socket has; False at its end."""
        chunk = sock.recv(_CHUNK)
        self._buffer += chunk
        return bool(chunk)

    def take(self) -> dict[str, Any] | None:
        """The next whole frame, if it has come.

        Raises:
            WireError: the length or the body is not ours.
        """
        if len(self._buffer) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._buffer)
        if length > self._limit:
            raise WireError(f"a frame of {length} bytes is announced; {self._limit} are allowed")
        end = _LENGTH.size + length
        if len(self._buffer) < end:
            return None
        body = bytes(self._buffer[_LENGTH.size : end])
        del self._buffer[:end]
        return _object(body)


def send_packet(
    sock: socket.socket, message: dict[str, Any], fds: tuple[int, ...] = (), wait: bool = True
) -> None:
    """Sends one message, with descriptors, on a sequenced-packet socket.

    Raises:
        BlockingIOError: the other side has not read what it was sent, and we may not wait.
    """
    body = _dumps(message).encode()
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    sock.sendmsg([body], rights, 0 if wait else socket.MSG_DONTWAIT)


def recv_packet(sock: socket.socket, max_fds: int = 8) -> tuple[dict[str, Any] | None, list[int]]:
    """Receives one message and its descriptors; None at the socket's end."""
    ints = array.array("i")
    body, ancillary, _flags, _ = sock.recvmsg(
        MAX_PACKET, socket.CMSG_LEN(max_fds * ints.itemsize), socket.MSG_CMSG_CLOEXEC
    )
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            ints.frombytes(data[: len(data) - len(data) % ints.itemsize])
    return (_object(body) if body else None), list(ints)


def _recv_exactly(sock: socket.socket, count: int) -> bytes | None:
    chunk = sock.recv(count)
    if len(chunk) == count:
        return chunk
    parts = bytearray(chunk)
    while chunk and len(parts) < count:
        chunk = sock.recv(min(count - len(parts), 1 << 20))
        parts += chunk
    return bytes(parts) if len(parts) == count else None


def _object(body: bytes) -> dict[str, Any]:
    try:
        message = _loads(body.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise WireError(f"a frame is not JSON: {error}") from error
    if not isinstance(message, dict):
        raise WireError(f"a frame holds {type(message).__name__}, not an object")
    return message
