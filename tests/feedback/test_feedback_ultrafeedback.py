"""UltraFeedback's public schema, in and out."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from record_samples import completions, rated, record, records

from windward.feedback import (
    ASPECTS,
    NOT_APPLICABLE,
    Completion,
    Critique,
    Rating,
    Record,
    from_ultrafeedback,
    to_ultrafeedback,
)

CAIRO = {
    "source": "sharegpt",
    "instruction": "Plan five days in Cairo for three generations.",
    "models": ["falcon-40b-instruct"],
    "correct_answers": ["None"],
    "incorrect_answers": ["None"],
    "completions": [
        {
            "model": "falcon-40b-instruct",
            "principle": "helpfulness",
            "custom_system_prompt": "Be useful.",
            "response": "Visit the pyramids.",
            "annotations": {
                "instruction_following": {"Rating": "2", "Rationale": "Leaves out the grandparents."},
                "honesty": {"Rating": "3", "Rationale": "Sure of what is wrong."},
                "truthfulness": {
                    "Type": ["1", "2"],
                    "Rationale": "There is no rafting.",
                    "Rating": "3",
                    "Rationale For Rating": "In part made up.",
                },
                "helpfulness": {
                    "Type": ["None"],
                    "Rationale": "Clear.",
                    "Rating": "3",
                    "Rationale For Rating": "Too general.",
                },
            },
            "critique": "Think of who cannot walk far.",
            "overall_score": 7.5,
            "fine-grained_score": 2.75,
        }
    ],
}
"""The ratings are those of the row that the project's page shows; the words are ours."""


def _with(**fields):
    return CAIRO | {"completions": [CAIRO["completions"][0] | fields]}


def test_a_public_row_comes_back_as_it_was():
    assert to_ultrafeedback(from_ultrafeedback(CAIRO)) == CAIRO


def test_the_readme_s_ratings_have_a_mean_of_2_75():
    completion = from_ultrafeedback(CAIRO, judge="gpt-4").completions[0]
    assert completion.fine_grained() == 2.75
    assert {(one.judge, one.kind) for one in completion.ratings} == {("gpt-4", "model")}
    assert {one.aspect: one.types for one in completion.ratings} == {
        "instruction_following": (),
        "truthfulness": ("1", "2"),
        "honesty": (),
        "helpfulness": (),
    }


def test_annotations_wrapped_in_lists_are_ratings_each():
    said = CAIRO["completions"][0]["annotations"]
    wrapped = {name: [one] for name, one in said.items()}
    assert from_ultrafeedback(_with(annotations=wrapped)) == from_ultrafeedback(CAIRO)
    twice = from_ultrafeedback(
        _with(annotations={"honesty": [{"Rating": "2"}, {"Rating": "5"}], "helpfulness": []})
    )
    assert [one.value for one in twice.completions[0].ratings] == [2.0, 5.0]
    assert twice.completions[0].fine_grained() == 3.5


@pytest.mark.parametrize(
    ("said", "value"), [("7", 7.0), (7, 7.0), (7.5, 7.5), ("7.5", 7.5), (" 10 ", 10.0), (1, 1.0)]
)
def test_a_score_may_be_int_float_or_text(said, value):
    critique = from_ultrafeedback(_with(overall_score=said)).completions[0].critique
    assert (critique.score, critique.absent) == (value, "")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (None, "unread: empty in the file"),
        ("", "unread: empty in the file"),
        ("good", "unread: 'good' is no number"),
        ("8/10", "unread: '8/10' is no number"),
        (0, "unread: 0 lies outside 1 to 10"),
        (float("nan"), "unread: nan lies outside 1 to 10"),
        ("1e999", "unread: 1e999 lies outside 1 to 10"),
        ("N/A", NOT_APPLICABLE),
    ],
)
def test_a_score_that_is_none_says_why(said, reason):
    critique = from_ultrafeedback(_with(overall_score=said)).completions[0].critique
    assert (critique.score, critique.absent) == (None, reason)


@pytest.mark.parametrize(
    ("said", "value", "reason"),
    [
        ("4", 4.0, ""),
        (4, 4.0, ""),
        ("4.5", 4.5, ""),
        ("N/A", None, NOT_APPLICABLE),
        ("N/A ", None, NOT_APPLICABLE),
        ("7", None, "unread: 7 lies outside 1 to 5"),
        ("0", None, "unread: 0 lies outside 1 to 5"),
        ("None", None, "unread: 'None' is no number"),
    ],
)
def test_a_rating_is_on_its_scale_or_says_why_not(said, value, reason):
    rating = from_ultrafeedback(_with(annotations={"honesty": {"Rating": said}})).completions[0].ratings[0]
    assert (rating.value, rating.absent) == (value, reason)


