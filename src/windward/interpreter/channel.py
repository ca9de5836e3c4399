"""The host's end of a session's channel. Its other end is hostile: every wait has its limit."""

from __future__ import annotations

import select
import socket
from typing import Any

from windward.interpreter.inside.wire import FrameReader, encode


class Channel:
    """Frames to and from one session."""

    def __init__(self, sock: socket.socket, reply_bytes: int) -> None:
        self._socket = sock
        self._reader = FrameReader(reply_bytes)
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)

    def send(self, message: dict[str, Any], seconds: float) -> None:
        """Sends one frame.

        Raises:
            TimeoutError: the session does not read.
            OSError: the session is gone.
        """
        data = encode(message)
        try:
            sent = self._socket.send(data, socket.MSG_DONTWAIT)
        except BlockingIOError:
            sent = 0
        if sent < len(data):
            self._socket.settimeout(seconds)
            try:
                self._socket.sendall(memoryview(data)[sent:])
            finally:
                self._socket.settimeout(None)

    def readable(self, seconds: float) -> bool:
        """Whether something (or the end) comes within so many seconds."""
        return bool(self._poll.poll(seconds * 1000))

    def feed(self) -> bool:
        """Takes what a readable channel has; False at its end."""
        return self._reader.feed(self._socket)

    def take(self) -> dict[str, Any] | None:
        """The next whole frame, if it has come.

        Raises:
            WireError: it is no frame of ours.
        """
        return self._reader.take()

    def close(self) -> None:
        """Hangs up: the session ends when it notices."""
        self._socket.close()
