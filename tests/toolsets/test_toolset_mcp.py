"""A library as an MCP server: schemas and calls as JSON, and over stdio with the protocol's own client, hostile tools included."""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from windward.cli import app
from windward.interpreter import Limits, SourceTool
from windward.toolsets.index import Library
from windward.toolsets.mcp_server import McpMissingError, mcp_server
from windward.toolsets.records import Tool
from windward.toolsets.serving import FIND, ToolServer, call_code, schema_of
from windward.toolsets.toolset import Toolset

SMALL = Limits(seconds=1, wall_seconds=20, memory_mb=256, disk_mb=16, file_mb=4, processes=8)
COST = '''def cost_of(prices, item: str, count: int = 1) -> float:
    """Cost of some items.

    prices (pd.DataFrame): Item and Price.
    """
    return count * prices[prices["Item"] == item]["Price"].values[0]
'''
PRICES = {"Item": ["lamp", "chair"], "Price": [2.5, 4]}
RECORDS = [{"Item": "lamp", "Price": 2.5}, {"Item": "chair", "Price": 4}]
SECRET = "the answer is 7"
Ask = Callable[[str, dict[str, Any]], Awaitable[tuple[str, bool]]]


class Letters:
    """Counts letters."""

    name = "letters"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array(
            [
                [text.lower().count(letter) + 0.01 for letter in "abcdefghijklmnopqrstuvwxyz"]
                for text in texts
            ],
            np.float32,
        )


def library(folder: Path) -> tuple[Tool, ...]:
    secret = folder / "secret.txt"
    secret.write_text(SECRET)
    return (
        Tool("1", "What do two lamps cost?", "5", code=COST),
        Tool("2", "What is the root?", "2", code="def root(y):\n    x = symbols('x')\n    return solve(x**2 - y, x)[1]"),
        Tool("3", "Read it!", "1", code=f"def reads():\n    return open({str(secret)!r}).read()"),
        Tool("4", "Loop!", "1", code="def loops():\n    while True: pass"),
        Tool("5", "Fork!", "1", code="def forks():\n    import os\n    while True:\n        try: os.fork()\n        except OSError: pass"),
        Tool("6", "Exit!", "1", code="def exits():\n    import os\n    os._exit(1)"),
        Tool("7", "Größe?", "1", code="def größe(a, /, b=2, *rest, c, **more):\n    return [a, b, rest, c, more]"),
        Tool("8", "Find!", "1", code="def find_tools(problem):\n    return 'mine'"),
        Tool("9", "No function.", "1", code="x = 1"),
    )  # fmt: skip


@pytest.fixture
def server(tmp_path: Path) -> ToolServer:
    tools = library(tmp_path)
    return ToolServer(Toolset(tools), tools, limits=SMALL, encoder=Letters())


def test_a_schema_tells_plain_types_tables_and_what_may_be_left_out() -> None:
    schema = schema_of(SourceTool("cost_of", COST))
    assert schema["required"] == ["prices", "item"] and schema["additionalProperties"] is False
    assert [one["type"] for one in schema["properties"]["prices"]["anyOf"]] == ["object", "array"]
    assert schema["properties"]["item"] == {"type": "string"}
    assert schema["properties"]["count"] == {"type": "integer", "description": "optional; else 1"}
    assert schema_of(SourceTool("f", "def f(a, *rest, **more): pass")) == {
        "type": "object",
        "properties": {"a": {}, "rest": {"type": "array", "description": "further arguments"}},
        "required": ["a"],
        "additionalProperties": True,
    }


async def test_a_call_takes_json_and_a_table_in_two_forms(server: ToolServer) -> None:
    for table in (PRICES, RECORDS):
        told = await server.call("cost_of", {"prices": table, "item": "lamp", "count": 3})
        assert (told.text, told.ok) == ("7.5", True)
    assert (await server.call("root", {"y": 9})).text == "3"


async def test_arguments_by_place_by_name_and_beyond_arrive_where_python_has_them(server: ToolServer) -> None:
    (name,) = [one.name for one in server.described() if one.name.startswith("gr")]
    assert name.isascii()
    given = {"a": 1, "b": "x'\"\\\n\ud800", "rest": [None, True], "c": {"d": 1.5}, "e": float("inf")}
    told = await server.call(name, given | {"b": 5})
    assert told.text == "[1, 5, (None, True), {'d': 1.5}, {'e': inf}]"
    assert "\n" not in call_code("f", SourceTool("f", "def f(**more): pass"), given).splitlines()[1]
    assert (await server.call(name, {"a": 1, "c": 0})).text == "[1, 2, (), 0, {}]"


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("cost_of", {"item": "lamp"}, "missing 1 required positional argument: 'prices'"),
        ("cost_of", {"prices": PRICES, "item": "lamp", "colour": 1}, "unexpected keyword argument 'colour'"),
        ("cost_of", {"prices": PRICES, "item": "sofa"}, "IndexError"),
        ("nothing", {}, "There is no tool 'nothing'; find_tools finds one."),
        (FIND, {}, "needs `problem`"),
        (FIND, {"problem": "x", "k": 0}, "from 1 to 20"),
    ],
)
async def test_what_goes_wrong_is_told(
    server: ToolServer, name: str, arguments: dict[str, Any], said: str
) -> None:
    told = await server.call(name, arguments)
    assert not told.ok and said in told.text


