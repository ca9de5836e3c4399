"""An agent with tools that are source: the same in every space, with a data frame as argument."""

from __future__ import annotations

import json

import pytest

from windward.agents import (
    CELL_LIMITS,
    AgentLimits,
    Call,
    Space,
    described,
    format_answer,
    format_call,
    run_agent,
    task_opening,
)
from windward.interpreter import Interpreter, SourceTool
from windward.models import scripted

COST = SourceTool(
    "cost_of",
    '''def cost_of(prices, item, count: int = 1) -> float:
    """Cost of some of one item.

    Args:
        prices (pd.DataFrame): columns Item and Price.
        item (str): which.
    """
    return count * prices[prices["Item"] == item]["Price"].values[0]
''',
)
BROKEN = SourceTool("broken", "import nothing_of_that_name\ndef broken(x: int): pass")
TOOLS = {"cost_of": COST, "broken": BROKEN}
TABLE = {"Item": ["lamp", "chair"], "Price": [2.5, 4]}


async def _play(script: list[str], space: Space):
    opening = task_opening("What do three lamps cost?", space=space, tools=TOOLS, turns=4)
    async with Interpreter(CELL_LIMITS, tools=TOOLS) as session:
        return await run_agent(
            scripted(script), opening, session=session, space=space, tools=TOOLS,
            judge=lambda answer: answer == "7.5", limits=AgentLimits(turns=4),
        )  # fmt: skip


def _written(call: Call, space: Space) -> str:
    if space != "code":
        return format_call(call, space)
    frame = f"import pandas as pd\ntable = pd.DataFrame({json.dumps(TABLE)})"
    return f"<execute>\n{frame}\nprint({call.tool}(table, 'lamp', 3))\n</execute>"


def test_each_space_describes_a_source_by_its_head_and_docstring() -> None:
    assert described(TOOLS).startswith(
        "cost_of(prices, item, count: int = 1) -> float\nCost of some of one item."
    )
    assert described(TOOLS, "json").startswith(
        '{"tool": "cost_of", "args": ["<prices>", "<item>", "<count: int, optional>"]} -> float\nCost'
    )
    assert described(TOOLS, "text").startswith("cost_of, <prices>, <item>, <count: int, optional> -> float\n")


@pytest.mark.parametrize("space", ["code", "json", "text"])
async def test_a_source_that_takes_a_frame_solves_the_problem_in_every_space(space: Space) -> None:
    call = Call("cost_of", (TABLE, "lamp", 3))
    episode = await _play([_written(call, space), format_answer("7.5")], space)
    assert episode.steps[0].observation == "7.5", episode.steps[0]
    assert (episode.succeeded_at, episode.ended) == (2, "done")


@pytest.mark.parametrize("space", ["code", "json", "text"])
async def test_a_source_that_cannot_be_defined_is_told_and_the_episode_goes_on(space: Space) -> None:
    call = Call("broken", (1,))
    script = [
        format_call(call, space),
        _written(Call("cost_of", (TABLE, "lamp", 3)), space),
        format_answer("7.5"),
    ]
    episode = await _play(script, space)
    assert "the tool broken could not be defined: ModuleNotFoundError" in episode.steps[0].told
    assert episode.succeeded_at == 3


async def test_a_text_stays_text_where_the_source_says_so() -> None:
    shows = SourceTool("shows", "def shows(code: str, other):\n    return repr([code, other])")
    async with Interpreter(CELL_LIMITS, tools={"shows": shows}) as session:
        episode = await run_agent(
            scripted(["<execute>shows, 12, 12</execute>", format_answer("x")]), [{"role": "user", "content": "?"}],
            session=session, space="text", tools={"shows": shows},
        )  # fmt: skip
    assert episode.steps[0].observation == "['12', 12]"
