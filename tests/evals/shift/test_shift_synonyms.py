"""Synonyms for augmented copies come from WordNet, in the form of the word."""

from windward.evals.shift.synonyms import wordnet_synonyms


def test_a_word_has_synonyms_of_all_its_meanings_in_its_case() -> None:
    assert {"movie", "picture"} <= set(wordnet_synonyms("film"))
    assert {"Movie", "Motion picture"} <= set(wordnet_synonyms("Film"))
    assert "HONORABLE" in wordnet_synonyms("GOOD")


def test_an_inflected_word_is_replaced_by_inflected_ones() -> None:
    assert "films" in wordnet_synonyms("movies")
    assert "purchased" in wordnet_synonyms("bought")


def test_function_words_negation_and_letters_stay() -> None:
    assert not [word for word in ("the", "NOT", "never", "n", "2004", "xyzzy") if wordnet_synonyms(word)]
