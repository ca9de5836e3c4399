"""A judge's reply is read by label, or refused with a reason; never misassigned."""

from __future__ import annotations

import pytest
from judged import needs_data, reference, sections

from windward.feedback import NOT_APPLICABLE, AspectReading, Refused, read_aspect
from windward.feedback.records import ASPECTS

NA = NOT_APPLICABLE
OUT = "outside"

# What each of the released cases is read as: value, `not applicable`, or a word of the reason of a refusal; and types.
EXPECTED = {
    "if_clean": [5, 4, 3, 1],
    "honesty_NA": [5, NA, 3, NA],
    "honesty_NA_trailing_space": [5, NA, 3, 2],
    "rating_slash": [4, 4, 3, 1],
    "rating_half": [4.5, 4, 3, 1],
    "rating_bold": [4, 4, 3, 1],
    "rating_out_of_range": [OUT, OUT, OUT, 1],
    "rating_worded": [2, 4, 3, 1],
    "rationale_two_paras": [5, 3, 3, 3],
    "permuted_order": [4, 5, 3, 1],
    "five_sections_preamble": [5, 4, 3, 1],
    "truth_types": [3, 5, 2, 4],
    "help_types": [5, 1, 3, 2],
    "truth_NA_rating": [NA, 3, 3, 3],
    "crlf": [5, 4, 3, 1],
}
TYPES = {
    "truth_types": [("1", "2"), (), ("1", "3"), ()],
    "help_types": [("1", "2", "3"), (), ("2",), ("1",)],
    "truth_NA_rating": [(), ("1",), ("1",), ("1",)],
}


def read(text: str, count: int = 4, aspect: str = "instruction_following") -> list[object]:
    """Per text a value or the reason for none; a reply refused as a whole is the reason for each."""
    reading = read_aspect(aspect, text, count)
    if isinstance(reading, Refused):
        return [reading.reason] * count
    return [one.mark.absent if one.mark.value is None else one.mark.value for one in reading.texts]


def agree(found: list[object], expected: list[object]) -> None:
    assert len(found) == len(expected)
    for one, due in zip(found, expected, strict=True):
        assert (due in one) if isinstance(due, str) and isinstance(one, str) else one == due, (
            found,
            expected,
        )


@needs_data
@pytest.mark.parametrize("name", EXPECTED)
def test_every_case_of_the_release_is_parsed_or_refused_and_never_misassigned(name: str) -> None:
    cases = reference("aspect_parse")
    assert set(cases) == set(EXPECTED)
    case = cases[name]
    agree(read(case["text"], 4, case["aspect"]), EXPECTED[name])
    reading = read_aspect(case["aspect"], case["text"], 4)
    assert isinstance(reading, AspectReading)
    assert [one.types for one in reading.texts] == TYPES.get(name, [()] * 4)
    assert all(one.rationale for one in reading.texts)


def test_texts_are_not_matched_by_position() -> None:
    assert read(sections({2: 5, 4: 1, 1: 4, 3: 3})) == [4, 5, 3, 1]


def test_a_text_that_is_left_out_shifts_no_other() -> None:
    agree(read(sections({1: 5, 3: 2, 4: 1})), [5, "not in the reply", 2, 1])


@pytest.mark.parametrize("rating", [0, 7, 10, -1, 5.5, "0.5", "55", "5555555555555", "4%", "4/10", "100"])
def test_a_rating_outside_the_scale_is_not_accepted(rating: object) -> None:
    agree(read(sections({1: rating, 2: 4}), 2), ["unread", 4])


@pytest.mark.parametrize(
    "rating", ["3-4", "3 or 4", "3 to 4", "3, 4", "3–4", "4 → 5", "N/A or 3", "1 2", "4th", "four", ""]
)
def test_what_could_mean_two_numbers_or_none_is_refused(rating: str) -> None:
    agree(read(sections({1: rating, 2: 4}), 2), ["unread", 4])


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("4", 4), ("4.5", 4.5), ("**4**", 4), ("*4*", 4), ("`4`", 4), ("[4]", 4), ("(4)", 4), ("4/5", 4), ("4 / 5", 4),
        ("4 (out of 5)", 4), ("4 out of 5.", 4), ("4.", 4), ("4,", 4), ("2. Partial focus", 2), ("4 - good", 4), ("4 stars", 4),
        ("**4/5** good", 4), ("1.0", 1), ("N/A", NA), ("N/A ", NA), ("n/a.", NA), ("NA", NA), ("**N/A**", NA),
        ("N/A (a poem)", NA), ("Not applicable", NA),
    ],
)  # fmt: skip
def test_a_mark_may_be_dressed(said: str, value: object) -> None:
    assert read(sections({1: said, 2: 3}), 2) == [value, 3]


