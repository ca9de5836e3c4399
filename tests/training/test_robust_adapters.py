"""Bottleneck adapters and LoRA: what learns, and that the result is what was trained."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from robust_runs import CLASSES, FAST, ROWS, Noted, weights
from small_encoder import write_encoder
from transformers import (
    AutoModelForSequenceClassification,
    BertConfig,
    DebertaV2Config,
    DistilBertConfig,
    ElectraConfig,
    GPT2Config,
    ModernBertConfig,
    MPNetConfig,
    RobertaConfig,
)

from windward.evals.robtest.checkpoint import checkpoint_classifier
from windward.training.classifier import ClassifierConfig, train_classifier
from windward.training.policy import merged
from windward.training.robust.adapters import add_adapters, with_lora
from windward.training.robust.debias import STRENGTH, Mixin
from windward.training.robust.watching import predictor

IDS = torch.tensor([[2, 5, 9, 7, 3]])
_SMALL = {
    "vocab_size": 50,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
}
_BOUNDS = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3, "cls_token_id": 2, "sep_token_id": 3}
KINDS = [
    BertConfig(**_SMALL),
    RobertaConfig(**_SMALL),
    ElectraConfig(**_SMALL, embedding_size=16),
    MPNetConfig(**_SMALL),
    DebertaV2Config(**_SMALL, pooler_hidden_size=16),
    DistilBertConfig(vocab_size=50, dim=16, n_layers=2, n_heads=2, hidden_dim=32),
    ModernBertConfig(**_SMALL, **_BOUNDS),
]


def _tiny(config: Any) -> Any:
    torch.manual_seed(0)
    return AutoModelForSequenceClassification.from_config(config)


def _head(model: Any) -> list[str]:
    """The model's parts outside its encoder that have weights."""
    return [
        name for name, part in model.named_children()
        if name != model.base_model_prefix and list(part.parameters())
    ]  # fmt: skip


def test_a_model_with_new_adapters_answers_as_before_and_few_weights_learn(tmp_path: Path) -> None:
    model = AutoModelForSequenceClassification.from_pretrained(write_encoder(tmp_path / "encoder")).eval()
    before = model(IDS).logits
    add_adapters(model, 4)
    torch.testing.assert_close(model(IDS).logits, before)
    learning = {name: weight.numel() for name, weight in model.named_parameters() if weight.requires_grad}
    assert sum(size for name, size in learning.items() if ".adapter." in name) == 2 * (2 * 4 * 32 + 4 + 32)
    assert {name for name in learning if ".adapter." not in name} == {"classifier.weight", "classifier.bias"}


@pytest.mark.parametrize("config", KINDS, ids=lambda config: config.model_type)
def test_every_block_of_encoders_of_berts_kind_gets_one(config: Any) -> None:
    model = _tiny(config)
    add_adapters(model, 2)
    assert sum(name.endswith(".adapter") for name, _ in model.named_modules()) == 2
    torch.autograd.backward(model(IDS).logits.sum())
    learning = [name for name, weight in model.named_parameters() if weight.requires_grad]
    assert {name.split(".")[0] for name in learning if ".adapter." not in name} == set(_head(model))


@pytest.mark.parametrize("config", KINDS, ids=lambda config: config.model_type)
def test_lora_leaves_the_head_whole_and_the_mixin_hears_it(config: Any) -> None:
    model = _tiny(config).eval()
    head, before = _head(model), model(IDS).logits
    mixin = Mixin(model)
    learning = with_lora(model, 2)
    mixin.listen()
    torch.testing.assert_close(learning(IDS).logits, before)
    assert mixin.strength().shape == (1,)
    torch.autograd.backward(mixin.strength().sum())
    whole = {
        name for name, weight in learning.named_parameters() if weight.requires_grad and "lora_" not in name
    }
    assert {part for name in whole for part in (*head, STRENGTH) if f".{part}." in name} == {*head, STRENGTH}
    assert all(".modules_to_save." in name for name in whole)
    plain = merged(learning)
    mixin.remove()
    torch.testing.assert_close(plain(IDS).logits, before)
    assert _head(plain) == head


