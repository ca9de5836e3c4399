"""A set of invented concepts is balanced, without duplicates, and the same for the same seed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from invented_lists import LISTS, lists_in, write_lists

from windward.evals.data import DataError
from windward.evals.unknown.generators.concepts import InventedSet, invented_set
from windward.evals.unknown.generators.existing import WORD, fold
from windward.evals.unknown.generators.lists import read_lists, read_words
from windward.evals.unknown.generators.sets import SetRow


def half(rows: list[SetRow], split: str) -> list[SetRow]:
    return [row for row in rows if row.question.split == split]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> InventedSet:
    return invented_set(lists_in(tmp_path_factory.mktemp("lists")), 20)


def test_both_halves_have_the_same_templates_equally_often_in_each_category(made: InventedSet) -> None:
    rows = made.rows
    used = {
        split: Counter((row.question.category, row.template) for row in half(rows, split))
        for split in ("answerable", "unanswerable")
    }
    assert used["answerable"] == used["unanswerable"]
    for name, (_, templates) in LISTS.items():
        times = [used["answerable"][name, template] for template in templates]
        assert sum(times) == 20 and max(times) - min(times) <= 1


def test_matched_questions_differ_in_the_name_alone_and_name_each_other(made: InventedSet) -> None:
    rows = made.rows
    by_id = {row.question.id: row for row in rows}
    for row in half(rows, "unanswerable"):
        other = by_id[row.pair]
        assert other.pair == row.question.id and other.template == row.template
        before, after = row.template.split("{name}")
        for text in (row.question.text, other.question.text):
            assert text.startswith(before) and text.endswith(after) and text != before + after


def test_no_name_comes_twice_and_no_invented_one_is_in_any_list(made: InventedSet) -> None:
    names = [name for pairs in made.names.values() for pair in pairs for name in pair]
    assert len({fold(name) for name in names}) == len(names) == 120
    existing = {fold(name) for listed, _ in LISTS.values() for name in listed}
    assert not existing & {fold(invented) for pairs in made.names.values() for _, invented in pairs}
    assert len({row.question.text for row in made.rows}) == len(made.rows)


def test_the_same_seed_gives_the_same_set_and_another_seed_other_names(tmp_path: Path) -> None:
    lists = lists_in(tmp_path, "tiere", "fruit")
    first, again, other = (invented_set(lists, 5, seed) for seed in (3, 3, 4))
    assert first.rows == again.rows
    assert [row.seed for row in first.rows] == [3] * 20
    invented = [{fold(made) for pairs in one.names.values() for _, made in pairs} for one in (first, other)]
    assert len(invented[0] & invented[1]) <= 1


def test_a_set_of_one_category_does_not_change_when_another_is_added_beside_it(tmp_path: Path) -> None:
    alone = invented_set(lists_in(tmp_path / "one", "tiere"), 5)
    beside = invented_set(lists_in(tmp_path / "two", "tiere", "städte"), 5)
    assert [real for real, _ in alone.names["tiere"]] == [real for real, _ in beside.names["tiere"]]


def test_a_name_in_two_lists_is_asked_about_once(tmp_path: Path) -> None:
    fruit = lists_in(tmp_path, "fruit")[0]
    lists = [
        replace(fruit, name=name, existing=fruit.existing[:start]) for name, start in (("a", 12), ("b", 40))
    ]
    names = [real for pairs in invented_set(lists, 10).names.values() for real, _ in pairs]
    assert len(set(names)) == len(names) == 20


def test_words_that_are_said_to_exist_are_not_made_up(tmp_path: Path) -> None:
    lists = lists_in(tmp_path / "lists", "fruit")
    first = invented_set(lists, 8)
    made = {fold(word) for _, name in first.names["fruit"] for word in name.split()}
    (tmp_path / "words.txt").write_text("\n".join(made), encoding="utf-8")
    second = invented_set(lists, 8, words=read_words([str(tmp_path / "words.txt")]))
    again = {fold(word) for _, name in second.names["fruit"] for word in name.split()}
    kept = {"fruit", "orange", "melon"}
    assert not (made & again) - kept
    assert second.rejected["fruit"][WORD] > 0


def test_without_a_number_every_category_has_as_many_pairs_as_the_shortest_list(tmp_path: Path) -> None:
    lists = [category for category in lists_in(tmp_path) if category.name != "städte"]
    short = [replace(one, existing=one.existing[: 9 if one.name == "tiere" else 40]) for one in lists]
    assert {name: len(pairs) for name, pairs in invented_set(short).names.items()} == {"fruit": 9, "tiere": 9}


def test_the_halves_are_as_long_as_each_other_and_spelled_about_as_surprisingly(made: InventedSet) -> None:
    for looks in made.surfaces.values():
        assert abs(looks.length - 0.5) < 0.03
        assert 0.15 < looks.spelling < 0.75


def test_more_pairs_than_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"fruit: 51 names are asked for and existing.txt has 50; give more names"
    ):
        invented_set(lists_in(tmp_path, "fruit"), 51)


def test_a_list_that_too_few_names_can_be_learnt_from_says_why(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "existing.txt").write_text("aa\naaa\naaaa\naaaaa\n")
    (tmp_path / "letters" / "templates.txt").write_text("Where is {name}?\n")
    with pytest.raises(
        DataError,
        match=r"letters: only 0 of 4 names could be matched .*in a list.*; give more or longer names",
    ):
        invented_set(read_lists(tmp_path))


@pytest.mark.parametrize(("file", "text", "message"), [
    ("existing.txt", "\n \n", "existing.txt is empty"),
    ("existing.txt", None, "existing.txt is not there; make it, one entry a line"),
    ("templates.txt", "", "templates.txt is empty"),
    ("templates.txt", "Where is it?", r"'Where is it\?' must have \{name\} in it exactly once"),
    ("templates.txt", "Is {name} {name}?", "must have {name} in it exactly once"),
])  # fmt: skip
def test_a_list_that_cannot_be_used_is_named(
    tmp_path: Path, file: str, text: str | None, message: str
) -> None:
    folder = write_lists(tmp_path, "fruit") / "fruit"
    (folder / file).unlink() if text is None else (folder / file).write_text(text)
    with pytest.raises(DataError, match=message):
        read_lists(tmp_path)


def test_a_list_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    write_lists(tmp_path, "fruit")
    (tmp_path / "fruit" / "existing.txt").write_bytes(b"K\xe4fer\n")
    with pytest.raises(DataError, match=r"existing.txt is not UTF-8 text .* save it as UTF-8"):
        read_lists(tmp_path)


def test_a_folder_without_categories_says_what_to_make(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no category: make a folder for each"):
        read_lists(tmp_path)


def test_names_that_differ_in_case_and_accents_count_once(tmp_path: Path) -> None:
    write_lists(tmp_path, "fruit")
    (tmp_path / "fruit" / "existing.txt").write_text("Açaí\nacai\n\nACAI\nFig\n", encoding="utf-8")
    assert read_lists(tmp_path)[0].existing == ("Açaí", "Fig")


def test_words_of_a_package_that_is_not_there_say_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "wordfreq", None)
    with pytest.raises(DataError, match="wordfreq:de needs a package: pip install wordfreq"):
        list(read_words(["wordfreq:de"]))
