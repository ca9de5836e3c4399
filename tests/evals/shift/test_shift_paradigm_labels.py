"""Which class a reply names: the whole of it, or beyond doubt; and the defects of the release that do not come back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windward.evals.shift.declared import TASKS
from windward.evals.shift.metrics import Figure
from windward.evals.shift.paradigms.label_replies import (
    NEGATED,
    NONE_NAMED,
    NOT_ALONE,
    SEVERAL_NAMED,
    lenient_label,
    strict_label,
)
from windward.evals.shift.paradigms.offered import offered
from windward.evals.shift.paradigms.reading import EMPTY, Read
from windward.evals.shift.paradigms.scoring import class_figures

FEELINGS = ("negative", "positive", "neutral")
TOXIC = ("benign", "toxic", "not_toxic")


def figures(read: list[Read[str]], golds: list[str]) -> dict[str, Figure]:
    return {one.metric: one for one in class_figures(read, golds, offered(TASKS["rated"], "amazon"))}


@pytest.mark.parametrize("reply", ["", " \n", "**", "..."])
def test_an_empty_reply_is_unparsed_and_not_the_first_class_as_in_the_release(reply: str) -> None:
    # The release takes the first class whose name starts with the reply: ''.startswith is true of label 0.
    assert strict_label(reply, FEELINGS) == lenient_label(reply, FEELINGS) == Read(None, EMPTY)


def test_replies_that_cannot_be_read_stay_in_the_denominator_that_the_release_takes_them_out_of() -> None:
    read: list[Read[str]] = [Read("positive"), Read("negative"), Read(None, EMPTY), Read(None, NONE_NAMED)]
    found = figures(read, ["positive", "positive", "negative", "positive"])
    assert (found["accuracy"].value, found["accuracy"].n, found["accuracy"].unparsed) == (0.25, 4, 2)
    parsed = found["parsed_accuracy"]
    assert (parsed.value, parsed.n, parsed.unparsed) == (0.5, 2, 2)
    assert (found["unparsed_rate"].value, found["unparsed_rate"].n) == (0.5, 4)
    assert found["accuracy"].stderr == pytest.approx((0.25 * 0.75 / 4) ** 0.5)


def test_where_nothing_can_be_read_there_is_no_accuracy_of_the_parsed() -> None:
    found = figures([Read(None, EMPTY)], ["positive"])
    assert found["accuracy"].value == 0 and "parsed_accuracy" not in found


@pytest.mark.parametrize("reply", ["positive", "Positive.", " **POSITIVE**\n", "'positive'", "_positive_"])
def test_a_reply_that_is_a_class_but_for_case_and_punctuation_is_read_strictly(reply: str) -> None:
    assert strict_label(reply, FEELINGS) == lenient_label(reply, FEELINGS) == Read("positive")


@pytest.mark.parametrize("reply", ["It is positive", "positive positive", "positively", "pos"])
def test_a_reply_that_is_more_or_less_than_a_class_is_not_read_strictly(reply: str) -> None:
    assert strict_label(reply, FEELINGS) == Read(None, NOT_ALONE)


@pytest.mark.parametrize(
    ("reply", "value", "why"),
    [
        ("The text is positive.", "positive", ""),
        ("Positive: it is a positive review", "positive", ""),
        ("positively glowing", None, NONE_NAMED),
        ("It could be positive or negative.", None, SEVERAL_NAMED),
        ("It is not positive", None, NEGATED),
        ("This isn't really positive.", None, NEGATED),
        ("This isn’t positive.", None, NEGATED),
        ("I do not think that anybody could call this positive", "positive", ""),
        ("I cannot tell.", None, NONE_NAMED),
    ],
)
def test_a_longer_reply_is_read_where_it_names_one_class_and_does_not_deny_it(
    reply: str, value: str | None, why: str
) -> None:
    assert lenient_label(reply, FEELINGS) == Read(value, why)


@pytest.mark.parametrize(
    ("reply", "value"),
    [("not toxic", "not_toxic"), ("It is Not-Toxic.", "not_toxic"), ("non-toxic", None), ("toxic", "toxic")],
)
def test_of_names_within_each_other_the_longest_counts(reply: str, value: str | None) -> None:
    assert lenient_label(reply, TOXIC).value == value


def test_a_class_that_the_set_lacks_is_no_answer_there() -> None:
    labels = offered(TASKS["rated"], "SST-2").labels
    assert labels == ("negative", "positive")
    assert lenient_label("neutral", labels) == Read(None, NONE_NAMED)


@given(st.text(max_size=60))
def test_whatever_is_read_strictly_is_read_leniently_as_the_same_or_as_denied(reply: str) -> None:
    strict, lenient = strict_label(reply, TOXIC), lenient_label(reply, TOXIC)
    assert strict.value is None or strict.value == lenient.value
    assert (strict.value is None) == bool(strict.why) and (lenient.value is None) == bool(lenient.why)
