"""One word of a real question gives way to one that does not exist; all else stays."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windward.evals.data import DataError
from windward.evals.unknown.generators.nouns import english_stop_words, noun_of
from windward.evals.unknown.generators.own import SOURCES
from windward.evals.unknown.generators.replaced import (
    Asked,
    ReplacedSet,
    differing_words,
    read_questions,
    replaced_set,
)
from windward.evals.unknown.generators.words import words_of

OWN = read_questions(SOURCES / "questions.jsonl")
CHOSEN = [Asked(one.question, one.references) for one in OWN]


@pytest.fixture(scope="module")
def made() -> ReplacedSet:
    return replaced_set(CHOSEN[:24], seed=5)


def test_matched_questions_differ_in_exactly_one_word(made: ReplacedSet) -> None:
    by_id = {row.question.id: row.question for row in made.rows}
    pairs = [(row.question, by_id[row.pair]) for row in made.rows if row.question.split == "answerable"]
    assert len(pairs) == len(made.replaced) == 24 - len(made.without)
    assert [differing_words(one.text, other.text) for one, other in pairs] == [1] * len(pairs)
    assert all(one.references and not other.references for one, other in pairs)


def test_a_new_word_is_about_as_long_and_ends_as_the_old_and_comes_once(made: ReplacedSet) -> None:
    assert all(abs(len(old) - len(new)) <= 2 for old, new in made.replaced)
    assert sum(old[-1] == new[-1] for old, new in made.replaced) >= 0.9 * len(made.replaced)
    assert len({new for _, new in made.replaced}) == len(made.replaced)
    vocabulary = {word.lower() for one in CHOSEN[:24] for word in words_of(one.question)}
    assert not vocabulary & {new for _, new in made.replaced}


def test_possessives_capitals_and_punctuation_are_kept() -> None:
    asked = [
        Asked("Who, if anyone, is Spain's most famous striker's brother?", ("x",), "striker"),
        Asked("WHAT is the U.S. president's full-time job (in 1990)?", ("x",), "job"),
        Asked("Wie heißt die HAUPTSTADT von Österreich?", ("Wien",), "HAUPTSTADT"),
        *CHOSEN[:6],
    ]
    rows = replaced_set(asked).rows
    new = [row.question.text for row in rows[len(rows) // 2 :][:3]]
    assert new[0].startswith("Who, if anyone, is Spain's most famous ") and new[0].endswith("'s brother?")
    assert new[1].startswith("WHAT is the U.S. president's full-time ") and new[1].endswith(" (in 1990)?")
    assert new[2].split()[3].isupper()


def test_the_same_seed_replaces_by_the_same_words_and_another_by_others() -> None:
    first, again, other = (replaced_set(OWN[:7], seed).replaced for seed in (1, 1, 2))
    assert first == again
    assert not {new for _, new in first} & {new for _, new in other}


def test_a_new_word_stands_in_as_many_questions_as_allowed_and_no_more() -> None:
    asked = [
        Asked(f"What is the capital of country {chr(65 + n)}{chr(97 + n)}?", ("x",), "capital")
        for n in range(7)
    ]
    uses = Counter(new for _, new in replaced_set([*asked, *OWN[:20]], times=3).replaced[:7])
    assert sorted(uses.values()) == [1, 3, 3]


@given(st.integers(0, 10_000))
def test_the_chosen_word_is_a_lower_case_content_word_that_stands_alone(number: int) -> None:
    question = CHOSEN[number % len(CHOSEN)].question
    span = noun_of(question, Random(number), english_stop_words())
    if span is not None:
        word = question[span[0] : span[1]]
        assert (
            word == word.lower() and word not in english_stop_words() and words_of(question).count(word) == 1
        )


@pytest.mark.parametrize(("question", "word"), [
    ("who wrote the declaration of independence?", "independence"),
    ("What is the capital of France?", "capital"),
    ("Who painted the Mona Lisa?", None),
    ("who was the best-known singer's younger brother-in-law?", "singer"),
    ("When was the most recently established university founded?", "university"),
])  # fmt: skip
def test_the_word_that_ends_a_group_and_is_longest_is_chosen(question: str, word: str | None) -> None:
    span = noun_of(question, Random(0), english_stop_words())
    assert (span and question[span[0] : span[1]]) == word


def test_a_question_without_such_a_word_is_left_out_and_told() -> None:
    made = replaced_set([Asked("Who is Ada Lovelace?", ("a mathematician",)), *OWN[:4]])
    assert made.without == ["Who is Ada Lovelace?"] and len(made.replaced) == 4


def test_other_languages_name_the_word_or_bring_their_stop_words() -> None:
    asked = [
        Asked("Какая река самая длинная в мире?", ("Нил",), "река"),
        Asked("Какой океан самый большой?", ("Тихий",), "океан"),
    ]
    asked += [Asked(f"Где находится город {name}?", ("там",)) for name in ("Томск", "Омск", "Тула")]
    made = replaced_set(asked, stop_words={"где", "находится"})
    assert [old for old, _ in made.replaced] == ["река", "океан", "город", "город", "город"]
    assert all("а" <= letter <= "я" or letter == "ё" for _, new in made.replaced for letter in new)


@pytest.mark.parametrize(("one", "other", "words"), [
    ("What is it?", "What is it?", 0),
    ("What is it?", "What was it?", 1),
    ("What is it?", "What is it", None),
    ("What is it?", "What is not it?", None),
    ("Who's in?", "Whos in?", None),
])  # fmt: skip
def test_a_difference_in_anything_but_words_is_no_number_of_words(
    one: str, other: str, words: int | None
) -> None:
    assert differing_words(one, other) == words


@pytest.mark.parametrize(("row", "message"), [
    ({"references": ["x"]}, "row 1: 'question' is None; it must be a text"),
    ({"question": "Who?", "references": []}, r"row 1: 'references' is \[\]; it must hold the right answer"),
    ({"question": "Who?", "references": [3]}, "row 1: 'references' is"),
])  # fmt: skip
def test_a_question_that_cannot_be_used_is_named(
    tmp_path: Path, row: dict[str, object], message: str
) -> None:
    (tmp_path / "asked.jsonl").write_text(json.dumps(row))
    with pytest.raises(DataError, match=message):
        read_questions(tmp_path / "asked.jsonl")


@pytest.mark.parametrize("noun", ["city", "is"])
def test_a_noun_that_is_not_in_its_question_once_is_refused(noun: str) -> None:
    with pytest.raises(
        DataError, match=f"has the word '{noun}' [02] times; a noun must be in its question once"
    ):
        replaced_set([Asked("What is what it is?", ("x",), noun)])


def test_questions_none_of_which_has_such_a_word_are_refused() -> None:
    with pytest.raises(
        DataError, match="no question has a word that can be replaced; name it in a column noun"
    ):
        replaced_set([Asked("Who is Ada?", ("x",))])
