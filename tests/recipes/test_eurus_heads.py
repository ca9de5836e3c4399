"""No problem in both halves; heads learn what can be learnt; L_DR alone decides where zero lies."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean

import numpy as np
import pytest
from eurus_rows import made_pairs
from hypothesis import given
from hypothesis import strategies as st

from windward.evals.reward.book import Book
from windward.recipes.errors import RecipeError
from windward.recipes.eurus.features import Features
from windward.recipes.eurus.figures import clustered, head_results
from windward.recipes.eurus.heads import OBJECTIVES, Head, HeadConfig, objective_loss, train_heads
from windward.recipes.eurus.pairs import folds, halves, problem_of, study_pairs
from windward.rows import select, write_pairs

QUICK = HeadConfig(epochs=15, learning_rate=5e-3)


@given(st.lists(st.integers(0, 9), min_size=12, max_size=40), st.integers(2, 4), st.integers(0, 5))
def test_no_problem_is_in_both_halves_and_every_pair_is_held_out_once(
    drawn: list[int], count: int, seed: int
) -> None:
    problems = [*map(str, range(10)), *map(str, drawn)]
    of = folds(problems, count, seed)
    held_out: list[int] = []
    for fold in range(count):
        split = halves(of, fold)
        assert not {problems[n] for n in split.train} & {problems[n] for n in split.held_out}
        held_out += split.held_out
    assert sorted(held_out) == list(range(len(problems)))


def test_two_trees_of_one_problem_are_one_problem() -> None:
    rows = made_pairs(3, each=2)
    assert rows[0].tree_id != rows[1].tree_id
    assert problem_of(rows[0]) == problem_of(rows[1])


def test_fewer_problems_than_folds_are_refused() -> None:
    with pytest.raises(RecipeError, match="1 problems cannot be split into 2 folds"):
        folds(["a", "a"], 2, 0)


def test_a_file_without_pairs_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="is not there"):
        study_pairs(tmp_path / "no.parquet")
    write_pairs(tmp_path / "none.parquet", [])
    with pytest.raises(RecipeError, match="holds no pairs"):
        study_pairs(tmp_path / "none.parquet")


def separable(count: int, shift: float = 0.0) -> Features:
    """Right actions lie on one side of the first axis, whatever the problem; `shift` moves both alike."""
    lot = np.random.default_rng(0)
    noise = lot.normal(size=(2, count, 6)).astype(np.float32)
    noise[0, :, 0] += 2 + shift
    noise[1, :, 0] += shift - 2
    return Features("made", noise[0], noise[1])


def test_every_objective_learns_what_separates_right_from_wrong(tmp_path: Path) -> None:
    rows = made_pairs(40)
    heads = train_heads(separable(80), [problem_of(row) for row in rows], Book(tmp_path / "heads.jsonl"),
                        seeds=[0, 1], count=4, config=QUICK, tell=lambda line: None)  # fmt: skip
    results = head_results(heads, rows, "made")
    for objective in OBJECTIVES:
        found = select(results, metric="pair_accuracy", condition={"objective": objective})
        assert found[0].value > 0.95
        assert found[0].n == 80
    assert select(results, metric="balanced_accuracy", condition={"objective": "bt+dr"})[0].value > 0.9


def test_a_killed_study_trains_no_head_twice_and_the_same_seed_gives_the_same_head(tmp_path: Path) -> None:
    problems = [problem_of(row) for row in made_pairs(12)]

    def heads(book: Book, seeds: list[int]) -> list[Head]:
        return train_heads(
            separable(24), problems, book, seeds=seeds, count=2, config=QUICK, tell=lambda line: None
        )

    first = heads(Book(tmp_path / "a.jsonl"), [0])
    size = (tmp_path / "a.jsonl").stat().st_size
    again = heads(Book(tmp_path / "a.jsonl"), [0, 1])
    assert again[: len(first)] == first
    assert (tmp_path / "a.jsonl").read_bytes()[:size].count(b"\n") == len(first)
    assert heads(Book(tmp_path / "b.jsonl"), [0]) == first
    assert {head.seed for head in again} == {0, 1}


def test_a_constant_added_to_all_rewards_is_nothing_to_bt_and_something_to_dr() -> None:
    import torch

    chosen, rejected = torch.tensor([0.5, -0.2]), torch.tensor([-0.5, 0.1])
    for objective, free in (("bt", True), ("bt+dr", False), ("dr", False)):
        before = objective_loss(objective, chosen, rejected)
        after = objective_loss(objective, chosen + 3, rejected + 3)
        assert torch.allclose(before, after) is free
    whole = objective_loss("bt", chosen, rejected) + objective_loss("dr", chosen, rejected)
    assert torch.allclose(objective_loss("bt+dr", chosen, rejected), whole)


def test_pairs_of_one_problem_that_agree_count_as_one() -> None:
    mean, alone = clustered([1.0, 0.0, 1.0, 0.0], ["a", "b", "c", "d"])
    copied, together = clustered(
        [1.0] * 3 + [0.0] * 3 + [1.0] * 3 + [0.0] * 3, [p for p in "abcd" for _ in range(3)]
    )
    assert (mean, copied) == (0.5, 0.5)
    assert alone == pytest.approx(together)
    assert clustered([1.0, 0.0], ["a", "a"]) == (0.5, None)


def test_a_pair_counts_once_with_its_mean_over_seeds() -> None:
    rows = made_pairs(2, each=1)
    heads = [
        Head(objective, seed, 0, 1, 1, 1.0, (0, 1), (1.0, seed - 0.5), (0.0, 0.0))
        for objective in OBJECTIVES
        for seed in (0, 1)
    ]
    results = head_results(heads, rows, "m")
    whole = next(
        row for row in results if row.metric == "pair_accuracy" and row.condition == {"objective": "bt"}
    )
    assert (whole.value, whole.n) == (0.75, 2)
    by_seed = [row.value for row in select(results, metric="pair_accuracy", condition={"objective": "bt"})
               if "seed" in row.condition]  # fmt: skip
    assert by_seed == [0.5, 1.0]
    gain = select(results, metric="pair_accuracy_gain", condition={"objective": "bt+dr"})[0]
    assert (gain.value, gain.stderr) == (0.0, 0.0)
    spread = select(results, metric="chosen_reward_spread", condition={"objective": "bt"})[0]
    assert spread.value == pytest.approx(np.std([fmean([1.0, -0.5]), fmean([1.0, 0.5])], ddof=1))
