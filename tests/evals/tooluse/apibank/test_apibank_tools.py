"""The 49 tools over a small world: what they change, what they refuse, and that worlds are apart."""

import copy
import inspect
import json
from typing import Any

import pytest
from apibank_small import database
from hypothesis import given, settings
from hypothesis import strategies as st

from windward.evals.tooluse.apibank import ToolError, UnavailableError, open_world
from windward.evals.tooluse.apibank.tools import tools_of
from windward.evals.tooluse.apibank.tools.ranking import best_documents
from windward.evals.tooluse.apibank.tools.sums import value_of
from windward.evals.tooluse.apibank.world import new_world

TOOLS = open_world(database())


def test_there_are_forty_nine_tools_and_each_describes_itself() -> None:
    assert len(TOOLS) == 49
    for name, tool in TOOLS.items():
        assert tool.__name__ == name
        for parameter in inspect.signature(tool).parameters.values():
            assert f"\n    {parameter.name}: " in str(tool.__doc__), (name, parameter.name)
            assert parameter.annotation is not inspect.Parameter.empty
        assert "Returns:" in str(tool.__doc__)
    assert str(inspect.signature(TOOLS["QueryStock"])) == "(stock_code: str, date: str) -> float"


def test_worlds_share_no_state_and_leave_the_database_as_it_is() -> None:
    stored = database()
    one, other = open_world(stored), open_world(stored)
    one["DeleteAccount"]("token-ada")
    one["AddAlarm"](token="token-bob", time="2023-04-05 06:00:00")
    assert stored == database()
    assert other["GetUserToken"]("ada", "engine") == {"token": "token-ada"}
    with pytest.raises(ToolError, match="no alarm"):
        other["QueryAlarm"]("token-bob", "2023-04-05 06:00:00")


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("Wiki", {"keyword": "loom"}),
        ("SearchEngine", {"keyword": "rain"}),
        ("QueryScene", {"name": "Reading time"}),
        (
            "QueryHealthData",
            {"user_id": "p7", "start_time": "2023-03-01 00:00:00", "end_time": "2023-03-02 00:00:00"},
        ),
        ("SymptomSearch", {"symptom": "Hiccups"}),
    ],
)
def test_what_a_tool_gave_may_be_changed_without_changing_the_world(tool: str, arguments: Any) -> None:
    stored = database()
    tools = open_world(stored)
    before = tools[tool](**arguments)
    kept = copy.deepcopy(before)
    held = before[0] if isinstance(before, list) else before
    held.clear()
    assert tools[tool](**arguments) == kept
    assert stored == database()


TOKEN_TOOLS = sorted(name for name, tool in TOOLS.items() if "token" in inspect.signature(tool).parameters)


@pytest.mark.parametrize("tool", TOKEN_TOOLS)
def test_a_wrong_token_is_refused_and_changes_nothing(tool: str) -> None:
    world = new_world(database())
    values = {
        "token": "token-eve",
        "time": "2023-04-02 07:00:00",
        "from_time": "2023-04-02 07:00:00",
        "to_time": "2023-04-02 08:00:00",
        "start_time": "2023-04-03 09:00:00",
        "end_time": "2023-04-03 10:00:00",
        "content": "Tea",
        "location": "Garden",
        "meeting_topic": "Looms",
        "attendees": ["Ada", "Bob"],
        "old_password": "engine",
        "new_password": "x",
    }
    tools = tools_of(world)
    wanted = inspect.signature(tools[tool]).parameters
    with pytest.raises(ToolError, match="token belongs to no user"):
        tools[tool](**{name: values[name] for name in wanted})
    assert world.tables == new_world(database()).tables


def test_signing_in_needs_a_known_user_and_the_right_password() -> None:
    tools = open_world(database())
    assert tools["GetUserToken"]("ada", "engine") == {"token": "token-ada"}
    with pytest.raises(ToolError, match="no user of that name"):
        tools["GetUserToken"]("eve", "engine")
    with pytest.raises(ToolError, match="password is wrong"):
        tools["GetUserToken"]("ada", "ENGINE")


def test_a_forgotten_password_is_replaced_in_two_calls_and_only_with_the_code() -> None:
    tools = open_world(database())
    with pytest.raises(ToolError, match="code is wrong"):
        tools["ForgotPassword"](status="Verification Code", verification_code=1, new_password="x")
    code = tools["ForgotPassword"](status="Forgot Password", username="ada", email="ada@example.org")
    with pytest.raises(ToolError, match="code is wrong"):
        tools["ForgotPassword"](status="Verification Code", verification_code=code + 1, new_password="x")
    with pytest.raises(ToolError, match="another user"):
        tools["ForgotPassword"](
            status="Verification Code", username="bob", verification_code=code, new_password="x"
        )
    given = tools["ForgotPassword"](status="Verification Code", verification_code=str(code), new_password="x")
    assert given == "success"
    assert tools["GetUserToken"]("ada", "x") == {"token": "token-ada"}
    with pytest.raises(ToolError, match="code is wrong"):
        tools["ForgotPassword"](status="Verification Code", verification_code=code, new_password="y")


