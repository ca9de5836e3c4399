"""Fresh sets that no model has seen: questions about things that do not exist, and real questions with one word replaced."""

from windward.evals.unknown.generators.concepts import InventedSet, invented_set
from windward.evals.unknown.generators.lists import Category, read_lists, read_words
from windward.evals.unknown.generators.own import NAMES, make_own, own_set
from windward.evals.unknown.generators.premises import premise_set
from windward.evals.unknown.generators.replaced import Asked, ReplacedSet, read_questions, replaced_set
from windward.evals.unknown.generators.sets import Match, SetRow, read_set, read_set_rows, write_set

__all__ = [
    "NAMES",
    "Asked",
    "Category",
    "InventedSet",
    "Match",
    "ReplacedSet",
    "SetRow",
    "invented_set",
    "make_own",
    "own_set",
    "premise_set",
    "read_lists",
    "read_questions",
    "read_set",
    "read_set_rows",
    "read_words",
    "replaced_set",
    "write_set",
]
