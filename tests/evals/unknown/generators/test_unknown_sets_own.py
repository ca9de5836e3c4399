"""The sets that come with the project are those that its lists and seed 0 make, and are what they are said to be."""

from __future__ import annotations

from collections import Counter
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from windward.evals.data import DataError
from windward.evals.unknown.generators.existing import Existing, fold
from windward.evals.unknown.generators.lists import read_lists
from windward.evals.unknown.generators.own import NAMES, SOURCES, known_words, make_own, own_set
from windward.evals.unknown.generators.premises import premise_set
from windward.evals.unknown.generators.replaced import differing_words
from windward.evals.unknown.generators.sets import (
    Match,
    SetRow,
    read_set,
    read_set_rows,
    rows_of_matches,
    write_set,
)


def test_the_sets_are_made_again_byte_for_byte(tmp_path: Path) -> None:
    for name, rows in make_own().items():
        assert write_set(tmp_path / f"{name}.jsonl", rows).read_bytes() == own_set(name).read_bytes()


@pytest.mark.parametrize(("name", "pairs"), zip(NAMES, (120, 68, 47), strict=True))
def test_each_set_has_two_halves_of_one_size_without_a_question_twice(name: str, pairs: int) -> None:
    asked = read_set(own_set(name))
    assert Counter((one.dataset, one.split) for one in asked) == {
        (name, "answerable"): pairs,
        (name, "unanswerable"): pairs,
    }
    assert len({one.id for one in asked}) == len({one.text for one in asked}) == 2 * pairs


def test_every_row_is_matched_with_one_of_the_other_half_that_is_matched_with_it() -> None:
    for name in NAMES:
        rows = {row.question.id: row for row in read_set_rows(own_set(name))}
        assert all(
            rows[row.pair].pair == key and rows[row.pair].question.split != row.question.split
            for key, row in rows.items()
        )


def test_categories_and_templates_of_invented_concepts_are_balanced() -> None:
    rows = read_set_rows(own_set("invented-concepts"))
    used = {split: Counter((row.question.category, row.template) for row in rows if row.question.split == split) for split in ("answerable", "unanswerable")}  # fmt: skip
    assert used["answerable"] == used["unanswerable"]
    assert set(used["answerable"].values()) == {1, 2} and len(used["answerable"]) == 80
    assert len(Counter(category for category, _ in used["answerable"])) == 8


def test_no_invented_concept_is_in_a_list_or_among_the_words_that_exist() -> None:
    categories = read_lists(SOURCES / "concepts")
    existing = Existing([name for one in categories for name in one.existing], known_words())
    rows = {row.question.id: row for row in read_set_rows(own_set("invented-concepts"))}
    for row in rows.values():
        if row.question.split == "unanswerable":
            before, after = row.template.split("{name}")
            invented, real = (
                one.question.text.removeprefix(before).removesuffix(after) for one in (row, rows[row.pair])
            )
            kept = set(map(fold, real.split()))
            assert existing.why(real) and not existing.why(invented)
            assert not any(existing.why(word) for word in invented.split() if fold(word) not in kept)


def test_a_replaced_word_is_the_only_difference_and_each_is_new() -> None:
    rows = {row.question.id: row for row in read_set_rows(own_set("replaced-word"))}
    new = []
    for row in rows.values():
        assert differing_words(row.question.text, rows[row.pair].question.text) == 1
        if row.question.split == "unanswerable":
            before, after = row.template.split("{word}")
            new.append(row.question.text.removeprefix(before).removesuffix(after))
    assert len(set(new)) == len(new) == 68
    assert not set(map(fold, new)) & set(map(fold, known_words()))


def test_answerable_questions_with_a_replaced_word_have_their_answers() -> None:
    asked = read_set(own_set("replaced-word"))
    assert all(bool(one.references) == (one.split == "answerable") for one in asked)


def test_a_false_premise_is_a_small_edit_of_a_true_one() -> None:
    rows = {row.question.id: row.question.text for row in read_set_rows(own_set("false-premise"))}
    pairs = [(rows[row.pair], row.question.text) for row in read_set_rows(own_set("false-premise"))]
    alike = [SequenceMatcher(None, one, other).ratio() for one, other in pairs]
    assert sum(alike) / len(alike) > 0.8 and min(alike) > 0.6


