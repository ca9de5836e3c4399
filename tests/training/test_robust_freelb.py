"""FreeLB's gradient: cross-entropy's where nothing moves, a mean over the moves where it does."""

from pathlib import Path
from typing import Any

import pytest
import torch
from small_encoder import write_encoder
from transformers import AutoModelForSequenceClassification, TrainingArguments

from windward.training.robust.freelb import FreeLB, first_move, next_move
from windward.training.robust.trainer import RobustTrainer

Grads = dict[str, torch.Tensor]
INPUTS = {
    "input_ids": torch.tensor([[2, 5, 9, 7, 3], [2, 8, 3, 0, 0]]),
    "attention_mask": torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]),
    "labels": torch.tensor([1, 0]),
}


def _model(folder: Path, dropout: float = 0.0) -> Any:
    if not folder.exists():
        write_encoder(folder)
    torch.manual_seed(5)
    return AutoModelForSequenceClassification.from_pretrained(
        folder, num_labels=2, hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout
    )


def _step(model: Any, folder: Path, freelb: FreeLB | None) -> tuple[float, Grads]:
    trainer = RobustTrainer(
        freelb=freelb,
        model=model,
        args=TrainingArguments(output_dir=str(folder / "out"), report_to=[], disable_tqdm=True),
    )
    trainer.current_gradient_accumulation_steps = 1
    torch.manual_seed(1)
    loss = trainer.training_step(model, dict(INPUTS))
    return loss.item(), {
        name: weight.grad.clone() for name, weight in model.named_parameters() if weight.grad is not None
    }


@pytest.mark.parametrize("ascents", [1, 3])
def test_the_gradients_of_the_ascents_are_averaged_not_summed(tmp_path: Path, ascents: int) -> None:
    """The release sums the K gradients: where nothing moves, they are K times those of cross-entropy."""
    loss, plain = _step(_model(tmp_path / "encoder"), tmp_path, None)
    still = FreeLB(ascents=ascents, step_size=0.0, init=0.0)
    moved, found = _step(_model(tmp_path / "encoder"), tmp_path, still)
    assert moved == pytest.approx(loss, rel=1e-6)
    assert found.keys() == plain.keys()
    for name, gradient in plain.items():
        torch.testing.assert_close(found[name], gradient, rtol=1e-4, atol=1e-6)


def test_each_ascent_goes_along_the_gradient_of_each_text(tmp_path: Path) -> None:
    _, found = _step(_model(tmp_path / "encoder"), tmp_path, FreeLB(ascents=2, step_size=0.5, init=0.0))
    model = _model(tmp_path / "encoder").train()
    words = model.get_input_embeddings()
    move, total = torch.zeros(2, 5, 32), torch.zeros(())
    for _ in range(2):
        move.requires_grad_()
        asked = {
            "inputs_embeds": words(INPUTS["input_ids"]) + move,
            "attention_mask": INPUTS["attention_mask"],
        }
        loss = torch.nn.functional.cross_entropy(model(**asked).logits, INPUTS["labels"])
        (ascent,) = torch.autograd.grad(loss, move, retain_graph=True)
        total = total + loss / 2
        lengths = torch.stack([row.norm() for row in ascent.flatten(1)])
        move = (move + 0.5 * ascent / lengths[:, None, None]).detach()
    model.zero_grad()
    torch.autograd.backward(total)
    for name, weight in model.named_parameters():
        torch.testing.assert_close(found[name], weight.grad, rtol=1e-4, atol=1e-6)


def test_all_ascents_of_a_batch_have_the_same_dropout(tmp_path: Path) -> None:
    still = FreeLB(ascents=3, step_size=0.0, init=0.0)
    once, one = _step(_model(tmp_path / "encoder", 0.3), tmp_path, FreeLB(1, 0.0, 0.0))
    thrice, three = _step(_model(tmp_path / "encoder", 0.3), tmp_path, still)
    assert thrice == pytest.approx(once, rel=1e-6)
    torch.testing.assert_close(one["classifier.weight"], three["classifier.weight"], rtol=1e-4, atol=1e-6)


def test_moves_begin_within_their_length_and_leave_padding_alone() -> None:
    mask = torch.tensor([[1, 1, 1, 1], [1, 0, 0, 0]])
    move = first_move(torch.zeros(2, 4, 8), mask, 2e-2)
    assert torch.equal(move[1, 1:], torch.zeros(3, 8))
    lengths = move.flatten(1).norm(dim=1)
    assert (lengths <= 2e-2).all() and (lengths > 0.5e-2).all()


def test_a_move_is_as_long_as_its_step_and_stays_in_its_ball() -> None:
    gradient = torch.randn(2, 4, 8) * torch.tensor([1.0, 1e-4])[:, None, None]
    free = next_move(torch.zeros(2, 4, 8), gradient, FreeLB(step_size=0.1))
    assert free.flatten(1).norm(dim=1).tolist() == pytest.approx([0.1, 0.1])
    held = next_move(free, gradient, FreeLB(step_size=0.1, bound=0.15))
    assert held.flatten(1).norm(dim=1).tolist() == pytest.approx([0.15, 0.15])
