"""What every dimension rests on: words and what is protected of them, degrees, seeded draws; shown on typos."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from windward.evals.robtest.dimension import RobTestError, perturb
from windward.evals.robtest.perturbed import applied, units
from windward.evals.robtest.sentence import read_sentence
from windward.evals.robtest.typo import NEIGHBOURS, Typo, typos

TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            [
                "the",
                "film",
                "is",
                "not",
                "bad",
                ",",
                "Paris",
                "1999",
                "a",
                "b",
                "über",
                "電影",
                "naïve",
                "well-made",
            ]
        )
    ).map(" ".join),
)


@given(TEXTS)
def test_words_and_gaps_make_the_text(text: str) -> None:
    sentence = read_sentence(text)
    parts = [part for pair in zip(sentence.gaps, (*sentence.words, ""), strict=True) for part in pair]
    assert "".join(parts) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("it is not the 3rd film of mr Smith", ["not", "3rd", "Smith"]),
        ("They didn't like NASA or iPhones", ["didn't", "NASA", "iPhones"]),
        ("he does n't care . Nobody did", ["n't", "Nobody"]),
        ("Stocks End Mixed In Quiet Trading", []),
        ("A positive film", ["positive"]),
    ],
)
def test_numbers_names_negation_and_labels_are_protected(text: str, kept: list[str]) -> None:
    sentence = read_sentence(text, keep=["Positive"])
    assert [word for word, fixed in zip(sentence.words, sentence.protected, strict=True) if fixed] == kept


@given(st.integers(0, 400), st.floats(0, 1))
def test_a_degree_allows_the_most_units_that_do_not_exceed_it(size: int, degree: float) -> None:
    count = units(size, degree)
    assert 0 <= count <= size
    assert size == 0 or count / size <= degree
    assert size == 0 or count == size or (count + 1) / size > degree - 1e-8


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.floats(0, 1), st.sampled_from(["general", "malicious"]), st.integers(0, 3))
def test_typos_stay_within_their_degree_and_touch_nothing_protected(
    text: str, degree: float, mode: str, seed: int
) -> None:
    sentence = read_sentence(text)
    found = perturb(Typo(), text, degree, n=4, mode=mode, seed=seed)  # type: ignore[arg-type]
    fixed = {
        at for place, kept in enumerate(sentence.protected) if kept for at in range(*sentence.spans[place])
    }
    assert found == perturb(Typo(), text, degree, n=4, mode=mode, seed=seed)  # type: ignore[arg-type]
    assert len({sample.text for sample in found.samples}) == len(found.samples)
    for sample in found.samples:
        assert applied(text, sample.edits) == sample.text
        assert sample.degree <= degree
        assert not any(fixed & set(range(edit.start, edit.end)) for edit in sample.edits)
        if mode == "malicious" and text:
            assert sample.degree == Levenshtein.distance(text, sample.text) / len(text)
        if mode == "general" and sentence.words:
            assert sample.degree == len(sample.edits) / len(sentence.words)


def test_degree_zero_is_the_identity() -> None:
    assert [sample.text for sample in perturb(Typo(), "a fine film", 0.0).samples] == ["a fine film"]


def test_the_words_that_change_are_as_many_as_the_degree_allows() -> None:
    found = perturb(Typo(), "one two three four five six seven eight nine ten", 0.35, n=20)
    assert {len(sample.edits) for sample in found.samples} == {3}


def test_a_swap_of_the_first_letter_does_not_double_the_text() -> None:
    """The release swaps index 0 with index −1: `hello` became `hellhoello`."""
    assert all(len(typo) <= len("hello") + 1 for typo in typos("hello"))
    found = perturb(Typo(), "hello", 1.0, n=200, mode="malicious")
    assert max(len(sample.text) for sample in found.samples) <= 10


def test_a_shortfall_is_stated() -> None:
    found = perturb(Typo(), "9 b", 0.5, n=500)
    assert 0 < len(found.samples) < 500
    assert found.shortfall == 500 - len(found.samples)


def test_neighbours_are_beside_each_other_both_ways() -> None:
    assert all(key in NEIGHBOURS[near] for key, keys in NEIGHBOURS.items() for near in keys)
    assert set(NEIGHBOURS["g"]) == set("tyfhvb")


@pytest.mark.parametrize(("degree", "n"), [(-0.1, 1), (1.1, 1), (0.1, 0)])
def test_what_cannot_be_drawn_is_refused(degree: float, n: int) -> None:
    with pytest.raises(RobTestError):
        perturb(Typo(), "a film", degree, n=n)


def test_a_very_long_text_keeps_its_degree() -> None:
    text = " ".join(random.Random(0).choices(["film", "story", "actor", "director"], k=5_000))
    for mode in ("general", "malicious"):
        found = perturb(Typo(), text, 0.1, n=1, mode=mode)
        assert 0.099 < found.samples[0].degree <= 0.1
