"""Right by call and right by result: what is taken as equal, and what is not."""

from typing import Any

import pytest
from apibank_small import database, task

from windward.agents import Call
from windward.evals.tooluse.apibank import Called, by_call, by_result, causes, ceiling, truth
from windward.evals.tooluse.apibank.replay import world_of

BOOKED = {
    "hotel_name": "Inn",
    "check_in_time": "2023-05-01",
    "check_out_time": "2023-05-03",
    "room_count": "1",
    "adult_count": "2",
    "child_count": "0",
}
BOOK = task(Call("BookHotel", kwargs=BOOKED), "1")
MEETING = {
    "token": "token-ada",
    "meeting_topic": "Shuttles",
    "start_time": "2023-04-04 09:00:00",
    "end_time": "2023-04-04 10:00:00",
    "location": "Mill",
    "attendees": "['Ada', \"Bob O'Neil\"]",
}
MEET = task(Call("AddMeeting", kwargs=MEETING), "success")
SWITCH = task(
    Call("TimedSwitch", kwargs={"name": "fan", "time": "2023-04-02 20:00:00", "on": "False"}), "success"
)
SICK = task(
    Call("SymptomSearch", kwargs={"symptom": "hiccups"}), [{"name": "Haste", "description": "Eating fast."}]
)


def _with(gold: Call, **changed: Any) -> Call:
    return Call(gold.tool, kwargs={**gold.kwargs, **changed})


EQUAL = [
    (BOOK, BOOK.gold),
    (BOOK, _with(BOOK.gold, room_count=1, adult_count=2.0, child_count=" 0 ")),
    (BOOK, Call("BookHotel", args=("Inn", "2023-05-01", "2023-05-03", 1, 2, 0))),
    (BOOK, Call("BookHotel", args=("Inn", "2023-05-01"), kwargs=dict(list(BOOKED.items())[2:]))),
    (BOOK, _with(BOOK.gold, hotel_name=" Inn")),
    (MEET, _with(MEET.gold, attendees=["Ada", "Bob O'Neil"])),
    (MEET, _with(MEET.gold, attendees='["Ada", "Bob O\'Neil"]')),
    (SWITCH, _with(SWITCH.gold, on=False)),
    (SWITCH, _with(SWITCH.gold, on="false")),
]


@pytest.mark.parametrize(("asked", "call"), EQUAL)
def test_the_same_call_written_another_way_is_right_by_call_and_by_result(asked: Any, call: Call) -> None:
    assert by_call(asked, call).correct
    assert by_result(asked, call, database()).correct


WRONG = [
    (BOOK, _with(BOOK.gold, hotel_name="Outn"), "hotel_name", "result"),
    (BOOK, _with(BOOK.gold, room_count=2), "room_count", "result"),
    (BOOK, _with(BOOK.gold, room_count=True), "arguments", "arguments"),
    (BOOK, _with(BOOK.gold, room_count=1.5), "arguments", "arguments"),
    (BOOK, _with(BOOK.gold, room_count="one"), "arguments", "arguments"),
    (BOOK, _with(BOOK.gold, room_count=10**5000), "arguments", "arguments"),
    (BOOK, _with(BOOK.gold, breakfast=True), "arguments", "arguments"),
    (BOOK, _with(BOOK.gold, hotel_name=None), "arguments", "arguments"),
    (BOOK, _with(BOOK.gold, hotel_name=["Inn"]), "arguments", "arguments"),
    (BOOK, Call("BookHotel", args=("Inn",), kwargs=BOOKED), "arguments", "arguments"),
    (BOOK, Call("BookHotel", args=(*BOOKED.values(), 1)), "arguments", "arguments"),
    (BOOK, Call("BookHotel", kwargs=dict(list(BOOKED.items())[1:])), "arguments", "arguments"),
    (BOOK, Call("BookHotel"), "arguments", "arguments"),
    (BOOK, Call("GetToday"), "tool:differs", "tool:differs"),
    (BOOK, Call("BookMotel", kwargs=BOOKED), "tool:unknown", "tool:unknown"),
    (BOOK, Call("bookhotel", kwargs=BOOKED), "tool:unknown", "tool:unknown"),
    (MEET, _with(MEET.gold, attendees=["Ada"]), "attendees", "result:state"),
    (MEET, _with(MEET.gold, attendees="Ada, Bob O'Neil"), "arguments", "arguments"),
    (MEET, _with(MEET.gold, attendees="[" * 9_000), "arguments", "arguments"),
    (MEET, _with(MEET.gold, token="token-bob"), "token", "result:state"),
    (MEET, _with(MEET.gold, token="token-eve"), "token", "result:refused"),
    (SWITCH, _with(SWITCH.gold, on=True), "on", "result:state"),
    (SWITCH, _with(SWITCH.gold, on="off"), "arguments", "arguments"),
]


@pytest.mark.parametrize(("asked", "call", "by_call_rule", "by_result_rule"), WRONG)
def test_another_call_is_wrong_by_call_and_by_result(
    asked: Any, call: Call, by_call_rule: str, by_result_rule: str
) -> None:
    one, other = by_call(asked, call), by_result(asked, call, database())
    assert not one.correct and by_call_rule in one.rule
    assert not other.correct and other.rule.startswith(by_result_rule)
    assert one.status == other.status == "ok"
    assert one.extracted is not None and one.extracted.startswith(f"{call.tool}(")


