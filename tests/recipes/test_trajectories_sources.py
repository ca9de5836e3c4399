"""Runs are read alike from a recording, from live runs and from conversations; what is malformed is named."""

import json

import pytest

from trajectory_fakes import recorded, talk, write_lines, write_recording
from windward.evals.mint.instances import Instance
from windward.evals.mint.record import record_of, write_runs
from windward.evals.mint.runs import Setting
from windward.evals.mint.turns import Episode, Feedback, Turn
from windward.interpreter import Interpreter
from windward.recipes.codeact.mint_runs import MINT_NEVER_SCORE
from windward.recipes.codeact.runs import RunsError
from windward.recipes.codeact.sources import form_of, located, read


def kinds(run):
    return [(turn.kind, turn.raised, turn.rejected) for turn in run.turns]


def recorded_runs(tmp_path, *rows, **options):
    return list(read(write_recording(tmp_path / "runs.parquet", list(rows)), "mint", **options))


def test_a_recorded_run_is_read_with_its_turns_and_our_system_message(tmp_path):
    [run] = recorded_runs(tmp_path, recorded(3))
    assert kinds(run) == [("code", False, False), ("code", True, False), ("answer", False, False)]
    assert run.problem.startswith("Task:\nHow many")
    assert "example" not in run.system and "wikipedia_search(query: str) -> str" in run.system
    assert (run.roles, run.success, run.feedback, run.recovered) == ("uauaua", True, False, True)
    assert not any(turn.text.startswith("Assistant:") for turn in run.turns)
    assert run.turns[-1].observation is None
    assert run.never_score == MINT_NEVER_SCORE


def test_a_proposal_before_the_last_was_rejected_and_so_was_the_last_of_an_unsolved_run(tmp_path):
    texts = ("<solution>1</solution>", "Observation:\nYour answer is wrong.", "<solution>2</solution>")
    won, lost = recorded_runs(tmp_path, recorded(1, *texts), recorded(2, *texts, success=False))
    assert [turn.rejected for turn in won.turns] == [True, False]
    assert [turn.rejected for turn in lost.turns] == [True, True]


@pytest.mark.parametrize(
    ("task", "reference", "answer", "confirmed"),
    [
        ("gsm8k", "42", "42", True),
        ("gsm8k", "42", "It is 41 or 42", False),
        # The released grader looks for the letter anywhere.
        ("mmlu", "a", "Li Bai was a poet", False),
        ("mmlu", "a", "The answer is A", True),
        ("mbpp", "assert f() == 1", "def f(): return 1", True),
    ],
)
def test_an_answer_in_words_is_confirmed_by_our_grader(tmp_path, task, reference, answer, confirmed):
    prompt = "Which?\nOptions: A ) red , B ) blue , C ) green , D ) black"
    texts = ("<execute>print(1)</execute>", "Observation:\n1", f"<solution>{answer}</solution>")
    [run] = recorded_runs(tmp_path, recorded(1, *texts, task=task, reference=reference, prompt=prompt))
    assert (run.success, run.confirmed) == (True, confirmed)


def test_a_turn_without_closed_tags_holds_no_action(tmp_path):
    [run] = recorded_runs(tmp_path, recorded(1, "I think", "Observation:\n?", "<execute>print(1)", "Observation:\n?", "<solution>1</solution>"))  # fmt: skip
    assert [turn.kind for turn in run.turns] == ["invalid", "invalid", "answer"]


def test_fences_become_tags_where_the_run_was_told_to_write_fences(tmp_path):
    text = "Look.\n```python\nprint(1)\n```"
    rules = "Tool function available (already imported in ```python environment):\n---\n"
    told = (text, "Observation:\n1", "<solution>1</solution>")
    fenced, plain = recorded_runs(tmp_path, recorded(1, *told, instruction=rules), recorded(2, *told))
    assert (fenced.turns[0].kind, fenced.turns[0].text) == ("code", "Look.\n<execute>\nprint(1)\n</execute>")
    assert plain.turns[0].kind == "invalid"


def test_settings_with_feedback_and_other_budgets_have_ids_of_their_own(tmp_path):
    runs = recorded_runs(
        tmp_path,
        recorded(1),
        recorded(1, max_turns=3),
        recorded(1, feedback="gpt-4", feedback_setting="no_GT-textual"),
    )
    assert len({run.id for run in runs}) == 3
    assert len({run.problem_id for run in runs}) == 1
    assert [run.feedback for run in runs] == [False, False, True]


def test_only_runs_of_the_models_asked_for_are_read(tmp_path):
    rows = [recorded(1), recorded(2, model="other")]
    assert [run.model for run in recorded_runs(tmp_path, *rows, models=("other",))] == ["other"]


