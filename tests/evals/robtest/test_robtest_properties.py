"""What holds for every dimension and mode: 10,000 samples each of SST-2 sentences, and texts of every kind.

A sample realises its degree and no more; it fills it where there is enough to change; it is made by its edits, which touch nothing that
is protected or between words; no text grows out of bounds; samples are distinct, and the same again for the same seed. Syntax rewrites
phrases, or not at all: there the protected words may move, and degrees are not filled.
"""

from __future__ import annotations

import csv
import os
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import LCSseq, Levenshtein

from windward.evals.robtest.contextual import Contextual
from windward.evals.robtest.dimension import Dimension, perturb_sentence
from windward.evals.robtest.dimensions import DIMENSIONS
from windward.evals.robtest.perturbed import DEGREES, Mode, Perturbations, Perturbed, applied, units
from windward.evals.robtest.sentence import Sentence, read_sentence

WANTED = 10_000
ADDS = ("distraction",)
"""Dimensions that add text behind the original."""
MOVES = ("syntax",)
"""Dimensions that rewrite whole phrases, or leave them: these fill no degree, and few texts have many rewrites."""
FEW = 800
"""Samples of these in a quick run; the slow test makes all."""
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


CASES = [(name, mode) for name in DIMENSIONS for mode in made(name).modes]


@cache
def sentences() -> tuple[Sentence, ...]:
    """Sentences of SST-2 if they are at hand, else our own and pairs of them."""
    texts = sst2("dev")
    if texts is None:
        return tuple(
            read_sentence(text) for text in (*OWN, *(f"{one} {other}" for one in OWN for other in OWN))
        )
    return tuple(read_sentence(text) for text in random.Random(7).sample(texts, 300))


def sst2(split: str) -> list[str] | None:
    """The texts of a split; None where the data is not at hand."""
    path = Path(os.environ.get("WINDWARD_DATA", "")) / "classification" / "sst2" / f"{split}.tsv"
    if "WINDWARD_DATA" not in os.environ or not path.is_file():
        return None
    with path.open(encoding="utf-8") as file:
        return [row[0] for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)][1:]


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
    assert len({sample.text for sample in found.samples}) == len(found.samples)
    assert len(found.samples) == found.wanted - found.shortfall
    for sample in found.samples:
        assert 0 <= sample.degree <= degree
        assert applied(text, sample.edits) == sample.text
        assert (sample.text == text) == (not sample.edits) == (sample.degree == 0)
        assert all(before.end <= after.start for before, after in pairwise(sample.edits))
        if name in MOVES:
            realised = moved_words(sentence, sample.text)
        elif found.unit == "words":
            realised = changed_words(name, sentence, sample)
            assert realised == min(most, allowed_in(name, sentence).changeable)
        else:
            realised = changed_characters(name, sentence, sample)
            enough = len(allowed_in(name, sentence).places) >= ROOM[name] * most
            assert not enough or realised >= most - 1 or most < 3
            assert len(sample.text) <= len(text) + most
        assert sample.degree == (realised / size if size else 0)
        assert len(text) < 40 or len(sample.text) <= LONGEST * len(text) or found.unit == "characters"


def changed_words(name: str, sentence: Sentence, sample: Perturbed) -> int:
    """How many words differ; no edit reaches beyond the free ones."""
    places = allowed_in(name, sentence).places
    for edit in sample.edits:
        assert edit.start < edit.end
        assert len({places[at] for at in range(edit.start, edit.end)}) == 1
    return len({places[edit.start] for edit in sample.edits})


def changed_characters(name: str, sentence: Sentence, sample: Perturbed) -> int:
    """The Levenshtein distance; edits lie in free words, or add behind the text."""
    if name in ADDS:
        assert all(edit.start == edit.end == len(sentence.text) for edit in sample.edits)
    else:
        changed_words(name, sentence, sample)
    return Levenshtein.distance(sentence.text, sample.text)


def moved_words(sentence: Sentence, text: str) -> int:
    """Words outside the longest common subsequence; the protected ones are all there, a genitive perhaps without its ending."""
    kept = [word for word, stays in zip(sentence.words, sentence.protected, strict=True) if stays]
    words = read_sentence(text).words
    assert Counter(map(bare, kept)) <= Counter(map(bare, words))
    return max(len(words), len(sentence.words)) - LCSseq.similarity(sentence.words, words)


def bare(word: str) -> str:
    """A word without the ending of the genitive."""
    return word.removesuffix("'s").removesuffix("’s")


def kept_promises(name: str, mode: Mode, texts: Iterable[Sentence], wanted: int) -> int:
    """Checks samples of texts at all degrees until there are as many as wanted; how many there were."""
    count = 0
    for sentence in texts:
        for degree in DEGREES[1:]:
            found = perturb_sentence(made(name), sentence, degree, n=20, mode=mode)
            check(name, sentence, found)
            count += sum(bool(sample.edits) for sample in found.samples)
        if count >= wanted:
            break
    return count


@pytest.mark.parametrize(("name", "mode"), CASES)
def test_ten_thousand_samples_of_sentences_keep_every_promise(name: str, mode: Mode) -> None:
    """A dimension of two modes has half of its samples in each."""
    wanted = FEW if name in MOVES else WANTED // len(made(name).modes)
    count = kept_promises(name, mode, sentences(), wanted)
    assert count >= wanted or sst2("dev") is None


@pytest.mark.slow
@pytest.mark.parametrize("name", MOVES)
def test_ten_thousand_rewrites_keep_every_promise(name: str) -> None:
    texts = sst2("train")
    if texts is None:
        pytest.skip("WINDWARD_DATA has no SST-2")
    assert kept_promises(name, "general", map(read_sentence, texts), WANTED) >= WANTED


@pytest.mark.parametrize(("name", "mode"), CASES)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(name: str, mode: Mode) -> None:
    text = read_sentence(" ".join(OWN))
    first, again, other = (
        perturb_sentence(fresh(name), text, 0.1, n=10, mode=mode, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again
    assert first.samples != other.samples or name in MOVES  # of which the text has too few


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
    assert found.samples[0].degree > (0 if name in MOVES else 0.09)
