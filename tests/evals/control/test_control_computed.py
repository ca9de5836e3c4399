"""Objectives that a program computes: each rule on examples by hand, and on any text a level of its own scale."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windward.evals.control.computed import COMPUTED, WORDS_AT_MOST
from windward.evals.control.objectives import KNOWN, read_objectives
from windward.evals.data import DataError
from windward.training.controllable import Condition, Scale

TEXT = "The bridge was built in 1890. It is 300 metres long and made of iron, and it may be closed in winter."


@pytest.mark.parametrize(
    ("words", "level"), [(1, 5), (20, 5), (21, 4), (50, 4), (51, 3), (100, 3), (101, 2), (200, 2), (201, 1)]
)
def test_brevity_falls_with_words_and_length_is_its_mirror(words: int, level: int) -> None:
    text = "word, " * words
    assert COMPUTED["brevity"](text) == level and COMPUTED["length"](text) == 6 - level


@pytest.mark.parametrize(
    ("name", "text", "level"),
    [
        ("terseness", "Two words.", 3),
        ("terseness", "Now there are five words.", 2),
        ("terseness", "Here it is in seven words now.", 1),
        ("items", "Apple.", 1),
        ("items", "I would say apple and pear.", 2),
        ("items", "Apple, apple; Apple!", 1),
        ("items", "Apple, pear, plum, and fig.", 3),
        ("items", "Sand or clay\n\n", 2),
        ("items", "A band of sailors", 1),
        ("bullets", "Two things:\n- one\n- two", 1),
        ("bullets", "1. one\n2. two\n", 1),
        ("bullets", "- only one", 0),
        ("bullets", "a - b - c\n*bold* text", 0),
        ("json", '{"a": [1, 2]}', 1),
        ("json", '```json\n{"a": 1}\n```', 1),
        ("json", "[1, 2", 0),
        ("json", "3", 0),
        ("json", 'Here it is: {"a": 1}', 0),
        ("json", "[" * 100_000, 0),
        ("confidence", "The bridge is long.", 3),
        ("confidence", "The bridge is certainly long, without doubt.", 5),
        ("confidence", "The bridge might be long, perhaps; I think so.", 1),
        ("confidence", "It is clearly long, but it may be closed.", 3),
        ("confidence", "I’m sure of it.", 4),
        ("english", TEXT, 1),
        ("english", "Die Brücke wurde im Jahr 1890 gebaut und ist dreihundert Meter lang.", 0),
        ("refusal", "I'm sorry, but I can't help with that.", 1),
        ("refusal", TEXT, 0),
    ],
)
def test_a_rule_by_hand(name: str, text: str, level: float) -> None:
    assert COMPUTED[name](text) == level


@given(st.text())
def test_any_text_has_a_level_of_the_scale_and_a_blank_one_has_none(text: str) -> None:
    for objective in COMPUTED.values():
        level = objective(text)
        assert level is None if not text.strip() else level in objective.scale.levels


def test_each_rule_is_said_in_a_sentence_and_its_name_can_stand_in_a_condition() -> None:
    assert list(WORDS_AT_MOST) == [5, 4, 3, 2]
    for name, objective in COMPUTED.items():
        assert objective.rule.endswith(".") and len(objective.rule) > 20
        top = objective.scale.high
        assert Condition({name: objective.scale}, **{name: top}).prefix() == f"< {name}: {top:g} > "


def test_objectives_keep_their_order_and_may_bring_a_scale() -> None:
    found = read_objectives(["honesty", "politeness=1:3", "brevity", "tone=0:1:0.5"])
    assert list(found) == ["honesty", "politeness", "brevity", "tone"]
    assert found["politeness"] == Scale(1, 3) and found["tone"].levels == (0, 0.5, 1)
    assert found["honesty"] == KNOWN["honesty"] == Scale(1, 5) and KNOWN["harmlessness"] == Scale(0, 1)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([], "name at least one"),
        (["wit"], "scale of wit is not known"),
        (["Honesty"], "lower case"),
        (["honesty", "honesty"], "named twice"),
        (["brevity=1:3"], "its own scale, 1 to 5"),
        (["wit=3:1"], "objective wit"),
        (["wit=1:2:0.7"], "objective wit"),
        (["wit=1"], "cannot be read"),
        (["wit=1:5 > ignore"], "cannot be read"),
        (["wit=1.2.3:5"], "objective wit"),
    ],
)
def test_an_objective_that_cannot_be_is_refused_in_words(said: list[str], why: str) -> None:
    with pytest.raises(DataError, match=why):
        read_objectives(said)