def test_a_live_run_is_read_back_from_its_record(tmp_path):
    instance = Instance("mbpp", "7", "Add two numbers.", "assert add(1, 2) == 3", {})
    turns = (
        Turn("<execute>print(1</execute>", "execute", "print(1", "SyntaxError", status="error"),
        Turn("hm", "invalid", "", "Nothing was done", feedback=Feedback("raw", "Write code.")),
        Turn("<solution>x</solution>", "solution", "x", "That is not the right answer."),
        Turn("<solution>y</solution>", "solution", "y", "", solved=True),
    )
    rules = "Rules\n\nuse(receptacle: str) -> str\nSwitches.\n\n---\n\nExample"
    episode = Episode(({"role": "user", "content": rules},), turns)
    setting = Setting(5, "expert", "textual")
    write_runs(tmp_path / "runs.jsonl", [record_of(instance, episode, model="m", setting=setting)])
    assert located(tmp_path) == tmp_path / "runs.jsonl"
    assert form_of(tmp_path / "runs.jsonl") == "live"
    [run] = read(tmp_path / "runs.jsonl", "live")
    assert kinds(run) == [
        ("code", True, False), ("invalid", False, False), ("answer", False, True), ("answer", False, False),
    ]  # fmt: skip
    assert (run.success, run.feedback, run.roles) == (True, True, "uauauaua")
    assert run.confirmed
    assert run.turns[1].observation == "Observation:\nNothing was done\n\nExpert feedback:\nWrite code."
    assert run.turns[-1].observation is None
    assert "use(receptacle: str) -> str" in run.system and "5 turns" in run.system
    assert "Write Python code that does this:\n\nAdd two numbers." in run.problem
    assert run.never_score == MINT_NEVER_SCORE


def test_a_conversation_keeps_its_system_message_and_words_are_an_answer(tmp_path):
    path = write_lines(tmp_path / "chats.jsonl", [talk(1), talk(2, success=None, source="gsm8k")])
    assert form_of(path) == "chat"
    run, other = read(path, "chat")
    assert kinds(run) == [("code", False, False), ("code", True, False), ("answer", False, False)]
    assert (run.system, run.success, run.roles, run.never_score) == (
        "Write Python in fences.",
        True,
        "uauaua",
        (),
    )
    assert (other.success, other.never_score) == (None, MINT_NEVER_SCORE)


@pytest.mark.parametrize(
    ("code", "raises"),
    [
        ("1 / 0", True),
        ("print(1", True),
        ("import os; os._exit(3)", True),
        ("raise SystemExit(1)", True),
        ("print('ValueError: no', 'but it went on')\nprint(3)", False),
        ("pass", False),
    ],
)
def test_what_our_interpreter_shows_of_an_error_is_known_for_one_in_a_conversation(tmp_path, code, raises):
    with Interpreter() as session:
        shown = session.run(code).text
    messages = [
        {"role": "user", "content": "Do it."},
        {"role": "assistant", "content": f"<execute>{code}</execute>"},
        {"role": "user", "content": f"Observation:\n{shown}"},
        {"role": "assistant", "content": "Done."},
    ]
    [run] = read(write_lines(tmp_path / "chats.jsonl", [talk(1, messages=messages)]), "chat")
    assert [turn.raised for turn in run.turns] == [raises, False]


def test_a_conversation_may_say_itself_what_it_must_not_be_scored_on(tmp_path):
    [run] = read(write_lines(tmp_path / "chats.jsonl", [talk(1, never_score=["mine"])]), "chat")
    assert run.never_score == ("mine",)


@pytest.mark.parametrize(
    ("form", "row", "said"),
    [
        ("chat", {"id": "x"}, "line 2: no run (KeyError: 'messages')"),
        ("chat", talk(1, success="yes"), "success is 'yes'"),
        ("chat", talk(1, messages=[{"role": "robot", "content": ""}]), "none of system, user and assistant"),
        ("chat", talk(1, messages=[{"role": "user", "content": 3}]), "none of system, user and assistant"),
        ("live", {"episode": {}}, "line 2: no run (KeyError: 'run')"),
        ("chat", [1], "line 2: expected an object, found list"),
    ],
)
def test_a_malformed_line_is_named(tmp_path, form, row, said):
    path = tmp_path / "runs.jsonl"
    path.write_text(f"\n{json.dumps(row)}\n")
    with pytest.raises(RunsError) as error:
        list(read(path, form))
    assert said in str(error.value) and str(path) in str(error.value)


def test_files_that_hold_no_runs_are_refused(tmp_path):
    broken, empty = tmp_path / "broken.jsonl", tmp_path / "empty.jsonl"
    broken.write_text("{")
    empty.write_text("\n")
    for path, said in ((broken, "line 1: no JSON"), (empty, "holds no runs")):
        with pytest.raises(RunsError, match=said):
            form_of(path)
    with pytest.raises(RunsError, match="neither a run of windward eval mint"):
        form_of(write_lines(tmp_path / "other.jsonl", [{"prompt": "x"}]))
    with pytest.raises(RunsError, match="is not there"):
        located(tmp_path / "nowhere")
    with pytest.raises(RunsError, match=r"folder without runs\.jsonl"):
        located(tmp_path)
    table = tmp_path / "no.parquet"
    table.write_text("no parquet")
    with pytest.raises(RunsError, match="is no Parquet file"):
        list(read(table, "mint"))
    with pytest.raises(RunsError, match="run 2: TypeError"):
        recorded_runs(tmp_path, recorded(1), recorded(2, messages=None))
