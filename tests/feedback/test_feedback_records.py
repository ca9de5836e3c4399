"""The record that every stage passes on."""

import json

import pytest
from hypothesis import given, settings
from record_samples import rated, record, records

from windward.feedback import Completion, Critique, Rating, record_from_dict


@settings(max_examples=25, deadline=None)
@given(one=records())
def test_a_record_comes_back_from_json_as_it_was(one):
    assert record_from_dict(json.loads(json.dumps(one.as_dict()))) == one


def test_the_score_of_the_readme_s_completion_is_2_75():
    assert rated("falcon-40b-instruct", 2, 3, 3, 3).fine_grained() == 2.75


def test_aspects_that_do_not_apply_are_not_in_the_mean():
    assert rated("m", 5, None, None, 4).fine_grained() == 4.5
    assert rated("m", None, None, None, None).fine_grained() is None


def test_judges_are_averaged_within_an_aspect_and_told_apart_by_kind():
    ratings = (
        Rating("honesty", 2.0, kind="model", judge="a"),
        Rating("honesty", 4.0, kind="model", judge="b"),
        Rating("honesty", None, "no such text", judge="c"),
        Rating("helpfulness", 5.0, kind="verifier", judge="words"),
    )
    completion = Completion("m", "text", ratings=ratings)
    assert completion.rating("honesty") == 3.0
    assert completion.fine_grained() == 4.0
    assert (completion.fine_grained("model"), completion.fine_grained("verifier")) == (3.0, 5.0)


@pytest.mark.parametrize(
    "made",
    [
        lambda: Rating("honesty", None),
        lambda: Rating("honesty", 3.0, "not applicable"),
        lambda: Rating("honesty", 7.0),
        lambda: Rating("beauty", 3.0),
        lambda: Critique("text", 0.0),
        lambda: Critique("text", None),
    ],
)
def test_what_says_two_things_or_nothing_is_refused(made):
    with pytest.raises(ValueError):
        made()


def test_a_malformed_record_is_named():
    row = record([rated("m", 3)]).as_dict()
    row["completions"][0]["ratings"][0]["value"] = 9
    with pytest.raises(ValueError, match="record 'r1' is malformed: a rating of 9 lies outside 1 to 5"):
        record_from_dict(row)