def test_a_deleted_account_is_gone_and_its_name_is_free_again() -> None:
    tools = open_world(database())
    with pytest.raises(ToolError, match="taken"):
        tools["RegisterUser"]("ada", "loom", "ada@example.org")
    assert tools["DeleteAccount"]("token-ada") == {"status": "success"}
    with pytest.raises(ToolError, match="no user of that name"):
        tools["GetUserToken"]("ada", "engine")
    token = tools["RegisterUser"]("ada", "loom", "ada@example.org")
    assert tools["GetUserToken"]("ada", "loom") == token != {"token": "token-ada"}


def test_an_agenda_item_without_an_hour_is_found_by_its_day_and_one_with_an_hour_first() -> None:
    tools = open_world(database())
    item = {"token": "token-ada", "content": "tea", "time": "2023-04-02 15:00:00", "location": "garden"}
    assert tools["QueryAgenda"](**item)["time"] == "2023-04-02 15:00:00"
    tools["DeleteAgenda"](**item)
    assert tools["QueryAgenda"](**item)["time"] == "2023-04-02"
    tools["DeleteAgenda"](**item)
    with pytest.raises(ToolError, match="no such item"):
        tools["QueryAgenda"](**item)


def test_alarms_move_and_another_users_alarm_does_not() -> None:
    tools = open_world(database())
    tools["ModifyAlarm"]("token-ada", "2023-04-02 07:00:00", "2023-04-02 08:00:00")
    assert tools["QueryAlarm"]("token-ada", "2023-04-02 08:00:00")["username"] == "ada"
    with pytest.raises(ToolError, match="no alarm"):
        tools["DeleteAlarm"]("token-bob", "2023-04-02 08:00:00")


def test_a_reminder_is_changed_by_content_or_by_time() -> None:
    tools = open_world(database())
    tools["ModifyReminder"]("token-bob", "Water plants", "2023-04-02 19:00:00")
    tools["ModifyReminder"]("token-bob", "Water the roses", "2023-04-02 19:00:00")
    assert tools["QueryReminder"]("token-bob", "Water the roses", "2023-04-02 19:00:00")
    with pytest.raises(ToolError, match="no reminder"):
        tools["ModifyReminder"]("token-bob", "Feed cat", "2023-04-09 19:00:00")


def test_a_meeting_is_deleted_only_if_all_that_is_said_of_it_is_so() -> None:
    tools = open_world(database())
    meeting = database()["Meeting"]["1"]
    said = {"token": "token-ada"} | {name: held for name, held in meeting.items() if name != "username"}
    with pytest.raises(ToolError, match="no such meeting"):
        tools["DeleteMeeting"](**said | {"attendees": ["Ada"]})
    assert tools["QueryMeeting"](**said) == meeting
    assert tools["DeleteMeeting"](**said | {"attendees": "['Ada', 'Bob']"}) == "success"
    with pytest.raises(ToolError, match="no such meeting"):
        tools["QueryMeeting"](**said)


def test_appointments_are_made_moved_and_cancelled_by_number() -> None:
    tools = open_world(database())
    number = tools["AppointmentRegistration"]("Di Yu", "2023-05-02", "Dr. Elk")
    tools["ModifyRegistration"](number, "2023-05-03", "Dr. Ox")
    held = {"patient_name": "Di Yu", "date": "2023-05-03", "doctor_name": "Dr. Ox"}
    assert tools["QueryRegistration"]("Di Yu", "2023-05-03") == {number: held}
    assert tools["CancelRegistration"](number) == "success"
    with pytest.raises(ToolError, match="no appointment of that number"):
        tools["CancelRegistration"](number)


def test_what_is_recorded_of_health_is_found_in_its_span_of_time() -> None:
    tools = open_world(database())
    tools["RecordHealthData"]("p7", "2023-03-02 10:00:00", "[{'name': 'heart_rate', 'value': 75}]")
    span = {"user_id": "P7", "start_time": "2023-03-02 00:00:00", "end_time": "2023-03-03 00:00:00"}
    assert tools["QueryHealthData"](**span) == [{"time": "2023-03-02 10:00:00", "heart_rate": "75"}]
    with pytest.raises(ToolError, match="a name and a value"):
        tools["RecordHealthData"]("p7", "2023-03-02 10:00:00", [{"heart_rate": "75"}])


