"""Live runs over all eight tasks with scripted models, real graders and the real interpreter."""

import json
import sys
from types import ModuleType

import mint_policies as fakes
import pytest

from windward.evals.data import DataError
from windward.evals.folder import FolderError
from windward.evals.mint.instances import Instance
from windward.evals.mint.live import RESULTS, RUNS, run_live
from windward.evals.mint.metrics import results_of
from windward.evals.mint.record import read_runs
from windward.journal import RowsFailedError
from windward.models import ContextOverflowError, ModelError, scripted
from windward.rows import read_results, select


class Household:
    """Stands in for a game: it is won once the lamp is on."""

    def __init__(self) -> None:
        self.won = False
        self.task = LAMP.prompt
        self.closed = False

        def use(receptacle: str) -> str:
            """Switches something on."""
            self.won = receptacle == "desklamp 1"
            return f"You turn on the {receptacle}."

        self.tools = {"use": use}

    def close(self) -> None:
        self.closed = True


LAMP = Instance(
    "alfworld", "look/trial_1", "You see a desklamp 1. Your task is to: switch a lamp on.", "", {}
)


@pytest.fixture
def data(tmp_path, monkeypatch):
    """The problems, and a household in place of ALFWorld."""
    games = []
    alfworld = ModuleType("windward.evals.mint.alfworld")
    alfworld.GameError = type("GameError", (RuntimeError,), {})
    alfworld.alfworld_instances = lambda folder: [LAMP]
    alfworld.open_game = lambda task_id, folder: games.append(Household()) or games[-1]
    monkeypatch.setitem(sys.modules, "windward.evals.mint.alfworld", alfworld)
    folder = fakes.write_problems(tmp_path / "data")
    yield folder
    assert all(game.closed for game in games)


def go(data, out, model, **options):
    options.setdefault("tell", lambda line: None)
    return run_live(data=data, out=out, model=model, **options)


def rate(results, dataset="all", k=5, **condition):
    (found,) = select(results, metric="success_rate", dataset=dataset, condition={"k": k, **condition})
    return found.value


def figure(results, metric, dataset="all", **condition):
    (found,) = select(results, metric=metric, dataset=dataset, condition=condition)
    return found.value


def test_the_oracle_solves_all_eight_tasks_at_its_first_turn(data, tmp_path):
    results = read_results(go(data, tmp_path / "run", fakes.oracle()))
    assert [rate(results, k=k) for k in range(1, 6)] == [1.0] * 5
    assert figure(results, "tool_slope") == 0
    tasks = ["gsm8k", "math", "theoremqa", "mmlu", "hotpotqa", "humaneval", "mbpp", "alfworld"]
    assert [rate(results, dataset=task) for task in tasks] == [1.0] * 8
    assert select(results, metric="success_rate", dataset="all")[0].n == 9


def test_a_model_that_never_acts_solves_nothing_and_every_turn_is_invalid(data, tmp_path):
    out = tmp_path / "run"
    results = read_results(go(data, out, fakes.never_acts()))
    assert [rate(results, k=k) for k in range(1, 6)] == [0.0] * 5
    assert {(r.run.turns, r.run.invalid, r.run.failure) for r in read_runs(out / RUNS)} == {
        (5, 5, "invalid_action")
    }


def test_a_model_that_repairs_its_error_succeeds_from_the_third_turn_on(data, tmp_path):
    out = tmp_path / "run"
    results = read_results(go(data, out, fakes.repairs(), tasks=["reasoning", "code_generation"]))
    assert [rate(results, k=k) for k in range(1, 6)] == [0.0, 0.0, 1.0, 1.0, 1.0]
    assert figure(results, "tool_slope") == pytest.approx(30.0)
    assert {record.run.solved_at for record in read_runs(out / RUNS)} == {3}


def test_feedback_delta_of_a_model_that_needs_feedback(data, tmp_path):
    expert = scripted(lambda messages: "This is BAD. Please look at the numbers again.", name="expert")
    plain, coached = tmp_path / "plain", tmp_path / "coached"
    options = {"tasks": ["reasoning", "code_generation"], "turns": 5}
    without = read_results(go(data, plain, fakes.needs_feedback(), **options))
    with_it = read_results(go(data, coached, fakes.needs_feedback(), feedback=expert, **options))
    assert rate(without, feedback="none") == 0.0
    assert [rate(with_it, k=k, feedback="expert", form="textual") for k in (1, 2, 5)] == [0.0, 1.0, 1.0]
    runs = [record.run for folder in (plain, coached) for record in read_runs(folder / RUNS)]
    results = results_of(runs, profile="strict", mode="prefix")
    assert [figure(results, "feedback_delta", k=k) for k in (1, 2, 5)] == [0.0, 100.0, 100.0]


