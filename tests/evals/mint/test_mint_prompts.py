import mint_policies as fakes
import pytest

from windward.agents import parse_action
from windward.evals.mint.examples import EXAMPLES
from windward.evals.mint.instances import FAMILIES
from windward.evals.mint.prompts import STOP, described, opening
from windward.evals.mint.wikipedia import wikipedia_tool
from windward.interpreter import Interpreter


def test_budgets_are_stated():
    one = opening(fakes.instance(), turns=1, proposals=1)[0]["content"]
    five = opening(fakes.instance(), turns=5, proposals=2)[0]["content"]
    assert "You have 1 turn in all, whichever you choose, and you can hand in an answer once at most" in one
    assert "You have 5 turns in all, whichever you choose, and you can hand in an answer 2 times" in five


def test_a_tool_is_described_by_its_signature_and_docstring():
    def look_up(word: str, most: int = 3) -> list[str]:
        """Words that mean the same."""
        return [word] * most

    assert "look_up(word: str, most: int = 3) -> list[str]\nWords that mean the same." in described(
        {"look_up": look_up}
    )
    text = opening(fakes.instance(), turns=5, proposals=2, tools={"wikipedia_search": wikipedia_tool()})[0][
        "content"
    ]
    assert "wikipedia_search(query: str) -> str\nLooks a topic up in Wikipedia" in text


@pytest.mark.parametrize("task", [tasks[0] for tasks in FAMILIES.values() if tasks[0] != "alfworld"])
def test_the_rules_come_first_and_the_task_last(task):
    problem = fakes.instance(task)
    text = opening(problem, turns=5, proposals=2)[0]["content"]
    rules, example, asked = text.split("\n\n---\n\n")
    assert "<execute>" in rules
    assert "Observation:" in example
    assert asked.endswith(problem.prompt.strip())


def test_the_rules_can_be_a_system_message():
    system, user = opening(fakes.instance(), turns=5, proposals=2, system_role=True)
    assert (system["role"], user["role"]) == ("system", "user")
    assert "<execute>" in system["content"]
    assert fakes.instance().prompt in user["content"]


def test_the_example_shows_feedback_only_where_there_will_be_some():
    plain = opening(fakes.instance(), turns=5, proposals=2)[0]["content"]
    coached = opening(fakes.instance(), turns=5, proposals=2, feedback=True)[0]["content"]
    assert "Expert feedback:" not in plain
    assert "Expert feedback:\nThis is BAD." in coached


@pytest.mark.parametrize("family", ["reasoning", "code_generation"])
def test_worked_examples_show_what_the_interpreter_shows(family):
    with Interpreter() as session:
        for step in EXAMPLES[family].steps[:-1]:
            seen = session.run(parse_action(step.reply).code)
            assert seen.text.splitlines()[-1] == step.observation


@pytest.mark.parametrize("family", EXAMPLES)
def test_worked_examples_end_in_a_proposal_and_never_say_a_stop_string(family):
    *before, last = EXAMPLES[family].steps
    assert all(parse_action(step.reply).kind == "code" for step in before)
    assert parse_action(last.reply).kind == "answer"
    assert not any(stop in step.reply for step in EXAMPLES[family].steps for stop in STOP)
