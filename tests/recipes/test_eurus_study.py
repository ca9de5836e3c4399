"""The study from pairs to page on a tiny model: features, heads, policies; a second call does nothing again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from eurus_rows import made_pairs

from windward.evals.folder import FolderError
from windward.recipes.eurus.features import model_features
from windward.recipes.eurus.heads import HeadConfig
from windward.recipes.eurus.pairs import problem_of
from windward.recipes.eurus.policies import PolicyConfig, short_pairs
from windward.recipes.eurus.study import StudyConfig, run_study
from windward.rows import read_pairs, read_results, select, write_pairs


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def silent(line: str) -> None:
    del line


def test_a_feature_is_the_state_a_plain_forward_has_at_the_last_token(
    tmp_path: Path, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    monkeypatch.setattr("windward.models.loading.native_bfloat16", lambda: False)
    rows = made_pairs(3)
    found = model_features(rows, tmp_path / "features", tiny_checkpoint, tell=silent)
    model, tokenizer = (
        kind.from_pretrained(tiny_checkpoint) for kind in (AutoModelForCausalLM, AutoTokenizer)
    )
    for number in (0, 3, 5):
        for side, vectors in (("chosen", found.chosen), ("rejected", found.rejected)):
            text = tokenizer.apply_chat_template(
                rows[number].prompt, tokenize=False, add_generation_prompt=True
            )
            text += getattr(rows[number], side)[0]["content"]
            ids = [*tokenizer(text, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
            with torch.no_grad():
                plain = model.model(torch.tensor([ids])).last_hidden_state[0, -1].numpy()
            np.testing.assert_allclose(vectors[number], plain, rtol=1e-4, atol=1e-4)


def test_features_are_computed_once_for_the_same_rows(
    tmp_path: Path, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = made_pairs(3)
    first = model_features(rows, tmp_path / "features", tiny_checkpoint, tell=silent)
    monkeypatch.setattr(
        "windward.recipes.eurus.features._last_states", lambda *_: pytest.fail("computed again")
    )
    again = model_features(rows, tmp_path / "features", tiny_checkpoint, tell=silent)
    np.testing.assert_array_equal(first.chosen, again.chosen)


def test_short_pairs_are_those_whose_longer_answer_fits(tiny_checkpoint: Path) -> None:
    from transformers import AutoTokenizer

    from windward.models.chat import answer_ids, prompt_ids

    rows = made_pairs(1)
    tokenizer = AutoTokenizer.from_pretrained(tiny_checkpoint)
    longest = {
        row.turn: len(prompt_ids(tokenizer, row.prompt))
        + max(len(answer_ids(tokenizer, one[0]["content"])) for one in (row.chosen, row.rejected))
        for row in rows
    }
    assert longest[1] < longest[2]
    assert [row.turn for row in short_pairs(rows, tiny_checkpoint, longest[2])] == [1, 2]
    assert [row.turn for row in short_pairs(rows, tiny_checkpoint, longest[2] - 1)] == [1]
    assert short_pairs(rows, tiny_checkpoint, longest[1] - 1) == []


def test_the_study_goes_from_pairs_to_a_page_and_a_second_call_trains_nothing(
    tmp_path: Path, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pairs(tmp_path / "pairs.parquet", made_pairs(8))
    config = StudyConfig(
        pairs=tmp_path / "pairs.parquet",
        model=tiny_checkpoint,
        folds=2,
        head=HeadConfig(epochs=2, validation=2),
        policy=PolicyConfig(most_pairs=6, epochs=1, batch_size=2, lora_rank=2),
    )

    def study() -> Path:
        return run_study(
            config, tmp_path / "study", seeds=2, policy_seeds=1, stages=["model", "policies"], tell=silent
        )

    page = study()
    results = read_results(tmp_path / "study" / "results.parquet")
    accuracies = [
        row for row in select(results, metric="pair_accuracy") if set(row.condition) == {"objective"}
    ]
    assert {row.condition["objective"]: row.n for row in accuracies} == dict.fromkeys(
        ("shorter", "bt", "bt+dr", "dr"), 16
    )
    for objective in ("dpo", "kto", "nca_pair"):
        steps = [row for row in select(results, metric="chosen_reward", condition={"objective": objective})
                 if "step" in row.condition]  # fmt: skip
        assert [row.condition["step"] for row in steps] == [1, 2, 3]
        assert steps[0].value == pytest.approx(0, abs=1e-3)  # the policy still is its reference
        assert not (tmp_path / "study" / "policies" / f"{objective}-0" / "model.safetensors").exists()
    learnt, held_out = (
        read_pairs(tmp_path / "study" / "policies" / f"{name}-0.parquet") for name in ("train", "held-out")
    )
    assert len(learnt) == 6
    assert not set(map(problem_of, learnt)) & set(map(problem_of, held_out))
    assert "mint" in page.read_text()
    before = page.read_text()
    monkeypatch.setattr(
        "windward.recipes.eurus.heads._trained", lambda *_: pytest.fail("a head was trained again")
    )
    monkeypatch.setattr("windward.training.trainer.fit", lambda *_: pytest.fail("a policy was trained again"))
    assert study().read_text() == before


def test_another_study_is_not_mixed_into_a_folder(tmp_path: Path, tiny_checkpoint: Path) -> None:
    write_pairs(tmp_path / "pairs.parquet", made_pairs(4))
    config = StudyConfig(pairs=tmp_path / "pairs.parquet", model=tiny_checkpoint, folds=2)
    run_study(config, tmp_path / "study", stages=[], tell=silent)
    other = StudyConfig(pairs=tmp_path / "pairs.parquet", model=tiny_checkpoint, folds=3)
    with pytest.raises(FolderError, match="folds was 2, now 3"):
        run_study(other, tmp_path / "study", stages=[], tell=silent)
