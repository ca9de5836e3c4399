"""What a model is told, by kind of problem and mode. The sentences are ours; the release's prompts differ in words."""

from __future__ import annotations

from collections.abc import Sequence

from windward.evals.reasoning.items import Item, Mode
from windward.models import Message

COT = r"""Solve this problem. Think step by step, then give the final answer alone in \boxed{{}} on the last line.{note}

{asked}"""
POT = """Solve this problem with a Python program. Write the program in one ```python block; it must compute the answer \
and print the answer alone.{note}

{asked}"""
NOTES = {
    "theoremqa": " The answer is a number, a list of numbers, True or False, or the letter of an option such as (a).",
    "gsmplus": " If the problem does not say enough to be solved, the answer is None.",
}
"""Said of a benchmark whose answers are not all numbers."""
HUMANEVAL = """Complete this Python function. Reply with the whole function, and any imports, in one ```python block.

```python
{asked}
```"""
MBPP = """{asked}

{start}The function must pass this test, among others:

```python
{test}
```

Reply with the whole program in one ```python block."""
LEETCODE = """Solve this problem in Python by completing the class at its end. Reply with the whole class, and any imports, \
in one ```python block.

{asked}"""
BBH = "{asked}\n\nThink step by step, then end with the line: So the answer is ANSWER."


def messages(item: Item, mode: Mode) -> list[Message]:
    """The messages that ask an item.

    BBH's worked examples, where they are there, stand before the question as turns of a conversation.

    Raises:
        ValueError: the item cannot be asked in that mode.
    """
    opening = [
        message
        for asked, said in item.meta.get("shots", ())
        for message in (_user(BBH.format(asked=asked)), Message(role="assistant", content=said))
    ]
    return [*opening, _user(_asked(item, mode))]


def _asked(item: Item, mode: Mode) -> str:
    note = NOTES.get(item.benchmark, "")
    match item.kind, mode:
        case (("maths" | "theorem"), "cot"):
            return COT.format(note=note, asked=item.prompt)
        case (("maths" | "theorem"), "pot"):
            return POT.format(note=note, asked=item.prompt)
        case "humaneval", "code":
            return HUMANEVAL.format(asked=item.prompt.rstrip())
        case "mbpp", "code":
            line = str(item.meta.get("signature") or "")
            start = f"It starts with `{line}`. " if line else ""
            return MBPP.format(asked=item.prompt, start=start, test=_first(item.meta["test_list"]))
        case "leetcode", "code":
            return LEETCODE.format(asked=item.prompt.rstrip())
        case "bbh", "cot":
            return BBH.format(asked=item.prompt)
        case "instructions", "chat":
            return item.prompt
    raise ValueError(f"{item.benchmark} is not asked as {mode!r}")


def _first(tests: Sequence[str]) -> str:
    return tests[0].strip()


def _user(content: str) -> Message:
    return Message(role="user", content=content)
