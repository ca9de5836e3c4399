"""Right answers as a model could write them, and answers that know nothing: what a benchmark's rules are checked with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from windward.evals.reasoning.items import Item, Kind, Mode
from windward.evals.reasoning.obeying import obeying
from windward.evals.reasoning.prompts import messages

ECHO, UNKNOWING = "prompt echo", "do not know"
NOTHING: Mapping[str, str] = {"empty": "", UNKNOWING: "I do not know."}
"""Answers that know nothing, whatever is asked."""

CONSTANTS: Mapping[Kind, tuple[str, ...]] = {
    "maths": ("0", "True", "A", "None"),
    "theorem": ("0", "True", "A"),
    "bbh": ("0", "True", "A", "Yes"),
}
"""Answers that are the same for every item."""

CONTRADICTED: Mapping[tuple[str, str], str] = {
    (
        "svamp",
        "chal-680",
    ): "4 apples, 2 picked, 3 grown: the equation gives 5, which is right; the answer is given as 1",
}
"""Items whose data set contradicts itself: its program gives another answer than its reference, by benchmark and id.

They stay in the benchmark, graded by the published reference, so that figures compare; their gold program prints it.
"""

_INPUT = re.compile(r"^test_input = (.+)$", re.MULTILINE)
_WANTED = re.compile(r"^assert (_f2\()?my_solution\.(\w+)\(\*\*test_input\)\)? == (.+)$", re.MULTILINE)


def gold(item: Item, mode: Mode) -> str | None:
    """The item's right answer in the form that its prompt asks for; None where nobody knows one.

    Code is the data set's own solution. LeetCode has none: its answer looks up what the tests expect, which shows that
    the tests accept what they name, and no more. Instructions are obeyed by a text made for them.
    """
    match item.kind:
        case "humaneval":
            return fenced(item.prompt + str(item.reference))
        case "mbpp":
            return fenced(str(item.reference))
        case "leetcode":
            return fenced(str(item.reference) if item.reference else looked_up(str(item.meta["test"])))
        case "instructions":
            return obeying(item.meta["instructions"], item.meta["kwargs"])
        case "bbh":
            return f"Step by step, nothing else fits. So the answer is {item.reference}."
    if mode == "pot":
        own = None if (item.benchmark, item.id) in CONTRADICTED else item.meta.get("program")
        return fenced(str(own or f"print({item.reference!r})"))
    return rf"Step by step, this comes out.{chr(10)}\boxed{{{item.reference}}}"


def degenerate(item: Item, mode: Mode) -> dict[str, str]:
    """Answers that know nothing, by what they are called."""
    found = dict(NOTHING) | {ECHO: messages(item, mode)[-1]["content"]}
    if item.kind in ("humaneval", "mbpp", "leetcode"):
        return found | {"stub": fenced(stub(item))}
    return found | {
        f"always {word}": fenced(f"print({word!r})") if mode == "pot" else word
        for word in CONSTANTS.get(item.kind, ())
    }


def deserves(item: Item, name: str) -> bool:
    """Whether a constant answer happens to be right for the item, by plain comparison and not by the grader."""
    if name == UNKNOWING and item.kind == "instructions":
        return all(map(_obeys, item.meta["instructions"], item.meta["kwargs"]))
    if not name.startswith("always ") or item.kind not in CONSTANTS:
        return False
    word, wanted = name.removeprefix("always "), item.reference
    if isinstance(wanted, bool):
        return str(wanted) == word
    if isinstance(wanted, int | float):
        return word == "0" and wanted == 0
    return str(wanted).strip(" ()").lower() == word.lower()


def _obeys(instruction: str, given: Mapping[str, Any]) -> bool:
    """Whether the four words of the answer that does not know obey an instruction, counted by hand."""
    words = ("i", "do", "not", "know")
    match instruction:
        case "punctuation:no_comma":
            return True
        case "keywords:forbidden_words":
            return not {str(word).lower() for word in given["forbidden_words"]} & set(words)
        case "length_constraints:number_words":
            return _holds(len(words), given["relation"], given["num_words"])
        case "length_constraints:number_sentences":
            return _holds(1, given["relation"], given["num_sentences"])
        case "keywords:frequency":
            return _holds(words.count(str(given["keyword"]).lower()), given["relation"], given["frequency"])
        case "keywords:letter_frequency":
            count = "".join(words).count(str(given["letter"]).lower())
            return _holds(count, given["let_relation"], given["let_frequency"])
        case "change_case:capital_word_frequency":
            return _holds(1, given["capital_relation"], given["capital_frequency"])
    return False


def _holds(count: int, relation: str, limit: int) -> bool:
    return count >= limit if relation == "at least" else count < limit


def fenced(code: str) -> str:
    """Code in a reply."""
    return f"```python\n{code.strip()}\n```"


def stub(item: Item) -> str:
    """The function that the tests call, doing nothing."""
    if item.kind == "leetcode":
        found = _WANTED.search(str(item.meta["test"]))
        name = found.group(2) if found else "solve"
        return f"class Solution:\n    def {name}(self, *args, **kwargs):\n        return None"
    name = item.meta.get("entry_point") or _defined(str(item.meta.get("signature", "")))
    return f"def {name}(*args, **kwargs):\n    return None"


def looked_up(test: str) -> str:
    """A class that answers with what the tests expect, by the text of their own lines; runs in the interpreter only."""
    wanted = _WANTED.findall(test)
    inputs = _INPUT.findall(test)
    linked, method = (wanted[0][0], wanted[0][1]) if wanted else ("", "solve")
    table = ",\n    ".join(f"({given}, {right})" for given, (_, _, right) in zip(inputs, wanted, strict=True))
    back = "_node(TABLE[_key(given)])" if linked else "TABLE[_key(given)]"
    return f"""class ListNode:
    def __init__(self, val=0, next=None):
        self.val, self.next = val, next


def _f1(values):
    return list(values)


def _node(values):
    return ListNode(values[0], _node(values[1:])) if values else None


def _plain(value):
    if not hasattr(value, "next"):
        return value
    found = []
    while value is not None:
        found.append(value.val)
        value = value.next
    return found


def _key(given):
    return repr(sorted((name, _plain(value)) for name, value in given.items()))


ROWS = [
    {table},
]
TABLE = {{_key(given): right for given, right in ROWS}}


class Solution:
    def {method}(self, **given):
        return {back}"""


def _defined(line: str) -> Any:
    found = re.match(r"def (\w+)", line)
    return found.group(1) if found else "solve"
