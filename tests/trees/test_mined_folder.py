"""`mine_trees` from end to end: files, counts, evaluation sets, the same bytes; and the real recording where it is at hand."""

import json
import os
from pathlib import Path

import pytest
from mining_fakes import right, run, wrong

from trajectory_fakes import prose, recorded, write_lines, write_recording
from windward.recipes.codeact.evaluation_sets import known_items, known_sets
from windward.recipes.codeact.runs import RunsError
from windward.recipes.trees.decontaminate import decontaminate, overlaps
from windward.recipes.trees.mined import MineTreesConfig, mine_trees
from windward.rows import read_pairs, read_results, read_sft, select
from windward.rows.contamination import EvaluationIndex, EvaluationItem
from windward.trees import MineConfig, mine, read_trees, trees_to_pairs

DATA = os.environ.get("WINDWARD_DATA")
MADE = (
    "trees.jsonl",
    "sft.parquet",
    "pairs.parquet",
    "augmented.parquet",
    "results.parquet",
    "mining.json",
    "report.html",
)
SAYS_WRONG = (
    "Observation:\nYour answer is wrong.\nYou have 4 steps left and 1 chances to propose solution left.\n"
)


def recording(tmp_path):
    rows = []
    for number in range(1, 5):
        solved, not_solved = f"<solution>{number}</solution>", f"<solution>{number + 50}</solution>"
        rows += [
            recorded(number, solved, model="a"),
            recorded(number, not_solved, SAYS_WRONG, solved, model="b"),
            recorded(number, not_solved, SAYS_WRONG, f"<solution>{number + 60}</solution>", model="c", success=False),
        ]  # fmt: skip
    return write_recording(tmp_path / "runs.parquet", [*rows, recorded(9, task="alfworld")])


def made(tmp_path, name="out", **config):
    mine_trees(MineTreesConfig(recording(tmp_path), **config), tmp_path / name, tell=lambda _: None)
    return tmp_path / name


def test_the_folder_holds_trees_rows_counts_and_a_page(tmp_path):
    out = made(tmp_path)
    assert all((out / name).is_file() for name in (*MADE, "run.json"))
    assert len(read_trees(out / "trees.jsonl")) == 4
    pairs = read_pairs(out / "pairs.parquet")
    assert sorted((row.turn, row.model) for row in pairs) == [(1, "a")] * 4 + [(2, "b")] * 4
    assert {row.rejected_model for row in pairs if row.turn == 2} == {"c"}
    assert all("mint" in row.never_score for row in [*pairs, *read_sft(out / "sft.parquet")])
    assert len(read_pairs(out / "augmented.parquet")) > 0
    told = json.loads((out / "mining.json").read_text())
    assert told["runs_read"] == 13
    assert told["runs_left_out"] == {"a household, solved by no one action": 1}


def test_the_counts_are_the_rows(tmp_path):
    out = made(tmp_path)
    results = read_results(out / "results.parquet")

    def total(metric, **condition):
        return sum(row.value for row in select(results, metric=metric, condition=condition))

    assert total("pairs") == total("pairs_found") == len(read_pairs(out / "pairs.parquet"))
    assert (total("pairs", turn=1), total("pairs", turn=2)) == (4, 4)
    assert total("sft_rows") == len(read_sft(out / "sft.parquet"))
    assert total("trees") == total("problems") == 4
    assert total("runs") == 12
    assert total("correct") == total("pairs_found") + total("partnerless") + total("over")


def test_the_same_command_writes_the_same_bytes(tmp_path):
    first, second = made(tmp_path, "one"), made(tmp_path, "two")
    for name in MADE:
        if name != "report.html":  # it tells when the run was started
            assert (first / name).read_bytes() == (second / name).read_bytes(), name
    before = (first / "pairs.parquet").read_bytes()
    made(tmp_path, "one")
    assert (first / "pairs.parquet").read_bytes() == before


def test_a_problem_that_shares_eight_words_with_a_test_item_is_dropped_whatever_its_stamp(tmp_path):
    words = prose(2).split()
    quiz = write_lines(tmp_path / "quiz.jsonl", [{"question": " ".join(["Nothing", "else", *words[3:11]])}])
    short = write_lines(tmp_path / "short.jsonl", [{"question": " ".join(["Nothing", "else", *words[3:10]])}])
    out = made(tmp_path, against=(str(quiz),))
    assert {tree.id for tree in read_trees(out / "trees.jsonl")} == {"gsm8k/1", "gsm8k/3", "gsm8k/4"}
    assert not any("2" in row.tree_id for row in read_pairs(out / "pairs.parquet"))
    told = json.loads((out / "mining.json").read_text())
    assert (told["trees_dropped"], told["trees_dropped_by_set"]) == (1, {"quiz": 1})
    assert len(read_trees(made(tmp_path, "other", against=(str(short),)) / "trees.jsonl")) == 4


