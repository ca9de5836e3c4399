"""An invented name exists nowhere it was looked for, and is spelled like those that do."""

from __future__ import annotations

import math
from functools import cache
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented_lists import FRUIT, GERMAN, RUSSIAN

from windward.evals.unknown.generators.existing import EXISTS, MADE, NEAR, PLURAL, WORD, Existing, fold
from windward.evals.unknown.generators.inventing import Inventor
from windward.evals.unknown.generators.spelling import Spelling, vowels_of
from windward.evals.unknown.generators.surface import surface
from windward.evals.unknown.generators.words import in_case_of, words_of

LANGUAGES = {"English": FRUIT, "German": GERMAN, "Russian": RUSSIAN}


@cache
def invented(language: str) -> list[tuple[str, str | None]]:
    names = LANGUAGES[language][::2]
    inventor = Inventor(LANGUAGES[language], Existing(LANGUAGES[language]), "0")
    return [(name, inventor.invent(name)) for name in names]


def distance(one: str, other: str) -> int:
    """Levenshtein's distance, by the book."""
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, start=1):
        previous, row[0] = row[0], place
        for column, against in enumerate(other, start=1):
            previous, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, previous + (letter != against))  # fmt: skip
    return row[-1]


@given(
    st.lists(st.text("abc", min_size=1, max_size=5), min_size=1, max_size=6),
    st.text("abc", min_size=1, max_size=4),
)
def test_a_name_is_new_exactly_if_it_is_more_than_a_letter_off_all_that_exist(
    names: list[str], name: str
) -> None:
    nearest = min(distance(name, one) for one in names)
    why = Existing(names).why(name)
    if nearest > 1:
        assert why in ("", PLURAL)
    else:
        assert why == (EXISTS if nearest == 0 else why) and why in (EXISTS, NEAR, PLURAL)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("crème brûlée", EXISTS),
        ("Creme-Brulee", EXISTS),
        ("BRULEE", EXISTS),
        ("Foxes", PLURAL),
        ("Candies", PLURAL),
        ("Frauen", PLURAL),
        ("Bery", NEAR),
        ("stone", WORD),
        ("Орел", EXISTS),
        ("Borgle", ""),
    ],
)  # fmt: skip
def test_case_accents_hyphens_plurals_and_one_letter_do_not_make_a_name_new(name: str, why: str) -> None:
    existing = Existing(["Crème Brûlée", "Fox", "Candy", "Frau", "Berry", "Орёл"], ["Stone"])
    assert existing.why(name) == why


def test_vowel_signs_of_other_alphabets_are_letters() -> None:
    assert words_of("दिल्ली कहाँ है?") == ["दिल्ली", "कहाँ", "है"]
    assert fold("दिल्ली") != fold("दलल")


def test_the_probability_of_a_word_is_the_interpolation_of_witten_and_bell() -> None:
    # One word, ab, and bigrams: p(x) = (1 + 3/4) / 6 for each of a, b and the end; p(x | h) = (1 + p(x)) / 2 for each seen pair.
    once = (1 + 1.75 / 6) / 2
    assert Spelling(["ab"], 2).log_probability("ab") == pytest.approx(3 * math.log(once))
    assert Spelling(["ab"], 2).surprise("ab") == pytest.approx(-math.log(once))


def test_a_word_of_the_list_surprises_less_than_its_letters_turned_round() -> None:
    spelling = Spelling([one.lower() for one in GERMAN], 3)
    assert all(
        spelling.surprise(word.lower()) < spelling.surprise(word.lower()[::-1])
        for word in GERMAN
        if len(word) > 4
    )


def test_every_pair_of_letters_of_a_drawn_word_stands_in_the_list_and_so_do_its_ends() -> None:
    words = [f"^{one.lower()}$" for one in RUSSIAN]
    pairs = {word[at : at + 2] for word in words for at in range(len(word) - 1)}
    edges = {word[:3] for word in words} | {word[-3:] for word in words}
    spelling, rng = Spelling([one.lower() for one in RUSSIAN], 3), Random(0)
    drawn = [f"^{word}$" for word in (spelling.draw(rng, 30) for _ in range(300)) if len(word) <= 30]
    assert all(word[at : at + 2] in pairs for word in drawn for at in range(len(word) - 1))
    assert all(edge in edges for word in drawn for edge in (word[:3], word[-3:]))
    assert len(set(drawn)) > 250


