"""Made-up runs, as `Run`s, as rows of a recording and as conversations."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from windward.recipes.codeact.runs import Run, Turn

WORDS = [
    "amber",
    "birch",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "heron",
    "inlet",
    "jetty",
    "knoll",
    "larch",
]
RULES = """You work in turns.

Tool function available (already imported in <execute> environment):
[1] wikipedia_search(query: str) -> str
Finds a page.

---

Task:
An example.
"""


def prose(number: int) -> str:
    """Sixteen words that differ from every other number's."""
    return " ".join(f"{WORDS[(number + place) % len(WORDS)]}{number}" for place in range(16))


def ran(text: str = "print(1)", shown: str = "1", *, raised: bool = False) -> Turn:
    return Turn(
        f"<thought>{text}</thought>\n<execute>{text}</execute>", "code", f"Observation:\n{shown}", raised
    )


def failed(text: str = "1 / 0") -> Turn:
    return ran(text, "ZeroDivisionError: division by zero", raised=True)


def refused(text: str = "no") -> Turn:
    return Turn(
        f"<solution>{text}</solution>", "answer", "Observation:\nYour answer is wrong.", rejected=True
    )


def lost(text: str = "hm") -> Turn:
    return Turn(text, "invalid", "Observation:\nI don't understand.")


def solved(text: str = "42") -> Turn:
    return Turn(f"<solution>{text}</solution>", "answer", None)


def run(number: int, *turns: Turn, **changes: Any) -> Run:
    """A solved run of three good turns whose words are its own."""
    told = prose(number)
    made = Run(
        id=f"run{number:03d}",
        problem_id=f"problem{number}",
        problem=f"Task:\nHow many {told}?",
        source="gsm8k",
        model="m",
        system="Work in turns.",
        turns=turns or (ran(f"# {told}"), ran(f"x = {number}"), solved(told)),
        roles="",
        success=True,
        never_score=("mint", "gsm8k"),
    )
    made = replace(made, **changes)
    return made if changes.get("roles") else replace(made, roles="ua" * len(made.turns))


_TEXTS = ("model", "feedback", "feedback_setting", "task", "task_id", "prompt", "reference", "task_metadata",
          "terminate_reason", "error", "instruction")  # fmt: skip
_NUMBERS = ("max_turns", "max_proposals", "n_propose", "n_tool", "n_invalid")
_SCHEMA = pa.schema(
    [(name, pa.string()) for name in _TEXTS]
    + [(name, pa.int64()) for name in _NUMBERS]
    + [
        ("success", pa.bool_()),
        ("messages", pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))),
    ]
)


def recorded(number: int, *texts: str, **columns: Any) -> dict[str, Any]:
    """A row of a recording, its messages by turns the agent's and the user's."""
    told = prose(number)
    texts = texts or (
        f"Assistant:\n<thought> Try {told}. </thought>\n<execute>\nprint({number})\n</execute>",
        f"Observation:\n{number}\nYou have 4 steps left and 2 chances to propose solution left.\n",
        "Assistant:\n<thought>No.</thought>\n<execute>1 / 0</execute>",
        "Observation:\n---------------------------\nTraceback (most recent call last)\n\nZeroDivisionError: division by zero\n"
        "You have 3 steps left and 2 chances to propose solution left.\n",
        f"Assistant:\nThe answer is <solution> {number} </solution>.",
    )
    return {
        "model": "m", "feedback": "None", "feedback_setting": "", "max_turns": 5, "max_proposals": 2, "task": "gsm8k",
        "task_id": str(number), "prompt": f"How many {told}?", "reference": str(number), "task_metadata": "{}",
        "terminate_reason": "task_success", "error": "", "instruction": RULES, "success": True,
        "n_propose": 1, "n_tool": 2, "n_invalid": 0,
        "messages": [{"role": "user" if place % 2 else "assistant", "content": text} for place, text in enumerate(texts)],
    } | columns  # fmt: skip


def write_recording(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=_SCHEMA), path)
    return path


def talk(number: int, **fields: Any) -> dict[str, Any]:
    """A conversation of three turns, the second of which raises."""
    told = prose(number)
    trace = "Observation:\nTraceback (most recent call last)\n\nNameError: name 'x' is not defined"
    said = [
        ("system", "Write Python in fences."),
        ("user", f"Count {told}."),
        ("assistant", f"First {told}.\n```python\nprint({number})\n```"),
        ("user", f"Observation:\n{number}"),
        ("assistant", "```python\nprint(x)\n```"),
        ("user", trace),
        ("assistant", f"It is {told}."),
    ]
    row = {
        "id": f"talk{number}",
        "problem_id": f"p{number}",
        "source": "chat",
        "model": "m",
        "success": True,
        "messages": [{"role": role, "content": content} for role, content in said],
    }
    return row | fields


def write_lines(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path