def test_a_switch_may_be_set_on_a_new_device_and_is_cancelled_once() -> None:
    tools = open_world(database())
    assert tools["TimedSwitch"]("fan", "2023-04-02 21:00:00", "False") == "success"
    assert tools["CancelTimedSwitch"]("Fan", "2023-04-02 21:00:00") == "success"
    with pytest.raises(ToolError, match="not to be switched"):
        tools["CancelTimedSwitch"]("fan", "2023-04-02 21:00:00")
    with pytest.raises(ToolError, match="no device"):
        tools["CancelTimedSwitch"]("heater", "2023-04-02 21:00:00")


def test_looking_up_gives_what_the_tables_hold() -> None:
    tools = open_world(database())
    assert tools["QueryBalance"]("token-ada") == 12.5
    assert tools["QueryStock"]("acme", "2023-03-01") == 3.5
    assert tools["EmergencyKnowledge"]("Hiccups") == [{"name": "Haste", "aid": "Hold your breath."}]
    assert tools["QueryHistoryToday"]("02-29") == [
        "Title: A leap, Date: 2000-02-29, Description: A day was added."
    ]
    assert tools["SpeechRecognition"]("https://example.org/a.wav") == "Good morning."
    assert tools["Wiki"]("Loom") == {"url": "https://example.org/loom", "summary": "Weaves."}
    assert [page["title"] for page in tools["SearchEngine"]("SNOW")] == ["Snow"]
    assert tools["BookHotel"]("Inn", "2023-05-01", "2023-05-02", "1", 2.0, 0) == "1"
    with pytest.raises(ToolError, match="no money"):
        tools["QueryBalance"]("token-bob")


@pytest.mark.parametrize(
    ("tool", "arguments", "missing"),
    [
        ("Translate", {"src": "Hi", "tgt_lang": "fr"}, "network_or_stubbed"),
        ("Dictionary", {"keyword": "loom"}, "network_or_stubbed"),
        ("ImageCaption", {"url": "https://example.org/a.png"}, "caption_data_missing"),
    ],
)
def test_a_tool_that_needs_what_is_not_here_says_so(tool: str, arguments: Any, missing: str) -> None:
    with pytest.raises(UnavailableError) as refused:
        open_world(database())[tool](**arguments)
    assert refused.value.missing == missing


def test_captions_are_told_where_their_table_is_there() -> None:
    tools = open_world(database() | {"ImageCaptioning": {"https://example.org/a.png": "A loom."}})
    assert tools["ImageCaption"]("https://example.org/a.png") == "A loom."


@pytest.mark.parametrize(
    ("formula", "value"), [("(23+7)*3-42/6", 83.0), ("-(2 + 3) * +2", -10.0), ("7/2", 3.5), (" 4 ", 4.0)]
)
def test_sums_have_their_value(formula: str, value: float) -> None:
    assert value_of(formula) == value


@pytest.mark.parametrize(
    "formula",
    [
        "",
        "2**9",
        "1/0",
        "__import__('os')",
        "a+1",
        "True+1",
        "1e999*0",
        "(" * 150,
        "1" * 201,
        "1 2",
        "'a'*9",
        "2j",
    ],
)
def test_what_is_no_sum_is_refused(formula: str) -> None:
    with pytest.raises(ToolError):
        value_of(formula)


def test_ranking_puts_the_document_with_more_of_a_rare_word_first() -> None:
    documents = [["b", "x", "y"], ["a", "a", "y"], ["a", "x", "y"], ["z"], ["z"], ["z"]]
    assert best_documents(["a"], documents, 5) == [1, 2]
    assert best_documents(["a"], documents, 1) == [1]
    assert best_documents(["nowhere"], documents, 5) == []
    assert best_documents(["a"], [], 5) == []


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(data=st.data(), tool=st.sampled_from(sorted(TOOLS)))
def test_whatever_a_model_passes_a_tool_either_answers_in_json_or_refuses(
    data: st.DataObject, tool: str
) -> None:
    tools = open_world(database())
    likely = _JSON | st.sampled_from(
        ["token-ada", "2023-04-02 07:00:00", "2023-04-02", "[['a']]", "[{}]", 10**5000]
    )
    names = list(inspect.signature(tools[tool]).parameters)
    arguments = {name: data.draw(likely, label=name) for name in names}
    try:
        answer = tools[tool](**arguments)
    except ToolError:
        return
    json.dumps(answer)
