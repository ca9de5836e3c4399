"""Questions about things that do not exist, beside the same questions about things that do (NEC)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from windward.evals.data import DataError
from windward.evals.unknown.generators.existing import Existing, fold
from windward.evals.unknown.generators.inventing import Inventor
from windward.evals.unknown.generators.lists import GAP, Category
from windward.evals.unknown.generators.sets import Match, SetRow, rows_of_matches
from windward.evals.unknown.generators.spelling import vowels_of
from windward.evals.unknown.generators.surface import Surface, surface
from windward.evals.unknown.generators.words import words_of

DATASET = "invented-concepts"


@dataclass(frozen=True)
class InventedSet:
    """A set and how it came about.

    Attributes:
        rows: the set: as many pairs of every category, each pair with one template and with names that match.
        names: existing and invented name of every pair, by category, in the order of the rows.
        rejected: by category, how many words that were drawn were rejected for which reason.
        surfaces: by category, how well the looks of a name alone tell the halves apart.
    """

    rows: list[SetRow]
    names: Mapping[str, list[tuple[str, str]]]
    rejected: Mapping[str, Counter[str]]
    surfaces: Mapping[str, Surface]


def invented_set(
    categories: Sequence[Category],
    n: int | None = None,
    seed: int = 0,
    words: Iterable[str] = (),
    dataset: str = DATASET,
) -> InventedSet:
    """Makes a set: names are drawn from each list, each gets an invented one, and both go into one template.

    Every name is used once, also where it is in two lists; the templates of a category are used equally often, to within one, and alike on both sides. What is made
    in one category depends on the others only in that no invented name may be in any list.

    Args:
        categories: what is asked about.
        n: pairs of a category; None for as many as the shortest list has names.
        seed: of all draws.
        words: that exist, beside the lists and templates: invented names are none of them.
        dataset: name of the set.

    Raises:
        DataError: a list has fewer than n names, or fewer than n could be matched with an invented one.
    """
    wanted = n if n is not None else min(len(category.existing) for category in categories)
    templates = (template for category in categories for template in category.templates)
    known = [name for category in categories for name in category.existing]
    existing = Existing(known, [*words, *(word for template in templates for word in words_of(template))])
    vowels = vowels_of(word.lower() for name in known for word in words_of(name))
    matches: list[Match] = []
    names: dict[str, list[tuple[str, str]]] = {}
    rejected: dict[str, Counter[str]] = {}
    taken, asked = set[str](), set[str]()
    for category in categories:
        inventor = Inventor(category.existing, existing, f"{seed}/{category.name}", taken, vowels)
        names[category.name] = _named(category, inventor, wanted, seed, asked)
        rejected[category.name] = inventor.rejected
        matches += _asked(category, names[category.name], seed)
    surfaces = {
        one.name: surface([real for real, _ in pairs], [made for _, made in pairs], one.existing)
        for one, pairs in zip(categories, names.values(), strict=True)
    }
    return InventedSet(rows_of_matches(dataset, matches, seed), names, rejected, surfaces)


def _named(
    category: Category, inventor: Inventor, wanted: int, seed: int, asked: set[str]
) -> list[tuple[str, str]]:
    """Existing and invented names; what was asked about in another category (a turkey, Turkey) is passed over, and noted."""
    if wanted > len(category.existing):
        raise DataError(
            f"{category.name}: {wanted} names are asked for and existing.txt has {len(category.existing)}; give more names, or "
            "ask for fewer"
        )
    order = list(category.existing)
    Random(f"{seed}/{category.name}/names").shuffle(order)
    pairs: list[tuple[str, str]] = []
    for name in order:
        if len(pairs) == wanted:
            return pairs
        made = None if fold(name) in asked else inventor.invent(name)
        if made is not None:
            asked.add(fold(name))
            pairs.append((name, made))
    if len(pairs) == wanted:
        return pairs
    reasons = ", ".join(f"{count} {why}" for why, count in inventor.rejected.most_common())
    raise DataError(
        f"{category.name}: only {len(pairs)} of {wanted} names could be matched with an invented one (words drawn and rejected: "
        f"{reasons or 'none'}); give more or longer names, or ask for fewer"
    )


def _asked(category: Category, names: Sequence[tuple[str, str]], seed: int) -> list[Match]:
    order = list(category.templates)
    Random(f"{seed}/{category.name}/templates").shuffle(order)
    return [
        Match(template.replace(GAP, existing), template.replace(GAP, invented), (), category.name, template)
        for number, (existing, invented) in enumerate(names)
        for template in [order[number % len(order)]]
    ]
