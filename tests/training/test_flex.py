"""FlexAttention over a packed tree: the mask is right, the kernel is checked before it is used, and may be missing."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.attention.flex_attention import flex_attention

from windward.training import flex
from windward.training.packing import TreeLayout, by_node, pack

SEQUENCES = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=8), min_size=1, max_size=8)
CPU = torch.device("cpu")


@given(SEQUENCES)
def test_a_token_is_seen_by_exactly_those_that_continue_its_prefix(sequences: list[list[int]]) -> None:
    packed = pack(sequences)
    until = flex.seen_until(packed.nodes)
    ancestors = {
        here: {there for a, b in path for there in range(a, b) if there <= here}
        for path in packed.nodes
        for here in range(*path[-1])
    }
    for here, seen in ancestors.items():
        assert {there for there in range(len(until)) if there <= here < until[there]} == seen


def test_flex_attention_answers_as_attention_node_by_node_does() -> None:
    assert flex.difference(flex_attention, CPU, torch.float32, 16, 8, gradients=False) < 1e-5


def test_a_wrong_mask_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flex, "seen_until", lambda nodes: [nodes[-1][-1][1]] * nodes[-1][-1][1])
    assert flex.difference(flex_attention, CPU, torch.float32, 16, 8, gradients=False) > 0.1


def test_a_kernel_that_cannot_be_built_or_is_wrong_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> float:
        raise RuntimeError("no kernel")

    flex._checked.cache_clear()
    monkeypatch.setattr(flex, "difference", broken)
    with pytest.warns(UserWarning, match="no kernel"):
        assert flex._checked(CPU, torch.float32, 16, 16) is None
    monkeypatch.setattr(flex, "difference", lambda *_: 0.5)
    with pytest.warns(UserWarning, match="differs from attention node by node"):
        assert flex._checked(CPU, torch.float32, 16, 8) is None
    monkeypatch.setattr(flex, "difference", lambda *_: float("nan"))
    with pytest.warns(UserWarning, match="not used"):
        assert flex._checked(CPU, torch.float32, 8, 8) is None
    flex._checked.cache_clear()


def test_a_layout_uses_the_kernel_that_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = pack([[1, 2, 3, 4], [1, 2, 5], [1, 6, 7, 7, 7]])
    query, key = torch.randn(len(packed.tokens), 4, 16), torch.randn(len(packed.tokens), 2, 16)
    asked = []

    def kernel(*parts: torch.Tensor, **options: object) -> torch.Tensor:
        asked.append(parts[0].shape)
        return flex_attention(*parts, **options)

    monkeypatch.setattr("windward.training.packing.compiled", lambda *_: kernel)
    answer = TreeLayout(packed.nodes).attend(0, query, key, key, 0.25)
    assert asked == [(1, 4, len(packed.tokens), 16)]
    torch.testing.assert_close(answer, by_node(packed.nodes, query, key, key, 0.25), atol=1e-5, rtol=1e-5)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_on_a_gpu_answers_and_gradients_agree(dtype: torch.dtype) -> None:
    here = torch.device("cuda")
    assert flex.compiled(torch.zeros(1, 4, 64, device=here, dtype=dtype), torch.zeros(1, 2, 64, device=here))
