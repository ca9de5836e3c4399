"""The two layouts of generation: reading new tokens into slots, and one new token for every live sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from windward.models.attention import causal
from windward.models.cache import Slots, Trunk

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@dataclass(frozen=True)
class Piece:
    """New tokens of one sequence.

    Attributes:
        slot: where its keys and values go.
        trunk: what lies before the slot.
        start: tokens already in the slot.
        new: tokens of this forward.
    """

    slot: int
    trunk: Trunk | None
    start: int
    new: int


@dataclass(frozen=True)
class PrefillLayout:
    """Any number of new tokens of any number of sequences, one piece after the other, without padding."""

    slots: Slots
    pieces: tuple[Piece, ...]

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """See `Layout.attend`."""
        import torch

        slots = max(piece.slot for piece in self.pieces) + 1
        self.slots.reserve(slots, max(piece.start + piece.new for piece in self.pieces), key, value)
        answer = query.new_empty(*query.shape[:2], value.shape[-1])
        begin = 0
        for piece in self.pieces:
            end = begin + piece.new
            self.slots.write(layer, piece.slot, piece.start, key[begin:end], value[begin:end])
            seen_key, seen_value = self.slots.read(piece.slot, piece.start + piece.new)
            keys, values = seen_key[layer], seen_value[layer]
            if piece.trunk is not None:
                keys = torch.cat([piece.trunk.key[layer], keys], dim=1)
                values = torch.cat([piece.trunk.value[layer], values], dim=1)
            answer[begin:end] = causal(query[begin:end], keys, values, scale)
            begin = end
        return answer


class DecodeLayout:
    """One new token for each of the sequences in slots 0 … n - 1.

    Scores over a trunk are one product for all sequences that sit on it, so its keys are read once and not once
    a sequence; softmax runs over trunk and slot together, which makes the answer exact.
    """

    def __init__(self, slots: Slots, lengths: list[int], trunks: list[Trunk | None]) -> None:
        """Takes each sequence's tokens in its slot before this step, and its trunk."""
        import torch

        self.slots = slots
        self.lengths = torch.tensor(lengths, device=slots.device)
        self.longest = max(lengths) + 1
        self.rows = torch.arange(len(lengths), device=slots.device)
        # (rows, 1, 1, longest): True where a slot holds nothing of its sequence.
        positions = torch.arange(self.longest, device=slots.device)
        self.hidden = (positions[None, :] > self.lengths[:, None])[:, None, None, :]
        self.groups = _groups(trunks, slots.device)
        self.trunk_length = max((len(trunk) for _, trunk in self.groups), default=0)

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """See `Layout.attend`."""
        import torch

        n, key_heads = query.shape[0], key.shape[1]
        self.slots.reserve(n, self.longest, key, value)
        assert self.slots.key is not None and self.slots.value is not None
        keys, values = self.slots.key[layer, :n], self.slots.value[layer, :n]
        keys[self.rows, :, self.lengths] = key
        values[self.rows, :, self.lengths] = value
        keys, values = keys[:, :, : self.longest], values[:, :, : self.longest]

        # Heads that share a key head stand side by side, so that keys are not repeated: (n, key_heads, group, dim).
        grouped = query.reshape(n, key_heads, -1, query.shape[-1]) * scale
        own = (grouped @ keys.transpose(-1, -2)).masked_fill_(self.hidden, float("-inf"))
        if not self.groups:
            answer = own.float().softmax(-1).to(values.dtype) @ values
        else:
            shared = own.new_full((*own.shape[:3], self.trunk_length), float("-inf"))
            for rows, trunk in self.groups:
                shared[rows, :, :, : len(trunk)] = _over_trunk(
                    grouped[rows], trunk.key[layer].transpose(-1, -2)
                )
            weights = torch.cat([shared, own], dim=-1).float().softmax(-1).to(values.dtype)
            answer = weights[..., self.trunk_length :] @ values
            for rows, trunk in self.groups:
                answer[rows] += _over_trunk(weights[rows, :, :, : len(trunk)], trunk.value[layer])
        return answer.reshape(n, query.shape[1], -1)


def _groups(trunks: list[Trunk | None], device: torch.device) -> list[tuple[slice | Tensor, Trunk]]:
    """The rows that sit on each trunk."""
    import torch

    distinct = list({id(trunk): trunk for trunk in trunks if trunk is not None}.values())
    if len(distinct) == 1 and None not in trunks:
        return [(slice(None), distinct[0])]
    rows = [[i for i, own in enumerate(trunks) if own is trunk] for trunk in distinct]
    return [(torch.tensor(own, device=device), trunk) for own, trunk in zip(rows, distinct, strict=True)]


def _over_trunk(left: Tensor, right: Tensor) -> Tensor:
    """(rows, key_heads, group, a) times (key_heads, a, b), as one product a key head."""
    n, key_heads, group, width = left.shape
    stacked = left.transpose(0, 1).reshape(key_heads, n * group, width)
    return (stacked @ right).view(key_heads, n, group, -1).transpose(0, 1)
