"""MINT's recordings as runs to mine from: verdicts, histories, critiques, and what is left out."""

from collections import Counter

import pytest

from trajectory_fakes import recorded, write_recording
from windward.recipes.codeact.runs import RunsError
from windward.recipes.trees.recorded import mint_run, mint_runs, seen

LEFT = "\nYou have 4 steps left and 2 chances to propose solution left.\n"
SAYS_WRONG = f"Observation:\nYour answer is wrong.{LEFT}"


def steps(*texts, **columns):
    return mint_run(recorded(7, *texts, **columns)).steps


def test_a_proposal_is_correct_where_the_recording_and_our_grader_accept_it():
    assert [step.verdict for step in steps("<solution>7</solution>")] == ["correct"]
    assert [step.verdict for step in steps("<solution>7 or 8</solution>")] == ["disputed"]


def test_a_proposal_is_incorrect_where_both_reject_it():
    assert [step.verdict for step in steps("<solution>8</solution>", success=False)] == ["incorrect"]
    assert [step.verdict for step in steps("<solution>7</solution>", success=False)] == ["disputed"]


def test_only_the_last_proposal_of_a_solved_run_solved_it():
    first, last = steps("<solution>8</solution>", SAYS_WRONG, "<solution>7</solution>")
    assert (first.verdict, first.error_kind, last.verdict) == ("incorrect", "wrong", "correct")


def test_code_is_neither_unless_it_raised():
    raised = f"Observation:\nTraceback (most recent call last)\n\nNameError: name 'x' is not defined{LEFT}"
    ran, failed, lost, _ = steps(
        "<execute>print(1)</execute>", f"Observation:\n1{LEFT}",
        "<execute>print(x)</execute>", raised, "I wonder.", f"Observation:\nI don't understand.{LEFT}", "<solution>7</solution>",
    )  # fmt: skip
    assert (ran.verdict, ran.critique) == ("neither", "")
    assert (failed.verdict, failed.error_kind) == ("incorrect", "exception")
    assert "stopped with an error" in failed.critique
    assert (lost.verdict, lost.error_kind, lost.usable) == ("incorrect", "no_code", False)


def test_a_history_holds_what_was_done_and_not_what_was_thought():
    one = steps("Assistant:\n<thought>Hm.</thought>\n<execute>\nprint(1)\n</execute>", f"Observation:\n1{LEFT}", "<solution>7</solution>")  # fmt: skip
    other = steps("<execute>print(1)</execute> Let me see.", "Observation:\n1\nYou have 2 steps left and 1 chances to propose solution left.\nYou should take the last step to propose a solution.\n", "<solution>7</solution>")  # fmt: skip
    assert one[0].act == other[0].act == "<execute>\nprint(1)\n</execute>"
    assert one[0].observation == other[0].observation == "1"
    assert one[0].text != other[0].text
    assert one[0].text.startswith("Hm.")


def test_addresses_in_memory_are_no_difference():
    assert seen("Observation:\n<object at 0x7f8a11b2c3d0>")[0] == "<object at 0x0>"


def test_the_experts_words_are_the_critique_and_silence_is_none():
    said = f"{SAYS_WRONG}\nExpert feedback:\nThis is BAD. Count again.\n"
    assert seen(said) == ("Your answer is wrong.", "This is BAD. Count again.")
    assert seen(f"{SAYS_WRONG}\nExpert feedback:\nNOT GIVEN\n") == ("Your answer is wrong.", "")
    feedback = {"feedback": "gpt-4-0613", "feedback_setting": "no_GT-textual"}
    step = steps("<solution>8</solution>", said, "<solution>7</solution>", **feedback)[0]
    assert step.critique == "This is BAD. Count again."


def test_the_last_answer_that_was_rejected_is_told_so_too():
    """Of a run's last turn no observation was recorded; it must not differ for that from the same answer given earlier."""
    early = steps("<solution>8</solution>", SAYS_WRONG, "<solution>7</solution>")[0]
    late = steps("<solution>8</solution>", success=False)[0]
    assert (early.act, early.observation, early.critique) == (late.act, late.observation, late.critique)


@pytest.mark.parametrize(
    "text",
    [
        "<solution>8</solution>\nObservation:\nWell done.",
        "<execute>print(8)</execute><solution>8</solution>",
        "<solution>8",
    ],
)
def test_faults_of_form_are_not_usable(text):
    assert [step.usable for step in steps(text, success=False)] == [False]


def test_code_that_does_not_parse_is_not_usable_and_tests_are_believed():
    task = {"task": "mbpp", "reference": "assert f(1) == 1"}
    good, bad = "def f(x):\n    return 2", "def f(x:\n    return 2"
    for code, usable in ((good, True), (bad, False)):
        (step,) = steps(f"<solution>\n{code}\n</solution>", success=False, **task)
        assert (step.verdict, step.usable) == ("incorrect", usable)
    assert steps(f"<solution>{good}</solution>", **task)[0].verdict == "correct"


def test_every_run_on_a_problem_is_asked_the_same_and_stamped():
    one, other = (
        mint_run(recorded(7, "<solution>7</solution>", max_turns=turns, instruction=rules))
        for turns, rules in ((1, "No tools."), (5, "[1] wikipedia_search(query: str) -> str\n\n---\n"))
    )
    assert one.opening == other.opening
    assert {"mint", "math", "theoremqa", "mmlu", "humaneval", "mbpp", "gsm8k", "hotpotqa"} <= set(
        one.never_score
    )


def test_what_is_left_out_is_counted_by_reason(tmp_path):
    rows = [
        recorded(1),
        recorded(2, task="alfworld"),
        recorded(3, feedback="llama", feedback_setting="no_GT-textual"),
        recorded(4, feedback="gpt-4-0613", feedback_setting="GT-textual"),
        recorded(5, feedback="gpt-4-0613", feedback_setting="no_GT-binary"),
        recorded(6, feedback="gpt-4-0613", feedback_setting="no_GT-textual"),
    ]
    left = Counter()
    found = list(mint_runs(write_recording(tmp_path / "runs.parquet", rows), left))
    assert [run.problem.id for run in found] == ["gsm8k/1", "gsm8k/6"]
    assert sorted(left.values()) == [1, 1, 2]


def test_a_file_that_is_no_recording_is_named(tmp_path):
    (tmp_path / "no.parquet").write_text("x")
    with pytest.raises(RunsError, match=r"no\.parquet"):
        list(mint_runs(tmp_path / "no.parquet", Counter()))
    bad = write_recording(tmp_path / "bad.parquet", [recorded(1), recorded(2, task="chess")])
    with pytest.raises(RunsError, match="run 2"):
        list(mint_runs(bad, Counter()))
