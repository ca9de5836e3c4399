"""Glyphs look like what they stand for, one character for one, and never pile up marks."""

import string
import unicodedata

import pytest
from rapidfuzz.distance import Levenshtein

from windward.evals.robtest.dimension import perturb
from windward.evals.robtest.glyph import Glyph, glyphs
from windward.evals.robtest.glyph_alike import TWINS, alike
from windward.evals.robtest.perturbed import units

TEXT = "a deliciously nonsensical comedy about a city coming apart at its seams"


def test_e_has_no_neighbours_of_scripts_that_look_otherwise() -> None:
    """The release compares numbers of code points, and takes letters of Samaritan and Thai for e."""
    assert set("еé3") <= set(alike()["e"])
    scripts = {
        unicodedata.name(other).split()[0]
        for others in alike().values()
        for other in others
        if other.isalpha()
    }
    assert scripts == {"LATIN", "GREEK", "CYRILLIC", "ARMENIAN"}


def test_every_glyph_is_one_character_of_the_same_case() -> None:
    for letter, others in alike().items():
        assert len(set(others)) == len(others)
        assert letter not in others
        assert all(len(other) == 1 for other in others)
        assert all(other.isupper() == letter.isupper() for other in others if other.isalpha())


def test_only_q_has_no_glyph_in_capitals() -> None:
    assert [letter for letter in string.ascii_letters if not alike()[letter]] == ["Q"]


def test_a_general_glyph_changes_one_character_of_a_word() -> None:
    assert "fi1m" in glyphs("film")
    assert "filrn" in glyphs("film")
    for other in glyphs("drawn"):
        twin = any(pair in other for pair in TWINS.values())
        assert Levenshtein.distance("drawn", other) == 1 + twin


@pytest.mark.parametrize("degree", [0.05, 0.1, 0.3, 0.6])
def test_malicious_glyphs_use_exactly_what_the_degree_allows(degree: float) -> None:
    """The text has letters enough, so that nothing is left over: 71 characters, each glyph an edit of its own."""
    for sample in perturb(Glyph(), TEXT, degree, n=30, mode="malicious").samples:
        assert len(sample.text) == len(TEXT)
        assert Levenshtein.distance(TEXT, sample.text) == units(len(TEXT), degree) == len(sample.edits)


def test_a_letter_with_a_mark_behind_it_gets_no_other() -> None:
    text = unicodedata.normalize("NFD", "é")
    assert glyphs(text) == ()
    for mode in ("general", "malicious"):
        found = perturb(Glyph(), unicodedata.normalize("NFD", "naïvé"), 1.0, n=50, mode=mode)
        assert len(found.samples) == 50
        assert all("i\u0308" in sample.text and sample.text.endswith("e\u0301") for sample in found.samples)


def test_a_malicious_glyph_is_none_that_the_text_has_already() -> None:
    """With `$5` in the text, s can be neither; so every glyph counts in the Levenshtein distance."""
    found = perturb(Glyph(), "it costs $5 less", 1.0, n=50, mode="malicious")
    assert all(sample.text.count("$") == 1 and sample.text.count("5") == 1 for sample in found.samples)