async def test_the_tool_that_finds_names_what_can_be_called(server: ToolServer) -> None:
    names = [one.name for one in server.described()]
    assert names[:3] == [FIND, "cost_of", "root"] and len(names) == len(set(names)) == 9
    assert "find_tools_8" in names
    found = json.loads((await server.call(FIND, {"problem": "What do two lamps cost?", "k": 2})).text)
    assert len(found) == 2 and found[0]["name"] == "cost_of"
    assert found[0]["arguments"] == "(prices, item: str, count: int = 1) -> float"


async def test_tools_that_are_not_served_are_not_found(tmp_path: Path) -> None:
    tools = library(tmp_path)
    server = ToolServer(Toolset(tools), tools[1:], limits=SMALL, encoder=Letters())
    found = json.loads((await server.call(FIND, {"problem": "What do two lamps cost?", "k": 20})).text)
    assert "cost_of" not in [one["name"] for one in found] and len(found) > 3


async def test_hostile_tools_are_contained_and_others_are_served_meanwhile(server: ToolServer) -> None:
    names = ("reads", "loops", "exits")
    *bad, good = await asyncio.gather(
        *(server.call(name, {}) for name in names), server.call("root", {"y": 4})
    )
    assert [told.ok for told in bad] == [False] * 3 and SECRET not in "".join(told.text for told in bad)
    assert "FileNotFoundError" in bad[0].text and "CPU time" in bad[1].text
    assert good.text == "2"


def test_without_the_package_it_is_said_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("mcp"):
            raise ImportError("No module named 'mcp'")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(McpMissingError, match=r"pip install 'windward\[mcp\]'"):
        mcp_server(ToolServer(Toolset(()), ()))
    Toolset(library(tmp_path)).save(tmp_path / "library")
    done = CliRunner().invoke(app, ["toolset", "serve", str(tmp_path / "library"), "--all"])
    assert done.exit_code == 2 and "pip install 'windward[mcp]'" in done.output


def test_the_command_says_why_it_serves_nothing_and_shows_an_example(tmp_path: Path) -> None:
    Toolset(library(tmp_path)).save(tmp_path / "library")
    done = CliRunner().invoke(app, ["toolset", "serve", str(tmp_path / "library")])
    assert done.exit_code == 2 and "run windward toolset audit" in done.output
    done = CliRunner().invoke(app, ["toolset", "serve", str(tmp_path)])
    assert done.exit_code == 2 and "Traceback" not in done.output
    assert '"args": ["toolset", "serve",' in " ".join(
        CliRunner().invoke(app, ["toolset", "serve", "--help"]).output.split()
    )


@contextlib.asynccontextmanager
async def _over_stdio(folder: Path, *options: str) -> AsyncIterator[tuple[Any, Ask]]:
    """A client of a server that is a process of its own, and a short way to call its tools: text, and whether it is an error."""
    pytest.importorskip("mcp")
    from mcp.client.session import ClientSession
    from mcp.client.stdio import StdioServerParameters, stdio_client

    command = [
        "-c",
        "from windward.cli import main; main()",
        "toolset",
        "serve",
        str(folder / "library"),
        "--all",
    ]
    parameters = StdioServerParameters(
        command=sys.executable, args=[*command, *options], env=dict(os.environ)
    )
    with (folder / "said").open("w") as said:
        async with stdio_client(parameters, errlog=said) as streams, ClientSession(*streams) as session:
            await session.initialize()

            async def ask(name: str, arguments: dict[str, Any]) -> tuple[str, bool]:
                done: Any = await session.call_tool(name, arguments)
                return "".join(part.text for part in done.content), bool(done.is_error)

            yield session, ask


async def test_over_stdio_the_protocols_own_client_lists_calls_and_survives_hostile_tools(
    tmp_path: Path,
) -> None:
    Toolset(library(tmp_path)).save(tmp_path / "library")
    async with _over_stdio(tmp_path, "--seconds", "0.5") as (session, ask):
        listed = (await session.list_tools()).tools
        assert [one.name for one in listed][:2] == [FIND, "cost_of"]
        assert listed[1].input_schema == schema_of(SourceTool("cost_of", COST))
        assert "Cost of some items." in listed[1].description
        assert await ask("cost_of", {"prices": RECORDS, "item": "lamp", "count": 3}) == ("7.5", False)
        text, failed = await ask("reads", {})
        assert failed and SECRET not in text and "FileNotFoundError" in text
        text, failed = await ask("loops", {})
        assert failed and "more than 0.5 s of CPU time" in text
        assert (await ask("exits", {}))[1]
        assert await ask("root", {"y": 16}) == ("4", False)
    assert "serving 8 of 9 tools" in (tmp_path / "said").read_text()


@pytest.mark.slow
async def test_over_stdio_a_fork_bomb_ends_and_the_server_lives(tmp_path: Path) -> None:
    Toolset(library(tmp_path)).save(tmp_path / "library")
    async with _over_stdio(tmp_path, "--seconds", "1") as (_, ask):
        assert (await ask("forks", {}))[1]
        assert await ask("root", {"y": 16}) == ("4", False)


@pytest.mark.slow
async def test_over_stdio_tools_are_found_and_an_index_of_another_encoder_is_told(tmp_path: Path) -> None:
    tools = library(tmp_path)
    Toolset(tools).save(tmp_path / "library")
    index = tmp_path / "library" / "index.npz"
    Library.of_tools(tools, Letters()).save(index)
    async with _over_stdio(tmp_path) as (_, ask):
        text, failed = await ask(FIND, {"problem": "What do three lamps cost?"})
        assert failed and "Nothing can be looked for: " in text and "was made with letters" in text
        index.unlink()
        text, failed = await ask(FIND, {"problem": "What do three lamps cost?", "k": 2})
        assert not failed and json.loads(text)[0]["name"] == "cost_of"
