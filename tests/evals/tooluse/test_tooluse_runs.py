"""Whole runs: the parser's ceiling is the benchmark's, a policy that knows nothing scores nothing, killed runs go on."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from apibank_small import database
from m3_world import write_world
from tooluse_policies import caller, planner

from windward.evals.data import DataError
from windward.evals.folder import FolderError
from windward.evals.tooluse import apibank, m3
from windward.evals.tooluse.data import data_folder
from windward.evals.tooluse.live import RESULTS, ToolUseConfig, run_tooluse
from windward.evals.tooluse.trials import RUNS, SPACES, read_trials
from windward.journal import RowsFailedError
from windward.models import ModelError, scripted
from windward.rows import read_results, select

real = pytest.mark.skipif("WINDWARD_DATA" not in os.environ, reason="needs WINDWARD_DATA")
TASKS = [
    ("a/price", "web_browsing", "Find the current price of Red Hat.", 12.5, "float"),
    ("a/email", "web_browsing", "Find the email of Ann Lee.", "ann@example.org", "str"),
    ("b/decode", "message_decoder", "Undo hex, then a shift of 1: '656463'.", "dcb", "str"),
    ("c/trip", "travel_itinerary_planning", 'You are at "P". Cheapest trip to "Q" on 2024-05-01 for 3 nights.', 370, "int"),
]  # fmt: skip
CALLS = [
    ("one#1", ["GetUserToken"], [{"role": "User", "text": "I am ada, my password is engine."}],
     {"api_name": "GetUserToken", "param_dict": {"username": "ada", "password": "engine"},
      "result": {"output": {"token": "token-ada"}, "exception": None}}),
    ("one#2", ["GetUserToken", "AddAlarm"], [{"role": "User", "text": "Wake me at 7, I am token-ada, on 1 May 2023."}],
     {"api_name": "AddAlarm", "param_dict": {"token": "token-ada", "time": "2023-05-01 07:00:00"},
      "result": {"output": "success", "exception": None}}),
]  # fmt: skip


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "m3tooleval_world").mkdir(parents=True)
    write_world(folder / "m3tooleval_world")
    rows = [
        {"name": name, "domain": domain, "instruction": asked, "expected_output": expected, "expected_type": kind,
         "tools": [{"name": "view"}]}
        for name, domain, asked, expected, kind in TASKS
    ]  # fmt: skip
    (folder / "m3tooleval_tasks.jsonl").write_text("\n".join(map(json.dumps, rows)))
    calls = [
        {"id": name, "apis": apis, "history": history, "gold": gold, "ceiling": {}} for name, apis, history, gold in CALLS
    ]  # fmt: skip
    (folder / "apibank_level1.jsonl").write_text("\n".join(map(json.dumps, calls)))
    (folder / "apibank_database").mkdir()
    for name, table in database().items():
        (folder / "apibank_database" / f"{name}.json").write_text(json.dumps(table))
    return folder


def m3_run(folder: Path, data: Path, space: str, turns: int = 20, **options):
    config = ToolUseConfig(spaces=(space,), turns=turns)
    model = planner(m3.read_tasks(data), data / "m3tooleval_world", space)
    return run_tooluse(model, folder, config, data=data, tell=lambda line: None, **options)


@pytest.mark.parametrize("space", SPACES)
def test_plans_through_a_format_and_the_interpreter_solve_every_task(space, data, tmp_path):
    table = read_results(m3_run(tmp_path / "run", data, space))
    found = select(table, metric="success_rate", split="all")
    assert [(result.value, result.n, result.unparsed) for result in found] == [(1.0, len(TASKS), 0)]
    trials = read_trials(tmp_path / "run" / RUNS)
    assert all(trial.turns == trial.solved_at == len(trial.episode["steps"]) for trial in trials)
    rates = {result.metric: result.value for result in table if result.split == "all"}
    assert rates["action_rate"] == rates["executed_rate"] == 1.0


@real
@pytest.mark.parametrize("space", SPACES)
def test_the_published_answers_of_m3tooleval_are_reached_in_every_format(space, tmp_path):
    table = read_results(m3_run(tmp_path / "run", data_folder(), space, turns=60))
    (found,) = select(table, metric="success_rate", split="all")
    assert (found.value, found.n) == (1.0, 82)


@real
def test_recorded_calls_of_apibank_are_read_in_every_format_and_reach_the_ceiling(tmp_path):
    ceilings = []
    for space in SPACES:
        tasks = apibank.read_tasks(data_folder())
        config = ToolUseConfig(suites=("apibank",), spaces=(space,))
        out = run_tooluse(caller(tasks, space), tmp_path / space, config, tell=lambda line: None)
        rates = {result.metric: (result.value, result.n, result.unparsed) for result in read_results(out)}
        assert rates["call_accuracy"] == (1.0, 389, 0)
        ceilings.append(rates["success_rate"])
    assert len(set(ceilings)) == 1 and ceilings[0][0] * 389 >= 328


def test_a_recorded_call_of_our_own_is_right_by_call_and_by_result(data, tmp_path):
    for space in SPACES:
        config = ToolUseConfig(suites=("apibank",), spaces=(space,))
        model = caller(apibank.read_tasks(data), space)
        table = read_results(run_tooluse(model, tmp_path / space, config, data=data, tell=lambda line: None))
        assert {result.metric: result.value for result in table} == {
            "success_rate": 1.0,
            "call_accuracy": 1.0,
        }


@pytest.mark.parametrize(
    "reply", ["", "I do not know.", "<execute></execute>", "<solution></solution>", "{}"]
)
def test_a_policy_that_knows_nothing_scores_nothing_and_stays_in_the_denominator(reply, data, tmp_path):
    config = ToolUseConfig(suites=("m3tooleval", "apibank"), turns=2)
    out = run_tooluse(
        scripted(lambda messages: reply), tmp_path / "run", config, data=data, tell=lambda line: None
    )
    rates = [result for result in read_results(out) if result.metric in ("success_rate", "call_accuracy")]
    assert {result.value for result in rates} == {0.0}
    for suite, n in (("m3tooleval", len(TASKS)), ("apibank", len(CALLS))):
        of_suite = select(rates, dataset=suite, split="all")
        assert {(result.n, result.unparsed) for result in of_suite} == {(n, n)}
    turns = select(read_results(out), metric="turns")
    assert {result.value for result in turns} == {2.0}


def test_formats_are_compared_on_the_same_tasks(data, tmp_path):
    knows = planner(m3.read_tasks(data), data / "m3tooleval_world", "code")

    def only_code(messages):
        python = "write Python between" in messages[0]["content"]
        return knows._script(messages) if python else "I do not know."

    out = run_tooluse(
        scripted(only_code), tmp_path / "run", ToolUseConfig(turns=20), data=data, tell=lambda line: None
    )
    changes = select(read_results(out), metric="success_rate_change")
    found = {(change.condition["from"], change.condition["to"]): change for change in changes}
    assert set(found) == {("json", "code"), ("text", "code"), ("text", "json")}
    gained = found["json", "code"]
    assert (gained.value, gained.condition["gained"], gained.condition["lost"], gained.n) == (1.0, 4, 0, 4)
    assert found["text", "json"].value == 0.0
    page = (tmp_path / "run" / "report.html").read_text()
    assert "Python instead of JSON" in page and "+100.0" in page


def test_a_limit_draws_the_same_tasks_for_the_same_seed(data, tmp_path):
    drawn = []
    for name in ("a", "b"):
        config = ToolUseConfig(spaces=("text",), limit=2, turns=1, seed=5)
        run_tooluse(scripted(lambda m: "no"), tmp_path / name, config, data=data, tell=lambda line: None)
        drawn.append([trial.task for trial in read_trials(tmp_path / name / RUNS)])
    assert drawn[0] == drawn[1] and len(drawn[0]) == 2


def test_another_run_is_not_mixed_into_a_folder(data, tmp_path):
    m3_run(tmp_path / "run", data, "code")
    with pytest.raises(FolderError, match="spaces was"):
        m3_run(tmp_path / "run", data, "json")


def test_a_finished_run_started_again_asks_no_model(data, tmp_path):
    first = m3_run(tmp_path / "run", data, "code").read_bytes()
    model = planner(m3.read_tasks(data), data / "m3tooleval_world", "code")
    again = run_tooluse(model, tmp_path / "run", ToolUseConfig(spaces=("code",), turns=20), data=data, tell=lambda line: None)  # fmt: skip
    assert not model.calls and again.read_bytes() == first


def test_a_model_that_fails_is_named_and_what_is_done_is_kept(data, tmp_path):
    tasks = m3.read_tasks(data)
    knows = planner(tasks, data / "m3tooleval_world", "code")

    def shaky(messages):
        if "Ann Lee" in messages[-1]["content"]:
            raise ModelError("the endpoint is down")
        return knows._script(messages)

    config = ToolUseConfig(spaces=("code",), turns=20)
    with pytest.raises(RowsFailedError, match=r"1 of 4 tasks failed.*a/email.*the endpoint is down"):
        run_tooluse(
            scripted(shaky, name=knows.name), tmp_path / "run", config, data=data, tell=lambda line: None
        )
    done = len(knows.calls)
    run_tooluse(knows, tmp_path / "run", config, data=data, tell=lambda line: None)
    asked = {message["content"] for messages in knows.calls[done:] for message in messages[-1:]}
    assert all("Ann Lee" in text or "Task" not in text for text in asked)


def test_missing_data_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.delenv("WINDWARD_DATA", raising=False)
    with pytest.raises(DataError, match="--data"):
        run_tooluse(scripted([]), tmp_path / "run", tell=lambda line: None)
    with pytest.raises(DataError, match=r"m3tooleval_tasks\.jsonl is not there"):
        run_tooluse(scripted([]), tmp_path / "run", data=tmp_path, tell=lambda line: None)
    assert not (tmp_path / "run").exists()


KILLED = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[4])
from tooluse_policies import planner
from windward.evals.tooluse import m3
from windward.evals.tooluse.live import ToolUseConfig, run_tooluse
from windward.models import scripted
data, out, log = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
knows = planner(m3.read_tasks(data), data / "m3tooleval_world", "code")
def slow(messages):
    with log.open("a") as file:
        file.write("call\\n")
    time.sleep(0.05)
    return knows._script(messages)
run_tooluse(scripted(slow, name="slow"), out, ToolUseConfig(spaces=("code",), turns=20), data=data)
"""


