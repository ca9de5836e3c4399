"""A packed prefix tree is the same computation as its sequences one by one."""

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from windward.models.attention import use_layouts
from windward.training.conversations import answering
from windward.training.packing import pack
from windward.training.trainer import answer_log_probabilities, collate

SEQUENCES = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=8), min_size=1, max_size=8)


@given(SEQUENCES)
def test_every_sequence_is_found_again_and_no_prefix_is_stored_twice(sequences: list[list[int]]) -> None:
    packed = pack(sequences)
    for sequence, places in zip(sequences, packed.places, strict=True):
        assert [packed.tokens[place] for place in places] == sequence
        assert [packed.positions[place] for place in places] == list(range(len(sequence)))
    prefixes = {tuple(sequence[:n]) for sequence in sequences for n in range(1, len(sequence) + 1)}
    assert len(packed.tokens) == len(prefixes)


@given(SEQUENCES)
def test_a_node_sees_its_own_sequence_and_nothing_else(sequences: list[list[int]]) -> None:
    packed = pack(sequences)
    for places in packed.places:
        path = next(path for path in packed.nodes if path[-1][0] <= places[-1] < path[-1][1])
        seen = [place for a, b in path for place in range(a, b)]
        assert seen[: len(places)] == places
    assert [place for path in packed.nodes for place in range(*path[-1])] == list(range(len(packed.tokens)))


@pytest.fixture
def model(tiny_checkpoint: Path) -> torch.nn.Module:
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(1)
    model = AutoModelForCausalLM.from_pretrained(tiny_checkpoint, dtype=torch.float64)
    use_layouts(model)
    return model


def test_losses_and_gradients_equal_those_of_plain_sequences(
    model: torch.nn.Module, tiny_checkpoint: Path
) -> None:
    from transformers import AutoModelForCausalLM

    plain = AutoModelForCausalLM.from_pretrained(
        tiny_checkpoint, dtype=torch.float64, attn_implementation="eager"
    )
    torch.manual_seed(1)
    examples_of_all = tuple(torch.randint(5, 300, (20,)).tolist())
    examples = []
    for i in range(5):
        own = tuple(torch.randint(5, 300, (4 + i,)).tolist())
        for answer in ((7, 8, 9 + i), (7, 8, 20, 21 + i)):
            examples.append(answering(examples_of_all + own, answer))
    batch = collate(examples)
    ours = answer_log_probabilities(model, batch)
    ours.sum().backward()

    expected = []
    for example in examples:
        ((start, end),) = example.learnt
        logits = plain(torch.tensor([example.tokens])).logits[0, start - 1 : -1].log_softmax(-1)
        expected.append(logits.gather(-1, torch.tensor(example.tokens[start:end])[:, None]).squeeze(-1))
    theirs = torch.cat(expected)
    theirs.sum().backward()
    # The answers' log-probabilities are taken in float32.
    torch.testing.assert_close(ours.double(), theirs, atol=1e-5, rtol=1e-5)
    for own, other in zip(model.parameters(), plain.parameters(), strict=True):
        assert own.grad is not None and other.grad is not None
        scale = float(other.grad.abs().max())
        torch.testing.assert_close(own.grad, other.grad, atol=1e-5 * scale, rtol=1e-4)
    assert len(batch["tokens"]) < sum(len(example.tokens) for example in examples) / 3
