"""Losses of tested rows: those of plain transformers, and no number where there is none."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from dynamics_rows import asked_rows

from windward.evals.dynamics import DynamicsError, TestRow
from windward.evals.dynamics.loaded import load_checkpoint
from windward.evals.dynamics.losses import answer_losses


def token_by_token(folder: Path, rows: Sequence[TestRow]) -> list[float]:
    """The same, by transformers alone: one forward for every token of an answer."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    found = []
    for row in rows:
        text = tokenizer.apply_chat_template(list(row.prompt), tokenize=False, add_generation_prompt=True)
        before = tokenizer(text, add_special_tokens=False)["input_ids"]
        answer = [*tokenizer(row.answer, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
        losses = []
        for token in answer:
            with torch.inference_mode():
                losses.append(-float(model(torch.tensor([before])).logits[0, -1].log_softmax(-1)[token]))
            before = [*before, token]
        found.append(sum(losses) / len(losses))
    return found


def test_losses_are_those_of_one_forward_for_every_token(tiny_checkpoint: Path) -> None:
    rows = [
        *asked_rows(5),
        TestRow(
            (
                {"role": "system", "content": "Answer."},
                {"role": "user", "content": "3 + 4?"},
                {"role": "assistant", "content": "7"},
                {"role": "user", "content": "And 1 more?"},
            ),
            "The answer is 8.",
            "turns",
        ),
        *asked_rows(1),  # the same row twice
    ]
    loaded = load_checkpoint(tiny_checkpoint)
    ours = answer_losses(loaded.model, loaded.tokenizer, rows, 1024)
    assert ours == pytest.approx(token_by_token(tiny_checkpoint, rows), abs=1e-4)
    assert ours[0] == pytest.approx(ours[-1], abs=1e-6)


def test_losses_do_not_depend_on_the_rows_beside_them(
    tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = load_checkpoint(tiny_checkpoint)
    together = answer_losses(loaded.model, loaded.tokenizer, asked_rows(6), 1024)
    monkeypatch.setattr("windward.evals.dynamics.losses.batch_tokens", lambda device: 1)
    alone = answer_losses(loaded.model, loaded.tokenizer, asked_rows(6), 1024)
    assert together == pytest.approx(alone, abs=1e-5)


def test_a_model_whose_weights_are_no_numbers_has_no_loss(tiny_checkpoint: Path) -> None:
    loaded = load_checkpoint(tiny_checkpoint)
    with torch.no_grad():
        loaded.model.model.norm.weight.fill_(float("nan"))
    assert np.isnan(answer_losses(loaded.model, loaded.tokenizer, asked_rows(3), 1024)).all()


def test_a_row_whose_answer_does_not_fit_has_no_loss_and_changes_no_other(tiny_checkpoint: Path) -> None:
    loaded = load_checkpoint(tiny_checkpoint)
    short = asked_rows(3)
    endless = TestRow(short[0].prompt, "0 1 2 3 4 5 6 7 8 9 " * 20, "long")
    found = answer_losses(loaded.model, loaded.tokenizer, [short[0], endless, *short[1:]], 40)
    assert np.isnan(found).tolist() == [False, True, False, False]
    assert found[[0, 2, 3]] == pytest.approx(
        answer_losses(loaded.model, loaded.tokenizer, short, 40), abs=1e-5
    )


def test_a_prompt_that_is_too_long_loses_its_beginning_and_keeps_its_answer(tiny_checkpoint: Path) -> None:
    """In the released code such a row lost its answer, and a mean of fewer rows looked like progress."""
    loaded = load_checkpoint(tiny_checkpoint)
    endless = TestRow(({"role": "user", "content": "0 1 2 3 4 5 6 7 8 9 " * 40},), "print(3 + 4)", "long")
    assert np.isfinite(answer_losses(loaded.model, loaded.tokenizer, [endless], 64)).all()


def test_a_row_that_the_template_cannot_render_is_named(tiny_checkpoint: Path) -> None:
    loaded = load_checkpoint(tiny_checkpoint)
    loaded.tokenizer.chat_template = "{{ raise_exception('no system role') }}"
    with pytest.raises(DynamicsError, match=r"tested row 1: .*no system role"):
        answer_losses(loaded.model, loaded.tokenizer, asked_rows(2), 1024)
