"""Names invented from the released lists of existing concepts: new, balanced, and closer in looks than the released ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from windward.evals.unknown.generators.concepts import invented_set
from windward.evals.unknown.generators.existing import fold
from windward.evals.unknown.generators.lists import Category, read_lines
from windward.evals.unknown.generators.surface import surface
from windward.evals.unknown.generators.words import words_of

RELEASED = Path(os.environ.get("WINDWARD_DATA", "")) / "unknownbench" / "NEC"
pytestmark = pytest.mark.skipif(
    not os.environ.get("WINDWARD_DATA") or not RELEASED.is_dir(), reason="needs the released lists"
)


def released(folder: str, category: str) -> list[str]:
    return list({fold(line): line for line in read_lines(RELEASED / folder / f"{category}.txt")}.values())


def categories() -> list[Category]:
    names = sorted(path.stem for path in (RELEASED / "EC_lists").iterdir())
    return [
        Category(one, tuple(released("EC_lists", one)), ("What is {name}?", "Who needs {name}?"))
        for one in names
    ]


@pytest.mark.parametrize("n", [4, pytest.param(300, marks=pytest.mark.slow)])
def test_names_invented_from_the_released_lists_are_in_none_of_them(n: int) -> None:
    lists = [one for one in categories() if len(one.existing) >= n]
    made = invented_set(lists, n)
    existing = {
        fold(word) for one in categories() for name in one.existing for word in [name, *words_of(name)]
    }
    invented = [name for pairs in made.names.values() for _, name in pairs]
    assert [len(pairs) for pairs in made.names.values()] == [n] * len(lists)
    assert len({fold(name) for name in invented}) == len(invented) == n * len(lists)
    assert not existing & {fold(name) for name in invented}
    assert all(any(fold(word) not in existing for word in words_of(name)) for name in invented)


@pytest.mark.slow
def test_looks_tell_our_names_from_existing_ones_less_than_the_released_names() -> None:
    made = invented_set(categories(), 150)
    for one in categories():
        theirs = surface(one.existing, released("NEC_lists", one.name), one.existing)
        ours = made.surfaces[one.name]
        assert abs(ours.length - 0.5) <= abs(theirs.length - 0.5)
        assert ours.spelling < theirs.spelling
