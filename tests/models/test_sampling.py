"""Draws follow the distribution they are asked for."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from windward.models.sampling import draw, log_probability, stream


def rows(logits: list[float], n: int, temperature: float, top_p: float) -> torch.Tensor:
    uniform = (torch.arange(n) + 0.5) / n  # every part of the distribution function once
    return draw(
        torch.tensor(logits).expand(n, -1).contiguous(),
        torch.full((n,), temperature),
        torch.full((n,), top_p),
        uniform,
    )


def test_frequencies_are_the_softmax_at_that_temperature() -> None:
    logits, n = [1.0, 0.0, -1.0, 2.0], 4000
    counts = torch.bincount(rows(logits, n, 0.5, 1.0), minlength=4) / n
    torch.testing.assert_close(counts, (torch.tensor(logits) / 0.5).softmax(-1), atol=1e-3, rtol=0)


def test_the_nucleus_is_the_smallest_set_that_holds_the_mass() -> None:
    logits = torch.tensor([0.5, 0.3, 0.15, 0.05]).log().tolist()
    counts = torch.bincount(rows(logits, 8000, 1.0, 0.7), minlength=4) / 8000
    torch.testing.assert_close(counts, torch.tensor([0.625, 0.375, 0.0, 0.0]), atol=1e-3, rtol=0)


def test_a_flat_distribution_keeps_a_nucleus_wider_than_the_sorted_part() -> None:
    picked = rows([0.0] * 2000, 4000, 1.0, 0.9)
    assert 1790 <= len(picked.unique()) <= 1810


@given(st.integers(0, 2**31), st.floats(0.05, 5.0), st.floats(0.01, 1.0))
@settings(max_examples=50, deadline=None)
def test_a_drawn_token_is_never_impossible(seed: int, temperature: float, top_p: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(4, 50, generator=generator)
    logits[:, 10:] = float("-inf")
    tokens = draw(
        logits, torch.full((4,), temperature), torch.full((4,), top_p), torch.rand(4, generator=generator)
    )
    assert int(tokens.max()) < 10


def test_temperature_zero_takes_the_likeliest() -> None:
    assert rows([0.0, 3.0, 1.0], 5, 0.0, 1.0).tolist() == [1] * 5


def test_log_probabilities_are_the_models_own_whatever_the_sampling() -> None:
    logits = torch.tensor([[1.0, 2.0, 3.0]])
    expected = logits.log_softmax(-1)[0, 2]
    torch.testing.assert_close(log_probability(logits, torch.tensor([2]))[0], expected)


def test_streams_differ_by_seed_sample_and_prompt_only() -> None:
    prompt = np.array([1, 2, 3])
    first = stream(1, 0, prompt).random()
    assert first == stream(1, 0, prompt.copy()).random()
    others = [stream(2, 0, prompt), stream(1, 1, prompt), stream(1, 0, prompt[:2])]
    assert all(other.random() != first for other in others)
    assert stream(None, 0, prompt).random() == stream(0, 0, prompt).random()
