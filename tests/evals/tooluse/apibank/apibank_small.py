"""A small database and tasks of the project's own, shaped like API-Bank's."""

import json
from pathlib import Path
from typing import Any

from windward.agents import Call
from windward.evals.tooluse.apibank import ApiTask, Called, Said


def database() -> dict[str, Any]:
    return {
        "Account": {
            "ada": {"password": "engine", "token": "token-ada", "email": "ada@example.org"},
            "bob": {"password": "builder", "token": "token-bob", "email": "bob@example.org"},
        },
        "Agenda": {
            "1": {"content": "Tea", "time": "2023-04-02", "location": "Garden", "username": "ada"},
            "2": {"content": "Tea", "time": "2023-04-02 15:00:00", "location": "Garden", "username": "ada"},
        },
        "Alarm": {"1": {"time": "2023-04-02 07:00:00", "username": "ada"}},
        "Reminder": {"1": {"content": "Water plants", "time": "2023-04-02 18:00:00", "username": "bob"}},
        "Meeting": {
            "1": {
                "meeting_topic": "Looms",
                "start_time": "2023-04-03 09:00:00",
                "end_time": "2023-04-03 10:00:00",
                "location": "Mill",
                "attendees": ["Ada", "Bob"],
                "username": "ada",
            }
        },
        "Appointments": {
            "11110000": {"patient_name": "Cy Dent", "date": "2023-05-01", "doctor_name": "Dr. Ox"}
        },
        "Bank": {"ada": {"balance": 12.5}},
        "HealthData": {"P7": [{"time": "2023-03-01 10:00:00", "heart_rate": 70}]},
        "Hotel": {},
        "Scenes": {"reading time": [{"name": "lamp", "description": "Lamp by the chair"}]},
        "TimeSwitch": {"lamp": [{"time": "2023-04-02 20:00:00", "on": True}]},
        "Stock": {"ACME": {"2023-03-01": 3.5}},
        "Symptom": {
            "hiccups": [{"name": "Haste", "description": "Eating fast.", "aid": "Hold your breath."}]
        },
        "History": {
            "02-29": [{"Title": "A leap", "Date": "2000-02-29", "Description": "A day was added."}],
        },
        "Wiki": {"loom": {"url": "https://example.org/loom", "summary": "Weaves.", "content": "It weaves."}},
        "SpeechRecognition": {"https://example.org/a.wav": "Good morning."},
        "SearchEngine": {
            "raw_documents": [
                {"title": "Rain", "url": "https://example.org/rain", "abstract": "Rain and rain."},
                {"title": "Sun", "url": "https://example.org/sun", "abstract": "Sun after rain."},
                {"title": "Snow", "url": "https://example.org/snow", "abstract": "Snow stays."},
            ],
            "tokenized_documents": [
                ["rain", "rain", "and", "rain"],
                ["sun", "sun", "after", "rain"],
                ["snow", "snow", "stays"],
            ],
        },
    }


def task(gold: Call, output: Any, *history: Said | Called, apis: tuple[str, ...] = ()) -> ApiTask:
    opening = Said("user", "Please do it.")
    return ApiTask(
        id=f"{gold.tool}#1",
        apis=apis or (gold.tool,),
        history=(opening, *history),
        gold=gold,
        gold_output=output,
        gold_exception=None,
        ceiling={"direct": True},
    )


def row(**changed: Any) -> dict[str, Any]:
    """A line of `apibank_level1.jsonl`."""
    return {
        "id": "GetToday-level-1-1.jsonl#2",
        "apis": ["GetToday", "TimedSwitch"],
        "history": [
            {"role": "User", "text": "Switch device 5 on at noon today."},
            {"role": "AI", "text": "I will."},
            {
                "role": "API",
                "api_name": "TimedSwitch",
                "param_dict": {"device_id": "5", "time": "2023-03-31 12:00:00", "on": "True"},
                "result": {"input": {}, "output": "success", "exception": None},
            },
        ],
        "gold": {
            "api_name": "GetToday",
            "param_dict": {},
            "result": {"input": {}, "output": "2023-03-31", "exception": None},
        },
        "ceiling": {"direct": True, "code_as_action": False},
    } | changed


def write_folder(folder: Path, rows: list[dict[str, Any]]) -> Path:
    lines = [json.dumps(held) for held in rows]
    (folder / "apibank_level1.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    tables = folder / "apibank_database"
    tables.mkdir()
    for name, table in database().items():
        (tables / f"{name}.json").write_text(json.dumps(table), encoding="utf-8")
    return folder
