"""A record as a dict is what `dataclasses.asdict` makes of it, and shares nothing with the record that can be changed."""

from dataclasses import asdict

from windward.feedback import Completion, Critique, Rating, Record, record_from_dict

RECORD = Record(
    "r",
    "flan",
    "Say yes.",
    (
        Completion(
            "m", "Yes.", ratings=(Rating("honesty", 4.5), Rating("helpfulness", None, "not applicable"))
        ),
        Completion("n", "", absent="failed", critique=Critique("None", None, "unread")),
    ),
    correct_answers=("yes",),
    checks=({"kind": "mentions", "any_of": ["yes"]},),
)


def test_it_is_what_asdict_makes_of_it() -> None:
    assert RECORD.as_dict() == asdict(RECORD)
    assert list(RECORD.as_dict()) == list(asdict(RECORD))
    assert record_from_dict(RECORD.as_dict()) == RECORD


def test_a_change_to_the_dict_is_none_to_the_record() -> None:
    told = RECORD.as_dict()
    told["completions"][0]["ratings"][0]["value"] = 1.0
    told["completions"][0]["text"] = "No."
    told["checks"][0]["any_of"].append("no")
    assert RECORD.completions[0].text == "Yes."
    assert RECORD.completions[0].rating("honesty") == 4.5
    assert RECORD.checks[0]["any_of"] == ["yes"]