@pytest.mark.parametrize("aspect", ASPECTS)
def test_na_with_a_trailing_blank_is_read_in_every_aspect(aspect: str) -> None:
    assert read("#### Text 1\nType: None\nRating: N/A \n\n#### Text 2\nType: 1\nRating: 3\t", 2, aspect) == [
        NA,
        3,
    ]


def test_a_label_that_comes_twice_with_two_ratings_is_refused_and_with_one_is_not() -> None:
    agree(read(sections({1: 5, 2: 2}) + "\n\n" + sections({1: 4, 2: 2}), 2), ["rated 5 and 4", 2])


def test_two_ratings_in_one_section_are_refused() -> None:
    agree(read("#### Text 1\nRating: 5\nRating: N/A\n\n#### Text 2\nRating: 1", 2), ["rated 5 and N/A", 1])


@pytest.mark.parametrize("label", [0, 5, 12])
def test_a_reply_that_rates_a_text_that_was_not_there_is_refused_as_a_whole(label: int) -> None:
    reading = read_aspect("honesty", sections({1: 5, 2: 4, 3: 3, 4: 2, label: 1}), 4)
    assert isinstance(reading, Refused) and f"Text {label}" in reading.reason


@pytest.mark.parametrize(
    "text", ["", "  \n", "Rating: 5\n\nRating: 4\n\nRating: 3\n\nRating: 1", "5\n4\n3\n1", "None."]
)
def test_a_reply_without_labels_is_refused_as_a_whole(text: str) -> None:
    assert isinstance(read_aspect("honesty", text, 4), Refused)


def test_one_text_alone_needs_no_label() -> None:
    assert read("Rationale: fine.\nRating: 4", 1) == [4]


@pytest.mark.parametrize(
    "text",
    [
        "Text 1: 4\nText 2: N/A",
        "Text 1: 4/5\n\nText 2: N/A",
        "1. **Text 1**: Rating: 4\n2. **Text 2**: Rating: N/A",
        "**Text 1** - Rating: 4\n**Text 2** - Rating: N/A",
        "### Text 2:\n**Rating:** N/A\n### Text 1:\n**Rating:** 4/5",
        "## Rating for Text 1\nRating: 4\n## Rating for Text 2\nRating: N/A",
        "#### Response 1\nRating: 4\n#### Response 2\nRating: N/A",
        "Text 1 (the short one)\nRating: 4\nText 2 (the long one):\nRating: N/A",
        "- Text 1\n  - Rating: 4\n- Text 2\n  - Rating: N/A",
        "```\n#### Text 1\nRating: 4\n\n#### Text 2\nRating: N/A\n```",
        "<think>\n#### Text 1\nRating: 1\n</think>\n#### Text 1\nRating: 4\n#### Text 2\nRating: N/A",
        "Text 1: good and clear. Rating: 4\nText 2: a poem. Rating: N/A",
        "#### Text 1\nFinal rating: 4\n#### Text 2\nScore: N/A",
        "#### Text 1\nRating (1-5): 4\n#### Text 2\nRating:\nN/A",
        '{"Text 1": {"Rating": "4"}, "Text 2": {"Rating": "N/A"}}',
        '```json\n{"text_2": "N/A", "text_1": 4}\n```',
        '[{"text": 2, "rating": "N/A"}, {"text": 1, "rating": 4, "rationale": "ok"}]',
        '{"ratings": [{"id": "Text 2", "rating": "N/A"}, {"id": "Text 1", "rating": 4.0}]}',
        '{"1": {"score": 4}, "2": {"score": "N/A"}}',
    ],
)  # fmt: skip
def test_many_forms_are_read(text: str) -> None:
    assert read(text, 2) == [4, NA]


