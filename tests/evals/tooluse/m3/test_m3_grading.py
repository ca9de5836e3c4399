"""What a user would call right, what the released grader calls right, and where they differ."""

from __future__ import annotations

from typing import Any

import pytest
from m3_world import task

from windward.evals.tooluse.m3 import grade

PRICE = "What does it cost?\nAnswer in the format of 'xx.xx' (e.g., 12.34).\n"
LIST = [36380.0, 48150.0]
COUNTS = {"T": 1, "A": 2}


def both(
    expected: Any, answer: str, instruction: str = "What is it?", domain: str = "web_browsing"
) -> tuple[bool, bool]:
    """By the released rule, and by ours."""
    asked = task(expected, instruction, domain)
    return grade(asked, answer, "released").correct, grade(asked, answer).correct


@pytest.mark.parametrize(
    ("expected", "answer", "released", "strict"),
    [
        (1050, "1050", True, True),
        (1050, "1050.0", True, True),
        (1050, "1,050", False, True),
        (1050, "$1,050.00", False, True),
        (1050, "The total is 1050.", False, True),
        (1050, "The total for 5 nights is **1050** units.", False, True),
        (1050, "450 + 5 * 120 = 1050", False, True),
        (1050, "The answer is 1050 or 615", False, False),
        (1050, "1050, 615", False, False),
        (1050, "1050 or 615", False, False),
        (1050, "It is not 1050", False, False),
        (1050, "1050.4", False, False),
        (1050, "11050", False, False),
        (1050, "1050e", False, False),
        (1050, "8,100,50", False, False),
        (1050, "-1050", False, False),
        (1050, "('A', 1050)", False, False),
        (1050, "(1050)", True, True),
        (-5, "−5", False, True),
        (161.25, "161.25", True, True),
        (161.25, "161", True, False),  # the released rule makes the reference an integer
        (161.25, "161.0", True, False),
        (161.25, "161.2500", True, True),
        (161.25, "161.2501", False, True),
        (161.25, "161.26", False, False),
        (8100.0, "8100", True, True),
        (8100.0, "8100.004", False, True),
        (8100.0, "8.1e3", True, True),
        (8100.0, "1e999999999999", False, False),
        (8100.0, "nan", False, False),
    ],
)  # fmt: skip
def test_numbers(expected: float, answer: str, released: bool, strict: bool) -> None:
    assert both(expected, answer) == (released, strict)


@pytest.mark.parametrize(
    ("answer", "strict"),
    [
        ("237.94", True),
        ("237.942", True),
        ("$237.94", True),
        ("237.9", False),
        ("237.944", False),
        ("238", False),
    ],
)
def test_a_price_may_be_rounded_as_the_task_asks(answer: str, strict: bool) -> None:
    released, ours = both(237.942, answer, PRICE)
    assert ours is strict
    assert released is (answer == "237.942")  # so that following the instruction is counted wrong
    assert not both(237.942, "237.94")[1]  # a task that asks for no decimals wants all of them


@pytest.mark.parametrize(
    ("expected", "answer", "released", "strict"),
    [
        ("Engineering", "Engineering", True, True),
        ("Engineering", "'Engineering'", True, True),
        ("Engineering", "Engineering.", False, True),
        ("Engineering", "engineering", False, True),
        ("Engineering", "The department is Engineering.", False, True),
        ("Engineering", "Department: `Engineering`", False, True),
        ("Engineering", "Engineering or Marketing", False, False),
        ("Engineering", "It is not Engineering", False, False),
        ("Engineering", "Reverse Engineering", False, False),
        ("ann@example.org", "Her address is ann@example.org", False, True),
        ("(993)710-3413x164", "(993)710-3413x164", True, True),
        ("(993)710-3413x164", "(993) 710-3413", False, False),
    ],
)
def test_texts(expected: str, answer: str, released: bool, strict: bool) -> None:
    assert both(expected, answer) == (released, strict)


def test_the_word_department_may_follow_where_one_is_asked_for() -> None:
    assert both("Sales", "Sales Department", "Find the department of Ann Lee.")[1]
    assert not both("Sales", "Sales Department", "Find the motto of Ann Lee.")[1]


def test_case_counts_in_decoded_messages_alone() -> None:
    assert not both("fCha", "fcha", domain="message_decoder")[1]
    assert both("fCha", "The message is 'fCha'.", domain="message_decoder")[1]
    assert both("fCha", "FCHA", domain="cryptobotanists_plant_dna_sequencer")[1]


@pytest.mark.parametrize(
    ("answer", "released", "strict"),
    [
        ("False", True, True),
        ("false", False, True),
        ("0", True, False),
        ("No, it is absent", False, True),
        ("The answer is False: it is not there", False, True),
        ("not False", False, False),
        ("True", False, False),
        ("True or False", False, False),
        ("I do not know", False, False),
    ],
)
def test_truth_values(answer: str, released: bool, strict: bool) -> None:
    assert both(False, answer) == (released, strict)


@pytest.mark.parametrize(
    ("expected", "answer", "released", "strict"),
    [
        (LIST, "[36380.0, 48150.0]", True, True),
        (LIST, "[36380.0,48150.0]", False, True),
        (LIST, "[36380, 48150]", False, True),
        (LIST, "(36380, 48150)", False, True),
        (LIST, "36380.0, 48150.0", False, True),
        (LIST, "[36,380, 48,150]", False, True),
        (LIST, "The values (in UTC) are [36380.0, 48150.0].", False, True),
        (LIST, '["36380.0", "48150.0"]', False, True),
        (LIST, "[48150.0, 36380.0]", False, False),
        (LIST, "[36380.0]", False, False),
        (LIST, "[36380.0, 48150.0, 1]", False, False),
        (LIST, "[36380.0, true]", False, False),
        (LIST, "[36380.0, 48150.0] or [1, 2]", False, False),
        (("A", 3), "('A', 3)", True, True),
        (("A", 3), "['A', 3]", False, True),
        (("A", 3), "A, 3", False, True),
        (("A", 3), "A", False, False),
        (COUNTS, "{'T': 1, 'A': 2}", True, True),
        (COUNTS, '{"A": 2, "T": 1}', False, True),
        (COUNTS, "A: 2, T: 1", False, True),
        (COUNTS, "{A: 2, T: 1}", False, True),
        (COUNTS, "{'A': 2}", False, False),
        (COUNTS, "{'A': 2, 'T': 1, 'C': 0}", False, False),
        (COUNTS, "A: 2, T: 1, T: 3", False, False),
    ],
)
def test_lists_tuples_and_dicts(expected: Any, answer: str, released: bool, strict: bool) -> None:
    assert both(expected, answer) == (released, strict)


@pytest.mark.parametrize("expected", [3, 2.5, "A", False, LIST, ("A", 3), COUNTS])
@pytest.mark.parametrize(
    "answer", ["", "Answer", "I do not know", "[" * 3000, "-" * 3000 + "1", "{" * 90, "9" * 5000]
)
def test_no_answer_is_wrong_by_both_rules_and_breaks_neither(expected: Any, answer: str) -> None:
    assert both(expected, answer) == (False, False)


def test_an_unread_answer_is_told_from_a_wrong_one() -> None:
    assert grade(task(3), "I do not know").status == "unparsed"
    assert grade(task(3), "4").status == "ok"


def test_there_are_two_profiles() -> None:
    with pytest.raises(ValueError, match="'kind'; there are strict, released"):
        grade(task(3), "3", "kind")
