"""Games of ALFWorld played again: 48 recorded runs, with the extra `alfworld` and WINDWARD_DATA."""

import importlib.util
import inspect
import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from windward.evals.data import DataError
from windward.evals.mint import alfworld
from windward.evals.mint.alfworld import Game, GameError, open_game, replay_actions, replay_commands
from windward.evals.mint.alfworld_games import alfworld_instances, game_file
from windward.evals.mint.alfworld_tools import household_tools
from windward.interpreter import Interpreter

DATA = Path(os.environ.get("WINDWARD_DATA", "/nowhere")) / "mint"
RECORDED = DATA.parents[1] / "reference" / "mint" / "alfworld_replays.jsonl"
RUNS = [json.loads(line) for line in RECORDED.read_text().splitlines()] if RECORDED.is_file() else []
SILENT = "[Executed Successfully with No Output]"

played = pytest.mark.skipif(
    not RUNS or importlib.util.find_spec("textworld") is None,
    reason="needs WINDWARD_DATA, the recorded replays beside it, and the extra alfworld",
)


def _plain(observation: str | None) -> bool:
    """Whether a recorded observation is text that the game or the code wrote, not IPython's form of an error."""
    return observation is not None and "Traceback" not in observation and "SyntaxError" not in observation


@pytest.fixture(scope="module")
def solved() -> dict[str, Any]:
    return next(run for run in RUNS if run["replayed_won"] and len(run["commands"]) < 10)


@pytest.fixture
def game(solved: dict[str, Any]) -> Iterator[Game]:
    with open_game(solved["task_id"], DATA) as game:
        yield game


@played
def test_48_of_48_recorded_runs_end_as_recorded_when_their_commands_are_played() -> None:
    assert len(RUNS) == 48
    for run in RUNS:
        replayed = replay_commands(run["task_id"], run["commands"], DATA)
        assert (replayed.won, replayed.done) == (run["replayed_won"], run["replayed_done"]), run["task_id"]
        assert replayed.won == run["recorded_success"], run["task_id"]
        assert len(replayed.observations) == len(run["commands"])


@played
def test_48_of_48_recorded_runs_end_as_recorded_when_their_code_runs_and_98_of_98_observations_are_equal() -> (
    None
):
    compared = 0
    for run in RUNS:
        replayed = replay_actions(run["task_id"], [action["code"] for action in run["actions"]], DATA)
        assert replayed.won == run["recorded_success"], run["task_id"]
        for action, seen in zip(run["actions"], replayed.observations, strict=True):
            if _plain(action["observation"]):
                assert (seen or SILENT) == action["observation"], run["task_id"]
                compared += 1
    assert compared == 98


@played
def test_the_task_of_every_tenth_game_reads_as_its_instance() -> None:
    for instance in alfworld_instances(DATA)[::10]:
        with open_game(instance.id, DATA) as game:
            assert game.task == instance.prompt


@played
def test_a_game_out_of_steps_is_done_and_not_won(solved: dict[str, Any]) -> None:
    """The released harness took `done` for success."""
    commands = ["look"] * 50 + solved["commands"]
    replayed = replay_commands(solved["task_id"], commands, DATA)
    assert replayed.done and not replayed.won
    assert set(replayed.observations) == {replayed.observations[0]}


@played
def test_a_game_that_is_won_stays_won(game: Game, solved: dict[str, Any]) -> None:
    last = [game.step(command) for command in solved["commands"]][-1]
    assert game.won and game.done
    assert game.step("inventory") == last
    assert game.won


@played
def test_a_twin_goes_on_by_itself(game: Game, solved: dict[str, Any]) -> None:
    *before, final = solved["commands"]
    for command in before:
        game.step(command)
    with game.fork() as twin:
        twin.step(final)
        assert twin.won and not game.won
    game.step(final)
    assert game.won


@played
def test_many_games_at_once_do_not_interfere(capsys: pytest.CaptureFixture[str]) -> None:
    """The planner's translation swaps `sys.stdout` and `sys.argv`, and the planner's state is global."""
    chosen, argv, stdout = RUNS[:6], list(sys.argv), sys.stdout

    def play(run: dict[str, Any]) -> tuple[bool, tuple[str, ...]]:
        replayed = replay_commands(run["task_id"], run["commands"], DATA)
        print(run["task_id"])
        return replayed.won, replayed.observations

    with ThreadPoolExecutor(len(chosen)) as threads:
        together = list(threads.map(play, chosen))
    assert together == [play(run) for run in chosen]
    assert capsys.readouterr().out.count("\n") == 2 * len(chosen)
    assert (sys.argv, sys.stdout) == (argv, stdout)
    assert "textworld" not in sys.modules, "a game file is evaluated in part: the host must not load it"


