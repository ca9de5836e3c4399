"""When a session has work: told to its supervisor through memory that both see, at no cost to a run."""

from __future__ import annotations

import contextlib
import mmap
import os
from collections.abc import Iterator

from windward.interpreter.inside.wire import SLOT, SLOTS


class Activity:
    """A number for each session of an episode, odd while the host has work for it.

    The descriptor goes to the supervisor alone, so no session can claim to be at work.
    """

    def __init__(self) -> None:
        self._fd = os.memfd_create("activity", os.MFD_CLOEXEC)
        os.ftruncate(self._fd, SLOTS * SLOT.size)
        self._numbers = memoryview(mmap.mmap(self._fd, SLOTS * SLOT.size)).cast("Q")

    @contextlib.contextmanager
    def descriptor(self) -> Iterator[int]:
        """The file, to be sent once."""
        try:
            yield self._fd
        finally:
            os.close(self._fd)

    def change(self, session: int) -> None:
        """Work begins, or ends."""
        self._numbers[session % SLOTS] += 1