def test_a_set_that_the_stamp_rules_out_is_counted_and_drops_nothing(tmp_path):
    (tmp_path / "data" / "reasoning").mkdir(parents=True)
    svamp = {"ID": "1", "Body": f"How many {prose(3)}?", "Question": "Say it."}
    (tmp_path / "data" / "reasoning" / "svamp.json").write_text(json.dumps([svamp]))
    (tmp_path / "data" / "reasoning" / "theoremqa.json").write_text(
        json.dumps([{"id": "t", "Question": f"How many {prose(1)}?"}])
    )
    out = made(tmp_path, data=tmp_path / "data")
    told = json.loads((out / "mining.json").read_text())
    assert told["trees_dropped_by_set"] == {"svamp": 1}
    assert told["trees_stamped_by_set"] == {"theoremqa": 1}


def test_a_test_item_that_a_model_recited_is_found():
    item = EvaluationItem("quiz", "1", f"Recite {prose(5)}.")
    recites = [run("a", right("5", f"Once: recite {prose(5)}.")), run("b", wrong())]
    (tree,), _ = mine(recites)
    assert [hit.item for hit in overlaps(tree, EvaluationIndex([item], share=1e-9))] == ["1"]
    partly = [run("a", right("5", " ".join(prose(5).split()[:9]))), run("b", wrong())]
    (tree,), _ = mine(partly)
    assert overlaps(tree, EvaluationIndex([item], share=1e-9)) == []


def test_models_and_tasks_can_be_chosen(tmp_path):
    assert read_pairs(made(tmp_path, models=("a", "b")) / "pairs.parquet")[0].model == "a"
    assert all(row.turn == 1 for row in read_pairs(tmp_path / "out" / "pairs.parquet"))
    with pytest.raises(RunsError, match="no runs that trees"):
        made(tmp_path, "none", tasks=("math",))


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(RunsError, match=r"gone\.parquet is not there"):
        mine_trees(MineTreesConfig(tmp_path / "gone.parquet"), tmp_path / "out")
    with pytest.raises(RunsError, match="set WINDWARD_DATA"):
        made(tmp_path, against=("svamp",))


@pytest.mark.skipif(DATA is None, reason="needs WINDWARD_DATA")
def test_trees_of_the_real_recording_keep_the_rules_and_no_test_item(tmp_path):
    """Three tasks of six models of unlike families, and all sets at hand."""
    models = ("claude-instant-1", "deepseek-llm-67b-chat", "CodeQwen1.5-7B-Chat", "Eurus-70B-KTO", "zephyr-7b-beta", "lemur-70b-v1")  # fmt: skip
    source = Path(DATA) / "mint" / "trajectories.parquet"
    config = MineTreesConfig(source, models=models, tasks=("gsm8k", "mmlu", "hotpotqa"), data=Path(DATA))
    mine_trees(config, tmp_path / "out", tell=lambda _: None)
    trees = read_trees(tmp_path / "out" / "trees.jsonl")
    pairs = [(tree, *pair) for tree in trees for pair in tree.pairs()]
    assert len(pairs) > 50 and {tree.problem.family for tree, *_ in pairs} >= {"gsm8k", "mmlu", "hotpotqa"}
    for tree, chosen, rejected in pairs:
        assert tree.history(chosen) == tree.history(rejected)
        assert chosen.model != rejected.model
        assert 1 <= chosen.turn == rejected.turn <= 5
        assert chosen.result.correct and rejected.incorrect
    assert len(trees_to_pairs(trees)) == len(read_pairs(tmp_path / "out" / "pairs.parquet"))
    items = [item for name in known_sets(Path(DATA)) for item in known_items(name, Path(DATA))]
    never = set(trees[0].never_score)
    index = EvaluationIndex([item for item in items if item.set not in never], share=1e-9)
    assert len(index) > 10_000
    assert not any(index.hits(tree.problem.prompt) for tree in trees)


@pytest.mark.skipif(DATA is None, reason="needs WINDWARD_DATA")
def test_planted_items_of_a_real_set_are_found(monkeypatch):
    """Items of SVAMP, put to models as they are, within a longer instruction, and only half of them."""
    monkeypatch.setattr("windward.recipes.trees.decontaminate.known_sets", lambda _: ["svamp"])
    items = [item for item in known_items("svamp", Path(DATA)) if len(item.text.split()) >= 24][:40]
    planted = []
    for place, item in enumerate(items):
        half = " ".join(item.text.split()[:12])
        text = (item.text, f"First think. Then: {item.text} Say it.", f"{half} And then?")[place % 3]
        (tree,), _ = mine(
            [run("a", right(), name=f"p{place}"), run("b", wrong(), name=f"p{place}")], MineConfig()
        )
        planted.append(
            type(tree)(tree.id, type(tree.problem)(tree.id, text, "5", "math"), "m", 0, tree.nodes)
        )
    assert decontaminate(planted, (), Path(DATA)).trees == []
