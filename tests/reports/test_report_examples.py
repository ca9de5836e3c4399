from __future__ import annotations

from pathlib import Path

from synthetic_run import make_run

from windward.reports.examples import OUTCOMES, chosen_and_rejected, draw, draw_trees, pairs
from windward.reports.run_folder import read_run_folder


def test_every_problem_tried_twice_has_exactly_one_outcome(run_folder: Path) -> None:
    both = pairs(read_run_folder(run_folder).evaluations, "before", "after", ["test", "test-families"])
    assert len(both) == 128
    assert sum(len(draw(both, outcome, 0, 1_000)) for outcome in OUTCOMES) == 128


def test_fixed_is_wrong_before_and_right_after_and_broken_the_reverse(run_folder: Path) -> None:
    both = pairs(read_run_folder(run_folder).evaluations, "before", "after", ["test", "test-families"])
    seen = {(pair.before.solved_at is None, pair.after.solved_at is None, pair.outcome) for pair in both}
    assert seen <= {
        (True, False, "fixed"),
        (False, True, "newly broken"),
        (True, True, "still wrong"),
        (False, False, "right both times"),
    }
    assert len(seen) == 4


def test_the_seed_alone_decides_which_examples_are_shown(run_folder: Path) -> None:
    both = pairs(read_run_folder(run_folder).evaluations, "before", "after", ["test"])
    assert draw(both, "fixed", 3, 2) == draw(both, "fixed", 3, 2)
    drawn = {tuple(pair.before.problem.id for pair in draw(both, "fixed", seed, 2)) for seed in range(20)}
    assert len(drawn) > 5


def test_problems_of_the_train_split_are_never_examples(tmp_path: Path) -> None:
    rates = {("train", stage): (0.5,) for stage in ("before", "after")}
    run = read_run_folder(make_run(tmp_path / "run", rates=rates))
    assert pairs(run.evaluations, "before", "after", ["test"]) == []


def test_chosen_and_rejected_are_kept_siblings_of_both_kinds(run_folder: Path) -> None:
    trees = {tree.id: tree for tree in read_run_folder(run_folder).trees}
    assert chosen_and_rejected(trees["tree-1"]) == {"1.1.0": "rejected", "1.1.1": "chosen"}
    assert chosen_and_rejected(trees["tree-4"]) == {}


def test_the_three_trees_have_three_shapes_where_there_are_such(run_folder: Path) -> None:
    trees = read_run_folder(run_folder).trees
    for seed in range(5):
        recovered, at_once, never = draw_trees(trees, seed)
        assert (
            recovered.id in {"tree-2", "tree-3"}
            and at_once.id == "tree-1"
            and never.id in {"tree-0", "tree-4"}
        )


def test_fewer_trees_than_three_are_all_shown(run_folder: Path) -> None:
    trees = read_run_folder(run_folder).trees
    assert len(draw_trees(trees[:2], 0)) == 2 and draw_trees((), 0) == []
