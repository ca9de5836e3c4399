"""The page of trees: its counts are the rows', trees can be walked, and nothing of a model's is more than text."""

import json

import pytest
from mining_fakes import ran, right, run, wrong

from windward.reports import ReportError
from windward.reports.trees import write_trees_report
from windward.reports.trees_folder import drawn, read_trees_folder
from windward.rows import write_pairs
from windward.trees import mine, trees_to_pairs, write_trees

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\u202e"


def folder(tmp_path, *runs):
    trees, _ = mine(runs)
    write_trees(tmp_path / "trees.jsonl", trees)
    write_pairs(tmp_path / "pairs.parquet", trees_to_pairs(trees))
    (tmp_path / "mining.json").write_text(
        json.dumps({"runs_read": 3, "compared_with": {HOSTILE: 9}, "words": 8})
    )
    (tmp_path / "run.json").write_text(json.dumps({"seed": 0, "settings": {"seed": 0}}))
    return tmp_path


def text(tmp_path, *runs):
    return write_trees_report(folder(tmp_path, *runs)).read_text(encoding="utf-8").replace("\u00a0", " ")


RUNS = (run("a", right()), run("b", wrong(), right("5", "Anew.")), run("c", wrong(), wrong("7")))


def test_counts_models_and_nodes_stand_on_the_page(tmp_path):
    page = text(tmp_path, *RUNS)
    assert "2 pairs in 1 tree" in page
    # One of each stands in the legend.
    assert page.count('class="tag tag-chosen"') == page.count('class="tag tag-rejected"') == 2 + 1
    assert "paired with 1.0" in page
    assert "The two actions of a pair are never of one model" in page


def test_an_action_that_handed_nothing_in_is_not_called_wrong(tmp_path):
    page = text(tmp_path, run("a", ran(), right()), run("b", ran(), wrong()))
    assert (
        'aria-label="not judged">•</span> <span class="node-title">1.0 · a · ran, and handed nothing in'
        in page
    )
    assert page.count('class="dot dot-unjudged') == 1


def test_what_models_wrote_is_only_text(tmp_path):
    page = text(tmp_path, run(HOSTILE, right("5", HOSTILE)), run("b", wrong(HOSTILE)))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    for part in ("<script>alert", "<img", "\u202e"):
        assert part not in page


def test_trees_of_different_shapes_are_drawn_and_the_seed_decides(tmp_path):
    runs = [
        one
        for number in range(12)
        for one in (run("a", right(), name=f"p{number}"), run("b", wrong(), name=f"p{number}"))
    ]
    runs += [run("a", wrong(), right(), name="deep"), run("b", wrong(), wrong("7"), name="deep")]
    trees = read_trees_folder(folder(tmp_path, *runs)).trees
    names = {seed: [tree.id for tree in drawn(trees, seed)] for seed in range(4)}
    assert all(shown[0] == "deep" and len(shown) == len(set(shown)) == 5 for shown in names.values())
    assert len({tuple(shown) for shown in names.values()}) > 1
    assert names[0] == [tree.id for tree in drawn(trees, 0)]


def test_the_same_files_give_the_same_page(tmp_path):
    assert text(tmp_path, *RUNS) == text(tmp_path, *RUNS)


def test_no_trees_make_a_page_that_says_so(tmp_path):
    page = text(tmp_path, run("a", wrong()))
    assert "0 pairs in 0 trees" in page and "No trees." in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda row: row["nodes"].reverse(), "before its parent"),
        (lambda row: row["nodes"][0].pop("turn"), "'turn' is missing"),
        (lambda row: row["nodes"][-1].update(partner="9.9"), "partner of node"),
        (lambda row: row.pop("problem"), "'problem' is missing"),
    ],
)
def test_a_damaged_tree_is_named(tmp_path, change, said):
    path = folder(tmp_path, *RUNS) / "trees.jsonl"
    row = json.loads(path.read_text())
    change(row)
    path.write_text(json.dumps(row))
    with pytest.raises(ReportError, match="line 1") as caught:
        write_trees_report(tmp_path)
    assert said in str(caught.value)


def test_a_folder_without_trees_is_named(tmp_path):
    with pytest.raises(ReportError, match=r"trees\.jsonl is not there"):
        write_trees_report(tmp_path)