@pytest.mark.parametrize("nothing", [None, {}, []])
def test_a_completion_that_nobody_annotated_has_no_ratings(nothing):
    assert from_ultrafeedback(_with(annotations=nothing)).completions[0].ratings == ()


def test_a_completion_where_no_aspect_applies_has_no_score_and_is_no_error():
    row = to_ultrafeedback(record([rated("m", None, None, None, None)]))
    completion = row["completions"][0]
    assert {one["Rating"] for one in completion["annotations"].values()} == {"N/A"}
    assert completion["fine-grained_score"] is None
    assert from_ultrafeedback(row).completions[0].fine_grained() is None


def test_a_failed_rating_is_left_out_and_not_called_not_applicable():
    ratings = (Rating("honesty", None, "unread: three replies"), Rating("helpfulness", 4.0))
    row = to_ultrafeedback(record([Completion("m", "text", ratings=ratings)]))
    assert list(row["completions"][0]["annotations"]) == ["helpfulness"]


def test_an_absent_completion_is_an_empty_response_and_comes_back_as_absent():
    row = to_ultrafeedback(record([Completion("m", "", absent="m failed: too long")]))
    assert row["completions"][0]["response"] == ""
    assert from_ultrafeedback(row).completions[0].absent == "empty in the file"


def test_several_judges_are_written_as_their_mean():
    ratings = tuple(
        Rating("honesty", value, judge=judge) for value, judge in ((4.0, "a"), (5.0, "b"), (4.0, "c"))
    )
    said = to_ultrafeedback(record([Completion("m", "text", ratings=ratings)]))["completions"][0]
    assert float(said["annotations"]["honesty"]["Rating"]) == said["fine-grained_score"] == 13 / 3


def test_two_rows_with_the_same_instruction_have_ids_of_their_own():
    other = _with(response="Stay at home.")
    assert from_ultrafeedback(CAIRO).id != from_ultrafeedback(other).id
    assert from_ultrafeedback(CAIRO).id == from_ultrafeedback(dict(reversed(CAIRO.items()))).id


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (CAIRO | {"instruction": None}, "field instruction"),
        (CAIRO | {"source": 3}, "field source"),
        (CAIRO | {"correct_answers": "None"}, "field correct_answers"),
        (CAIRO | {"completions": [3]}, "field completions"),
        (_with(response=3), "field completions, response"),
        (_with(annotations=["4"]), "field annotations: expected an object of aspects"),
        (_with(annotations={"harmlessness": {"Rating": "1"}}), r"unknown aspects \['harmlessness'\]"),
        (_with(annotations={"honesty": "4"}), "field annotations, honesty"),
    ],
)
def test_a_malformed_row_names_its_field(row, said):
    with pytest.raises(ValueError, match=said):
        from_ultrafeedback(row)


def _as_public(one: Completion) -> Completion:
    """What the schema can hold of a completion."""
    ratings = []
    for aspect in ASPECTS:
        found = [rating for rating in one.ratings if rating.aspect == aspect]
        told = [rating for rating in found if rating.value is not None] or [
            rating for rating in found if rating.absent == NOT_APPLICABLE
        ]
        if told:
            typed = aspect in ("truthfulness", "helpfulness")
            ratings.append(
                Rating(
                    aspect,
                    one.rating(aspect),
                    told[0].absent,
                    told[0].rationale,
                    told[0].types if typed else (),
                    told[0].rationale_for_rating if typed else "",
                )
            )
    critique = one.critique
    if critique is not None:
        empty = not critique.text and critique.score is None
        absent = "" if critique.score is not None else "unread: empty in the file"
        critique = None if empty else Critique(critique.text, critique.score, absent)
    absent = "" if one.text else "empty in the file"
    return Completion(
        one.model, one.text, one.principle, one.system, absent, ratings=tuple(ratings), critique=critique
    )


@settings(max_examples=25, deadline=None)
@given(one=records(), more=st.lists(completions(), min_size=1, max_size=2))
def test_all_that_the_schema_can_hold_makes_the_round_trip(one: Record, more):
    one = one.with_completions(more)
    back = from_ultrafeedback(to_ultrafeedback(one))
    expected = replace(
        one.with_completions([_as_public(made) for made in more]), id=back.id, checks=(), never_score=()
    )
    for name in ("correct_answers", "incorrect_answers"):
        if getattr(one, name) == ("None",):
            expected = replace(expected, **{name: ()})
    assert back == expected
    assert to_ultrafeedback(back) == to_ultrafeedback(from_ultrafeedback(to_ultrafeedback(back)))
