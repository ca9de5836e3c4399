"""The journeys of a library (build, audit, replay, solve) go through the domain of pictures like any other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from drawn_questions import FRESH
from drawn_shapes import EYES

from windward.models import Message, scripted
from windward.recipes.toolsets.auditing import audit_library
from windward.recipes.toolsets.replaying import replay_library
from windward.toolsets.problems import ToolProblem
from windward.toolsets.retrieve import Hit
from windward.toolsets.solve import solve
from windward.toolsets.solve_acting import solve_acting
from windward.toolsets.stored_domain import domain_of
from windward.toolsets.toolset import Toolset
from windward.toolsets.validate import Validator
from windward.toolsets.vision import vision_domain


def test_a_run_writes_a_library_of_the_domain_with_its_pictures_names(library: Path) -> None:
    tools = Toolset.load(library).tools
    assert domain_of(library) == "vision" and len(tools) == 9
    assert {tool.facts["image"] for tool in tools} == {f"{tool.id}.png" for tool in tools}


def test_an_audit_names_the_tools_that_need_what_is_no_longer_plugged_in(
    library: Path, folder: Path, validator: Validator, tmp_path: Path
) -> None:
    fine = audit_library(library, tmp_path / "audit.json", validator=validator, tell=lambda line: None)
    assert fine.all_ok and fine.domain == "vision"
    silent = replace(EYES, simple_query=None)
    with Validator(jobs=2, domain=vision_domain(silent, folder)) as other:
        found = audit_library(library, tmp_path / "again.json", validator=other, tell=lambda line: None)
    failed = {one.tool: one.why for one in found.tools if one.verdict != "ok"}
    assert failed.keys() == {"left of", "largest colour"}
    assert all("no model answers simple_query here" in why for why in failed.values())


def test_a_replay_finds_every_verdict_again(library: Path, validator: Validator) -> None:
    replayed = replay_library(library, validator=validator, tell=lambda line: None)
    assert replayed.all_equal and len(replayed.runs) == 25  # 13 solutions and 12 abstractions


def _fresh(name: str) -> tuple[ToolProblem, str]:
    _, question, answer, call = FRESH[name]
    return ToolProblem("fresh", question, answer, {"image": f"{name} afresh.png"}), call


@pytest.mark.parametrize("name", FRESH)
def test_a_fresh_question_is_solved_with_a_tool_in_the_prompt(
    library: Path, validator: Validator, name: str
) -> None:
    problem, call = _fresh(name)
    asked = scripted([f"```python\n{call}\n```"])
    tools = {tool.id: tool for tool in Toolset.load(library).tools}
    row = asyncio.run(solve(problem, [Hit(name, 3, {}, 0.9)], tools, asked, validator))
    assert (row.status, row.lenient, row.used) == ("ok", True, (name,)), row
    said = " ".join(str(message["content"]) for message in asked.calls[0])
    assert "image.find(name)" in said and "(The picture is `image`.)" in said
    assert problem.facts["image"] not in said


def test_an_agent_that_looks_answers_with_a_tool_of_its_session(library: Path, folder: Path) -> None:
    problem, call = _fresh("left of")

    def acts(messages: Sequence[Message]) -> str:
        last = str(messages[-1]["content"])
        return (
            "<solution>purple circle</solution>"
            if "purple circle" in last
            else f"<execute>\n{call}\n</execute>"
        )

    tools = {tool.id: tool for tool in Toolset.load(library).tools}
    hits = [Hit("left of", 3, {}, 0.9)]
    row = asyncio.run(solve_acting(problem, hits, tools, scripted(acts), vision_domain(EYES, folder)))
    assert (row.status, row.strict, row.used) == ("ok", True, ("left of",)), row
