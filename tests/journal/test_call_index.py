"""The table of calls in memory answers as a dict would, in a third of its room."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from windward.journal.index import CallIndex


def key(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 2**32 - 1))))
def test_it_answers_as_a_dict_would(puts: list[tuple[int, int]]) -> None:
    index, oracle = CallIndex(), {}
    for number, attempt in puts:
        index.put(key(number), attempt)
        oracle[key(number)] = attempt
    assert all(index.get(key(number)) == oracle.get(key(number), 0) for number in range(60))


def test_keys_that_fall_into_one_place_are_told_apart() -> None:
    index = CallIndex()
    keys = [f"{number * 256 * 16:015x}" + "0" * 49 for number in range(200)]  # one table, few places of it
    for attempt, one in enumerate(keys, 1):
        index.put(one, attempt)
    assert [index.get(one) for one in keys] == list(range(1, 201))
    assert index.get("f" * 64) == 0


def test_twenty_thousand_calls_are_found_again() -> None:
    index = CallIndex()
    for number in range(20_000):
        index.put(key(number), number + 1)
    assert all(index.get(key(number)) == number + 1 for number in range(20_000))
    assert all(index.get(key(number)) == 0 for number in range(20_000, 21_000))
    held = sum(12 * len(part.keys) for part in index._parts)
    assert held <= 30 * 20_000  # bytes; a dict takes 100 a call
