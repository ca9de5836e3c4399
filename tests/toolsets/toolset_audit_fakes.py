"""A small release in the released layout: two epochs of table problems, and a final library in which three tools are not as they should be."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from windward.interpreter import Limits

SMALL = Limits(seconds=1, wall_seconds=20, memory_mb=256, disk_mb=16, file_mb=4, processes=8)
LIBRARY = "5_deduplicated_tools.csv"
STAGES = {
    1: "1_raw_specific_solutions.json",
    2: "2_valid_specific_solutions.csv",
    3: "3_all_general_tools.json",
    4: "4_valid_tools.csv",
}
Row = dict[str, object]


def row(id: int, answer: object, code: str, call: str, tool: str = "", tool_call: str = "") -> Row:
    """A released row; one without a tool is of the first two stages."""
    found: Row = {
        "question": f"Question {id}?",
        "answer": answer,
        "table": f"a | b\n{id} | 2",
        "level": 3,
        "tool_id": id,
        "code": code,
        "api_call": call,
    }
    return found | ({"tool": tool, "tool_call": tool_call} if tool else {})


ADD = "def add(a, b):\n    return a + b"
ADD_THREE = "def add(a, b, c=0):\n    return a + b + c"
EPOCHS: list[dict[int, Row]] = [
    {
        1: row(1, 3.0, "def f():\n    return 3", "print(f())", ADD, "print(add(1, 2))"),
        2: row(2, 4.0, "def f():\n    return 4", "print(f())", ADD_THREE, "print(add(1, 2, 1))"),
        3: row(3, 5.0, "def f():\n    return 6", "print(f())"),
    },
    {
        4: row(4, 6.0, "def f():\n    return 6", "print(f())", "def double(a):\n    return a * 2", "print(double(3))"),
        5: row(5, 7.0, "def f():\n    return 7", "print(f())", "def less(a, b):\n    return a - b", "print(less(9, 2))"),
        6: row(6, 8.0, "def f():\n    return 8", "print(f())", "def half(a):\n    return a / 2", "print(half(8))"),
        7: row(7, 9.0, "def f():\n    return 9", "print(f())", "def first(a):\n    return a[0]", "print(first([]))"),
    },
]  # fmt: skip
"""Of tools 1 and 2 the second is kept; 3 has a wrong solution; the tools of 6 and 7 do not do what they should, and are kept."""
EDITED = "def less(a, b):\n    return abs(a - b)"


def library_rows() -> list[Row]:
    """The final library; tool 5 was edited by hand, and answers are written as whole numbers."""
    rows = [EPOCHS[0][2], *EPOCHS[1].values()]
    found = [made | {"answer": str(made["answer"]).removesuffix(".0")} for made in rows]
    found[2]["tool"] = EDITED
    return found


def write_release(folder: Path, library: Sequence[Row] | None = None) -> Path:
    """Writes the release; its library, which is returned."""
    for number, rows in enumerate(EPOCHS):
        here = folder / f"epoch_{number}"
        here.mkdir(parents=True)
        made = [one for one in rows.values() if "tool" in one]
        specific = [_without_tool(one) for one in rows.values()]
        _lines(here / STAGES[1], specific)
        _csv(here / STAGES[2], [_without_tool(one) for one in made])
        _lines(here / STAGES[3], made)
        _csv(here / STAGES[4], made)
        _csv(here / LIBRARY, [one for one in made if one["tool_id"] != 1])
    _csv(folder / LIBRARY, library_rows() if library is None else library)
    return folder / LIBRARY


def _without_tool(one: Mapping[str, object]) -> Row:
    return {name: value for name, value in one.items() if not name.startswith("tool") or name == "tool_id"}


def _lines(path: Path, rows: Sequence[Row]) -> None:
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")


def _csv(path: Path, rows: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
