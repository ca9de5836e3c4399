"""A packed prefix tree in one FlexAttention kernel: on a GPU, many small nodes are many small kernels otherwise.

Nodes lie depth first, so what a token is seen by is an interval: token i sees token j exactly where j ≤ i < e(j), with
e(j) the end of the last node below j's. The mask is this comparison, never a matrix of all tokens against all.
Before the first use on a device, loss and gradient of a small tree are compared with attention node by node; where they
differ, or the kernel cannot be built, training goes on node by node and says so.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from torch import Tensor

Span = tuple[int, int]
_SMALL: Sequence[tuple[Span, ...]] = (
    ((0, 40),),
    ((0, 40), (40, 75)),
    ((0, 40), (40, 75), (75, 150)),
    ((0, 40), (40, 75), (150, 151)),
    ((0, 40), (151, 300)),
)


def seen_until(nodes: Sequence[Sequence[Span]]) -> list[int]:
    """For each token of a packed tree the place before which tokens see it, if they lie behind it.

    Args:
        nodes: paths of `Packed.nodes`, depth first.
    """
    ends: dict[Span, int] = {}
    for path in nodes:
        for span in path:
            ends[span] = path[-1][1]
    return [ends[path[-1]] for path in nodes for _ in range(*path[-1])]


class FlexTree:
    """Attention of one packed tree; one object serves all layers of one forward.

    Args:
        nodes: paths of `Packed.nodes`.
        device: where it computes.
        attention: `flex_attention`, compiled or not.
    """

    def __init__(
        self, nodes: Sequence[Sequence[Span]], device: torch.device, attention: Callable[..., Any]
    ) -> None:
        import torch
        from torch.nn.attention.flex_attention import create_block_mask

        until = torch.tensor(seen_until(nodes), device=device)

        def seen(batch: Tensor, head: Tensor, here: Tensor, there: Tensor) -> Tensor:
            return (there <= here) & (here < until[there])

        self._mask = create_block_mask(seen, None, None, len(until), len(until), device=device)
        self._attention = attention

    def attend(self, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """Answers one layer; shapes as in `windward.models.attention.Layout.attend`."""
        query, key, value = (part.transpose(0, 1).unsqueeze(0) for part in (query, key, value))
        answer: Tensor = self._attention(
            query,
            key,
            value,
            block_mask=self._mask,
            scale=scale,
            enable_gqa=query.shape[1] != key.shape[1],
        )
        return answer[0].transpose(0, 1)


def compiled(query: Tensor, value: Tensor) -> Callable[..., Any] | None:
    """FlexAttention for tensors like these, where it was seen to be right; None where attention goes node by node."""
    if query.device.type != "cuda" or query.element_size() > 4:
        return None
    return _checked(query.device, query.dtype, query.shape[-1], value.shape[-1])


@cache
def _checked(
    device: torch.device, dtype: torch.dtype, width: int, value_width: int
) -> Callable[..., Any] | None:
    import torch
    from torch.nn.attention.flex_attention import flex_attention

    built: Callable[..., Any] = torch.compile(flex_attention, dynamic=True)
    try:
        apart = difference(built, device, dtype, width, value_width)
    except (
        Exception
    ) as error:  # whatever a compiler, a driver or a kernel raises, attention node by node works
        warnings.warn(
            f"FlexAttention does not work on {device}, so attention goes node by node: {error}", stacklevel=2
        )
        return None
    if not apart < (1e-3 if dtype == torch.float32 else 5e-2):
        warnings.warn(
            f"FlexAttention on {device} differs from attention node by node by {apart:.2g} of the largest value in "
            f"{dtype}, so it is not used",
            stacklevel=2,
        )
        return None
    return built


def difference(
    attention: Callable[..., Any],
    device: torch.device,
    dtype: torch.dtype,
    width: int,
    value_width: int,
    *,
    gradients: bool = True,
) -> float:
    """How far `attention` is from attention node by node on a small tree.

    Args:
        attention: `flex_attention`, compiled or not.
        device: where.
        dtype: of queries, keys and values.
        width: of a head.
        value_width: of a head's values.
        gradients: compare them too (a processor's FlexAttention has none).

    Returns:
        The largest difference of answers and gradients, as a share of the largest value of each.
    """
    import torch

    from windward.training.packing import by_node

    draw = torch.Generator().manual_seed(0)
    total = _SMALL[-1][-1][1]
    parts = [
        torch.randn(total, heads, size, generator=draw).to(device, dtype).requires_grad_(gradients)
        for heads, size in ((4, width), (2, width), (2, value_width))
    ]
    weight = torch.randn(total, 4, value_width, generator=draw).to(device, dtype)
    query, key, value = parts
    scale = width**-0.5
    found = []
    for answer in (
        FlexTree(_SMALL, device, attention).attend(query, key, value, scale),
        by_node(_SMALL, query, key, value, scale),
    ):
        slopes = torch.autograd.grad((answer * weight).sum(), parts) if gradients else ()
        found.append([answer.detach(), *slopes])
    return max(
        float((one - other).abs().max() / other.abs().max()) for one, other in zip(*found, strict=True)
    )