@played
def test_what_a_game_file_contains_runs_inside_and_reaches_nothing(
    tmp_path: Path, solved: dict[str, Any]
) -> None:
    """TextWorld evaluates `{…}` of a grammar as Python."""
    witness = tmp_path / "witness"
    (tmp_path / "gamefile_id.txt").write_text(solved["task_id"])
    target = tmp_path / "json_2.1.1" / "valid_unseen" / solved["task_id"] / "game.tw-pddl"
    target.parent.mkdir(parents=True)
    text = json.loads(game_file(solved["task_id"], DATA).read_text())
    planted = f"{{str(open('{witness}', 'w'))}}"
    text["grammar"] = text["grammar"].replace("Your task is to: ", planted + "Your task is to: ")
    target.write_text(json.dumps(text))
    with pytest.raises(DataError, match=r"No such file|Read-only|Permission"):
        open_game(solved["task_id"], tmp_path)
    assert not witness.exists()
    with open_game(solved["task_id"], tmp_path, isolation="none"):
        assert witness.exists(), "the expression must be one that would work without isolation"


@played
def test_a_game_whose_process_dies_is_not_taken_for_a_lost_one(game: Game) -> None:
    game._session.run("import os; os._exit(1)")
    with pytest.raises(GameError, match="broke off"):
        game.step("look")
    with pytest.raises(GameError, match="broke off"):
        _ = game.won
    with pytest.raises(GameError, match="broke off"):
        game.fork()


@played
def test_games_open_after_the_session_that_they_fork_from_has_died(solved: dict[str, Any]) -> None:
    with open_game(solved["task_id"], DATA):
        for kept in alfworld._tables.values():
            kept.run("import os; os._exit(1)")
    with open_game(solved["task_id"], DATA) as game:
        assert game.step("look").startswith("You are in the middle of a room.")


@played
def test_a_file_that_is_no_game_says_so(tmp_path: Path, solved: dict[str, Any]) -> None:
    target = tmp_path / "json_2.1.1" / "valid_unseen" / solved["task_id"] / "game.tw-pddl"
    target.parent.mkdir(parents=True)
    target.write_text('{"pddl_domain": "(define", "pddl_problem": "", "grammar": ""}')
    (tmp_path / "gamefile_id.txt").write_text(solved["task_id"])
    with pytest.raises(DataError, match="cannot be played"):
        open_game(solved["task_id"], tmp_path)


@pytest.mark.parametrize(
    ("call", "command"),
    [
        ('put("mug 1", "desk 2")', "put mug 1 in/on desk 2"),
        ('goto(receptacle="desk 2")', "go to desk 2"),
        ('take_from("mug 1", receptacle="desk 2")', "take mug 1 from desk 2"),
        ('open_receptacle("fridge 1")', "open fridge 1"),
        ('toggle(object_or_receptacle="lamp 1")', "toggle lamp 1"),
        ('close_receptacle("fridge 1")', "close fridge 1"),
        ('clean(object="mug 1", receptacle="sinkbasin 1")', "clean mug 1 with sinkbasin 1"),
        ('heat("mug 1", "microwave 1")', "heat mug 1 with microwave 1"),
        ('cool("mug 1", "fridge 1")', "cool mug 1 with fridge 1"),
        ('use("lamp 1")', "use lamp 1"),
        ("look()", "look"),
    ],
)
def test_a_tool_gives_one_command_in_the_recorded_words(call: str, command: str) -> None:
    given: list[str] = []

    def step(text: str) -> str:
        given.append(text)
        return "seen"

    with Interpreter(tools=household_tools(step)) as python:
        assert python.run(call).value == "'seen'"
        assert given == [command]
        wrong = python.run(f"{call.split('(')[0]}(1, 2, 3)")
    assert wrong.status == "error" and given == [command]


def test_every_tool_is_typed_and_documented() -> None:
    tools = household_tools(lambda command: command)
    assert len(tools) == 11
    for name, tool in tools.items():
        parameters = ", ".join(f"{key}: str" for key in inspect.signature(tool).parameters)
        assert f"{name}{inspect.signature(tool)}" == f"{name}({parameters}) -> str"
        assert f"{name}(" in (inspect.getdoc(tool) or "")
