"""The files as the rooms that write them write them today."""

from __future__ import annotations

from pathlib import Path

from page_reading import PageReader

from windward.agents.turns import Turn
from windward.reports import write_quickstart_report
from windward.reports.examples import chosen_and_rejected
from windward.reports.run_folder import read_run_folder
from windward.rows import Problem, write_pairs, write_sft
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
