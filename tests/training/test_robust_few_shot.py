"""A few texts of each class, whatever the others are."""

from collections import Counter
from itertools import pairwise, permutations

import pytest

from windward.rows.labelled import Labelled
from windward.training.robust.few_shot import n_per_class


def _texts(sizes: tuple[int, ...]) -> list[Labelled]:
    return [Labelled(f"{label}-{n}", "text", label) for label, size in enumerate(sizes) for n in range(size)]


@pytest.mark.parametrize("sizes", sorted(set(permutations((3, 16, 16)))))
def test_a_small_class_does_not_shrink_later_ones(sizes: tuple[int, ...]) -> None:
    """The release gives 3, 3, 3 of classes of 3, 16 and 16, and 16, 16, 3 in another order."""
    found = Counter(one.label for one in n_per_class(_texts(sizes), 16, seed=0))
    assert tuple(found[label] for label in range(3)) == sizes


def test_fewer_shots_are_among_more_and_another_seed_draws_others() -> None:
    data = _texts((40, 7, 20))
    drawn = [{one.id for one in n_per_class(data, n, seed=1)} for n in (0, 1, 2, 4, 8, 16)]
    assert all(less <= more for less, more in pairwise(drawn))
    assert [len(ids) for ids in drawn] == [0, 3, 6, 12, 23, 39]
    assert drawn[3] != {one.id for one in n_per_class(data, 4, seed=2)}


def test_fewer_than_no_shots_are_refused() -> None:
    with pytest.raises(ValueError, match="give 0 or more"):
        n_per_class(_texts((2, 2)), -1, seed=0)