def test_a_set_of_ours_that_there_is_not_is_refused_with_those_there_are() -> None:
    with pytest.raises(
        DataError,
        match="no set of ours is named 'NEC'; there are invented-concepts, replaced-word, false-premise",
    ):
        own_set("NEC")


@pytest.mark.parametrize("name", ["set.jsonl", "set.parquet"])
def test_a_set_is_read_as_it_was_written(tmp_path: Path, name: str) -> None:
    rows = [row for each in NAMES for row in read_set_rows(own_set(each))]
    assert read_set_rows(write_set(tmp_path / "new" / name, rows)) == rows
    assert [path.name for path in (tmp_path / "new").iterdir()] == [name]


def test_a_set_is_not_written_under_a_name_that_says_something_else(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"set.csv: a set is written to a name that ends in .jsonl or .parquet"
    ):
        write_set(tmp_path / "set.csv", [])


def test_rows_of_a_users_own_need_a_set_a_half_and_a_question_only(tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text(
        '{"dataset": "mine", "split": "answerable", "question": "Who?"}\n'
        '{"dataset": "mine", "split": "unanswerable", "question": "Who?", "references": null}\n'
    )
    asked = read_set(tmp_path / "mine.jsonl")
    assert [one.split for one in asked] == ["answerable", "unanswerable"] and len(
        {one.id for one in asked}
    ) == 2


@pytest.mark.parametrize(("row", "message"), [
    ('{"dataset": "mine", "split": "neither", "question": "Who?"}', "row 1: 'split' is 'neither'"),
    ('{"dataset": "mine", "split": "answerable"}', "row 1: 'question' is None"),
    ('{"dataset": "mine", "split": "answerable", "question": "Who?", "references": "me"}', "row 1: 'references' is 'me'"),
    ('{"dataset": "mine", "split": "answerable", "question": "Who?", "pair": "x"}', "is matched with 'x', which is no row"),
    ('{"dataset": "mine", "split": "answerable", "question": "Who?", "id": 3}', "row 1: 'id' is 3; it must be a text"),
    ('{"dataset": "mine", "split": "answerable", "question": "Who?", "seed": "a"}', "row 1: 'seed' is 'a'"),
])  # fmt: skip
def test_a_row_that_cannot_be_used_is_named(tmp_path: Path, row: str, message: str) -> None:
    (tmp_path / "mine.jsonl").write_text(row + "\n")
    with pytest.raises(DataError, match=message):
        read_set(tmp_path / "mine.jsonl")


def test_an_id_that_comes_twice_is_refused(tmp_path: Path) -> None:
    row = '{"dataset": "mine", "split": "answerable", "question": "Who?", "id": "a"}\n'
    (tmp_path / "mine.jsonl").write_text(row * 2)
    with pytest.raises(DataError, match="the id 'a' comes twice"):
        read_set(tmp_path / "mine.jsonl")


def test_a_question_that_would_be_in_both_halves_is_refused() -> None:
    with pytest.raises(DataError, match="the question 'Who' comes twice"):
        rows_of_matches("mine", [Match("Who?", "Who")], None)


def test_pairs_of_premises_keep_what_is_given_with_them(tmp_path: Path) -> None:
    (tmp_path / "pairs.jsonl").write_text(
        '{"true": "Why is ice cold?", "false": "Why is ice hot?", "references": ["frost"], "category": "ice"}'
    )
    rows: list[SetRow] = premise_set(tmp_path / "pairs.jsonl", "mine")
    assert [(row.question.text, row.question.references, row.question.category) for row in rows] == [
        ("Why is ice cold?", ("frost",), "ice"), ("Why is ice hot?", (), "ice")
    ]  # fmt: skip
    (tmp_path / "pairs.jsonl").write_text('{"true": "Why is ice cold?"}')
    with pytest.raises(DataError, match="row 1: 'false' is None; it must hold a question"):
        premise_set(tmp_path / "pairs.jsonl")