def test_vowels_are_told_from_words_alone() -> None:
    german, russian = (vowels_of([one.lower() for one in names]) for names in (GERMAN, RUSSIAN))
    assert german >= set("aeiou") and not german & set("bfgklmnprstvwz")
    assert russian >= set("аеио") and not russian & set("бвгджзклмнпрт")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_invented_name_has_the_words_lengths_and_capitals_of_the_existing_one(language: str) -> None:
    names, made = LANGUAGES[language], invented(language)
    found = [(name, other) for name, other in made if other is not None]
    assert len(found) >= 0.45 * len(names)
    for name, other in found:
        assert [word.istitle() for word in words_of(name)] == [word.istitle() for word in words_of(other)]
        assert all(
            abs(len(one) - len(two)) <= 2 for one, two in zip(words_of(name), words_of(other), strict=True)
        )
    assert sum(len(name) == len(other) for name, other in found) >= 0.9 * len(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_invented_word_is_within_a_letter_of_one_in_the_list(language: str) -> None:
    known = {fold(word) for name in LANGUAGES[language] for word in [name, *words_of(name)]}
    names = [name for _, name in invented(language) if name is not None]
    new = [word for name in names for word in map(fold, words_of(name)) if word not in known]
    assert len(new) >= len(names) == len(set(names))
    assert all(distance(word, one) > 1 for word in new for one in known if abs(len(word) - len(one)) < 2)


def test_words_that_other_names_share_stay() -> None:
    names = ["Tomato Soup", "Lentil Soup", "Dal of Agra", "BBQ Wings", "Onion Rings"]
    inventor = Inventor(names + FRUIT, Existing(names + FRUIT), "0")
    assert [(inventor.invent(name) or "").split()[-1] for name in names[:2]] == ["Soup", "Soup"]
    assert (inventor.invent("Dal of Agra") or "").split()[1] == "of"
    assert (inventor.invent("BBQ Wings") or "").split()[0] == "BBQ"


def test_a_name_of_shared_words_alone_has_its_rarest_replaced() -> None:
    names = ["Apple Pie", "Apple Cake", "Cherry Pie", "Cherry Cake", "Plum Cake", "Plum", *FRUIT]
    inventor = Inventor(names, Existing(names), "0")
    made = (inventor.invent("Apple Pie") or "").split()
    assert sum(one != other for one, other in zip(made, ["Apple", "Pie"], strict=True)) == 1


def test_rejected_words_are_counted_by_reason() -> None:
    inventor = Inventor(FRUIT, Existing(FRUIT, ["abc"]), "0", vowels="aeiou")
    for _ in range(12):
        inventor.word("Kiwi")
    assert set(inventor.rejected) <= {EXISTS, PLURAL, NEAR, WORD, MADE}
    assert inventor.rejected[NEAR] > 0 and inventor.rejected[MADE] > 0


@pytest.mark.parametrize(("word", "model", "seen"), [
    ("borgel", "Apple", "Borgel"), ("borgel", "apple", "borgel"), ("borgel", "APPLE", "BORGEL"), ("борг", "Тула", "Борг")
])  # fmt: skip
def test_a_new_word_takes_the_case_of_the_old(word: str, model: str, seen: str) -> None:
    assert in_case_of(word, model) == seen


def test_looks_that_are_the_same_are_no_better_than_chance_and_others_are_found() -> None:
    names = [one.lower() for one in GERMAN]
    odd = ["".join(Random(number).choices("qxyzjvw", k=len(name))) for number, name in enumerate(names)]
    assert surface(names, odd, names).length == 0.5
    assert surface(names, odd, names).spelling > 0.97
    assert surface(names, [name * 2 for name in names], names).length > 0.85
    assert 0.3 < surface(names[::2], names[1::2], names[::2]).spelling < 0.7