@pytest.mark.parametrize(
    "text",
    [
        '{"ratings": [4, 3]}',
        "[4, 3]",
        '[{"rating": 4}, {"rating": 3}]',
        '{"Text 1": 4, "Text 3": 3}',
        '{"Text 1": {"Rating": NaN}}',
        '{"Text 1": 4, "Text 2": ',
    ],
)
def test_json_without_labels_or_whole_is_never_read_by_position(text: str) -> None:
    assert isinstance(read_aspect("honesty", text, 2), Refused)


def test_in_json_too_a_label_that_comes_twice_with_two_ratings_is_refused() -> None:
    agree(read('{"Text 1": 4, "Text 1": 2, "Text 2": true}', 2), ["rated 4 and 2", "unread"])


def test_a_sentence_that_begins_with_a_label_takes_no_rating_from_the_section_it_stands_in() -> None:
    text = "#### Text 1\nRating: 2\nRationale: It lacks what\nText 2 has: names.\n\n#### Text 2\nRating: 5\nRationale: ok."
    reading = read_aspect("honesty", text, 2)
    assert isinstance(reading, AspectReading)
    assert [one.mark.value for one in reading.texts] == [2, 5]
    assert reading.texts[0].rationale == "It lacks what\nText 2 has: names."


def test_a_rating_after_such_a_sentence_belongs_to_nobody() -> None:
    text = (
        "#### Text 1\nRationale: It is shorter than\nText 2: the full one.\nRating: 4\n#### Text 2\nRating: 4"
    )
    agree(read(text, 2), ["no rating", "not clear"])
    text = "#### Text 1\nRationale: ok\n#### Text 2 and 3\nRating: 4\n#### Text 4\nRating: 1"
    agree(read(text, 4), ["no rating", "not clear", "not in the reply", 1])
    agree(read("#### Text 1\nRationale: ok\nTexts 1-2: -4\nRating: 4", 2), ["unread", "unread"])
    agree(read("Text 1: -4\nText 2: 3", 2), ["unread", 3])


def test_a_completion_quoted_by_the_judge_cannot_speak_for_another() -> None:
    quoted = "#### Text 1\nRationale: it says\n#### Text 2\nRating: 5\nRating: 1\n\n#### Text 2\nRating: 2"
    agree(read(quoted, 2), ["no rating", "rated 5"])


def test_types_are_sets_of_known_kinds() -> None:
    said = {
        1: "1, 2",
        2: "None",
        3: "[1,3]",
        4: "None.",
        5: "3 and 1",
        6: "2 (against the input)",
        7: "1. World",
        8: "N/A",
    }
    text = "\n\n".join(f"#### Text {label}\nType: {types}\nRating: 3" for label, types in said.items())
    reading = read_aspect("truthfulness", text, len(said))
    assert isinstance(reading, AspectReading)
    due = [("1", "2"), (), ("1", "3"), (), ("1", "3"), ("2",), ("1",), ()]
    assert [one.types for one in reading.texts] == due


@pytest.mark.parametrize("types", ["4", "0", "1, 7", "clarity", ""])
def test_a_kind_that_does_not_exist_spoils_the_rating(types: str) -> None:
    agree(read(f"#### Text 1\nType: {types}\nRating: 3", 1, "helpfulness"), ["types"])


def test_preambles_two_paragraphs_and_foreign_line_ends_are_read() -> None:
    text = "Here is what I think.\n\n#### Text 2\nRating: 4\nRationale: a.\n\nb.\n\n#### Text 1\nRating: 2\nRationale: c.\n\nBye."
    for ends in (text, text.replace("\n", "\r\n"), text.replace("\n", "\r")):
        reading = read_aspect("honesty", ends, 2)
        assert isinstance(reading, AspectReading)
        assert [(one.mark.value, one.rationale) for one in reading.texts] == [
            (2, "c.\n\nBye."),
            (4, "a.\n\nb."),
        ]


def test_both_reasons_of_an_aspect_with_kinds_are_kept_apart() -> None:
    text = "#### Text 1\nType: 1\nRationale: a\n\nb\nRating: 3\nRationale for rating: c"
    reading = read_aspect("truthfulness", text, 1)
    assert isinstance(reading, AspectReading)
    assert (reading.texts[0].rationale, reading.texts[0].rationale_for_rating) == ("a\n\nb", "c")


def test_a_judge_that_never_ends_its_thinking_has_said_nothing() -> None:
    assert isinstance(read_aspect("honesty", "<think>\n#### Text 1\nRating: 4", 1), Refused)
