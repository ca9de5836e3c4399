"""Trees grown with a scripted actor and the real interpreter."""

import asyncio

from windward.models import scripted
from windward.rows import Problem
from windward.trees import (
    GrowConfig,
    grow_tree,
    read_trees,
    tree_from_dict,
    trees_to_pairs,
    trees_to_sft,
    write_trees,
)

PROBLEM = Problem("p1", "What is 2 + 3?", "5", "math", "adding")


def fenced(code: str) -> str:
    return f"```python\n{code}\n```"


def grown(replies, problem=PROBLEM, **config):
    model = scripted([reply if "```" in reply or " " in reply else fenced(reply) for reply in replies])
    return asyncio.run(grow_tree(problem, model, GrowConfig(**config))), model


def kept(tree):
    return {node.id: node.result.correct for node in tree.nodes if node.kept}


def test_a_turn_keeps_one_correct_and_one_incorrect_action():
    tree, _ = grown(["print(5)", "print(6)", "print(5)", "print(7)"], samples=(4,))
    assert len(tree.nodes) == 4
    assert sorted(kept(tree).values()) == [False, True]


def test_the_incorrect_action_is_expanded_in_the_namespace_it_left():
    tree, model = grown(["x=4;print(x)", "print(5)", "print(x+1)", "print(0)"], samples=(2, 2))
    second = [node for node in tree.nodes if node.turn == 2]
    assert {node.parent for node in second} == {"1.0"}
    assert [node.result.correct for node in second] == [True, False]
    asked = model.calls[2]
    assert asked[-2] == {"role": "assistant", "content": fenced("x=4;print(x)")}
    assert "Output: 4" in asked[-1]["content"]


def test_siblings_do_not_see_each_other():
    tree, _ = grown(["x=5;print(6)", "print(x)"], samples=(2,))
    assert tree.nodes[1].result.error_kind == "exception"


def test_a_correct_action_closes_its_branch():
    tree, model = grown(["print(5)", "print(5)"], samples=(2, 2, 2))
    assert [node.turn for node in tree.nodes] == [1, 1]
    assert len(model.calls) == 2


def test_an_action_that_fails_the_syntax_check_is_never_the_incorrect_one():
    tree, _ = grown(["print(5)", "print(6", "no code here"], samples=(3, 3))
    assert kept(tree) in ({"1.0": True},)
    assert trees_to_pairs([tree]) == []


def test_depth_is_limited():
    tree, _ = grown(["print(1)"] * 3, samples=(1, 1, 1))
    assert [node.id for node in tree.nodes] == ["1.0", "2.0", "3.0"]
    assert [node.parent for node in tree.nodes] == [None, "1.0", "2.0"]


def test_the_seed_decides_which_of_equals_is_kept():
    replies = [f"print({number})" for number in range(10, 18)]
    first, _ = grown(replies, samples=(8,), seed=1)
    again, _ = grown(replies, samples=(8,), seed=1)
    assert first == again
    others = {tuple(kept(grown(replies, samples=(8,), seed=seed)[0])) for seed in range(8)}
    assert len(others) > 1


def test_sft_takes_correct_leaves_and_drops_their_history():
    tree, _ = grown(["print(6)", "print(7)", "print(5)", "print(2+3)"], samples=(2, 2))
    rows = trees_to_sft([tree])
    assert [row.messages[-1]["content"] for row in rows] == [fenced("print(5)"), fenced("print(2+3)")]
    for row in rows:
        assert "print(6)" not in str(row.messages)
        assert "print(7)" not in str(row.messages)
        assert (row.tree_id, row.turn, row.family) == (tree.id, 2, "adding")


def test_the_same_leaf_is_learnt_once_and_a_tree_gives_at_most_its_share():
    tree, _ = grown(["print(5)", "print(5)", "print(2+3)", "print(3+2)"], samples=(4,))
    assert len(trees_to_sft([tree])) == 3
    assert len(trees_to_sft([tree], per_tree=2)) == 2


def test_pairs_of_a_later_turn_share_their_history():
    tree, _ = grown(["print(6)", "print(8)", "print(5)", "print(9)"], samples=(2, 2), seed=0)
    (pair,) = trees_to_pairs([tree])
    expanded = tree.path(tree.node(pair.chosen_node_id))
    assert [node.turn for node in expanded] == [1]
    assert expanded == tree.path(tree.node(pair.rejected_node_id))
    assert pair.prompt[-2]["content"] == expanded[0].result.action
    assert pair.prompt[-1]["role"] == "user"
    assert pair.chosen == [{"role": "assistant", "content": fenced("print(5)")}]
    assert pair.rejected == [{"role": "assistant", "content": fenced("print(9)")}]


def test_trees_go_to_disk_and_back_with_markup_and_line_separators_in_them(tmp_path):
    text = fenced("print('<script>alert(1)</script>\u2028\x85')")
    tree, _ = grown([text, "print(5)"], samples=(2,))
    write_trees(tmp_path / "trees.jsonl", [tree, tree])
    assert read_trees(tmp_path / "trees.jsonl") == [tree, tree]
    assert tree_from_dict(tree.as_dict()) == tree
    assert "<script>" in tree.nodes[0].result.action


def test_a_damaged_line_is_named(tmp_path):
    tree, _ = grown(["print(5)"], samples=(1,))
    write_trees(tmp_path / "trees.jsonl", [tree])
    with (tmp_path / "trees.jsonl").open("a") as file:
        file.write('{"id": "half"')
    try:
        read_trees(tmp_path / "trees.jsonl")
    except ValueError as error:
        assert "line 2" in str(error)
    else:
        raise AssertionError("a damaged line was read")
