"""Answers of checkpoints: near the right one or not, and no figure where there is none."""

import gc
import math
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from dynamics_rows import asked_rows

from windward.evals.dynamics import DynamicsError, DynamicsSettings, TestRow, measure_run
from windward.evals.dynamics.generated import (
    answer_figures,
    exact_match,
    generate_answers,
    normalised,
    rouge_l,
)
from windward.evals.dynamics.loaded import load_checkpoint
from windward.evals.dynamics.stored import read_point
from windward.models import local


def greedy(folder: Path, row: TestRow, tokens: int) -> str:
    """The same answer by transformers' own loop."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    text = tokenizer.apply_chat_template(list(row.prompt), tokenize=False, add_generation_prompt=True)
    before = tokenizer(text, add_special_tokens=False, return_tensors="pt")["input_ids"]
    made = model.generate(
        before, attention_mask=torch.ones_like(before), max_new_tokens=tokens, do_sample=False
    )
    found: str = tokenizer.decode(made[0, before.shape[1] :], skip_special_tokens=True)
    return found


def test_answers_are_those_of_greedy_decoding(tiny_checkpoint: Path) -> None:
    rows = asked_rows(4)
    answers = generate_answers(load_checkpoint(tiny_checkpoint).answering(), rows, 12)
    assert answers == [greedy(tiny_checkpoint, row, 12) for row in rows]


def test_a_model_that_diverged_gives_no_answers_and_none_that_are_wrong(tiny_checkpoint: Path) -> None:
    loaded = load_checkpoint(tiny_checkpoint)
    with torch.no_grad():
        loaded.model.model.norm.weight.fill_(float("nan"))
    answers = generate_answers(loaded.answering(), asked_rows(3), 8)
    assert answers == [None] * 3
    for values in answer_figures(asked_rows(3), answers).values():
        assert np.isnan(values).all() and len(values) == 3


def test_a_prompt_beyond_the_context_is_no_answer_and_the_others_are_given(tiny_checkpoint: Path) -> None:
    endless = TestRow(({"role": "user", "content": "0 1 2 3 4 5 6 7 8 9 " * 60},), "7", "long")
    answers = generate_answers(local(tiny_checkpoint, dtype="float32"), [endless, *asked_rows(2)], 4)
    assert answers[0] is None and None not in answers[1:]


def test_rouge_l_is_the_longest_common_subsequence_of_stems() -> None:
    # Of "the cows are sold" and "a cow was sold today": cow … sold; precision 2/5, recall 2/4.
    assert rouge_l("the cows are sold", "a cow was sold today") == pytest.approx(2 * 0.4 * 0.5 / 0.9)
    assert rouge_l("7 apples", "7 apples") == 1 and rouge_l("7 apples", "") == 0
    assert math.isnan(rouge_l("семь яблок", "семь яблок"))


@pytest.mark.parametrize(
    ("reference", "answer", "same"),
    [
        ("The answer is 7.", "the answer  is 7\n", True),
        ("(B)", "b", True),
        ('"yes"', "Yes!", True),
        ("the dog", "dog", False),
        ("-3", "3", False),
        ("1.5", "15", False),
        (".5", "5", False),
        ("3 + 4", "3 * 4", False),
        ("7", "", False),
    ],
)
def test_exact_match_forgives_case_space_and_punctuation_around_words(
    reference: str, answer: str, same: bool
) -> None:
    assert exact_match(reference, answer) is same
    assert normalised(normalised(reference)) == normalised(reference)


def test_generated_answers_are_kept_and_counted_beside_the_loss(trained_farm: Path, tmp_path: Path) -> None:
    settings = DynamicsSettings(generate=2, answer_tokens=6)
    said: list[str] = []
    curve = measure_run(
        trained_farm, asked_rows(5), tmp_path, settings, name="near", arrangement="near", tell=said.append
    )
    point = curve.points[-1]
    assert dict(point.asked) == {"loss": 5, "rouge_l": 2, "exact_match": 2}
    assert np.isnan(point.figures["rouge_l"]).tolist() == [False, False, True, True, True]
    stored = read_point(tmp_path / "points" / "near" / "step-000005.parquet")
    expected = [greedy(trained_farm, row, 6) for row in asked_rows(2)]
    assert list(stored.answers) == expected
    assert np.array_equal(
        stored.point.figures["exact_match"][:2],
        [float(exact_match(row.answer, text)) for row, text in zip(asked_rows(2), expected, strict=True)],
    )
    assert "rouge l" in said[0] and "rows without" not in said[0]


def test_a_reward_model_scores_the_answers(trained_farm: Path, tiny_checkpoint: Path, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from windward.training import RewardConfig, load_reward, train_reward

    rows = asked_rows(6)
    pairs: list[dict[str, Any]] = [
        {
            "prompt": list(row.prompt),
            "chosen": [{"role": "assistant", "content": row.answer}],
            "rejected": [{"role": "assistant", "content": "no"}],
        }
        for row in rows
    ]
    pq.write_table(pa.Table.from_pylist(pairs), tmp_path / "pairs.parquet")
    reward = train_reward(
        tiny_checkpoint, tmp_path / "pairs.parquet", tmp_path / "reward", RewardConfig()
    ).path
    curve = measure_run(
        trained_farm, rows, tmp_path / "out", DynamicsSettings(generate=3, answer_tokens=6, reward=reward),
        name="near", arrangement="near", tell=lambda line: None,
    )  # fmt: skip
    answers = [greedy(trained_farm, row, 6) for row in rows[:3]]
    expected = load_reward(reward).score(
        [
            [*row.prompt, {"role": "assistant", "content": text}]
            for row, text in zip(rows, answers, strict=False)
        ]
    )
    found = curve.points[-1].figures["reward"]
    assert found[:3] == pytest.approx(expected.numpy(), abs=1e-5) and np.isnan(found[3:]).all()


def test_an_answer_that_is_missing_has_no_reward() -> None:
    from windward.evals.dynamics.rewards import rewards

    class Lengths:
        def score(self, conversations: Any) -> torch.Tensor:
            return torch.tensor(
                [float(len(one[-1]["content"])) if one[-1]["content"] else math.inf for one in conversations]
            )

    found = rewards(Lengths(), asked_rows(4), ["four", None, ""])  # type: ignore[arg-type]
    assert found[0] == 4 and np.isnan(found[1:]).all() and len(found) == 3


def test_a_checkpoint_that_was_measured_leaves_the_memory(tiny_checkpoint: Path) -> None:
    loaded = load_checkpoint(tiny_checkpoint)
    generate_answers(loaded.answering(), asked_rows(2), 4)
    model = weakref.ref(loaded.model)
    del loaded
    gc.collect()
    assert model() is None


def test_a_store_with_answers_is_not_taken_for_one_without(trained_farm: Path, tmp_path: Path) -> None:
    def measured(settings: DynamicsSettings) -> None:
        measure_run(
            trained_farm, asked_rows(2), tmp_path, settings, name="a", arrangement="a", tell=lambda line: None
        )

    measured(DynamicsSettings())
    with pytest.raises(DynamicsError, match="other settings"):
        measured(DynamicsSettings(generate=1, answer_tokens=2))
