"""A small made-up recording of MINT, in the columns of a real one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

_MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
_NUMBERS = ("max_turns", "max_proposals", "n_propose", "n_tool", "n_invalid")
_TEXTS = ("model", "feedback", "feedback_setting", "task", "task_id", "prompt", "reference", "task_metadata",
          "terminate_reason", "error")  # fmt: skip
SCHEMA = pa.schema(
    [(name, pa.string()) for name in _TEXTS]
    + [(name, pa.int64()) for name in _NUMBERS]
    + [("success", pa.bool_()), ("messages", _MESSAGES)]
)


def solve(answer: str) -> str:
    return f"<thought> done </thought>\n<solution> {answer} </solution>"


def execute(code: str) -> str:
    return f"<execute>\n{code}\n</execute>"


def observe(text: str, left: int = 3) -> str:
    return f"Observation:\n{text}\nYou have {left} steps left and 2 chances to propose solution left.\n"


def recorded(turns: list[str], success: bool = False, **columns: Any) -> dict[str, Any]:
    """A row: assistant and user messages by turns, counted as the released loop counts them."""
    said = [text for place, text in enumerate(turns) if place % 2 == 0]
    proposals = sum("<solution>" in text for text in said)
    codes = sum("<solution>" not in text and "<execute>" in text for text in said)
    row = {
        "model": "m", "feedback": "None", "feedback_setting": "", "max_turns": 5, "max_proposals": 2,
        "task": "gsm8k", "task_id": "0", "prompt": "How many?", "reference": "42", "task_metadata": "{}",
        "terminate_reason": "task_success" if success else "max_steps", "error": "", "success": success,
        "n_propose": proposals, "n_tool": codes, "n_invalid": len(said) - proposals - codes,
        "messages": [
            {"role": "user" if place % 2 else "assistant", "content": text} for place, text in enumerate(turns)
        ],
    }  # fmt: skip
    return row | columns


def write_recording(path: Path, rows: list[dict[str, Any]]) -> Path:
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), path)
    return path
