"""Syntax says the same in another order: each rule by an example and by what it leaves alone; and what holds of all."""

import csv
import os
import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import LCSseq

from windward.evals.robtest.dimension import perturb, perturb_sentence
from windward.evals.robtest.perturbed import DEGREES, Perturbations, applied
from windward.evals.robtest.sentence import read_sentence
from windward.evals.robtest.synonym import stem
from windward.evals.robtest.syntax import Syntax


def _rewritten(text: str) -> set[str]:
    return {applied(text, edits) for edits in Syntax().rewrites(read_sentence(text))}


RULES = [
    ("it 's a quiet film .", "it is a quiet film ."),
    ("It's a quiet film.", "It is a quiet film."),
    ("he says it is a quiet film .", "he says that it is a quiet film ."),
    ("it is a quiet film .", "it 's a quiet film ."),
    ("i think that he saved the film .", "i think he saved the film ."),
    ("Officials said the firm would pay.", "Officials said that the firm would pay."),
    ("a film that is made for us .", "a film made for us ."),
    ("this is the film that you love .", "this is the film you love ."),
    ("the plot is quiet and sad .", "the plot is sad and quiet ."),
    ("a dull , noisy film .", "a noisy , dull film ."),
    ("the cast and the music are fine .", "the music and the cast are fine ."),
    ("the film 's performances are thrilling .", "the performances of the film are thrilling ."),
    ("Britain's pension system could grow.", "The pension system of Britain could grow."),
    ("a gripping film about love .", "this is a gripping film about love ."),
    ("warm and funny .", "it is warm and funny ."),
    ("gives you the pulse of a city .", "it gives you the pulse of a city ."),
    ("Officials said on Monday that prices rose.", "Prices rose, officials said on Monday."),
    ("the isle defies an easy joke .", "an easy joke is defied by the isle ."),
    ("The critics praised the film.", "The film was praised by the critics."),
    ("it is ultimately sad .", "ultimately , it is sad ."),
    ("unfortunately , the film is long .", "the film is long , unfortunately ."),
    ("A court on Monday ruled against the firm.", "On Monday, a court ruled against the firm."),
    ("you will love this film if you like cats .", "if you like cats , you will love this film ."),
    ("if you like cats , you will love this film .", "you will love this film if you like cats ."),
    ("Prices rose, officials said on Monday.", "Officials said on Monday that prices rose."),
]


@pytest.mark.parametrize(("text", "after"), RULES)
def test_each_rule_says_the_same_in_another_way(text: str, after: str) -> None:
    assert after in _rewritten(text)


@pytest.mark.parametrize(
    "text",
    [
        "he 's seen it .",  # he has
        "there is n't a film .",  # a contracted negation
        "the film 's a mess .",  # it is, or its
        "a quiet and old film .",  # a old
        "it is very quiet and sad .",  # very sad and quiet?
        "it is more and more of the same .",
        "the plot is not quiet and sad .",
        "this is so good a film that you love it .",  # a consequence
        "the fact that you know helps .",
        "i do not like it because you do .",  # a clause across a negation
        "it is not ultimately sad .",
        "the film has a plot .",  # no passive
        "in general and theatrical phenomenon of it all .",
        "the film , the cast , the plot .",
        "A man who stabbed a guard has been arrested.",  # no fragment
        "he left it at a time when they came .",
        "the coach knew the score even before the film began .",
        "they burned tires and children took the streets .",
        "due to its length , the film fails .",
        "is this a film ?",
        "today 's audiences are fine .",
    ],
)
def test_what_would_say_something_else_is_left_alone(text: str) -> None:
    assert _rewritten(text) <= {text.replace("is very", "'s very").replace("it is", "it 's", 1)}


def test_protected_words_move_and_never_change() -> None:
    text = "A court in Paris on Monday said the 3 firms would not pay."
    (moved,) = (after for after in _rewritten(text) if after.startswith("On Monday"))
    assert moved == "On Monday, a court in Paris said the 3 firms would not pay."


