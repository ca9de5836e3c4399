"""Repeated texts are found, grouped under the first of them, and unlike ones are left alone."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windward.rows.contamination import words
from windward.rows.duplicates import Duplicate, duplicate_groups


def sentence(count, seed):
    drawn = random.Random(seed)
    return " ".join(f"w{drawn.randrange(10_000)}" for _ in range(count))


def with_one_word_changed(text, place, word="changed"):
    parts = text.split()
    parts[place] = word
    return " ".join(parts)


def kept(texts, **options):
    return [group.kept for group in duplicate_groups(texts, **options)]


def test_the_first_of_equal_texts_is_kept_and_the_others_are_named_with_their_kind():
    texts = [
        "Add 2 and 3, then print.",
        "Other words.",
        "Add 2 and 3, then print.",
        "add 2 AND 3\n then print",
    ]
    first, second = duplicate_groups(texts)
    assert (first.kept, first.repeats) == (0, (Duplicate(2, "exact", 1.0), Duplicate(3, "normalised", 1.0)))
    assert (second.kept, second.repeats) == (1, ())


def test_a_planted_near_duplicate_is_found_with_its_exact_similarity():
    text = sentence(100, 1)
    # 96 shingles each; one changed word in the middle replaces five of them.
    [group] = duplicate_groups([text, with_one_word_changed(text, 50)])
    [repeat] = group.repeats
    assert (repeat.place, repeat.kind) == (1, "near")
    assert repeat.similarity == pytest.approx(91 / 101)


def test_a_text_below_the_threshold_is_kept():
    text = sentence(100, 1)
    changed = with_one_word_changed(with_one_word_changed(text, 30), 60)  # 86 of 106 shingles in common
    assert kept([text, changed], threshold=0.8) == [0]
    assert kept([text, changed], threshold=0.82) == [0, 1]


def test_a_chain_of_small_steps_makes_no_group_of_unlike_texts():
    texts = [sentence(100, 1)]
    for step in range(1, 6):
        texts.append(with_one_word_changed(texts[-1], 16 * step))
    groups = duplicate_groups(texts, threshold=0.8)
    # Two steps away is still near, three steps away is kept anew.
    assert [(group.kept, [one.place for one in group.repeats]) for group in groups] == [
        (0, [1, 2]),
        (3, [4, 5]),
    ]


def test_a_copy_of_a_near_duplicate_is_no_exact_copy_of_the_kept_one():
    text = sentence(100, 1)
    near = with_one_word_changed(text, 50)
    [group] = duplicate_groups([text, near, near, near.upper()])
    assert [one.kind for one in group.repeats] == ["near"] * 3
    assert len({one.similarity for one in group.repeats}) == 1


def test_empty_and_short_texts_are_compared_whole():
    assert kept(["", "  ", "yes", "Yes!", "no", "yes sir"]) == [0, 2, 4, 5]


@given(
    st.lists(st.tuples(st.integers(0, 4), st.lists(st.integers(0, 59), max_size=6)), max_size=12),
    st.integers(0, 3),
)
@settings(max_examples=60, deadline=None)
def test_the_groups_are_those_that_comparing_every_pair_gives(drawn, seed):
    texts = []
    for base, places in drawn:
        text = sentence(60, base)
        for place in places:
            text = with_one_word_changed(text, place, f"x{place}")
        texts.append(text)

    def shingles(text):
        found = words(text)
        return {tuple(found[at : at + 5]) for at in range(max(1, len(found) - 4))}

    expected: dict[int, list[int]] = {}
    for place, text in enumerate(texts):
        own = shingles(text)
        for other in expected:
            theirs = shingles(texts[other])
            if len(own & theirs) / len(own | theirs) >= 0.8:
                expected[other].append(place)
                break
        else:
            expected[place] = []
    groups = duplicate_groups(texts, seed=seed)
    assert {group.kept: [one.place for one in group.repeats] for group in groups} == expected


def test_options_out_of_range_are_refused():
    with pytest.raises(ValueError, match="threshold must be above 0"):
        duplicate_groups(["a"], threshold=0.0)
    with pytest.raises(ValueError, match="shingle at least 1"):
        duplicate_groups(["a"], shingle=0)
