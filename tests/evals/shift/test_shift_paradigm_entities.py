"""Entities that a model lists, as tags: each has one place, and the defects of the release do not come back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windward.evals.shift.metrics import Figure
from windward.evals.shift.paradigms.mention_replies import (
    CUT_OFF,
    NO_LIST,
    Mention,
    lenient_mentions,
    strict_mentions,
)
from windward.evals.shift.paradigms.placing import placed
from windward.evals.shift.paradigms.prompts import entities
from windward.evals.shift.paradigms.reading import EMPTY, Read
from windward.evals.shift.paradigms.scoring import entity_figures
from windward.rows.tagged import Tagged

TYPES = ("person", "location", "organization")
WORDS = tuple(re.split(" ", "Ann Lee flew from New York to Paris , and Paris liked Ann Lee ."))
TAGS = tuple(
    re.split(
        " ", "B-person I-person O O B-location I-location O B-location O O B-location O B-person I-person O"
    )
)
SENTENCE = Tagged("1", WORDS, TAGS)
LISTED = "person: Ann Lee\nlocation: New York\nlocation: Paris\nlocation: Paris\nperson: Ann Lee"


def listed(reply: str) -> tuple[Mention, ...]:
    value = lenient_mentions(reply, TYPES).value
    assert value is not None
    return value


def figures(replies: list[str], sentences: list[Tagged]) -> dict[str, Figure]:
    read = [lenient_mentions(reply, TYPES) for reply in replies]
    return {one.metric: one for one in entity_figures(read, sentences)}


def test_entities_divided_by_two_bars_keep_their_types() -> None:
    # The release asks for `||` between entities and splits at `|`: every later type lands in the first entity.
    reply = "person: Ann Lee || location: New York || location: Paris"
    assert listed(reply) == (
        Mention("person", "Ann Lee"),
        Mention("location", "New York"),
        Mention("location", "Paris"),
    )
    assert listed(reply.replace("||", "|")) == listed(reply.replace(" ||", ";")) == listed(reply)


def test_one_of_ten_mentions_of_a_name_is_a_tenth_of_them_and_not_all() -> None:
    # The release compares sets of the whole corpus and averages over types: one of ten found gives 1.0.
    sentences = [Tagged(str(n), ("Paris", f"is{n}"), ("B-location", "O")) for n in range(10)]
    found = figures(["location: Paris"] + ["none"] * 9, sentences)
    precision, recall = 1.0, 0.1
    assert found["entity_f1"].value == pytest.approx(2 * precision * recall / (precision + recall))


def test_every_entity_in_its_place_is_an_f1_of_one() -> None:
    assert strict_mentions(LISTED, TYPES).value == tuple(entities(SENTENCE))
    assert placed(WORDS, entities(SENTENCE)).tags == TAGS
    assert figures([LISTED], [SENTENCE])["entity_f1"].value == 1


def test_a_mention_takes_one_occurrence_and_is_taken_again_only_where_there_is_another() -> None:
    once = placed(WORDS, [Mention("location", "Paris")])
    assert [at for at, tag in enumerate(once.tags) if tag != "O"] == [7]
    thrice = placed(WORDS, [Mention("location", "Paris")] * 3)
    assert [at for at, tag in enumerate(thrice.tags) if tag != "O"] == [7, 10]
    assert (thrice.repeated, thrice.stray) == (1, ())


def test_a_mention_within_another_or_not_in_the_text_costs_precision() -> None:
    mentions = [Mention("location", "New York"), Mention("organization", "York"), Mention("person", "Bob")]
    found = placed(WORDS, mentions)
    assert (found.overlapping, found.absent, found.stray) == (1, 1, ("organization", "person"))
    said = LISTED + "\norganization: York\nperson: Bob"
    scored = figures([said], [SENTENCE])
    assert scored["entity_f1"].value == pytest.approx(2 * (5 / 7) * 1 / (5 / 7 + 1))
    assert scored["overlapping_rate"].value == scored["absent_rate"].value == pytest.approx(1 / 7)
    assert scored["absent_rate"].n == 7


@pytest.mark.parametrize("said", ["ann lee", "Ann  Lee", '"Ann Lee"', "AnnLee,"])
def test_layout_marks_and_case_do_not_hide_a_mention(said: str) -> None:
    assert placed(WORDS, [Mention("person", said)]).tags[:3] == ("B-person", "I-person", "O")


def test_part_of_a_word_is_no_mention() -> None:
    assert placed(("Parisian", "life"), [Mention("location", "Paris")]).absent == 1


@pytest.mark.parametrize(
    ("reply", "strict", "lenient"),
    [
        ("", EMPTY, EMPTY),
        ("none", "", ""),
        ("None.", NO_LIST, ""),
        ("There are no people here", NO_LIST, NO_LIST),
        ("Here they are:\n- Person: Ann Lee", NO_LIST, ""),
        ("animal: Ann Lee", NO_LIST, NO_LIST),
        ("person: none\n- location: None.", NO_LIST, ""),
        ("person: none\nlocation: Paris", NO_LIST, ""),
        ("person:", NO_LIST, NO_LIST),
        ("person: Ann Lee\nanimal: Rex", NO_LIST, ""),
    ],
)
def test_a_reply_is_a_list_strictly_or_in_part_or_not_at_all(reply: str, strict: str, lenient: str) -> None:
    assert strict_mentions(reply, TYPES).why == strict
    assert lenient_mentions(reply, TYPES).why == lenient


@pytest.mark.parametrize(
    "reply",
    [
        '[{"type": "person", "words": "Ann Lee"}, {"type": "location", "text": "Paris"}]',
        '```json\n{"person": ["Ann Lee"], "location": ["Paris"], "animal": ["Rex"]}\n```',
        "1. **person**: Ann Lee\n2. location: `Paris`",
        "person: Ann Lee; location: Paris",
    ],
)
def test_a_list_is_read_in_many_forms(reply: str) -> None:
    assert listed(reply) == (Mention("person", "Ann Lee"), Mention("location", "Paris"))


def test_several_mentions_of_one_type_may_share_a_line() -> None:
    assert listed("location: New York; Paris") == (
        Mention("location", "New York"),
        Mention("location", "Paris"),
    )


@pytest.mark.parametrize("reply", ["[]", "{}", '{"person": [], "location": []}'])
def test_an_empty_list_says_that_there_is_none(reply: str) -> None:
    assert lenient_mentions(reply, TYPES) == Read(())


def test_json_nested_too_deep_is_unparsed_and_stops_nothing() -> None:
    assert lenient_mentions("[" * 100_000, TYPES).value is None


def test_the_last_line_of_a_reply_that_was_cut_off_is_left_out() -> None:
    assert strict_mentions("person: Ann Lee\nlocation: New Yo", TYPES, cut=True).value == (
        Mention("person", "Ann Lee"),
    )
    assert strict_mentions("location: New Yo", TYPES, cut=True).why == CUT_OFF


def test_a_sentence_whose_reply_cannot_be_read_has_found_nothing_and_stays() -> None:
    scored = figures([LISTED, "I do not know"], [SENTENCE, SENTENCE])
    assert scored["entity_f1"].value == pytest.approx(2 * 1 * 0.5 / 1.5)
    assert (scored["entity_f1"].n, scored["entity_f1"].unparsed) == (2, 1)
    assert (scored["parsed_entity_f1"].value, scored["parsed_entity_f1"].n) == (1, 1)
    assert scored["unparsed_rate"].value == 0.5


mention_lists = st.lists(
    st.builds(
        Mention, st.sampled_from(TYPES), st.sampled_from(["Ann Lee", "Ann", "Paris", "York", "Rex", "."])
    ),
    max_size=8,
)


def test_a_type_without_entities_is_no_entity_called_none() -> None:
    assert listed("person: none\nlocation: Paris; none") == (Mention("location", "Paris"),)
    assert listed("person: none\nlocation: none") == ()


@given(st.text(alphabet='person:none |;[]{}"\n-1.P,', max_size=40))
def test_whatever_is_replied_is_read_or_has_a_reason(reply: str) -> None:
    for read in (strict_mentions(reply, TYPES), lenient_mentions(reply, TYPES)):
        assert (read.value is None) == bool(read.why)


@given(mention_lists)
def test_every_mention_is_placed_stray_or_repeated(mentions: list[Mention]) -> None:
    found = placed(WORDS, mentions)
    begun = sum(tag.startswith("B-") for tag in found.tags)
    assert begun + len(found.stray) + found.repeated == len(mentions)
    assert len(found.stray) == found.absent + found.overlapping
    assert len(found.tags) == len(WORDS)
