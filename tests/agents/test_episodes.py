"""Episodes with a scripted model and the real interpreter."""

import pytest

from windward.agents import feedback, parse_action, run_episode, take_turn
from windward.grading.problems import grade_answer
from windward.interpreter import Interpreter
from windward.models import Reply, scripted
from windward.rows import Problem

SUM = Problem("sum", "What is 2 + 3?", "5", "math", "adding")
DOUBLE = Problem(
    "double", "Write a function double(n).", "assert double(4) == 8\nassert double(0) == 0", "code"
)


def fenced(code: str) -> str:
    return f"```python\n{code}\n```"


@pytest.fixture(scope="module")
def interpreter():
    with Interpreter() as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "correct", "kind", "answer"),
    [
        (fenced("print(2 + 3)"), True, None, "5"),
        (fenced("2 + 3"), True, None, "5"),
        (fenced("print('working')\nprint(5.0)"), True, None, "5.0"),
        ("Answer: 5", True, None, "5"),
        (fenced("print(6)"), False, "wrong", "6"),
        (fenced("print(2 +"), False, "syntax", None),
        (fenced("print(five)"), False, "exception", None),
        (fenced("x = 5"), False, "unparsed", None),
        ("It is five.", False, "no_code", None),
    ],
)
async def test_each_kind_of_turn_is_told_apart(interpreter, text, correct, kind, answer):
    turn = await take_turn(SUM, Reply(text), interpreter, grade_answer)
    assert (turn.correct, turn.error_kind, turn.answer) == (correct, kind, answer)


async def test_code_is_judged_by_its_tests(interpreter):
    right = await take_turn(
        DOUBLE, Reply(fenced("def double(n):\n    return 2 * n")), interpreter, grade_answer
    )
    wrong = await take_turn(
        DOUBLE, Reply(fenced("def double(n):\n    return n + 4")), interpreter, grade_answer
    )
    assert right.correct
    assert (wrong.correct, wrong.error_kind) == (False, "wrong")


async def test_code_that_equals_everything_does_not_pass_its_tests(interpreter):
    cheat = (
        "class E(int):\n    def __eq__(self, other):\n        return True\ndef double(n):\n    return E(1)"
    )
    turn = await take_turn(DOUBLE, Reply(fenced(cheat)), interpreter, grade_answer)
    assert not turn.correct


async def test_an_endless_loop_is_a_timeout():
    from windward.interpreter import Limits

    with Interpreter(Limits(seconds=0.5, wall_seconds=3)) as short:
        turn = await take_turn(SUM, Reply(fenced("while True: pass")), short, grade_answer)
    assert turn.error_kind == "timeout"


async def test_the_namespace_lives_through_an_episode():
    model = scripted([fenced("x = 4\nprint(x)"), fenced("print(x + 1)")])
    trajectory = await run_episode(SUM, model, grade_answer, max_turns=3)
    assert trajectory.solved_at == 2
    assert [turn.answer for turn in trajectory.turns] == ["4", "5"]


async def test_a_right_answer_ends_the_episode():
    model = scripted([fenced("print(5)"), fenced("print(6)")])
    trajectory = await run_episode(SUM, model, grade_answer, max_turns=2)
    assert (trajectory.solved_at, len(model.calls)) == (1, 1)


async def test_turns_are_limited():
    model = scripted(lambda messages: fenced("print(1)"))
    trajectory = await run_episode(SUM, model, grade_answer, max_turns=3)
    assert (trajectory.solved_at, len(trajectory.turns)) == (None, 3)


async def test_the_model_sees_its_output_and_a_critique_but_never_the_reference():
    problem = Problem("p", "What is 1234 + 1111?", "2345", "math")
    model = scripted([fenced("print(7)"), fenced("oops"), fenced("print(8)")])
    await run_episode(problem, model, grade_answer, max_turns=3)
    second, third = model.calls[1][-1]["content"], model.calls[2][-1]["content"]
    assert "Output: 7" in second
    assert "NameError" in third
    assert not any("2345" in message["content"] for call in model.calls for message in call)


async def test_feedback_is_short_whatever_was_printed(interpreter):
    turn = await take_turn(SUM, Reply(fenced("print('x' * 5000)")), interpreter, grade_answer)
    assert len(feedback(SUM, turn)) < 600


async def test_markup_in_an_action_stays_data(interpreter):
    text = fenced("print('<script>alert(1)</script>')")
    turn = await take_turn(SUM, Reply(text), interpreter, grade_answer)
    assert turn.action == text
    assert "<script>" in turn.observation
    assert parse_action(turn.action).code == turn.code
