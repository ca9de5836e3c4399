"""Reward models: what they learn from whom, where they look, and that they say the same once read again."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from small_encoder import write_encoder
from sum_rows import pairs

from windward.models import ModelError
from windward.training import RewardConfig, RowError, load_reward, train_preference, train_reward

Write = Callable[[list[dict[str, Any]]], Path]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_encoder(tmp_path_factory.mktemp("checkpoints") / "encoder")


def conversations(rows: list[dict[str, Any]], side: str) -> list[list[dict[str, str]]]:
    return [[*row["prompt"], *row[side]] for row in rows]


def record(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "training.json").read_text())
    return found


@pytest.mark.parametrize("lora_rank", [0, 4])
@pytest.mark.parametrize("backbone", ["causal", "encoder"])
def test_a_reward_model_ranks_what_it_was_shown_and_is_read_again(
    tiny_checkpoint: Path, encoder: Path, written: Write, tmp_path: Path, backbone: str, lora_rank: int
) -> None:
    rows = pairs(16)
    config = RewardConfig(learning_rate=1e-2, epochs=6, lora_rank=lora_rank)
    start = tiny_checkpoint if backbone == "causal" else encoder
    trained = train_reward(start, written(rows), tmp_path / "out", config)
    assert trained.losses[-1] < trained.losses[0] / 2
    model = load_reward(trained.path)
    chosen, rejected = (model.score(conversations(rows, side)) for side in ("chosen", "rejected"))
    assert (chosen > rejected).all()
    # What training saw last, but for one step, is what the model that was read again says.
    curves = record(trained.path)["curves"]
    assert curves["accuracy"][-1] == 1.0
    gap = curves["chosen_reward"][-1] - curves["rejected_reward"][-1]
    assert float((chosen - rejected).mean()) == pytest.approx(gap, rel=0.2)


@pytest.mark.parametrize("lora_rank", [0, 4])
def test_transformers_own_classifier_gives_the_same_rewards(
    tiny_checkpoint: Path, written: Write, tmp_path: Path, lora_rank: int
) -> None:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    rows = pairs(6)
    config = RewardConfig(learning_rate=1e-2, lora_rank=lora_rank)
    trained = train_reward(tiny_checkpoint, written(rows), tmp_path / "out", config)
    plain = AutoModelForSequenceClassification.from_pretrained(trained.path, dtype=torch.float32)
    assert plain.score.bias is None and plain.config.num_labels == 1
    tokenizer = AutoTokenizer.from_pretrained(trained.path)
    # The template puts a line break behind the end of a turn; the reward stands at the end of the turn.
    texts = [
        tokenizer.apply_chat_template(messages, tokenize=False).rstrip("\n")
        for side in ("chosen", "rejected")
        for messages in conversations(rows, side)
    ]
    batch = tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)
    with torch.inference_mode():
        theirs = plain(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits[:, 0]
    ours = load_reward(trained.path).score(conversations(rows, "chosen") + conversations(rows, "rejected"))
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


def test_an_encoders_reward_is_that_of_the_mean_of_all_its_tokens(
    encoder: Path, written: Write, tmp_path: Path
) -> None:
    from safetensors.torch import load_file
    from transformers import AutoModel, AutoTokenizer

    rows = pairs(3)
    trained = train_reward(encoder, written(rows), tmp_path / "out", RewardConfig(learning_rate=1e-2))
    plain = AutoModel.from_pretrained(trained.path, dtype=torch.float32, attn_implementation="eager").eval()
    tokenizer = AutoTokenizer.from_pretrained(trained.path)
    head = load_file(trained.path / "reward_head.safetensors")["weight"]
    expected = []
    for row in rows:
        said = "".join(f"{message['role']}: {message['content']}\n" for message in row["prompt"])
        words = tokenizer(f"{said}assistant: {row['chosen'][0]['content']}", add_special_tokens=False)[
            "input_ids"
        ]
        ids = [tokenizer.cls_token_id, *words, tokenizer.sep_token_id]
        with torch.inference_mode():
            hidden = plain(torch.tensor([ids])).last_hidden_state[0]
        expected.append(float(hidden.mean(0) @ head[0]))
    ours = load_reward(trained.path).score(conversations(rows, "chosen"))
    assert ours.tolist() == pytest.approx(expected, abs=1e-5)


def test_the_absolute_term_goes_by_the_source_that_a_row_names(
    tiny_checkpoint: Path, written: Write, tmp_path: Path
) -> None:
    rows = [row | {"provenance": ("tree", "ratings")[i % 2]} for i, row in enumerate(pairs(8))]
    losses = {}
    for name, sources in (("none", None), ("some", ("tree",)), ("all", ("tree", "ratings"))):
        trained = train_reward(
            tiny_checkpoint, written(rows), tmp_path / name, RewardConfig(absolute_sources=sources)
        )
        assert record(trained.path)["absolute_rows"] == {"none": 0, "some": 4, "all": 8}[name]
        losses[name] = trained.losses[0]
    marked = [{**row, "absolute": row["provenance"] == "tree"} for row in rows]
    by_column = train_reward(tiny_checkpoint, written(marked), tmp_path / "marked", RewardConfig())
    assert by_column.losses[0] == pytest.approx(losses["some"], rel=1e-6)
    assert losses["none"] < losses["some"] < losses["all"]
    half = [{**row, "absolute": True} for row in rows if row["provenance"] == "tree"]
    alone = train_reward(tiny_checkpoint, written(half), tmp_path / "half", RewardConfig())
    plain = train_reward(
        tiny_checkpoint,
        written([row for row in rows if row["provenance"] != "tree"]),
        tmp_path / "plain",
        RewardConfig(),
    )
    assert losses["some"] == pytest.approx((alone.losses[0] + plain.losses[0]) / 2, rel=1e-4)


def test_a_weight_is_a_factor_of_its_rows_loss(tiny_checkpoint: Path, written: Write, tmp_path: Path) -> None:
    rows = pairs(4)
    plain = train_reward(tiny_checkpoint, written(rows), tmp_path / "plain")
    weights = [2.0, 0.0, 0.0, 0.0]
    weighted = train_reward(
        tiny_checkpoint,
        written([row | {"weight": weight} for row, weight in zip(rows, weights, strict=True)]),
        tmp_path / "weighted",
    )
    alone = train_reward(tiny_checkpoint, written(rows[:1]), tmp_path / "alone")
    assert weighted.losses[0] == pytest.approx(2 * alone.losses[0] / 4, rel=1e-4)
    assert weighted.losses[0] != pytest.approx(plain.losses[0], rel=1e-2)
    prefer = train_preference(
        tiny_checkpoint, written([row | {"weight": 0.5} for row in rows]), tmp_path / "preferred"
    )
    assert prefer.losses[0] == pytest.approx(0.5 * math.log(2), abs=1e-4)


def test_a_long_history_keeps_the_answer_that_is_scored(
    tiny_checkpoint: Path, encoder: Path, written: Write, tmp_path: Path
) -> None:
    rows = pairs(2)
    for row in rows:
        row["prompt"][0]["content"] *= 20
    for name, start in (("causal", tiny_checkpoint), ("encoder", encoder)):
        trained = train_reward(start, written(rows), tmp_path / name, RewardConfig(max_length=40))
        assert record(trained.path)["rows_cut"] == 4 and record(trained.path)["answer_tokens_cut"] == 0
        model = load_reward(trained.path)
        scores = [model.score(conversations(rows, side)) for side in ("chosen", "rejected")]
        assert model.max_length == 40 and not torch.allclose(scores[0], scores[1])


def test_what_cannot_be_scored_is_named(tiny_checkpoint: Path, written: Write, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="windward train reward"):
        load_reward(tiny_checkpoint)
    model = load_reward(train_reward(tiny_checkpoint, written(pairs(2)), tmp_path / "out").path)
    good = conversations(pairs(1), "chosen")[0]
    with pytest.raises(RowError, match="conversation 1: it must end with the assistant's answer"):
        model.score([good, good[:-1]])
    assert model.score([]).shape == (0,)


@pytest.mark.parametrize(
    ("change", "config", "said"),
    [
        ({"weight": -1.0}, {}, "row 0, field weight: expected a number of at least 0"),
        ({"absolute": "yes"}, {}, "row 0, field absolute: expected true or false"),
        ({}, {"absolute_sources": ("tree",)}, r"columns \['provenance'\] are missing"),
        ({}, {"group": "tree"}, r"columns \['tree_id'\] are missing"),
        ({"tree_id": ""}, {"group": "tree"}, "row 0, field tree_id"),
    ],
)
def test_a_malformed_row_is_named(
    tiny_checkpoint: Path,
    written: Write,
    tmp_path: Path,
    change: dict[str, Any],
    config: dict[str, Any],
    said: str,
) -> None:
    rows = written([row | change for row in pairs(1)])
    with pytest.raises(RowError, match=said):
        train_reward(tiny_checkpoint, rows, tmp_path / "out", RewardConfig(**config))
