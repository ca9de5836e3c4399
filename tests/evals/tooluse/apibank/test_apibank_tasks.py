"""Tasks are read with clear errors, and become a conversation."""

import json
from pathlib import Path

import pytest
from apibank_small import database, row, task, write_folder

from windward.agents import Call
from windward.evals.tooluse.apibank import (
    Called,
    DataError,
    Said,
    conversation,
    data_folder,
    on_offer,
    read_apis,
    read_database,
    read_tasks,
)
from windward.evals.tooluse.apibank.messages import SHOWN_CHARS


def test_tasks_are_read_with_their_history_and_record(tmp_path: Path) -> None:
    (read,) = read_tasks(write_folder(tmp_path, [row()]))
    assert read.id == "GetToday-level-1-1.jsonl#2"
    assert read.gold == Call("GetToday")
    assert (read.gold_output, read.gold_exception) == ("2023-03-31", None)
    assert read.ceiling == {"direct": True, "code_as_action": False}
    assert on_offer(read) == ("GetToday", "TimedSwitch")
    assert read.history[:2] == (
        Said("user", "Switch device 5 on at noon today."),
        Said("assistant", "I will."),
    )


def test_a_parameter_under_its_old_name_is_read_under_the_name_that_is_on_offer(tmp_path: Path) -> None:
    (read,) = read_tasks(write_folder(tmp_path, [row()]))
    called = read.history[2]
    assert isinstance(called, Called)
    assert called.call == Call(
        "TimedSwitch", kwargs={"name": "5", "time": "2023-03-31 12:00:00", "on": "True"}
    )


def test_tables_are_read_by_name(tmp_path: Path) -> None:
    assert read_database(write_folder(tmp_path, [row()])) == database()


@pytest.mark.parametrize(
    "broken",
    [
        "{",
        "[]",
        "3",
        "{}",
        json.dumps(row(gold=None)),
        json.dumps(row(apis=["Wiki"])),
        json.dumps(row(history=[{"role": "Cook", "text": "Soup."}])),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, broken: str) -> None:
    path = write_folder(tmp_path, [row()]) / "apibank_level1.jsonl"
    path.write_text(path.read_text(encoding="utf-8") + "\n" + broken + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"apibank_level1\.jsonl, line 3: no task of API-Bank"):
        read_tasks(tmp_path)


def test_what_is_not_there_is_named_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match=r"apibank_level1\.jsonl is not there\. Name the folder"):
        read_tasks(tmp_path)
    with pytest.raises(DataError, match=r"apibank_database holds no tables"):
        read_database(tmp_path)
    (tmp_path / "apibank_level1_apis.json").write_text("[]", encoding="utf-8")
    with pytest.raises(DataError, match="holds a JSON list, not an object"):
        read_apis(tmp_path)
    (tmp_path / "apibank_level1_apis.json").write_text("{\n x", encoding="utf-8")
    with pytest.raises(DataError, match="line 2: no JSON"):
        read_apis(tmp_path)
    monkeypatch.delenv("WINDWARD_DATA", raising=False)
    with pytest.raises(DataError, match="set WINDWARD_DATA"):
        data_folder()
    monkeypatch.setenv("WINDWARD_DATA", "home")
    assert (data_folder(), data_folder("mine")) == (Path("home/codeact"), Path("mine"))


def test_the_conversation_is_told_turn_by_turn() -> None:
    history = (
        Said("user", "Sign me in."),
        Said("assistant", "Who are you?"),
        Called(
            Call("GetUserToken", kwargs={"username": "ada", "password": "engine"}), {"token": "token-ada"}
        ),
        Said("assistant", "Done."),
        Said("user", "Wake me at 7."),
    )
    talk = conversation(task(Call("AddAlarm"), "success", *history))
    assert talk.endswith("Assistant: Done.\nUser: Wake me at 7.")
    assert "User: Sign me in.\nAssistant: Who are you?\n" in talk
    for word in ("GetUserToken", "username: ada", "password: engine", '{"token": "token-ada"}'):
        assert word in talk


def test_an_earlier_call_is_told_in_no_action_format() -> None:
    called = Called(Call("GetUserToken", kwargs={"username": "ada", "password": "engine"}), "token-ada")
    told = conversation(task(Call("GetToday"), "2023-03-31", called))
    for mark in ("GetUserToken(", "username=", '"username"', "Action:", "GetUserToken, "):
        assert mark not in told


def test_a_long_result_is_cut() -> None:
    called = Called(Call("Wiki", kwargs={"keyword": "loom"}), {"summary": "w" * 5_000})
    told = conversation(task(Call("GetToday"), "2023-03-31", called))
    assert "w" * (SHOWN_CHARS // 2) in told and len(told) < SHOWN_CHARS + 200
    assert told.endswith(" …")
