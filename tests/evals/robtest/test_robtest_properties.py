"""What holds for every dimension and mode: 10,000 samples each of SST-2 sentences, and texts of every kind.

A sample realises its degree and no more; it fills it where there is enough to change; it is made by its edits, which touch nothing that
is protected or between words; no text grows out of bounds; samples are distinct, and the same again for the same seed.
"""

from __future__ import annotations

import csv
import os
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from windward.evals.robtest.contextual import Contextual
from windward.evals.robtest.dimension import Dimension, perturb_sentence
from windward.evals.robtest.dimensions import DIMENSIONS
from windward.evals.robtest.perturbed import DEGREES, Mode, Perturbations, applied, units
from windward.evals.robtest.sentence import Sentence, read_sentence

WANTED = 10_000
ADDS = ("distraction",)
"""Dimensions that add text behind the original."""
ROOM = {"typo": 2, "glyph": 2, "phonetic": 8, "distraction": 0}
"""Free characters for an allowed one, from which on the degree of malicious mode is used up."""
LONGEST = 1.5
"""Times the length of a text of 40 characters or more."""
OWN = (
    "a gripping movie , played with performances that are all understated and touching .",
    "the story isn't new , but Maria Lopez tells it in 95 minutes without one dull scene .",
    "Nobody who loves films about cooking will want to miss this one !",
    "it never quite decides whether it is a comedy or a very sad family drama",
    "The actors deserve better : their lines are tired , their jokes older than 1970 .",
    "if you can stand the noise , the last hour has beautiful pictures of the northern coast .",
    "too long",
    "He knew that she would not write again , and said so in a letter to their daughter .",
)


class Fixed:
    """Words that fit everywhere."""

    resource = "five words"

    def words(self, sentence: Sentence, places: Sequence[int]) -> Mapping[int, Sequence[str]]:
        """The same words at every place."""
        return dict.fromkeys(places, ("window", "garden", "blue", "walk", "quickly"))


def fresh(name: str) -> Dimension:
    """A dimension; no model proposes the words of the contextual one here."""
    return Contextual(Fixed()) if name == "contextual" else DIMENSIONS[name]()


made = cache(fresh)


MOVES = ("syntax",)
"""Dimensions whose words move, protected ones too; what holds of them is in their own tests."""
CASES = [(name, mode) for name in DIMENSIONS if name not in MOVES for mode in made(name).modes]


@cache
def sentences() -> tuple[Sentence, ...]:
    """Sentences of SST-2 if they are at hand, else our own and pairs of them."""
    data = os.environ.get("WINDWARD_DATA")
    path = Path(data or "") / "classification" / "sst2" / "dev.tsv"
    if data and path.is_file():
        with path.open(encoding="utf-8") as file:
            texts = [row[0] for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)][1:]
        return tuple(read_sentence(text) for text in random.Random(7).sample(texts, 300))
    return tuple(read_sentence(text) for text in (*OWN, *(f"{one} {other}" for one in OWN for other in OWN)))


@dataclass(frozen=True)
class Allowed:
    """What may change in a text.

    Attributes:
        places: which word a character belongs to, for the characters of free words.
        changeable: words that have choices.
    """

    places: Mapping[int, int]
    changeable: int


@lru_cache(maxsize=1_000)
def allowed_in(name: str, sentence: Sentence) -> Allowed:
    """See `Allowed`."""
    places = {at: place for place in sentence.free for at in range(*sentence.spans[place])}
    return Allowed(places, sum(bool(made(name).choices(sentence, place)) for place in sentence.free))