def test_a_name_at_the_beginning_keeps_its_capital() -> None:
    assert not _rewritten("Sainsburys today unveiled a plan.")
    assert "Today, retailers unveiled a plan." in _rewritten("Retailers today unveiled a plan.")


def test_a_rewrite_larger_than_the_degree_is_not_made_by_halves() -> None:
    text = "the film 's final performances are thrilling ."
    assert perturb(Syntax(), text, 0.2).samples[0].text == text
    assert perturb(Syntax(), text, 0.6).samples[0].degree == 3 / 7


def test_no_sample_is_drawn_twice_and_the_shortfall_is_stated() -> None:
    text = "it 's a quiet film ; it 's a dull , noisy film ."
    found = perturb(Syntax(), text, 1.0, n=50)
    assert len(found.samples) == 7  # three rewrites: all subsets but the empty one
    assert found.shortfall == 43
    assert found.samples[0].text == "it is a quiet film ; it is a noisy , dull film ."


def test_the_degree_counts_words_outside_the_longest_common_subsequence() -> None:
    (sample,) = perturb(Syntax(), "the plot is quiet and sad .", 0.4).samples
    assert sample.degree == 2 / 6  # quiet, and one of the other two


def check(text: str, found: Perturbations) -> None:
    """What holds of every sample."""
    sentence = read_sentence(text)
    fixed = Counter(
        stem(word)[0] for word, kept in zip(sentence.words, sentence.protected, strict=True) if kept
    )
    assert len({sample.text for sample in found.samples}) == len(found.samples)
    for sample in found.samples:
        after = read_sentence(sample.text).words
        assert applied(text, sample.edits) == sample.text
        assert sample.degree <= found.degree
        assert fixed <= Counter(stem(word)[0] for word in after)
        longest = max(len(sentence.words), len(after))
        realised = longest - LCSseq.similarity(sentence.words, after)
        assert sample.degree == (realised / len(sentence.words) if sentence.words else 0)
        assert len(sample.text) <= 1.5 * len(text) + 10


PARTS = [
    "it 's",
    "that",
    "the film 's plot",
    "and",
    "quiet",
    "sad",
    ",",
    ".",
    "not",
    "n't",
    "is",
    "Paris",
    "on Monday",
    "if",
]
PARTS += [
    "you",
    "they said",
    "1999",
    "a cast",
    "ultimately",
    "; ",
    "\n",
    " - ",
    "(",
    "電影",
    "\ud800",
    "It's",
    "ended",
    "\u202e",
]
TEXTS = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PARTS), max_size=25).map(" ".join))


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.floats(0, 1), st.integers(0, 3))
def test_texts_of_every_kind_keep_their_degree_and_their_protected_words(
    text: str, degree: float, seed: int
) -> None:
    found = perturb(Syntax(), text, degree, n=4, seed=seed)
    check(text, found)
    assert found == perturb(Syntax(), text, degree, n=4, seed=seed)


def test_sentences_of_sst_2_and_of_the_rules_keep_every_promise() -> None:
    path = Path(os.environ.get("WINDWARD_DATA", "")) / "classification" / "sst2" / "dev.tsv"
    texts = [text for text, _ in RULES]
    if os.environ.get("WINDWARD_DATA") and path.is_file():
        with path.open(encoding="utf-8") as file:
            texts += [row[0] for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)][1:]
    changed = 0
    for text in texts:
        sentence = read_sentence(text)
        for degree in DEGREES:
            found = perturb_sentence(Syntax(), sentence, degree, n=10)
            check(text, found)
            changed += sum(bool(sample.edits) for sample in found.samples)
    assert changed > len(texts)


def test_a_very_long_text_is_rewritten_within_its_degree() -> None:
    text = " ".join(random.Random(0).choices([text for text, _ in RULES], k=300))
    found = perturb(Syntax(), text, 0.1, n=2)
    check(text, found)
    assert len(found.samples) == 2
    assert found.samples[0].degree > 0.05
