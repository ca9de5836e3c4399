"""Synonyms mean the same in the same form; and what the released transform did to words without one."""

import pytest

from windward.evals.robtest.closed_class import CLOSED_CLASS
from windward.evals.robtest.dimension import perturb
from windward.evals.robtest.distinct import ways
from windward.evals.robtest.relatives import cased, synonyms
from windward.evals.robtest.sentence import read_sentence
from windward.evals.robtest.synonym import Synonym
from windward.evals.robtest.tagging import tags


def _for(text: str, word: str) -> set[str]:
    sentence = read_sentence(text)
    return {edit.after for edit in Synonym().choices(sentence, sentence.words.index(word))}


@pytest.mark.parametrize(
    ("text", "word", "synonym"),
    [
        ("a very funny film", "funny", "amusing"),
        ("the films are fine", "films", "movies"),
        ("it looks made for cable", "looks", "seems"),
        ("he started quickly", "started", "began"),
        ("Films are fine", "Films", "Movies"),
        ("the film's end is fine", "film's", "movie's"),
    ],
)
def test_a_synonym_has_the_form_the_case_and_the_ending_of_its_word(
    text: str, word: str, synonym: str
) -> None:
    assert synonym in _for(text, word)


def test_it_is_not_information_technology_and_10_is_not_x() -> None:
    """The release's defects: `it` → `information_technology`, `10` → `X`, underscores kept."""
    text = "it blows up 10 small potatoes in the US as a film"
    samples = perturb(Synonym(), text, 1.0, n=200).samples
    for sample in samples:
        words = sample.text.split()
        assert (words[0], words[3], words[8]) == ("it", "10", "US")
        assert "_" not in sample.text
        assert len(words) == len(text.split())


@pytest.mark.parametrize("tag", ["NN", "VB", "JJ", "RB"])
def test_closed_classes_and_numbers_have_no_synonyms(tag: str) -> None:
    assert not any(synonyms(word, tag) for word in [*CLOSED_CLASS, "10", "x", "1st"])


@pytest.mark.parametrize(
    ("word", "tag", "opposites"),
    [
        ("good", "JJ", {"bad", "evil", "poor"}),
        ("love", "VB", {"hate", "detest"}),
        ("superb", "JJ", {"bad", "awful"}),
    ],
)
def test_opposites_are_no_synonyms(word: str, tag: str, opposites: set[str]) -> None:
    assert not opposites & set(synonyms(word, tag))


def test_an_article_goes_on_to_fit() -> None:
    assert _for("a funny film", "funny")
    assert not any(other[0] in "aeio" for other in _for("a funny film", "funny"))
    assert "amusing" in _for("the funny film", "funny")


def test_a_verb_keeps_its_particle() -> None:
    assert _for("they find gold", "find")
    assert not _for("they find out", "find")


def test_a_degree_is_not_exceeded_where_the_release_tripled_it() -> None:
    """At a nominal .05 the release changed .149 of the words."""
    text = "the film is a funny and brilliant story of a big idea that happens to look silly in the end of the week"
    size = len(text.split())
    for degree in (0.05, 0.1, 0.2):
        samples = perturb(Synonym(), text, degree, n=50).samples
        assert {sample.degree for sample in samples} == {int(size * degree) / size}


def test_few_samples_come_each_once_and_all_of_them() -> None:
    sentence = read_sentence("a big thing")
    count = len(_for(sentence.text, "big")) + len(_for(sentence.text, "thing"))
    found = perturb(Synonym(), sentence.text, 0.34, n=500)
    assert len(found.samples) == count
    assert found.shortfall == 500 - count


def test_ways_are_counted() -> None:
    assert ways([2, 3], 1) == 5
    assert ways([2, 3], 2) == 6
    assert ways([2, 3, 4], 2) == 2 * 3 + 2 * 4 + 3 * 4
    assert ways([], 0) == 1


def test_parts_of_speech_follow_the_context() -> None:
    assert tags(read_sentence("the film looks made for cable"))[1:4] == ("NN", "VBZ", "VBN")
    assert tags(read_sentence("they want to film it"))[3] == "VB"
    assert tags(read_sentence("he went to university"))[3] == "NN"
    assert tags(read_sentence("")) == ()


def test_letter_case_is_copied() -> None:
    assert [cased("movie", model) for model in ("film", "Film", "FILM", "A")] == [
        "movie",
        "Movie",
        "MOVIE",
        "Movie",
    ]
