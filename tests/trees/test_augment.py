"""The augmentation rule: N × N at most ten, nine pairs at most, no action more than three times, never one turn with itself."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from windward.agents import Turn
from windward.rows import Problem
from windward.trees import AugmentConfig, Node, Tree, augmented_pairs, trees_to_pairs
from windward.trees.augment import augmented

PROBLEM = Problem("p", "What is 2 + 3?", "5", "math", "adding")


def node(name, parent, turn, sample, correct, model, partner=None):
    error = None if correct else "wrong"
    result = Turn(f"{name} by {model}", None, "", "none", "5", correct, "value", error)
    return Node(name, parent, turn, sample, True, result, model=model, partner=partner)


def tree_of(turns, models=("right", "wrong")):
    """One pair a turn, the incorrect one gone on from."""
    nodes, parent = [], None
    for turn in range(1, turns + 1):
        nodes.append(node(f"{turn}.0", parent, turn, 0, True, models[0]))
        nodes.append(node(f"{turn}.1", parent, turn, 1, False, models[1]))
        parent = f"{turn}.1"
    return Tree("t", PROBLEM, "m", 0, tuple(nodes))


def cells(tree, **config):
    return [(right.id, wrong.id) for right, wrong in augmented(tree, AugmentConfig(**config))]


def test_two_turns_give_the_two_pairs_off_the_diagonal():
    assert cells(tree_of(2)) == [("1.0", "2.1"), ("2.0", "1.1")]


def test_three_turns_give_all_six_and_four_turns_none():
    assert len(cells(tree_of(3))) == 6
    assert cells(tree_of(4)) == []
    assert cells(tree_of(1)) == []


def test_new_pairs_answer_the_instruction_alone_and_say_that_they_are_new():
    rows = augmented_pairs([tree_of(2)])
    assert {len(row.prompt) for row in rows} == {1}
    assert {row.provenance for row in rows} == {"augmented"}
    assert {row.provenance for row in trees_to_pairs([tree_of(2)])} == {"tree"}


def test_an_action_that_rests_on_code_before_it_is_not_matched():
    first, second = tree_of(2), tree_of(2)
    ran = Turn("ran", "print(1)", "1", "ok", None, False, "none", None)
    step = Node("1.2", None, 1, 2, False, ran)
    moved = [node("2.0", "1.2", 2, 0, True, "right"), node("2.1", "1.2", 2, 1, False, "wrong")]
    leaning = Tree("t", PROBLEM, "m", 0, (*first.nodes[:2], step, *moved))
    assert cells(second) != [] and cells(leaning) == []


def test_where_pairs_are_of_different_models_new_ones_are_too():
    nodes = [
        node("1.0", None, 1, 0, True, "a", "1.1"),
        node("1.1", None, 1, 1, False, "b"),
        node("2.0", "1.1", 2, 0, True, "b", "2.1"),
        node("2.1", "1.1", 2, 1, False, "c"),
    ]
    assert cells(Tree("t", PROBLEM, "m", 0, tuple(nodes))) == [("1.0", "2.1")]
    assert len(cells(tree_of(2, ("same", "same")))) == 2


@settings(max_examples=200, deadline=None)
@given(
    turns=st.integers(1, 5),
    max_cells=st.integers(1, 30),
    max_pairs=st.integers(0, 12),
    max_uses=st.integers(1, 4),
    seed=st.integers(0, 5),
)
def test_the_rule_holds_for_every_tree_and_setting(turns, max_cells, max_pairs, max_uses, seed):
    tree = tree_of(turns)
    config = {"max_cells": max_cells, "max_pairs": max_pairs, "max_uses": max_uses, "seed": seed}
    found = cells(tree, **config)
    assert found == cells(tree, **config)
    assert len(found) <= max_pairs
    assert turns**2 <= max_cells or found == []
    uses = Counter(name for pair in found for name in pair)
    assert max(uses.values(), default=0) <= max_uses
    assert len(set(found)) == len(found)
    for right, wrong in found:
        assert right.split(".")[0] != wrong.split(".")[0]
    possible = turns * (turns - 1)
    if turns**2 <= max_cells and max_pairs >= possible and max_uses >= turns - 1:
        assert len(found) == possible