def test_no_call_is_unparsed() -> None:
    for verdict in (by_call(BOOK, None), by_result(BOOK, None, database())):
        assert (verdict.correct, verdict.extracted, verdict.status) == (False, None, "unparsed")


def test_what_makes_no_difference_is_right_by_result_only() -> None:
    other_case = _with(SICK.gold, symptom="Hiccups")
    assert not by_call(SICK, other_case).correct
    assert by_result(SICK, other_case, database()).correct


def test_a_tool_whose_answer_says_nothing_is_judged_by_what_it_was_asked() -> None:
    mail = task(
        Call("SendEmail", kwargs={"receiver": "a@example.org", "subject": "Hi", "content": "All well"}),
        "success",
    )
    assert by_result(mail, mail.gold, database()).correct
    assert by_result(mail, _with(mail.gold, content="All bad"), database()).rule == "result:state differs"


EARLIER = Called(
    Call(
        "AppointmentRegistration",
        kwargs={"patient_name": "Di Yu", "date": "2023-05-02", "doctor_name": "Dr. Elk"},
    ),
    "31415926",
)
LATER = task(Call("CancelRegistration", kwargs={"appointment_id": "31415926"}), "success", EARLIER)


def test_earlier_calls_are_replayed_and_give_out_the_recorded_numbers() -> None:
    assert by_result(LATER, LATER.gold, database()).correct
    unreplayed = task(LATER.gold, "success")
    assert truth(unreplayed, database()).fault == "data_contradiction"
    world, (deed,) = world_of(LATER, database())
    assert deed.output == "31415926"
    assert "31415926" in world.table("Appointments")


def test_a_password_that_an_earlier_call_set_is_the_one_that_signs_in() -> None:
    asked = Called(
        Call(
            "ForgotPassword",
            kwargs={"status": "Forgot Password", "username": "ada", "email": "ada@example.org"},
        ),
        271828,
    )
    answered = Called(
        Call(
            "ForgotPassword",
            kwargs={
                "status": "Verification Code",
                "verification_code": "271828",
                "new_password": "difference",
            },
        ),
        "success",
    )
    sign_in = Call("GetUserToken", kwargs={"username": "ada", "password": "difference"})
    signing = task(sign_in, {"token": "token-ada"}, asked, answered)
    assert by_result(signing, sign_in, database()).correct
    old = Call("GetUserToken", kwargs={"username": "ada", "password": "engine"})
    assert by_result(signing, old, database()).rule.startswith("result:refused")


def test_a_number_that_a_tool_gives_out_is_no_reason_to_reject_or_to_accept() -> None:
    register = Call("RegisterUser", kwargs={"username": "cy", "password": "dent", "email": "cy@example.org"})
    recorded = task(register, {"token": "8d9c"})
    assert by_result(recorded, register, database()).correct
    assert not by_result(recorded, _with(register, password="bent"), database()).correct


def test_scenes_are_equal_but_for_case_and_other_outputs_are_not() -> None:
    scene = task(
        Call("QueryScene", kwargs={"name": "Reading Time"}),
        [{"name": "Lamp", "description": "Lamp by the chair"}],
    )
    assert truth(scene, database()).fault is None
    shouted = task(
        Call("GetUserToken", kwargs={"username": "ada", "password": "engine"}), {"token": "TOKEN-ADA"}
    )
    assert truth(shouted, database()).fault == "data_contradiction"


def test_a_task_with_a_fault_is_not_judged_by_result_but_a_wrong_tool_is_wrong_there_too() -> None:
    gold = Call("Translate", kwargs={"src": "Hi", "tgt_lang": "fr"})
    translate = task(gold, "Salut")
    verdict = by_result(translate, gold, database())
    assert (verdict.correct, verdict.rule, verdict.status) == (False, "fault:network_or_stubbed", "error")
    assert by_call(translate, _with(gold, src_lang="auto")).correct
    wrong = by_result(translate, Call("GetToday"), database())
    assert (wrong.rule, wrong.status) == ("tool:differs", "ok")


def test_every_recorded_call_is_accepted_or_has_a_named_fault() -> None:
    captioned = task(Call("ImageCaption", kwargs={"url": "https://example.org/a.png"}), "A loom.")
    other = task(Call("QueryBalance", kwargs={"token": "token-ada"}), 99.0)
    rows = ceiling([BOOK, LATER, captioned, other], database())
    assert causes(rows) == {"accepted": 2, "caption_data_missing": 1, "data_contradiction": 1}
    assert all(row.accepted == (row.fault is None) for row in rows)


def test_judging_leaves_the_database_and_the_known_truth_as_they_are() -> None:
    stored = database()
    known = truth(LATER, stored)
    first = by_result(LATER, LATER.gold, stored, known)
    second = by_result(LATER, LATER.gold, stored, known)
    assert first == second
    assert stored == database()
