"""The files as the rooms that write them write them today."""

from __future__ import annotations

from pathlib import Path

from page_reading import PageReader

from windward.agents.turns import Trajectory, Turn
from windward.evals import Evaluation, evaluation, write_evaluations
from windward.recipes.quickstart.figures import result_table
from windward.recipes.quickstart.folder import open_folder
from windward.reports import write_quickstart_report
from windward.reports.examples import chosen_and_rejected
from windward.reports.run_folder import read_run_folder
from windward.rows import Problem, write_pairs, write_results, write_sft
from windward.trees import Node, Tree, trees_to_pairs, trees_to_sft, write_trees

PROBLEM = Problem("p1", "How many legs have 3 cats?", "12", "math", "legs", "train")


def node(name: str, parent: str | None, correct: bool, kept: bool) -> Node:
    turn, sample = map(int, name.split("."))
    text = f"<execute>print({12 if correct else 11})</execute>\ud800"
    result = Turn(
        text, "print(12)", "12", "ok", "12", correct, "math:integer", None if correct else "wrong", 9
    )
    return Node(name, parent, turn, sample, kept, result)


TREE = Tree("p1@0", PROBLEM, "scripted", 0, (
    node("1.0", None, False, True), node("1.1", None, False, False),
    node("2.0", "1.0", True, True), node("2.1", "1.0", False, True), node("2.2", "1.0", True, False),
))  # fmt: skip


def test_a_tree_file_and_its_rows_are_read_as_the_trees_room_writes_them(tmp_path: Path) -> None:
    write_trees(tmp_path / "trees.jsonl", [TREE])
    (tree,) = read_run_folder(tmp_path).trees
    pairs = trees_to_pairs([TREE])
    expected = {pair.chosen_node_id: "chosen" for pair in pairs} | {
        pair.rejected_node_id: "rejected" for pair in pairs
    }
    assert chosen_and_rejected(tree) == expected == {"2.0": "chosen", "2.1": "rejected"}


def test_counts_of_rows_are_those_of_the_files(tmp_path: Path) -> None:
    clean = [row for row in trees_to_sft([TREE]) if row.messages[-1].update(content="ok") is None]
    write_sft(tmp_path / "sft.parquet", clean)
    write_pairs(tmp_path / "pairs.parquet", [])
    sft, pairs = read_run_folder(tmp_path).rows
    assert (sft.count, sft.by["family"], pairs.count) == (1, {"legs": 1}, 0)
    assert "legs (1)" in PageReader(write_quickstart_report(tmp_path).read_text()).text


def turn(correct: bool) -> Turn:
    return Turn("<execute>print(12)</execute>", "print(12)", "12", "ok", "12", correct, "math:integer",
                None if correct else "wrong", 9)  # fmt: skip


def records(stage: str, solved: range) -> list[Evaluation]:
    """Forty problems, of which those of `solved` are right in the second turn."""
    problems = [Problem(f"p{at}", "How many?", "12", "math", "legs", "test") for at in range(40)]
    tried = [(turn(False), turn(at in solved)) for at in range(40)]
    return [
        evaluation(stage, one, Trajectory(one.id, turns)) for one, turns in zip(problems, tried, strict=True)
    ]


def measured(folder: Path, before: range, after: range) -> str:
    """The page of a run measured by the rooms that measure."""
    tried = records("before", before) + records("after", after)
    write_evaluations(folder / "evaluations.jsonl", tried)
    models = {"before": "embedded", "after": "preference"}
    write_results(
        folder / "results.parquet", result_table(tried, models=models, dataset="d", turns=2, seed=0)
    )
    return PageReader(write_quickstart_report(folder).read_text()).text


def test_the_paired_comparison_of_the_result_table_decides_the_headline(tmp_path: Path) -> None:
    """12 of 40 against 20 of 40 is unclear as two samples; 8 gained and none lost is clear."""
    text = measured(tmp_path, range(12), range(20))
    assert "Training raised success on unseen problems from 30.0\u00a0% to 50.0\u00a0%" in text
    assert "paired; gained 8, lost 0; McNemar p = 0.0078" in text
    assert "disagree" not in text


def test_a_gain_that_the_exact_test_does_not_bear_out_is_no_measurable_change(tmp_path: Path) -> None:
    """4 gained and none lost: the bootstrap's interval lies above zero, McNemar's p is 0.125."""
    text = measured(tmp_path, range(12), range(16))
    assert "No measurable change on unseen problems: 30.0\u00a0% before, 40.0\u00a0% after" in text
    assert "McNemar p = 0.12" in text


def test_the_record_of_a_run_is_shown_without_the_folders_of_its_machine(tmp_path: Path) -> None:
    config = {"size": "tiny", "seed": 3, "model": "embedded", "settings": {"sft": {"learning_rate": 5e-5}}}
    open_folder(tmp_path / "run", config, ["/home/me/.venv/bin/windward", "quickstart", "--out", "my run"])
    text = PageReader(write_quickstart_report(tmp_path / "run").read_text()).text
    assert "windward quickstart --out 'my run'" in text and "/home/me" not in text
    assert "settings.sft.learning_rate5e-05" in text and "seed 3" in text
