"""Which attempt of a call is the last: a table in memory that a run of a million calls can afford."""

from __future__ import annotations

from array import array

PARTS = 256
"""Tables in all; each grows alone, so that no call waits while a million entries are moved."""


class CallIndex:
    """The first 60 bits of each call's key, and its last attempt, at about 30 bytes a call.

    An index on disk would take half the cost of a commit, and a dict 100 bytes a call.
    """

    def __init__(self) -> None:
        self._parts = [_Table() for _ in range(PARTS)]

    def put(self, key: str, attempt: int) -> None:
        """Sets the last attempt (from 1) of the call with this key (SHA-256 in hex)."""
        short = int(key[:15], 16)
        self._parts[short % PARTS].put(short // PARTS + 1, attempt)

    def get(self, key: str) -> int:
        """The last attempt of the call with this key, 0 if it was never sent."""
        short = int(key[:15], 16)
        part = self._parts[short % PARTS]
        return part.attempts[part.place(short // PARTS + 1)]


class _Table:
    """Open addressing with linear steps, at most 5/8 full; key 0 is an empty place."""

    __slots__ = ("attempts", "keys", "room")

    def __init__(self) -> None:
        self._make(16)

    def _make(self, size: int) -> None:
        self.keys = array("q", bytes(8 * size))
        self.attempts = array("I", bytes(4 * size))
        self.room = size * 5 // 8

    def place(self, key: int) -> int:
        """Where the key is, or would be put."""
        keys = self.keys
        size = len(keys)
        place = key % size
        while (found := keys[place]) != key and found:
            place += 1
            if place == size:
                place = 0
        return place

    def put(self, key: int, attempt: int) -> None:
        place = self.place(key)
        if not self.keys[place]:
            if not self.room:
                self._grow()
                place = self.place(key)
            self.keys[place] = key
            self.room -= 1
        self.attempts[place] = attempt

    def _grow(self) -> None:
        keys, attempts = self.keys, self.attempts
        self._make(len(keys) * 3 // 2)
        for key, attempt in zip(keys, attempts, strict=True):
            if key:
                self.put(key, attempt)