def test_binary_feedback_does_not_reach_a_model_that_needs_words(data, tmp_path):
    expert = scripted(lambda messages: "This is BAD. Please look at the numbers again.", name="expert")
    results = read_results(
        go(
            data,
            tmp_path / "run",
            fakes.needs_feedback(),
            tasks=["reasoning"],
            feedback=expert,
            feedback_form="binary",
        )
    )
    assert rate(results, dataset="reasoning", form="binary") == 0.0


def test_leaks_and_unreadable_feedback_are_counted_in_the_run(data, tmp_path):
    def says(messages):
        task = messages[-1]["content"].split("Observation:")[0]
        asked_before = messages[-1]["content"].count("Observation:") > 1
        return "" if asked_before else f"The answer is {fakes.solution(task)}."

    policy = scripted(lambda messages: fakes.runs("1"), name="explorer")
    out, lines = tmp_path / "run", []
    options = {"tasks": ["gsm8k"], "turns": 3, "show_reference": True, "tell": lines.append}
    go(data, out, policy, feedback=scripted(says, name="expert"), **options)
    records = read_runs(out / RUNS)
    assert [(record.run.leaks, record.run.unreadable) for record in records] == [(1, 1), (1, 1)]
    assert all(record.run.setting.with_reference for record in records)
    assert "feedback messages that gave the answer away (withheld): 2" in lines
    assert "feedback messages that could not be read: 2" in lines
    shown = [m["content"] for call in policy.calls for m in call]
    assert any("The answer is [withheld]." in text for text in shown)
    assert not any("The answer is 42" in text for text in shown)


def test_independent_runs_state_their_own_budget(data, tmp_path):
    policy = fakes.repairs()
    out = tmp_path / "run"
    results = read_results(go(data, out, policy, tasks=["gsm8k"], mode="independent"))
    assert [rate(results, "gsm8k", k=k) for k in range(1, 6)] == [0.0, 0.0, 1.0, 1.0, 1.0]
    stated = {
        record.run.setting.max_turns: record.episode.opening[0]["content"] for record in read_runs(out / RUNS)
    }
    assert all(f"You have {k} turn" in text for k, text in stated.items())
    assert sorted(stated) == [1, 2, 3, 4, 5]
    assert "an answer once at most" in stated[1]
    assert "an answer 2 times at most" in stated[2]


def test_a_full_context_is_counted_as_unsolved_and_does_not_stop_the_run(data, tmp_path):
    def answer(messages):
        if "rope" in fakes.task_of(messages):
            raise ContextOverflowError("too long for 2,048 tokens")
        return fakes.proposes("42")

    out = tmp_path / "run"
    results = read_results(go(data, out, scripted(answer, name="short"), tasks=["gsm8k"]))
    assert rate(results, "gsm8k") == 0.5
    assert [record.run.error for record in read_runs(out / RUNS)] == ["", "too long for 2,048 tokens"]


def test_wikipedia_answers_from_recorded_searches(data, tmp_path):
    index = tmp_path / "searches.jsonl"
    index.write_text(json.dumps({"query": "Vienna", "response": "Page: Vienna. It lies on the Danube."}))

    def answer(messages):
        if len(messages) == 1:
            return fakes.runs("print(wikipedia_search('vienna'))")
        return fakes.proposes("the Danube") if "Danube" in fakes.told(messages) else "hm"

    model = scripted(answer, name="reader")
    assert (
        rate(read_results(go(data, tmp_path / "a", model, tasks=["hotpotqa"], wiki=index)), "hotpotqa") == 1
    )
    out = tmp_path / "b"
    assert rate(read_results(go(data, out, model, tasks=["hotpotqa"])), "hotpotqa") == 0
    assert "cannot be searched" in read_runs(out / RUNS)[0].episode.turns[0].observation


def test_the_folder_of_another_run_is_refused(data, tmp_path):
    out = tmp_path / "run"
    go(data, out, fakes.oracle(), tasks=["gsm8k"])
    with pytest.raises(FolderError, match="turns was 5, now 3"):
        go(data, out, fakes.oracle(), tasks=["gsm8k"], turns=3)
    with pytest.raises(FolderError, match="model was 'oracle', now 'never acts'"):
        go(data, out, fakes.never_acts(), tasks=["gsm8k"])
    with pytest.raises(FolderError, match="not empty"):
        go(data, data, fakes.oracle(), tasks=["gsm8k"])


