"""Which texts go through an encoder together: those of like length in tokens, so that little is computed for padding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

CPU_TOKENS, GPU_TOKENS = 1_024, 16_384
"""Tokens at a time: a core is as fast with few, and few need less padding; a GPU wants many."""


def batch_tokens(device: Any) -> int:
    """Tokens that go through a model together on a device (`torch.device`)."""
    return CPU_TOKENS if device.type == "cpu" else GPU_TOKENS


def batches(lengths: Sequence[int], most: int) -> list[list[int]]:
    """Places of texts that are computed together: by length, at most `most` tokens with padding (a longer text alone)."""
    found: list[list[int]] = []
    for place in sorted(range(len(lengths)), key=lambda at: (lengths[at], at)):
        if found and (len(found[-1]) + 1) * lengths[place] <= most:
            found[-1].append(place)
        else:
            found.append([place])
    return found
