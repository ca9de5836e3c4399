"""Inflection: the same word of the same part of speech in another form."""

import pytest

from windward.evals.robtest.dimension import perturb
from windward.evals.robtest.inflection import Inflection, inflections
from windward.evals.robtest.sentence import read_sentence


@pytest.mark.parametrize(
    ("word", "tag", "others"),
    [
        ("films", "NNS", {"film"}),
        ("mouse", "NN", {"mice"}),
        ("knew", "VBD", {"know", "knowing", "known", "knows"}),
        ("made", "VBN", {"make", "making", "makes"}),
        ("better", "JJR", {"good", "best"}),
        ("funny", "JJ", {"funnier", "funniest"}),
        ("fictional", "JJ", set()),
        ("quickly", "RB", set()),
        ("zorbled", "VBD", set()),
    ],
)
def test_the_other_forms_of_a_word(word: str, tag: str, others: set[str]) -> None:
    assert set(inflections(word, tag)) == others


def test_the_part_of_speech_decides_which_forms_there_are() -> None:
    assert set(inflections("watches", "NNS")) == {"watch"}
    assert set(inflections("watches", "VBZ")) == {"watch", "watched", "watching"}


def test_what_the_tagger_guessed_wrong_has_no_forms() -> None:
    assert inflections("happier", "VB") == ()


@pytest.mark.parametrize(
    ("word", "tag"),
    [
        ("is", "VBZ"),
        ("been", "VBN"),
        ("has", "VBZ"),
        ("did", "VBD"),
        ("one", "NN"),
        ("more", "JJR"),
        ("Paris", "NNP"),
    ],
)
def test_auxiliaries_closed_classes_and_names_have_no_forms(word: str, tag: str) -> None:
    assert inflections(word, tag) == ()


def test_verbs_that_synonyms_leave_alone_inflect() -> None:
    assert set(inflections("takes", "VBZ")) == {"take", "took", "taking", "taken"}


def test_capitals_stay() -> None:
    found = perturb(Inflection(), "Actors Like DIRECTORS", 1.0, n=100)
    firsts = {sample.text.split()[0] for sample in found.samples}
    thirds = {sample.text.split()[2] for sample in found.samples}
    assert "Actor" in firsts
    assert "DIRECTOR" in thirds
    assert all(word.istitle() for word in firsts)
    assert all(word.isupper() for word in thirds)


def test_only_words_with_forms_change_and_every_sample_is_another() -> None:
    text = "the two films are not as funny as they were in 1999"
    words = read_sentence(text).words
    found = perturb(Inflection(), text, 0.6, n=100)
    assert {text[edit.start : edit.end] for sample in found.samples for edit in sample.edits} == {
        "films",
        "funny",
    }
    assert {sample.text for sample in found.samples} == {
        text.replace("films", "film").replace("funny", form) for form in ("funnier", "funniest")
    }
    assert found.samples[0].degree == 2 / len(words)
    assert found.shortfall == 98
