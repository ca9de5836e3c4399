"""Which answer a trained reward model picks depends on the answers, not on how they are batched or padded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from windward.evals.reward import resolve_scorer
from windward.evals.reward.book import Book
from windward.evals.reward.scorer import Conversation, scored
from windward.models import Message, Reply, Sampling
from windward.recipes.best_of_n import BestOfNConfig, choose_best
from windward.training import RewardConfig, train_reward

TEXTS = [
    "print(3 + 4)",
    "The answer is 7.",
    "The farm has 12 cows, sells 5 and buys 10. The answer is 17.",
    "apples",
    "def add(a, b): return a + b",
]


def conversations() -> list[list[Conversation]]:
    return [
        [
            [
                Message(role="user", content=f"The farm has {i} cows. How many?"),
                Message(role="assistant", content=text),
            ]
            for text in TEXTS
        ]
        for i in range(6)
    ]


@pytest.fixture(scope="module")
def ranker(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ranker")
    rows = [
        {
            "prompt": [{"role": "user", "content": f"The farm has {i} cows. How many?"}],
            "chosen": [{"role": "assistant", "content": f"print({i})"}],
            "rejected": [{"role": "assistant", "content": "The answer is 7."}],
        }
        for i in range(8)
    ]
    pq.write_table(pa.Table.from_pylist(rows), folder / "rows.parquet")
    config = RewardConfig(learning_rate=1e-2, epochs=2)
    return train_reward(tiny_checkpoint, folder / "rows.parquet", folder / "model", config).path


def picks(scores: list[float]) -> list[int]:
    per = [scores[at : at + len(TEXTS)] for at in range(0, len(scores), len(TEXTS))]
    return [max(range(len(of)), key=of.__getitem__) for of in per]


@pytest.mark.parametrize("chunk", [1, 3, 7, 32])
def test_picks_do_not_change_with_the_batch(
    ranker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    from windward.evals.reward import scorer as module

    scorer = resolve_scorer(str(ranker))
    flat = [one for of in conversations() for one in of]
    alone = [scorer.score([one])[0] for one in flat]
    monkeypatch.setattr(module, "CHUNK", chunk)
    together = scored(scorer, flat, Book(tmp_path / "scores.jsonl"))
    assert together == pytest.approx(alone, abs=1e-4)
    assert picks(together) == picks(alone)
    backwards = scored(scorer, flat[::-1], Book(tmp_path / "backwards.jsonl"))[::-1]
    assert picks(backwards) == picks(alone)


@pytest.mark.parametrize("side", ["left", "right"])
def test_picks_are_those_of_a_padded_batch_on_either_side(ranker: Path, side: str) -> None:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    flat = [one for of in conversations() for one in of]
    tokenizer = AutoTokenizer.from_pretrained(ranker, padding_side=side)
    texts = [tokenizer.apply_chat_template(one, tokenize=False).rstrip("\n") for one in flat]
    batch = tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)
    assert not batch["attention_mask"].bool().all()
    plain = AutoModelForSequenceClassification.from_pretrained(ranker, dtype=torch.float32)
    with torch.inference_mode():
        theirs = plain(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits[:, 0]
    ours = resolve_scorer(str(ranker)).score(flat)
    assert ours == pytest.approx(theirs.tolist(), abs=1e-3)
    assert picks(ours) == picks(theirs.tolist())
    assert len(set(picks(ours))) >= 1 and len({round(score, 3) for score in ours}) > len(TEXTS)


def test_a_run_keeps_the_picks_of_its_reward_model(ranker: Path, tmp_path: Path) -> None:
    class Recites:
        name = "recites"

        async def generate(
            self, messages: Sequence[Message], sampling: Sampling | None = None, *, sample: int = 0
        ) -> Reply:
            return Reply(TEXTS[sample], model=self.name)

    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text("".join(json.dumps({"prompt": of[0][0]["content"]}) + "\n" for of in conversations()))
    scorer = resolve_scorer(str(ranker))
    choose_best(BestOfNConfig(prompts, n=len(TEXTS)), Recites(), scorer, tmp_path / "out", tell=str)
    kept = pq.read_table(tmp_path / "out" / "best.parquet").to_pylist()
    expected = picks(scorer.score([one for of in conversations() for one in of]))
    assert [TEXTS.index(row["messages"][-1]["content"]) for row in kept] == expected
    assert {row["scorer"] for row in kept} == {scorer.name}
