"""The released library of tables solves the problems that it was made from, where its tools are found and called as recorded."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from toolset_solve_fakes import Letters, block, planning
from windward.models import Message, scripted
from windward.recipes.toolsets.solving import solve_problems
from windward.recipes.toolsets.solving_config import SolveConfig
from windward.toolsets.facts import read_facts
from windward.toolsets.records import Tool
from windward.toolsets.released import DOMAINS, LIBRARY
from windward.toolsets.solved import Solved, read_solved
from windward.toolsets.toolset import Toolset

DATA = os.environ.get("WINDWARD_DATA", "")
FAULTY = {"9956": "ok", "11645": "crash", "8611": "crash"}
"""Tools of the library that do not solve their own problem: one computes another value, two do not find a column."""
SOME = 20
"""Of the other 177, which takes seconds; all of them solve theirs."""


def answered(tools: Sequence[Tool], tmp_path: Path) -> list[Solved]:
    """What a model comes to that plans with a tool's own name and first line, and then calls it as is recorded."""
    (tmp_path / "problems.jsonl").write_text(
        "".join(
            json.dumps({"id": tool.id, "question": tool.question, "answer": tool.answer, **tool.facts}) + "\n"
            for tool in tools
        )
    )

    def says(messages: Sequence[Message]) -> str:
        asked = messages[-1]["content"]
        tool = next(tool for tool in tools if f"{tool.facts['table'].strip()}\n\n{tool.question}" in asked)
        if not planning(messages):
            return block(tool.call)
        facts = read_facts(tool.code)
        return f"Name: {facts.name}\nDocstring: {facts.explanation}"

    config = SolveConfig(tmp_path / "library", tmp_path / "problems.jsonl", "tables")
    solve_problems(
        config,
        scripted(says),
        tmp_path / "out",
        planner=scripted(says),
        encoder=Letters,
        tell=lambda line: None,
    )
    return read_solved(tmp_path / "out")


@pytest.mark.skipif(not DATA, reason="needs WINDWARD_DATA")
def test_the_released_tools_are_found_and_solve_their_problems_but_for_the_faulty_ones(
    tmp_path: Path,
) -> None:
    toolset = Toolset.from_released(Path(DATA) / "craft" / DOMAINS["tables"] / LIBRARY)
    toolset.save(tmp_path / "library")
    good = [tool for tool in toolset.tools if tool.id not in FAULTY][:SOME]
    rows = answered([*good, *(toolset.tool(id) for id in FAULTY)], tmp_path)
    assert all(row.problem.id in row.tools and row.votes[0] == 3 for row in rows)
    assert {row.problem.id: row.status for row in rows if not row.lenient} == FAULTY
    assert {row.problem.id for row in rows if not row.used} == set()
