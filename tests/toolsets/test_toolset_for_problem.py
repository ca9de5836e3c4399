"""The tools of a library for one problem: found, named apart, and run by an agent in a session and nowhere else."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from windward.agents import CELL_LIMITS, AgentLimits, format_answer, run_agent, task_opening
from windward.interpreter import Interpreter
from windward.models import scripted
from windward.toolsets.domains import Domain
from windward.toolsets.for_problem import embedded_encoder, find_for
from windward.toolsets.index import Library
from windward.toolsets.parquet_files import ToolsetError
from windward.toolsets.records import Tool
from windward.toolsets.retrieve import Plan
from windward.toolsets.toolset import Toolset
from windward.toolsets.views import VIEWS, views

DATA = os.environ.get("WINDWARD_DATA", "")
QUESTION = "What do three lamps cost?"


class Words:
    """Counts words of a few kinds."""

    name = "words"
    kinds = ("cost", "lamp", "mean", "median", "age", "x")
    read = 0

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.read += len(texts)
        return np.array(
            [[text.lower().count(kind) + 0.01 for kind in self.kinds] for text in texts], np.float32
        )


COST = '''def cost_of(prices, item, count):
    """Cost of some items.

    Args:
        prices (pd.DataFrame): Item and Price.
    """
    return count * prices[prices["Item"] == item]["Price"].values[0]
'''
TOOLS = (
    Tool("7", "What do two lamps cost?", "5", code=COST),
    Tool(
        "8",
        "What is the mean age?",
        "5",
        code='def mean(x):\n    """Mean of ages."""\n    return sum(x) / len(x)',
    ),
    Tool(
        "9",
        "What is the median age?",
        "5",
        code='def mean(x):\n    """Median of ages."""\n    return sorted(x)[1]',
    ),
    Tool("10", "x x x", "5", code="y = 1"),
    Tool("a/b", "x age", "5", code='def sum(x):\n    """Age."""\n    return x'),
)


def test_the_nearest_problems_tool_comes_first_and_others_fill_up() -> None:
    toolset = Toolset(TOOLS)
    assert next(tool.id for tool in find_for(toolset, QUESTION, k=2, encoder=Words())) == "7"
    assert list(toolset.for_problem(QUESTION, k=1, encoder=Words())) == ["cost_of"]
    assert len(toolset.for_problem(QUESTION, k=9, encoder=Words())) == 4  # one has no function


def test_with_a_plan_only_what_two_searches_name_is_found() -> None:
    ages = tuple(replace(TOOLS[1], id=f"m{n}", question="mean") for n in range(10))
    toolset = Toolset((TOOLS[0], *ages))
    found = find_for(toolset, "mean", encoder=Words(), plan=Plan(("mean",), "Mean of ages."))
    assert len(found) == 3 and TOOLS[0] not in found
    with pytest.raises(ValueError, match="at least 1, not 0"):
        find_for(toolset, "mean", k=0, encoder=Words())


def test_tools_of_one_name_and_names_of_builtins_get_their_id_appended() -> None:
    tools = Toolset(TOOLS).for_problem("mean median age", k=4, encoder=Words())
    assert set(tools) == {"cost_of", "mean", f"mean_{9 if 'Mean' in tools['mean'].doc else 8}", "sum_a_b"}
    with Interpreter(tools=tools) as py:
        assert py.run("sum([1, 2]), sum_a_b(3)").value == "(3, 3)"
        assert (
            py.run(f"{{mean([1, 2, 9]), {next(n for n in tools if n.startswith('mean_'))}([1, 2, 9])}}").value
            == "{2, 4.0}"
        )


@pytest.mark.parametrize("space", ["code", "json"])
async def test_any_agent_can_use_a_library(tmp_path: Path, space: str) -> None:
    Toolset(TOOLS).save(tmp_path)
    tools = Toolset.load(tmp_path).for_problem(QUESTION, encoder=Words())
    if space == "code":
        act = "<execute>\nprint(cost_of(pd.DataFrame({'Item': ['lamp'], 'Price': [2.5]}), 'lamp', 3))\n</execute>"
        act = act.replace("<execute>", "<execute>\nimport pandas as pd")
    else:
        act = '<execute>{"tool": "cost_of", "args": [[{"Item": "lamp", "Price": 2.5}], "lamp", 3]}</execute>'
    opening = task_opening(QUESTION, space=space, tools=tools, turns=3)  # type: ignore[arg-type]
    assert "cost_of" in opening[-1]["content"] and "Cost of some items." in opening[-1]["content"]
    async with Interpreter(CELL_LIMITS, tools=tools) as session:
        episode = await run_agent(
            scripted([act, format_answer("7.5")]), opening, session=session, space=space, tools=tools,  # type: ignore[arg-type]
            judge=lambda answer: answer == "7.5", limits=AgentLimits(turns=3),
        )  # fmt: skip
    assert (episode.steps[0].observation, episode.succeeded_at) == ("7.5", 2)


def test_the_folders_index_is_made_once_and_read_by_the_next(tmp_path: Path) -> None:
    Toolset(TOOLS).save(tmp_path)
    first, second = Words(), Words()
    loaded = Toolset.load(tmp_path)
    assert loaded == Toolset(TOOLS)  # where it lies is no part of what it is
    for _ in range(2):
        loaded.for_problem(QUESTION, encoder=first)
    assert first.read == 4 * len(TOOLS) + 2 * 2
    Toolset.load(tmp_path).for_problem(QUESTION, encoder=second)
    assert second.read == 2
    other = Words()
    other.name = "other"
    with pytest.raises(ToolsetError, match="was made with words, not with other"):
        Toolset.load(tmp_path).for_problem(QUESTION, encoder=other)


def test_a_toolset_in_memory_writes_nothing_and_takes_a_library_of_the_callers() -> None:
    encoder, toolset = Words(), Toolset(TOOLS)
    library = Library.of_tools(TOOLS, encoder)
    before = encoder.read
    assert "cost_of" in toolset.for_problem(QUESTION, encoder=encoder, library=library)
    assert encoder.read == before + 2


def test_what_a_domain_makes_ready_is_there_and_its_host_functions_too() -> None:
    def shout(text: str) -> str:
        """Louder."""
        return text.upper()

    domain = Domain(
        "own",
        lambda problem: problem.question,
        host={"shout": shout},
        prelude="def loud(text):\n    return shout(text)",
    )
    toolset = Toolset((Tool("1", "cost", "A", code="def cost(text):\n    return loud(text) + shout('b')"),))
    tools = toolset.for_problem("cost", encoder=Words(), domain=domain)
    with Interpreter(tools={**domain.host, **tools}) as py:
        assert py.run("cost('a')").value == "'AB'"


def test_a_hostile_tool_of_a_library_is_read_on_the_host_and_never_run(tmp_path: Path) -> None:
    here = str(tmp_path / "here")
    code = f"open({here!r}, 'w')\ndef cost(a: open({here!r}, 'w') = open({here!r}, 'w')):\n    pass"
    tools = Toolset((Tool("1", "cost", "A", code=code),)).for_problem("cost", encoder=Words())
    task_opening("?", space="json", tools=tools, turns=2)
    with Interpreter(tools=tools) as py:
        assert "could not be defined: " in (py.run("cost()").error or "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not DATA, reason="needs WINDWARD_DATA")
def test_every_tool_of_the_released_tables_can_be_given_and_a_few_do_their_own_call() -> None:
    from windward.toolsets.callables import source_tools

    toolset = Toolset.from_released(Path(DATA, "craft/TabMWP/craft/tabmwp/5_deduplicated_tools.csv"))
    tools = source_tools(toolset.tools)
    assert len(tools) == 180
    assert sum(bool(tool.tables) for tool in tools.values()) > 150
    names = dict(zip((tool.id for tool in toolset.tools), tools, strict=True))
    with Interpreter(tools=tools) as py:
        py.run("import pandas as pd")
        for tool in toolset.tools[:8]:
            assert names[tool.id] in tool.call
            seen = py.run(tool.call)
            assert seen.ok and float(seen.stdout.split()[-1]) == pytest.approx(float(tool.answer)), (
                tool.id,
                seen,
            )


class Remembering:
    """The embedded encoder, which reads many texts together before it is asked for them one by one."""

    def __init__(self, texts: Sequence[str]) -> None:
        encoder = embedded_encoder()
        self.name = encoder.name
        known = list(dict.fromkeys(texts))
        self.known = dict(zip(known, encoder.encode(known), strict=True))

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self.known[text] for text in texts])


@pytest.mark.skipif(not DATA, reason="needs WINDWARD_DATA")
@pytest.mark.slow
@pytest.mark.parametrize("path", ["TabMWP/craft/tabmwp", "MATH/craft/algebra"])
def test_every_released_tool_is_found_by_its_own_question_with_and_without_a_plan(path: str) -> None:
    toolset = Toolset.from_released(Path(DATA, "craft", path, "5_deduplicated_tools.csv"))
    seen = [views(tool) for tool in toolset.tools]
    encoder = Remembering([one.text(view) for one in seen for view in VIEWS])
    for tool, one in zip(toolset.tools, seen, strict=True):
        own = Plan((one.name.replace(" ", "_"),), one.explanation)
        for plan in (None, own):
            assert tool in find_for(toolset, tool.question, encoder=encoder, plan=plan), (tool.id, plan)


def test_problems_at_the_same_time_are_served_from_one_object() -> None:
    toolset, encoder = Toolset(TOOLS), Words()

    async def many() -> list[dict[str, object]]:
        ask = (asyncio.to_thread(toolset.for_problem, QUESTION, encoder=encoder) for _ in range(4))
        return list(await asyncio.gather(*ask))  # type: ignore[arg-type]

    assert all("cost_of" in tools for tools in asyncio.run(many()))
