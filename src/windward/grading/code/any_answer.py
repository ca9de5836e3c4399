"""Problems whose statement allows several answers: what an answer must fulfil, instead of being the published one.

This file is sent as source into the tests' interpreter, so it imports the standard library only. Each check takes what
the answer returned (a plain copy), the published answer, and the test's input by name.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any


def any_order(given: Any, expected: list[Any], **_: Any) -> bool:
    """The published items, in any order."""
    if type(given) is not list or len(given) != len(expected):
        return False
    left = list(expected)
    for item in given:
        if item not in left:
            return False
        left.remove(item)
    return True


def index_pair(
    given: Any, expected: list[int], nums: list[int], indexDifference: int, valueDifference: int
) -> bool:
    """Two places, so far apart and of values so different; none where there are none."""
    if expected == [-1, -1]:
        return bool(given == expected)
    if type(given) is not list or len(given) != 2 or any(type(place) is not int for place in given):
        return False
    if any(not 0 <= place < len(nums) for place in given):
        return False
    first, second = given
    return abs(first - second) >= indexDifference and abs(nums[first] - nums[second]) >= valueDifference


def triples(given: Any, expected: list[list[int]], nums: list[int], k: int) -> bool:
    """All numbers in threes whose members differ by at most `k`; nothing where that cannot be."""
    if not expected:
        return bool(given == [])
    if type(given) is not list or any(type(part) is not list or len(part) != 3 for part in given):
        return False
    if any(type(number) is not int for part in given for number in part):
        return False
    near = all(max(part) - min(part) <= k for part in given)
    return near and sorted(number for part in given for number in part) == sorted(nums)


def alternating_words(given: Any, expected: list[str], n: int, words: list[str], groups: list[int]) -> bool:
    """As many words as published, in their order, neighbours of different groups."""
    if type(given) is not list or len(given) != len(expected) or any(word not in words for word in given):
        return False
    places = [words.index(word) for word in given]
    return all(a < b and groups[a] != groups[b] for a, b in pairwise(places))


def stepping_words(given: Any, expected: list[str], n: int, words: list[str], groups: list[int]) -> bool:
    """`alternating_words`, with neighbours of one length that differ in one letter."""
    if not alternating_words(given, expected, n, words, groups):
        return False
    return all(
        len(a) == len(b) and sum(x != y for x, y in zip(a, b, strict=True)) == 1 for a, b in pairwise(given)
    )