def test_a_finished_run_started_again_asks_no_model(data, tmp_path):
    out, again = tmp_path / "run", fakes.oracle()
    go(data, out, fakes.oracle())
    before = (out / RESULTS).read_bytes()
    go(data, out, again)
    assert again.calls == []
    assert (out / RESULTS).read_bytes() == before


def test_a_failing_model_stops_the_table_and_the_next_run_buys_only_what_is_missing(data, tmp_path):
    out = tmp_path / "run"
    steady = fakes.repairs()

    def fails(messages):
        if "rope" in fakes.task_of(messages) and len(messages) > 3:
            raise ModelError("the endpoint is down")
        return steady._script(messages)

    with pytest.raises(RowsFailedError, match=r"1 of 2 runs failed.*gsm8k/1/k5.*the endpoint is down"):
        go(data, out, scripted(fails, name="repairs"), tasks=["gsm8k"])
    assert not (out / RESULTS).exists()
    again = fakes.repairs()
    results = read_results(go(data, out, again, tasks=["gsm8k"]))
    assert len(again.calls) == 1
    assert results == read_results(go(data, tmp_path / "whole", fakes.repairs(), tasks=["gsm8k"]))
    whole = read_runs(tmp_path / "whole" / RUNS)
    assert read_runs(out / RUNS) == whole


def test_a_run_goes_on_with_the_observations_that_the_policy_saw(data, tmp_path):
    """Where code shows something else each time, what was seen before the interruption stays what was seen."""
    searches = iter(range(100))
    asked = []

    def answer(messages, *, down):
        asked.append(messages)
        turn = sum(m["role"] == "assistant" for m in messages)
        if turn == 1 and down:
            raise ModelError("down")
        return fakes.runs("print(wikipedia_search('x'))") if turn == 0 else fakes.proposes("15")

    def search(query: str) -> str:
        return f"visit {next(searches)}"

    out, options = tmp_path / "run", {"tasks": ["gsm8k"], "limit": 1, "wiki": search, "grade": fakes.exact}
    with pytest.raises(RowsFailedError):
        go(data, out, scripted(lambda m: answer(m, down=True), name="visitor"), **options)
    go(data, out, scripted(lambda m: answer(m, down=False), name="visitor"), **options)
    assert [len(messages) for messages in asked] == [1, 3, 3], "the first reply was bought twice"
    assert "visit 0" in asked[-1][-1]["content"]
    assert read_runs(out / RUNS)[0].episode.turns[0].observation == "visit 0"


def test_a_limit_draws_the_same_problems_for_the_same_seed(data, tmp_path):
    drawn = []
    for number, seed in enumerate([0, 0, 1, 2, 3]):
        out = tmp_path / str(number)
        go(data, out, fakes.oracle(), tasks=["gsm8k"], limit=1, seed=seed)
        drawn.append(read_runs(out / RUNS)[0].run.task_id)
    assert drawn[0] == drawn[1]
    assert set(drawn) == {"0", "1"}


def test_the_record_says_how_the_run_was_made(data, tmp_path):
    go(data, tmp_path / "run", fakes.oracle(), tasks=["gsm8k"], seed=7, command=["windward", "eval"])
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert record["command"] == ["windward", "eval"]
    assert record["seed"] == 7
    assert record["settings"]["model"] == "oracle"
    assert "windward" in record["versions"]
    assert record["machine"]["cores"] >= 1


def test_without_problems_it_says_where_to_get_them(tmp_path, monkeypatch):
    monkeypatch.delenv("WINDWARD_DATA", raising=False)
    with pytest.raises(DataError, match="WINDWARD_DATA"):
        run_live(out=tmp_path / "run", model=fakes.oracle(), tasks=["gsm8k"])
    with pytest.raises(DataError, match=r"gsm8k\.json is not there"):
        go(tmp_path, tmp_path / "run", fakes.oracle(), tasks=["gsm8k"])
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("wrong", [{"turns": 0}, {"proposals": 0}, {"limit": 0}, {"max_tokens": 0}])
def test_an_option_out_of_range_is_named(data, tmp_path, wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        go(data, tmp_path / "run", fakes.oracle(), **wrong)


def test_a_live_run_ends_in_a_page_of_its_figures_and_runs(data, tmp_path):
    told, out = [], tmp_path / "run"
    go(data, out, fakes.repairs(), tasks=["gsm8k"], limit=1, tell=told.append)
    assert f"report: {out / 'report.html'}" in told
    page = (out / "report.html").read_text()
    assert "Solved in a later turn" in page or "Ended in a wrong answer" in page
    assert "NameError" in page and "value + 2" in page
