"""Preference trees (Eurus): branch at every turn, pair correct with incorrect, critique; rows from them."""

from windward.trees.augment import AugmentConfig, augmented_pairs
from windward.trees.cast import Cast
from windward.trees.critique import template_critique
from windward.trees.extract import trees_to_pairs, trees_to_sft
from windward.trees.golds import Gold
from windward.trees.grow import GrowConfig, grow_tree
from windward.trees.mine import MineConfig, MineCounts, mine
from windward.trees.records import RecordedRun, Step
from windward.trees.schemas import SCHEMAS, Schema
from windward.trees.types import Node, Tree, read_trees, tree_from_dict, write_trees
from windward.trees.ultrainteract import (
    SchemaError,
    from_ultrainteract_pairs,
    from_ultrainteract_sft,
    to_ultrainteract_pairs,
    to_ultrainteract_sft,
)

__all__ = [
    "SCHEMAS",
    "AugmentConfig",
    "Cast",
    "Gold",
    "GrowConfig",
    "MineConfig",
    "MineCounts",
    "Node",
    "RecordedRun",
    "Schema",
    "SchemaError",
    "Step",
    "Tree",
    "augmented_pairs",
    "from_ultrainteract_pairs",
    "from_ultrainteract_sft",
    "grow_tree",
    "mine",
    "read_trees",
    "template_critique",
    "to_ultrainteract_pairs",
    "to_ultrainteract_sft",
    "tree_from_dict",
    "trees_to_pairs",
    "trees_to_sft",
    "write_trees",
]