def test_a_model_without_such_blocks_is_refused() -> None:
    with pytest.raises(ValueError, match="give an encoder of BERT"):
        add_adapters(_tiny(GPT2Config(vocab_size=50, n_embd=16, n_layer=1, n_head=2)), 2)


def test_adapters_learn_the_encoder_stays_and_the_checkpoint_answers_as_the_model_did(tmp_path: Path) -> None:
    start = write_encoder(tmp_path / "encoder")
    config = ClassifierConfig(learning_rate=1e-2, epochs=8, batch_size=7, adapter=8)
    watch = Noted([0, 32])
    made = train_classifier(start, ROWS, CLASSES, tmp_path / "out", config, watch=watch)
    assert made.losses[-1] < made.losses[0]
    said = predictor(made.path)(ROWS)
    assert said == pytest.approx(watch.seen[32], abs=1e-6)
    assert checkpoint_classifier(made.path).predict([one.text for one in ROWS]) == pytest.approx(
        said, abs=1e-6
    )
    assert (said.argmax(axis=1) == [one.label for one in ROWS]).mean() > 0.9
    old, new = weights(start), weights(made.path)
    assert all(torch.equal(new[f"bert.{name}"], weight) for name, weight in old.items())


def test_a_checkpoint_with_adapters_is_never_loaded_without_them(tmp_path: Path) -> None:
    start = write_encoder(tmp_path / "encoder")
    made = train_classifier(start, ROWS, CLASSES, tmp_path / "out", ClassifierConfig(epochs=1, adapter=2))
    with pytest.raises(OSError, match="safetensors"):
        AutoModelForSequenceClassification.from_pretrained(made.path)
    assert not list(made.path.glob("*.bin")), "nothing that is unpickled"


def test_lora_learns_and_becomes_an_ordinary_checkpoint(tmp_path: Path) -> None:
    start = write_encoder(tmp_path / "encoder")
    config = ClassifierConfig(learning_rate=1e-2, epochs=6, batch_size=7, lora=4)
    watch = Noted([24])
    made = train_classifier(start, ROWS, CLASSES, tmp_path / "out", config, watch=watch)
    assert made.losses[-1] < made.losses[0]
    plain, loading = AutoModelForSequenceClassification.from_pretrained(made.path, output_loading_info=True)
    assert not loading["missing_keys"] and not loading["unexpected_keys"]
    assert plain.config.id2label == {0: "apples", 1: "cows"}
    assert predictor(made.path)(ROWS) == pytest.approx(watch.seen[24], abs=1e-5)
    old, new = weights(start), weights(made.path)
    table = "embeddings.word_embeddings.weight"
    assert torch.equal(new[f"bert.{table}"], old[table])
    changed = "encoder.layer.0.attention.self.query.weight"
    assert not torch.equal(new[f"bert.{changed}"], old[changed])


@pytest.mark.parametrize("capacity", [{"adapter": 4}, {"lora": 2}])
def test_methods_that_reach_into_the_model_learn_with_few_weights_too(
    tmp_path: Path, capacity: dict[str, int]
) -> None:
    start = write_encoder(tmp_path / "encoder")
    for method in ("freelb", "debias"):
        plain = ClassifierConfig(learning_rate=1e-2, epochs=4, batch_size=7, method=method, settings=FAST)
        config = replace(plain, **capacity)  # type: ignore[arg-type]
        watch = Noted([16])
        made = train_classifier(start, ROWS, CLASSES, tmp_path / method, config, watch=watch)
        assert made.losses[-1] < made.losses[0]
        assert not [name for name in weights(made.path) if "bias_strength" in name]
        assert predictor(made.path)(ROWS) == pytest.approx(watch.seen[16], abs=1e-5)
