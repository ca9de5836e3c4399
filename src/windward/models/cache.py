"""Keys and values: one slot a live sequence, and shared prefixes that are computed once and seen by many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import torch
    from torch import Tensor

Tokens = npt.NDArray[np.int64]
GROWTH = 128


def common_prefix(left: Tokens, right: Tokens) -> int:
    """How many leading tokens two sequences share."""
    n = min(len(left), len(right))
    differ = np.flatnonzero(left[:n] != right[:n])
    return int(differ[0]) if len(differ) else n


@dataclass(eq=False)
class Trunk:
    """A prefix that several sequences share: its tokens, keys and values (layers, key_heads, n, dim)."""

    tokens: Tokens
    key: Tensor
    value: Tensor

    def __len__(self) -> int:
        return len(self.tokens)

    def starts(self, tokens: Tokens) -> bool:
        """Whether `tokens` go on from this prefix (at least one token is left to compute)."""
        return len(self) < len(tokens) and common_prefix(self.tokens, tokens) == len(self)


@dataclass(eq=False)
class Past:
    """What a finished sequence left behind its trunk, kept because its next turn begins with the same tokens."""

    trunk: Trunk | None
    tokens: Tokens
    key: Tensor
    value: Tensor


@dataclass
class Slots:
    """Keys and values of the live sequences beyond their trunks: (layers, slots, key_heads, capacity, dim).

    Live sequences fill slots 0 … n - 1, so that a step reads one dense block. Slots and capacity grow as needed.
    """

    layers: int
    device: torch.device
    key: Tensor | None = None
    value: Tensor | None = None

    def reserve(self, slots: int, length: int, key: Tensor, value: Tensor) -> None:
        """Makes room for `length` tokens in each of `slots`; `key` and `value` (T, key_heads, dim) show the shapes."""
        held, capacity = (0, 0) if self.key is None else (self.key.shape[1], self.key.shape[3])
        if slots <= held and length <= capacity:
            return
        slots = held if slots <= held else max(slots, 2 * held)  # doubled: they are taken one after the other
        capacity = max(capacity, -(-length // GROWTH) * GROWTH)
        self.key = self._grown(self.key, slots, capacity, key)
        self.value = self._grown(self.value, slots, capacity, value)

    def _grown(self, old: Tensor | None, slots: int, capacity: int, like: Tensor) -> Tensor:
        # Zeros, not empty: masked positions are multiplied by a weight of 0, which does not cancel a NaN.
        grown = like.new_zeros((self.layers, slots, like.shape[-2], capacity, like.shape[-1]))
        if old is not None:
            grown[:, : old.shape[1], :, : old.shape[3]] = old
        return grown

    def write(self, layer: int, slot: int, start: int, key: Tensor, value: Tensor) -> None:
        """Stores the new tokens' keys and values (n, key_heads, dim) of one slot from position `start`."""
        self.reserve(slot + 1, start + key.shape[0], key, value)
        assert self.key is not None and self.value is not None
        self.key[layer, slot, :, start : start + key.shape[0]] = key.transpose(0, 1)
        self.value[layer, slot, :, start : start + key.shape[0]] = value.transpose(0, 1)

    def fill(self, slot: int, key: Tensor, value: Tensor) -> None:
        """Copies a past (layers, key_heads, n, dim) to the start of a slot."""
        n = key.shape[2]
        self.reserve(slot + 1, n, key[0].transpose(0, 1), value[0].transpose(0, 1))
        assert self.key is not None and self.value is not None
        self.key[:, slot, :, :n] = key
        self.value[:, slot, :, :n] = value

    def read(self, slot: int, length: int) -> tuple[Tensor, Tensor]:
        """A slot's first `length` tokens, as a view (layers, key_heads, length, dim)."""
        assert self.key is not None and self.value is not None
        return self.key[:, slot, :, :length], self.value[:, slot, :, :length]

    def move(self, source: int, target: int, length: int) -> None:
        """Moves a sequence to another slot."""
        self.fill(target, *self.read(source, length))


@dataclass
class PrefixStore:
    """Least recently used trunks and pasts, within a budget of bytes."""

    budget: int
    entries: list[Trunk | Past] = field(default_factory=list)

    def trunk_of(self, tokens: Tokens) -> Trunk | None:
        """The longest known trunk that `tokens` go on from."""
        fitting = [entry for entry in self.entries if isinstance(entry, Trunk) and entry.starts(tokens)]
        if not fitting:
            return None
        best = max(fitting, key=len)
        self._touch(best)
        return best

    def past_of(self, trunk: Trunk | None, tokens: Tokens) -> tuple[Past | None, int]:
        """The past on `trunk` that shares most with `tokens` (those behind the trunk), and how much."""
        best, length = None, 0
        for entry in self.entries:
            if isinstance(entry, Past) and entry.trunk is trunk:
                shared = common_prefix(entry.tokens, tokens)
                if shared > length:
                    best, length = entry, shared
        if best is not None:
            self._touch(best)
        return best, length

    def keep(self, entry: Trunk | Past, in_use: Sequence[Trunk]) -> None:
        """Stores an entry, and drops the oldest ones that no live sequence sees until all fits the budget."""
        self.entries.append(entry)
        while self._bytes() > self.budget:
            oldest = next((old for old in self.entries if not any(old is used for used in in_use)), None)
            if oldest is None:
                return
            self.entries = [
                old
                for old in self.entries
                if old is not oldest and not (isinstance(old, Past) and old.trunk is oldest)
            ]

    def _touch(self, entry: Trunk | Past) -> None:
        self.entries.remove(entry)
        self.entries.append(entry)

    def _bytes(self) -> int:
        return sum(entry.key.nbytes + entry.value.nbytes for entry in self.entries)