def check(name: str, sentence: Sentence, found: Perturbations) -> None:
    """Everything that must hold of the samples of one text at one degree."""
    text, degree = sentence.text, found.degree
    size = len(text) if found.unit == "characters" else len(sentence.words)
    most = units(size, degree)
    allowed = allowed_in(name, sentence)
    free = allowed.places.keys()
    assert (
        len({sample.text for sample in found.samples}) == len(found.samples) == found.wanted - found.shortfall
    )
    for sample in found.samples:
        assert 0 <= sample.degree <= degree
        assert applied(text, sample.edits) == sample.text
        assert (sample.text == text) == (not sample.edits) == (sample.degree == 0)
        end = 0
        for edit in sample.edits:
            assert edit.start >= end
            end = edit.end
            if name in ADDS:
                assert edit.start == end == len(text)
            else:
                assert edit.start < end
                assert free >= set(range(edit.start, end))
        if found.unit == "characters":
            realised = Levenshtein.distance(text, sample.text)
        else:
            realised = len({allowed.places[edit.start] for edit in sample.edits})
            assert realised == min(most, allowed.changeable)
            assert len(text) < 40 or len(sample.text) <= LONGEST * len(text)
        assert sample.degree == (realised / size if size else 0)
        if found.unit == "characters":
            assert len(sample.text) <= len(text) + most
            if len(free) >= ROOM[name] * most:
                assert realised >= most - 1 or most < 3


def samples(name: str, mode: Mode, n: int) -> Iterator[tuple[Sentence, Perturbations]]:
    """Texts and their samples, degree by degree."""
    for sentence in sentences():
        for degree in DEGREES[1:]:
            yield sentence, perturb_sentence(made(name), sentence, degree, n=n, mode=mode)


@pytest.mark.parametrize(("name", "mode"), CASES)
def test_ten_thousand_samples_of_sentences_keep_every_promise(name: str, mode: Mode) -> None:
    """A dimension of two modes has half of its samples in each."""
    count, wanted = 0, WANTED // len(made(name).modes)
    for sentence, found in samples(name, mode, 20):
        check(name, sentence, found)
        count += sum(bool(sample.edits) for sample in found.samples)
        if count >= wanted:
            break
    assert count >= wanted or not os.environ.get("WINDWARD_DATA")


@pytest.mark.parametrize(("name", "mode"), CASES)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(name: str, mode: Mode) -> None:
    longest = max(sentences(), key=lambda sentence: len(sentence.free))
    first, again, other = (
        perturb_sentence(fresh(name), longest, 0.4, n=10, mode=mode, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again
    assert first.samples != other.samples


@pytest.mark.parametrize(("name", "mode"), CASES)
def test_degree_zero_is_the_identity_in_every_dimension(name: str, mode: Mode) -> None:
    for sentence in sentences()[:20]:
        (sample,) = perturb_sentence(made(name), sentence, 0.0, mode=mode).samples
        assert (sample.text, sample.edits, sample.degree) == (sentence.text, (), 0.0)


WORDS = [
    "the",
    "films",
    "were",
    "not",
    "bad",
    ",",
    "Paris",
    "1999",
    "a",
    "knife",
    "über",
    "電影",
    "naïve",
    "cafe\u0301",
]
WORDS += [
    "well-made",
    "DON'T",
    "İstanbul",
    "ﬁlm",
    "ß",
    "🎬",
    "\u202e",
    "\ud800",
    "Straße",
    "it's",
    "\n",
    "\t",
    "I",
]
TEXTS = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))


@pytest.mark.parametrize(("name", "mode"), CASES)
@settings(max_examples=60, deadline=None)
@given(text=TEXTS, degree=st.floats(0, 1), seed=st.integers(0, 3))
def test_texts_of_every_kind_keep_every_promise(
    name: str, mode: Mode, text: str, degree: float, seed: int
) -> None:
    sentence = read_sentence(text)
    check(name, sentence, perturb_sentence(made(name), sentence, degree, n=3, mode=mode, seed=seed))


@pytest.mark.parametrize(("name", "mode"), CASES)
def test_a_very_long_text_keeps_every_promise(name: str, mode: Mode) -> None:
    text = " ".join(random.Random(0).choices(OWN, k=100))
    sentence = read_sentence(text)
    found = perturb_sentence(made(name), sentence, 0.1, n=1, mode=mode)
    check(name, sentence, found)
    assert found.samples[0].degree > 0.09