def test_a_killed_run_goes_on_and_ends_in_the_same_table(data, tmp_path):
    log, draw = tmp_path / "calls.log", random.Random(2)
    log.touch()

    def start(out, to):
        command = [sys.executable, "-c", KILLED, str(data), str(out), str(to), str(Path(__file__).parent)]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    for _ in range(2):
        before, process = len(log.read_text()), start(tmp_path / "run", log)
        wanted = before + 5 * draw.randint(2, 5)
        while len(log.read_text()) < wanted and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert start(tmp_path / "run", log).wait() == 0
    other = tmp_path / "other.log"
    assert start(tmp_path / "unkilled", other).wait() == 0
    table = [replace(r, model="") for r in read_results(tmp_path / "run" / RESULTS)]
    assert table == [replace(r, model="") for r in read_results(tmp_path / "unkilled" / RESULTS)]
    # At most the calls under way at each kill are made twice.
    assert len(log.read_text()) <= len(other.read_text()) + 2 * 5 * len(TASKS)


def test_what_a_model_wrote_is_shown_as_text(data, tmp_path):
    hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    config = ToolUseConfig(suites=("m3tooleval", "apibank"), turns=1)
    run_tooluse(scripted(lambda m: hostile), tmp_path / "run", config, data=data, tell=lambda line: None)
    page = (tmp_path / "run" / "report.html").read_text()
    assert hostile not in page and "&lt;script&gt;alert(1)" in page and "<img" not in page


def test_the_command_runs_and_says_where(data, tmp_path, monkeypatch):
    from typer.testing import CliRunner

    import windward.models
    from windward.cli import app

    monkeypatch.setattr(windward.models, "resolve", lambda name, url: scripted(lambda m: "no", name=name))
    options = ["eval", "tooluse", "--model", "x", "--data", str(data), "--turns", "1", "--out"]
    done = CliRunner().invoke(app, [*options, str(tmp_path / "run"), "--suite", "all", "--space", "json"])
    assert done.exit_code == 0, done.output
    assert "0 of 4 solved" in done.output and f"results: {tmp_path / 'run' / RESULTS}" in done.output
    wrong = CliRunner().invoke(app, [*options, str(tmp_path / "run"), "--suite", "m3"])
    assert wrong.exit_code == 2 and "holds another run" in wrong.output
