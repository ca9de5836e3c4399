"""Preference trees (Eurus): branch at every turn, pair correct with incorrect, critique; rows from them."""

from windward.trees.extract import trees_to_pairs, trees_to_sft
from windward.trees.grow import GrowConfig, grow_tree
from windward.trees.types import Node, Tree, read_trees, tree_from_dict, write_trees

__all__ = [
    "GrowConfig",
    "Node",
    "Tree",
    "grow_tree",
    "read_trees",
    "tree_from_dict",
    "trees_to_pairs",
    "trees_to_sft",
    "write_trees",
]
