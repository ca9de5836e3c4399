"""Every benchmark in small, made here, each in the format that is published; and a model that knows the answers."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from windward.evals.reasoning.golds import gold
from windward.evals.reasoning.items import BENCHMARKS, Item
from windward.evals.reasoning.load import load_items
from windward.evals.reasoning.prompts import messages
from windward.models import Message, scripted
from windward.models.scripted_model import Scripted

ALL = tuple(name for name in BENCHMARKS if name != "math-numeric")
HUMANEVAL = [
    {"task_id": "HumanEval/0", "entry_point": "double",
     "prompt": 'import math\n\n\ndef double(x: int) -> int:\n    """Twice x.\n    >>> double(2)\n    4\n    """\n',
     "canonical_solution": "    return math.prod([2, x])\n",
     "test": "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate(-1) == -2\n"},
]  # fmt: skip
MBPP = [
    {"task_id": 2, "prompt": "Write a function to find the area of a disc.", "test_imports": ["import math"],
     "code": "import math\nTWICE = 2\ndef disc_area(r, unit=1):\n    return math.pi * r ** TWICE * unit",
     "test_list": ["assert math.isclose(disc_area(1), math.pi)", "assert disc_area(0) == 0"]},
    {"task_id": 3, "prompt": "Write a function to add.", "test_imports": [],
     "code": "def add(a, b):\n    return a + b", "test_list": ["assert add(1, 2) == 3", "assert add(0, 0) == 0"]},
]  # fmt: skip
STARTER = '"""\nAdd two numbers.\n"""\nclass Solution:\n    def plus(self, a: int, b: int) -> int:\n        '
LINKED = (
    '"""\nDouble it.\n"""\n# Definition for singly-linked list.\nclass ListNode:\n    def __init__(self, val=0, next=None):\n'
    "        self.val = val\n        self.next = next\nclass Solution:\n"
    "    def twice(self, head: Optional[ListNode]) -> Optional[ListNode]:\n        "
)
LEETCODE = [
    {"task_id": "weekly-1-plus", "title": "plus", "meta": {"difficulty": "Easy"}, "prompt": STARTER,
     "test": 'my_solution = Solution()\n\ntest_input = { "a": 1, "b": 2 }\nassert my_solution.plus(**test_input) == 3\n\n'
             'test_input = { "a": 5, "b": 2 }\nassert my_solution.plus(**test_input) == 7\n'},
    {"task_id": "weekly-2-twice", "title": "twice", "meta": {"difficulty": "Hard"}, "prompt": LINKED,
     "test": "my_solution = Solution()\n\n_f1 = lambda lst: ListNode(lst[0], _f1(lst[1:])) if lst else None\n"
             "_f2 = lambda node: [node.val] + _f2(node.next) if node else []\n\n"
             'test_input = { "head": _f1([1, 2]) }\nassert _f2(my_solution.twice(**test_input)) == [2, 4]\n\n'
             'test_input = { "head": _f1([3]) }\nassert _f2(my_solution.twice(**test_input)) == [6]\n'},
]  # fmt: skip
SVAMP = [
    {"ID": "chal-1", "Body": "A pack costs 76 dollars. There is a discount of 25 dollars", "Type": "Subtraction",
     "Question": "What does a pack cost now?", "Equation": "( 76.0 - 25.0 )", "Answer": 51.0},
    {"ID": "chal-2", "Body": "Ann has 3 pens and loses 3.", "Question": "How many are left?", "Type": "Subtraction",
     "Equation": "( 3.0 - 3.0 )", "Answer": 0.0},
    {"ID": "chal-3", "Body": "Ann has 2 pens and buys 4.", "Question": "How many has she?", "Type": "Addition",
     "Equation": "( 2.0 + 4.0 )", "Answer": 6.0},
]  # fmt: skip
ASDIV = {"Source": "made up", "Instances": [
    {"Input": "What is 1 and 1?", "Output Program": ["print(2)"], "Output Answer": ["2"], "split": "train"},
    {"Input": "20 girls and 10 boys. What is the ratio of girls to boys?",
     "Output Program": ["print('2:1')"], "Output Answer": ["2:1"], "split": "test"},
    {"Input": "Half of 9 apples?", "Output Program": ["ans=9/2\nprint(ans)"], "Output Answer": ["4.5"], "split": "test"},
]}  # fmt: skip
THEOREMQA = [
    {"id": f"a/{kind.replace(' ', '_')}.json", "Question": f"Which {kind}?", "Answer": answer, "Answer_type": kind,
     "Picture": None, "theorem": "t"}
    for kind, answer in [("integer", 12), ("float", 0.25), ("bool", True), ("option", "(b)"), ("list of integer", [1, 2]),
                         ("list of float", [0.5, 1.5])]
]  # fmt: skip
IFEVAL = [
    {"key": 1000, "prompt": "Write of rain in at least 30 words, without commas, with 2 *highlights*.",
     "instruction_id_list": ["punctuation:no_comma", "length_constraints:number_words",
                             "detectable_format:number_highlighted_sections"],
     "kwargs": [{}, {"relation": "at least", "num_words": 30}, {"num_highlights": 2, "num_words": None}]},
    {"key": 1001, "prompt": "Say it in lower case and end with: that is all",
     "instruction_id_list": ["change_case:english_lowercase", "startend:end_checker"],
     "kwargs": [{}, {"end_phrase": "that is all"}]},
    {"key": 1002, "prompt": "Do not use commas.", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]},
]  # fmt: skip
GSMPLUS = [
    {"question": "Ann has 2 pens and buys 4. How many has she?", "solution": "6", "answer": "6",
     "perturbation_type": "numerical substitution", "seed_question": "q", "seed_solution": "s", "seed_answer": "6"},
    {"question": "Ann has pens and buys 4. How many has she?", "solution": "None", "answer": "None",
     "perturbation_type": "critical thinking", "seed_question": "q", "seed_solution": "s", "seed_answer": "6"},
]  # fmt: skip
MATH = [
    {"problem": "What is half of 1?", "level": "Level 1", "type": "Prealgebra",
     "solution": r"Half of 1 is \boxed{\frac{1}{2}}."},
    {"problem": "Solve $x^2=4$ for positive $x$.", "level": "Level 2", "type": "Algebra", "solution": r"$x=\boxed{2}$"},
]  # fmt: skip
BBH = {
    "boolean_expressions": [("not True is", "False"), ("True and True is", "True")],
    "date_understanding": [("What day?\nOptions:\n(A) 1\n(B) 2", "(B)")],
    "dyck_languages": [("Close: ( [", "] )")],
    "word_sorting": [("Sort: pear apple", "apple pear")],
}
SHOTS = """Evaluate a boolean.
canary
-----
Evaluate the result of a random Boolean expression.

