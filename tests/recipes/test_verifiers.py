"""What programs say of answers, by hand."""

import asyncio
import json

import pytest

from windward.feedback.annotate import annotate
from windward.feedback.records import NOT_APPLICABLE, Completion, Record
from windward.recipes.verifiers import (
    checks_met,
    repetition,
    require_checks,
    verifier_judge,
    verifier_reward,
    verify,
    worth,
)

LOWER = {"kind": "instruction", "instruction_id": "change_case:english_lowercase", "kwargs": {}}
COMMA = {"kind": "instruction", "instruction_id": "punctuation:no_comma", "kwargs": {}}
SHORT = {
    "kind": "instruction",
    "instruction_id": "length_constraints:number_words",
    "kwargs": {"num_words": 5, "relation": "less than"},
}
WELL = {"kind": "begins", "with": "Well then"}
TWELVE = {"kind": "answer", "reference": "12"}
BREAD = {"kind": "mentions", "any_of": ["bread", "flour"]}


def record(*checks: dict[str, object]) -> Record:
    return Record("r1", "tasks", "Say something.", checks=checks)


def test_the_share_of_instructions_met_becomes_1_to_5() -> None:
    both = record(LOWER, COMMA)
    assert verify(both, "bread is made of flour")["instruction_following"] == 5
    assert verify(both, "Bread is made of flour.")["instruction_following"] == 3
    assert verify(both, "Bread, they say, is good.")["instruction_following"] == 1
    assert verify(both, "   ")["instruction_following"] == 1


def test_an_answer_is_true_false_or_not_there() -> None:
    sum_ = record(TWELVE)
    assert verify(sum_, "The answer is 12.")["truthfulness"] == 5
    assert verify(sum_, "The answer is 13.")["truthfulness"] == 1
    assert verify(sum_, "")["truthfulness"] is None


def test_helpfulness_asks_for_the_topic_and_against_repetition() -> None:
    about = record(BREAD)
    assert verify(about, "Bread is good for you.")["helpfulness"] == 5
    assert verify(about, "Cars are fast.")["helpfulness"] == 1
    # 12 words are 9 runs of four, of which "bread is so good" and 3 more begin one of 4 distinct ones.
    assert verify(about, "Bread is so good bread is so good bread is so good")[
        "helpfulness"
    ] == pytest.approx(1 + 4 * 4 / 9)


def test_what_no_check_bears_on_has_no_value() -> None:
    worth = verify(record(LOWER), "bread")
    assert worth == {"instruction_following": 5, "truthfulness": None, "honesty": None, "helpfulness": None}


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("Well then, let us go.", True),
        ('"well THEN" she said', True),
        ("Wellthen", False),
        ("Oh, well then", False),
        ("Well", False),
    ],
)
def test_begins_reads_whole_words_in_any_case(text: str, met: bool) -> None:
    assert checks_met([WELL], text) == met


def test_a_word_inside_another_is_not_mentioned() -> None:
    assert checks_met([BREAD], "A breadth of views") == 0
    assert checks_met([BREAD], "Two cups (flour).") == 1


def test_the_reward_is_the_share_of_checks_met_whatever_their_kind() -> None:
    rows = [record(LOWER, BREAD), {"checks": json.dumps([SHORT, TWELVE])}, {"checks": [COMMA]}]
    assert verifier_reward(rows, ["bread", "The answer is 7.", "a, b"]) == [1.0, 0.5, 0.0]


def test_the_prompt_sent_back_follows_nothing() -> None:
    assert verify(record(COMMA), "Say something.")["instruction_following"] == 1
    assert verifier_reward([record(COMMA)], ["Say something."]) == [0.0]


def test_repetition_counts_runs_that_came_before() -> None:
    assert repetition("one two three") == 0
    assert repetition("a b c d a b c d") == pytest.approx(1 / 5)
    assert repetition("a a a a a a") == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    "check",
    [
        {"kind": "vibes"},
        {"kind": "mentions"},
        {"kind": "answer", "reference": "1", "problem_kind": "poem"},
        {"kind": "instruction", "instruction_id": "no:such", "kwargs": {}},
        {"kind": "instruction", "instruction_id": "keywords:existence", "kwargs": {}},
        {},
    ],
)
def test_a_check_that_cannot_be_computed_is_refused(check: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"kind|field|answer|instruction|arguments"):
        require_checks([check])
    with pytest.raises(ValueError, match="row 0"):
        verifier_reward([{"checks": [check]}], ["text"])


def test_a_row_without_checks_cannot_be_rewarded() -> None:
    with pytest.raises(ValueError, match=r"row 0: .*no check"):
        verifier_reward([{"checks": []}], ["text"])
    with pytest.raises(ValueError, match="2 texts for 1 rows"):
        verifier_reward([record(LOWER)], ["a", "b"])


def test_the_verifier_judges_a_record_and_says_so() -> None:
    asked = record(TWELVE, COMMA).with_completions(
        [Completion("a", "The answer is 12."), Completion("b", "", absent="x")]
    )
    first, second = asyncio.run(annotate(asked, [verifier_judge()])).completions
    assert [(one.aspect, one.value, one.kind, one.judge) for one in first.ratings] == [
        ("instruction_following", 5, "verifier", "checks"),
        ("truthfulness", 5, "verifier", "checks"),
        ("helpfulness", None, "verifier", "checks"),
    ]
    assert first.ratings[2].absent == NOT_APPLICABLE
    assert all(one.value is None and one.absent != NOT_APPLICABLE for one in second.ratings)


def test_worth_is_the_fine_grained_mean_as_a_share_of_the_scale() -> None:
    assert worth(record(COMMA, BREAD), "Bread is good.") == 1
    assert worth(record(COMMA, BREAD), "Bread, I say, is good.") == 0.5
    assert worth(record(COMMA, BREAD), "") == 0
    with pytest.raises(ValueError, match=r"r1.*no check"):
        worth(record(TWELVE), "")


def test_an_answer_that_cannot_be_read_is_unread_and_what_was_not_asked_does_not_apply() -> None:
    spoken = (
        Completion("m", "   "),
        Completion("m", "The answer is 12."),
    )
    asked, free = (Record(name, "s", "What is 5 + 7?", spoken, checks=checks) for name, checks in (("a", (TWELVE,)), ("b", (BREAD,))))  # fmt: skip
    judged = [asyncio.run(annotate(one, [verifier_judge()], ("truthfulness",))) for one in (asked, free)]
    absent = [[rating.absent for one in record.completions for rating in one.ratings] for record in judged]
    assert absent == [["unread: no answer", ""], [NOT_APPLICABLE, NOT_APPLICABLE]]
