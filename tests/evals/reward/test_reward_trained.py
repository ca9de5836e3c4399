"""A reward model that we trained is a scorer like any other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from windward.evals.reward import resolve_scorer
from windward.evals.reward.measure import measure_pairs
from windward.rows import PairRow, read_results, select, write_pairs


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def pair(number: int) -> PairRow:
    prompt = [{"role": "user", "content": f"Is {number} a number?"}]
    right, wrong = ([{"role": "assistant", "content": word}] for word in ("The answer is 7.", "print(3 + 4)"))
    return PairRow(prompt, right, wrong, "1", "2", f"t{number}", "a", "made", "math", 0, 1)


def test_a_trained_reward_model_ranks_pairs_it_has_not_seen(tmp_path: Path, tiny_checkpoint: Path) -> None:
    from windward.training import RewardConfig, train_reward

    write_pairs(tmp_path / "train.parquet", map(pair, range(16)))
    write_pairs(tmp_path / "test.parquet", map(pair, range(16, 24)))
    config = RewardConfig(learning_rate=1e-3, epochs=3, batch_size=4, absolute_sources=("tree",))
    train_reward(tiny_checkpoint, tmp_path / "train.parquet", tmp_path / "reward", config)
    scorer = resolve_scorer(str(tmp_path / "reward"))
    assert scorer.name.startswith("reward@")
    table = measure_pairs(scorer, str(tmp_path / "test.parquet"), tmp_path / "out", tell=lambda line: None)
    (whole,) = [row for row in select(read_results(table), metric="pair_accuracy") if not row.condition]
    assert (whole.value, whole.n) == (1.0, 8)
    lines = [json.loads(line) for line in (tmp_path / "out" / "pairs.jsonl").read_text().splitlines()]
    assert all(line["chosen"] > line["rejected"] for line in lines)