Q: True or False is
A: Let's think step by step.
One of them holds. So the answer is True.

Q: not False is
A: Let's think step by step.
So the answer is True."""


def write_small(folder: Path) -> Path:
    """All files of a data folder."""
    folder.mkdir(parents=True)
    with gzip.open(folder / "HumanEval.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(lines(HUMANEVAL))
    (folder / "mbpp.json").write_text(json.dumps(MBPP))
    (folder / "leetcode.json").write_text(lines(LEETCODE))
    (folder / "svamp.json").write_text(json.dumps(SVAMP))
    (folder / "asdiv.json").write_text(json.dumps(ASDIV))
    (folder / "theoremqa.json").write_text(json.dumps(THEOREMQA))
    (folder / "ifeval.jsonl").write_text(lines(IFEVAL))
    (folder / "gsmplus.jsonl").write_text(lines(GSMPLUS))
    pq.write_table(pa.Table.from_pylist(MATH), folder / "math.parquet")
    (folder / "bbh" / "cot-prompts").mkdir(parents=True)
    for task, rows in BBH.items():
        examples = [{"input": asked, "target": wanted} for asked, wanted in rows]
        (folder / "bbh" / f"{task}.json").write_text(json.dumps({"canary": "no", "examples": examples}))
    (folder / "bbh" / "cot-prompts" / "boolean_expressions.txt").write_text(SHOTS)
    return folder


def lines(rows: Sequence[Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def items_of(folder: Path, *names: str) -> list[Item]:
    return [item for name in names or ALL for item in load_items(name, folder)]


def knows(folder: Path, name: str = "knows") -> Scripted:
    """Answers every item rightly in whatever mode it is asked."""
    right = {
        messages(item, mode)[-1]["content"]: gold(item, mode)
        for item in items_of(folder)
        for mode in BENCHMARKS[item.benchmark].modes
    }

    def say(asked: Sequence[Message]) -> str:
        return str(right[asked[-1]["content"]])

    return scripted(say, name=name)
