"""Drops trees that share text with an evaluation set on which a model trained on them may be scored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from windward.recipes.codeact.evaluation_sets import KNOWN, items_of, known_items, known_sets
from windward.recipes.codeact.runs import RunsError
from windward.rows.contamination import EvaluationIndex, Hit
from windward.trees import Tree

WORDS = 8
"""An instruction that shares so many words in a row with a test item is dropped (Eurus, appendix A)."""
IN_ACTION = 0.5
"""Share of an item's word sequences from which it is found in what a model wrote."""
_LISTED = 200


@dataclass(frozen=True)
class Decontaminated:
    """What is left, and why the rest is not.

    Attributes:
        trees: those that share nothing, or only with sets that their stamp rules out.
        dropped: the overlaps of the others, by tree.
        stamped: trees that overlap with a set which their stamp rules out, by set.
        sets: what was compared with: name to items.
    """

    trees: list[Tree]
    dropped: dict[str, list[Hit]] = field(default_factory=dict)
    stamped: Counter[str] = field(default_factory=Counter)
    sets: dict[str, int] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """All of it as plain JSON types, but the trees."""
        overlaps = [{"tree": tree, **asdict(hit)} for tree, hits in self.dropped.items() for hit in hits]
        by_set = Counter(name for hits in self.dropped.values() for name in {hit.set for hit in hits})
        return {
            "compared_with": self.sets,
            "words": WORDS,
            "share_of_item_in_actions": IN_ACTION,
            "trees_dropped": len(self.dropped),
            "trees_dropped_by_set": dict(sorted(by_set.items())),
            "overlaps": overlaps[:_LISTED],
            "overlaps_listed_of": len(overlaps),
            "trees_stamped_by_set": dict(sorted(self.stamped.items())),
        }


def decontaminate(trees: Sequence[Tree], against: Sequence[str], data: Path | None) -> Decontaminated:
    """Compares every tree with evaluation sets.

    A tree is dropped if its instruction shares any eight words in a row with an item (word sequences that stand in many
    items of a set are its template, and do not count), or if an action holds half of an item. A set that the tree's stamp
    rules out does not drop it, unless it was asked for by name.

    Args:
        trees: what was mined or grown.
        against: names of known sets, files and folders.
        data: the data folder, whose sets are compared with beside these; None for none.

    Raises:
        RunsError: a set cannot be read.
    """
    named = [name for name in against if name in KNOWN]
    if named and data is None:
        raise RunsError(f"--against {named[0]} needs the data folder: set WINDWARD_DATA, or name a file")
    of_data = [] if data is None else list(dict.fromkeys([*named, *known_sets(data)]))
    items = [item for name in of_data if data is not None for item in known_items(name, data)]
    own = [item for one in against if one not in KNOWN for item in items_of(Path(one))]
    index = EvaluationIndex([*items, *own], n=WORDS, share=1e-9)
    forced = {*named, *(item.set for item in own)}
    result = Decontaminated([], sets=index.sets)
    for tree in trees:
        hits = overlaps(tree, index)
        counted = [hit for hit in hits if hit.set in forced or hit.set not in tree.never_score]
        if counted:
            result.dropped[tree.id] = counted
        else:
            result.trees.append(tree)
            result.stamped.update({hit.set for hit in hits})
    return result


def overlaps(tree: Tree, index: EvaluationIndex) -> list[Hit]:
    """The evaluation items found in a tree."""
    asked = index.hits(tree.problem.prompt)
    known = {(hit.set, hit.item) for hit in asked}
    written = [
        hit
        for hit in index.hits(*(text for node in tree.nodes for text in (node.result.action, node.told)))
        if hit.share >= IN_ACTION and (hit.set, hit.item) not in known
    ]
    return [*asked, *written]
