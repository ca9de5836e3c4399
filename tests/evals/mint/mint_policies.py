"""Small problems of the project's own, a grader, and scripted policies whose success is known beforehand."""

from __future__ import annotations

import json
import re
from pathlib import Path

from windward.evals.mint.instances import Instance
from windward.grading import Verdict
from windward.models import scripted

PROBLEMS = {
    "gsm8k": [
        {"id": 0, "prompt": "Ann has 17 pens and buys 25. How many has she?", "reference": "42"},
        {"id": 1, "prompt": "A rope of 90 m is cut in 6 parts. How long is a part?", "reference": "15"},
    ],
    "math": [{"id": 0, "prompt": "What is $12^2 - 250$?", "reference": "-106.0"}],
    "theoremqa": [
        {
            "id": 1,
            "prompt": "Sort 9, 4 and 7 upwards.",
            "reference": [4, 7, 9],
            "answer_type": "list of integer",
        }
    ],
    "mmlu": [
        {
            "id": 0,
            "prompt": "What is 7 times 8?\nOptions: A ) 54 , B ) 56 , C ) 58 , D ) 65",
            "reference": "b",
        }
    ],
    "hotpotqa": [
        {"id": 0, "prompt": "On which river lies the capital of Austria?", "reference": "the Danube"}
    ],
    "humaneval": [
        {
            "id": 0,
            "prompt": 'def half(n):\n    """Half of n.\n    >>> half(4)\n    2.0\n    """',
            "reference": "def check(candidate):\n    assert candidate(10) == 5\n    assert candidate(7) == 3.5\n\n"
            "check(half)",
            "canonical_solution": "    return n / 2\n",
        }
    ],
    "mbpp": [
        {
            "id": 0,
            "prompt": '"""\nWrite a function to double each number.\nassert twice([1, 2]) == [2, 4]\n"""',
            "reference": "assert twice([1, 2]) == [2, 4]\nassert twice([5, -3, 0]) == [10, -6, 0]",
            "code": "def twice(xs):\n    return [2 * x for x in xs]",
        }
    ],
}
ANSWERS = {
    "pens": "42",
    "rope": "15",
    "12^2": "-106",
    "Sort 9": "[4, 7, 9]",
    "7 times 8": "B",
    "Austria": "the Danube",
    "def half": "def half(n):\n    return n / 2",
    "double each": "def twice(xs):\n    return [2 * x for x in xs]",
    "lamp": "done",
}


def write_problems(folder: Path) -> Path:
    """The problems as files, as MINT's data folder has them."""
    folder.mkdir(parents=True, exist_ok=True)
    for task, rows in PROBLEMS.items():
        (folder / f"{task}.json").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def instance(task: str = "gsm8k", number: int = 0) -> Instance:
    """One of the problems."""
    row = dict(PROBLEMS[task][number])
    return Instance(task, str(row.pop("id")), row.pop("prompt"), row.pop("reference"), row)


def exact(problem: Instance, answer: str) -> Verdict:
    """Right if it is, but for spaces and case, what the table above holds."""
    return Verdict(same(answer) == same(solution(problem.prompt)), answer, "exact")


def same(text: str) -> str:
    """The text without spaces and case."""
    return re.sub(r"\s+", "", text).casefold()


def solution(prompt: str) -> str:
    """The right answer to the last task in a prompt."""
    asked = prompt.rsplit("Task:\n", 1)[-1]
    return next(answer for key, answer in ANSWERS.items() if key in asked)


def task_of(messages) -> str:
    """The text of the message that holds the task."""
    return next(m["content"] for m in messages if m["role"] == "user" and "Task:\n" in m["content"])


def told(messages) -> str:
    """The newest message."""
    return messages[-1]["content"]


def proposes(text: str) -> str:
    """A solution."""
    return f"<thought> I am sure. </thought>\n<solution>{text}</solution>"


def runs(code: str) -> str:
    """Code."""
    return f"<thought> I try it. </thought>\n<execute>\n{code}\n</execute>"


def oracle():
    """Right at the first turn; in a household it does what is asked."""

    def answer(messages):
        task = task_of(messages).rsplit("Task:\n", 1)[-1]
        return runs("print(use('desklamp 1'))") if "lamp" in task else proposes(solution(task))

    return scripted(answer, name="oracle")


def never_acts():
    """No turn of it has an action."""
    return scripted(lambda messages: "I would rather think about it.", name="never acts")


def repairs():
    """Raises at its first turn, runs the repaired code at the second, proposes at the third."""

    def answer(messages):
        turn = sum(m["role"] == "assistant" for m in messages)
        if turn == 0:
            return runs("value = 40\nprint(valu + 2)")
        if turn == 1:
            assert "NameError" in told(messages)
            return runs("print(value + 2)")
        assert "42" in told(messages)
        return proposes(solution(task_of(messages)))

    return scripted(answer, name="repairs")


def needs_feedback():
    """Proposes nonsense, unless an expert tells it to look at the numbers again."""

    def answer(messages):
        heard = any("look at the numbers again" in m["content"] for m in messages[1:] if m["role"] == "user")
        return proposes(solution(task_of(messages)) if heard else "nonsense")

    return scripted(answer, name="needs feedback")
