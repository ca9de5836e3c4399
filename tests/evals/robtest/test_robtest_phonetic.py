"""Phonetic: ANTHRO's codes as they were recorded, its choice out of a lexicon, and respellings that keep the sound."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from windward.evals.robtest.dimension import RobTestError, perturb
from windward.evals.robtest.phonetic import Phonetic
from windward.evals.robtest.phonetic_codes import codex, soundex, sounds_alike
from windward.evals.robtest.phonetic_lexicon import Lexicon
from windward.evals.robtest.phonetic_respelling import respellings
from windward.evals.robtest.phonetic_sounds import homophones, is_other_word

DATA = os.environ.get("WINDWARD_DATA")


@cache
def recorded() -> list[dict[str, Any]]:
    """Codes and variants of 400 words, as the released code gave them."""
    path = Path(DATA or "").parent / "reference" / "robtest" / "phonetic_anthro_golden.json"
    if not DATA or not path.is_file():
        pytest.skip("WINDWARD_DATA names no folder beside the recorded codes")
    items: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["items"]
    return items


def made(word: str) -> set[str]:
    """The respellings of a word, as words."""
    return {word[: one.start] + one.after + word[one.end :] for one in respellings(word)}


def test_the_codes_of_400_words_are_those_of_the_released_code() -> None:
    agreed = [
        (soundex(item["word"], 0), soundex(item["word"], 1), codex(item["word"]))
        == (item["soundex_l0"], item["soundex_l1"], item["matchcodex"])
        for item in recorded()
    ]
    assert len(agreed) == sum(agreed) == 400


def test_the_lexicon_gives_what_the_released_code_gave() -> None:
    """The released lexicon of 63,273 tokens is not at hand: here are the 806 that it gave for the 400 words."""
    tokens = {token for item in recorded() for token in item["similars_d2_strict"]}
    lexicon = Lexicon(tokens)
    assert len(tokens) == 806
    for item in recorded():
        assert set(lexicon.spellings(item["word"], 2)) == set(item["similars_d2_strict"])


@pytest.mark.parametrize(
    ("word", "first", "second", "consonants"),
    [
        ("implies", "I514", "IM142", "IMPLS"),
        ("entertained", "E536", "EN3635", "ENTTND"),
        ("y", "Y000", "Y0000", "Y"),
        ("", "0000", "00000", ""),
        ("b00k", "B200", "B0200", "BK"),
        ("wi11", "W400", "WI000", "WL"),
    ],
)
def test_codes_by_hand(word: str, first: str, second: str, consonants: str) -> None:
    assert (soundex(word, 0), soundex(word, 1), codex(word)) == (first, second, consonants)


@given(st.text(max_size=12), st.integers(0, 1))
def test_every_text_has_codes(text: str, level: int) -> None:
    assert len(soundex(text, level)) >= level + 4
    assert len(codex(text)) <= 6


@pytest.mark.parametrize(
    ("word", "spelt"),
    [
        ("night", {"nite", "knight"}),
        ("school", {"skool"}),
        ("definitely", {"definately", "defenitely"}),
        ("different", {"diffrent", "differant"}),
        ("phone", {"fone"}),
        ("laugh", {"laff"}),
        ("their", {"there", "thair"}),
        ("movies", {"moviez", "moovies"}),
        ("would", {"wud", "wood"}),
        ("you", {"youu"}),
        ("little", {"litle"}),
        ("coming", {"comming"}),
    ],
)
def test_words_are_respelt_as_people_do(word: str, spelt: set[str]) -> None:
    assert spelt <= made(word)


def test_no_respelling_makes_a_word_that_sounds_otherwise() -> None:
    assert "latter" not in made("later")
    assert "cume" not in made("come")
    assert "now" not in made("know")
    for word in ("later", "best", "scene", "made", "wander", "know", "plot", "feel"):
        assert not any(is_other_word(other, word) for other in made(word))


def test_no_respelling_makes_a_negation() -> None:
    assert "not" not in made("knot")
    assert homophones("know") == ()


def test_what_is_called_coded_keeps_both_codes_of_anthro() -> None:
    words = [
        "there",
        "definitely",
        "movie",
        "great",
        "science",
        "beautiful",
        "performance",
        "question",
        "characters",
        "actually",
    ]
    found = [(word, one) for word in words for one in respellings(word)]
    assert {one.coded for _, one in found} == {True, False}
    for word, one in found:
        other = word[: one.start] + one.after + word[one.end :]
        assert one.coded == sounds_alike(word, other)
        assert one.cost == Levenshtein.distance(word, other)


def test_a_general_variant_is_one_character_away() -> None:
    text = "the characters are beautifully drawn and the story is quite engaging"
    for sample in perturb(Phonetic(), text, 1.0, n=50).samples:
        assert all(
            Levenshtein.distance(text[edit.start : edit.end], edit.after) == 1 for edit in sample.edits
        )


def test_malicious_respellings_use_what_the_degree_allows() -> None:
    text = "the characters are beautifully drawn and the story is quite engaging"
    for sample in perturb(Phonetic(), text, 0.3, n=50, mode="malicious").samples:
        assert Levenshtein.distance(text, sample.text) == int(0.3 * len(text))


def test_capitals_stay() -> None:
    spelt = [
        sample.text for sample in perturb(Phonetic(), "Science. PHONES ringing. CINEMA", 1.0, n=200).samples
    ]
    words = {word for text in spelt for word in text.split()}
    assert {"Sience.", "Sciense.", "CYNEMA"} & words or {"SINEMA"} & words
    assert all(text[0] == "S" and "C" not in text[1:].split()[0] for text in spelt)


def test_a_lexicon_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "seen.txt"
    path.write_text("moovie\nMovie\nmovvie\nmoviie\nmeovie\n", encoding="utf-8")
    phonetic = Phonetic(Lexicon.read(path))
    found = {sample.text for sample in perturb(phonetic, "Movie night", 0.5, n=10).samples}
    assert found == {"Moovie night", "Movvie night", "Moviie night"}
    assert phonetic.resource != Phonetic().resource


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00"])
def test_a_lexicon_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "seen.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RobTestError, match=r"seen\.txt"):
        Lexicon.read(path)


def test_what_comes_into_a_word_of_capitals_is_in_capitals() -> None:
    found = perturb(Phonetic(), "SCIENCE WRITERS AGREED", 0.2, n=50, mode="malicious")
    assert len(found.samples) == 50
    assert all(sample.text.isupper() for sample in found.samples)
