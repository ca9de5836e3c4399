"""One attention for ragged batches: tokens of many sequences lie in one row, and a layout says who sees whom.

A forward gets `input_ids` of shape (1, T) with explicit `position_ids`, and a `layout` that answers each layer's
queries. Linear layers thus never see padding, and keys and values live where the layout keeps them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from torch import Tensor

IMPLEMENTATION = "windward"


class Layout(Protocol):
    """What a forward attends over; one object serves all layers of one forward."""

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """Answers one layer.

        Args:
            layer: index of the layer.
            query: (T, heads, head_dim).
            key: (T, key_heads, head_dim), the new tokens' only.
            value: (T, key_heads, value_dim).
            scale: factor of the scores.

        Returns:
            (T, heads, value_dim).
        """
        ...


def use_layouts(model: Any) -> None:
    """Makes `model(..., layout=...)` attend through its layout.

    Raises:
        ValueError: the architecture does not let its attention be replaced, or keeps other state than keys and values.
    """
    from transformers import AttentionInterface

    if not getattr(model, "_supports_attention_backend", False) or getattr(model, "_is_stateful", False):
        raise ValueError(
            f"{type(model).__name__} cannot be run in process: its attention cannot be replaced. "
            "Serve it behind an OpenAI-compatible endpoint (vLLM, llama-server) and use --base-url."
        )
    AttentionInterface.register(IMPLEMENTATION, _attention)
    model.set_attn_implementation(IMPLEMENTATION)


def _attention(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    layout: Layout | None = None,
    softcap: float | None = None,
    s_aux: Tensor | None = None,
    **_: Any,
) -> tuple[Tensor, None]:
    if layout is None:
        raise ValueError(f"attention {IMPLEMENTATION!r} needs a layout: call model(..., layout=...)")
    if softcap is not None or s_aux is not None:
        raise ValueError(
            f"{type(module).__name__} caps its scores or has sinks, which layouts do not compute"
        )
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    answer = layout.attend(
        module.layer_idx, query[0].transpose(0, 1), key[0].transpose(0, 1), value[0].transpose(0, 1), scale
    )
    return answer.unsqueeze(0), None


def causal(query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
    """Causal attention of the last n positions of one sequence of m.

    Args:
        query: (n, heads, head_dim).
        key: (key_heads, m, head_dim), m >= n.
        value: (key_heads, m, value_dim).
        scale: factor of the scores.

    Returns:
        (n, heads, value_dim).
    """
    import torch
    from torch.nn.functional import scaled_dot_product_attention

    new, total = query.shape[0], key.shape[1]
    mask = None
    if 1 < new < total:
        mask = torch.ones(new, total, dtype=torch.bool, device=query.device).tril(total - new)
    grouped = query.shape[1] != key.shape[0]
    answer: Tensor = scaled_dot_product_attention(
        query.transpose(0, 1).unsqueeze(0),
        key.unsqueeze(0),
        value.unsqueeze(0),
        attn_mask=mask,
        is_causal=new == total and new > 1,
        scale=scale,
        enable_gqa=grouped,
    )
    return answer[0].transpose(0, 1)
