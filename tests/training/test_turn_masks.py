"""Learning every marked answer of a conversation: the loss and the gradient are those of others' code."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from trajectory_rows import row

from windward.training import SFTConfig, train_sft
from windward.training.examples import read_examples
from windward.training.policy import load_policy
from windward.training.trainer import answer_log_probabilities, collate

Write = Callable[[list[dict[str, Any]]], Path]


def rows() -> list[dict[str, Any]]:
    found = [row(exchanges) for exchanges in (1, 2, 3, 4)]
    found[2]["learn"] = [False, False, False, False, True, False, True]
    return found


def labelled(tokenizer: Any, wanted: dict[str, Any]) -> tuple[list[int], list[int]]:
    """Input and labels, from the template's text and where its answers stand in it."""
    text = tokenizer.apply_chat_template(wanted["messages"], tokenize=False)
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    spans, at = [], 0
    for message, learnt in zip(wanted["messages"], wanted["learn"], strict=True):
        start = text.index(message["content"], at)
        at = start + len(message["content"]) + len(tokenizer.eos_token)
        spans += [(start, at)] * learnt
    labels = [
        token if any(start <= a and b <= end for start, end in spans) else -100
        for token, (a, b) in zip(encoded["input_ids"], encoded["offset_mapping"], strict=True)
    ]
    return encoded["input_ids"], labels


def test_loss_and_gradient_are_those_of_a_plain_forward_with_labels(
    tiny_checkpoint: Path, written: Write
) -> None:
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(1)
    model, tokenizer = load_policy(tiny_checkpoint, SFTConfig())
    examples = read_examples(written(rows()), tokenizer, 512)
    batch = collate(examples)
    ours = -answer_log_probabilities(model, batch).mean()
    ours.backward()

    plain = AutoModelForCausalLM.from_pretrained(
        tiny_checkpoint, dtype=torch.float32, attn_implementation="eager"
    )
    encoded = [labelled(tokenizer, wanted) for wanted in rows()]
    learnt = sum(label >= 0 for _, labels in encoded for label in labels)
    theirs = torch.zeros(())
    for tokens, labels in encoded:
        count = sum(label >= 0 for label in labels)
        theirs = theirs + plain(torch.tensor([tokens]), labels=torch.tensor([labels])).loss * count / learnt
    theirs.backward()
    assert learnt == len(batch["targets"]) == sum(example.answer_tokens for example in examples)
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-5)
    for own, other in zip(model.parameters(), plain.parameters(), strict=True):
        scale = float(other.grad.abs().max())
        torch.testing.assert_close(own.grad, other.grad, atol=1e-4 * scale, rtol=1e-3)


def test_trl_with_assistant_masks_computes_the_same_loss(
    tiny_checkpoint: Path, written: Write, tmp_path: Path
) -> None:
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import SFTConfig as TrlConfig
    from trl import SFTTrainer

    wanted = [row(exchanges) for exchanges in (1, 2, 3, 4)]
    tokenizer = AutoTokenizer.from_pretrained(tiny_checkpoint)
    # Jinja takes away the line break behind a block, so it is said in words.
    marked = tokenizer.chat_template.replace(
        "{{ message['content'] }}<|im_end|>\n",
        "{% if message['role'] == 'assistant' %}{% generation %}{{ message['content'] }}<|im_end|>"
        "{% endgeneration %}{% else %}{{ message['content'] }}<|im_end|>{% endif %}{{ '\\n' }}",
    )
    plain = tokenizer.apply_chat_template(wanted[0]["messages"], tokenize=False)
    tokenizer.chat_template = marked
    assert tokenizer.apply_chat_template(wanted[0]["messages"], tokenize=False) == plain
    trainer = SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(tiny_checkpoint, dtype=torch.float32),
        args=TrlConfig(
            output_dir=str(tmp_path / "trl"),
            assistant_only_loss=True,
            max_length=512,
            bf16=False,
            activation_checkpointing=False,
            use_cpu=True,
            report_to="none",
            learning_rate=0.0,
            per_device_train_batch_size=4,
            max_steps=1,
            logging_steps=1,
            disable_tqdm=True,
            save_strategy="no",
        ),
        train_dataset=Dataset.from_list([{"messages": one["messages"]} for one in wanted]),
        processing_class=tokenizer,
    )
    trainer.train()
    theirs = next(entry["loss"] for entry in trainer.state.log_history if "loss" in entry)
    ours = train_sft(
        tiny_checkpoint, written(wanted), tmp_path / "ours", SFTConfig(learning_rate=0.0, batch_size=4)
    )
    assert ours.losses[0] == pytest.approx(theirs, rel=2e-4)


def test_a_step_is_the_mean_over_its_learnt_tokens_however_it_is_split(
    tiny_checkpoint: Path, written: Write, tmp_path: Path
) -> None:
    path = written(rows() * 2)
    whole = train_sft(tiny_checkpoint, path, tmp_path / "whole", SFTConfig(learning_rate=1e-3))
    split = train_sft(
        tiny_checkpoint, path, tmp_path / "split", SFTConfig(learning_rate=1e-3, micro_batch_size=2)
    )
    assert split.losses == pytest.approx(whole.losses, rel=1e-4)


def test_marked_answers_are_learnt_and_what_was_cut_is_counted(
    tiny_checkpoint: Path, written: Write, tmp_path: Path
) -> None:
    config = SFTConfig(learning_rate=3e-3, epochs=3, max_length=150)
    trained = train_sft(tiny_checkpoint, written([row(2)] * 11 + [row(9)]), tmp_path / "out", config)
    assert trained.losses[-1] < trained.losses[0] / 2
    record = json.loads((trained.path / "training.json").read_text())
    assert record["rows_cut"] == 1
    assert record["tokens_cut"] > record["answer_tokens_cut"] > 0
