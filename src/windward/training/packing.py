"""Many sequences in one row of tokens, every shared prefix once: no padding, and exactly the same gradient.

Siblings of a preference tree share their problem, a batch its worked examples, a pair its prompt. Their common
tokens are computed once, and every branch attends to its own ancestors only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from windward.models.attention import causal
from windward.training.flex import FlexTree, compiled

if TYPE_CHECKING:
    from torch import Tensor

Span = tuple[int, int]
TOKENS = 8192
"""Of a forward that is not learnt from, counted before packing."""


@dataclass(frozen=True)
class Packed:
    """A prefix tree, laid flat.

    Attributes:
        tokens: each distinct prefix once, nodes one after the other.
        positions: each token's place in its sequence.
        nodes: for each node, the spans of `tokens` on the way from the root to it, its own last.
        places: for each sequence, where its tokens lie in `tokens`.
    """

    tokens: list[int]
    positions: list[int]
    nodes: list[tuple[Span, ...]]
    places: list[list[int]]


def pack(sequences: Sequence[Sequence[int]]) -> Packed:
    """Lays sequences out as a prefix tree, depth first."""
    packed = Packed([], [], [], [[] for _ in sequences])
    # Of two branches the earlier is done first: the stack holds them backwards.
    stack: list[tuple[list[int], int, tuple[Span, ...]]] = [(list(range(len(sequences))), 0, ())]
    while stack:
        members, depth, path = stack.pop()
        end = _shared_until(sequences, members, depth)
        if end > depth:
            start = len(packed.tokens)
            packed.tokens.extend(sequences[members[0]][depth:end])
            packed.positions.extend(range(depth, end))
            path = (*path, (start, len(packed.tokens)))
            packed.nodes.append(path)
            for member in members:
                packed.places[member].extend(range(start, len(packed.tokens)))
        branches: dict[int, list[int]] = {}
        for member in members:
            if len(sequences[member]) > end:
                branches.setdefault(sequences[member][end], []).append(member)
        stack.extend((branch, end, path) for branch in reversed(branches.values()))
    return packed


def _shared_until(sequences: Sequence[Sequence[int]], members: list[int], depth: int) -> int:
    """The position before which all members agree, from `depth` on."""
    first = sequences[members[0]]
    end = min(len(sequences[member]) for member in members)
    for member in members[1:]:
        other = sequences[member]
        place = depth
        while place < end and other[place] == first[place]:
            place += 1
        end = place
    return end


def neighbours(sizes: Sequence[int], most: int = TOKENS) -> Iterator[list[int]]:
    """Numbers of rows that go through one forward: they lie side by side, as those that share a prefix usually do.

    Args:
        sizes: tokens of each row.
        most: tokens of a forward, unless one row alone has more.
    """
    some: list[int] = []
    total = 0
    for number, size in enumerate(sizes):
        if some and total + size > most:
            yield some
            some, total = [], 0
        some.append(number)
        total += size
    if some:
        yield some


class TreeLayout:
    """Attention in a packed row: each node sees its ancestors and, causally, itself.

    Args:
        nodes: as in `Packed`.
    """

    def __init__(self, nodes: Sequence[Sequence[Span]]) -> None:
        self.nodes = nodes
        self._flex: FlexTree | None = None

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """See `windward.models.attention.Layout.attend`."""
        kernel = compiled(query, value)
        if kernel is None:
            return by_node(self.nodes, query, key, value, scale)
        if self._flex is None:
            self._flex = FlexTree(self.nodes, query.device, kernel)
        return self._flex.attend(query, key, value, scale)


def by_node(
    nodes: Sequence[Sequence[Span]], query: Tensor, key: Tensor, value: Tensor, scale: float
) -> Tensor:
    """Attention of a packed tree, one product over its ancestors a node; shapes as in `Layout.attend`."""
    import torch

    keys, values = key.transpose(0, 1), value.transpose(0, 1)
    answers = []
    for path in nodes:
        start, end = path[-1]
        seen_keys = torch.cat([keys[:, a:b] for a, b in path], dim=1)
        seen_values = torch.cat([values[:, a:b] for a, b in path], dim=1)
        answers.append(causal(query[start:end], seen_keys, seen_values, scale))
    return torch.cat(answers)


@dataclass(frozen=True)
class BlockLayout:
    """Attention of encoders: sequences side by side, each token sees the whole of its own."""

    spans: Sequence[Span]

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """See `windward.models.attention.Layout.attend`."""
        import torch
        from torch.nn.functional import scaled_dot_product_attention

        grouped = query.shape[1] != key.shape[1]
        answers = []
        for start, end in self.spans:
            own = [part[start:end].transpose(0, 1).unsqueeze(0) for part in (query, key, value)]
            answer = scaled_dot_product_attention(own[0], own[1], own[2], scale=scale, enable_gqa=grouped)
            answers.append(answer[0].transpose(0, 1))
        return torch.cat(answers)
