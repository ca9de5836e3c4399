"""Host functions that code inside may call."""

from __future__ import annotations

import time
from typing import Any

import pytest

calls: list[Any] = []


def search(query: str, limit: int = 3) -> list[str]:
    """Finds things.

    Args:
        query: what to look for.
    """
    calls.append((query, limit))
    return [f"{query} {n}" for n in range(limit)]


def fails(kind: str) -> None:
    """Fails in a way."""
    if kind == "value":
        raise ValueError("no such city")
    raise ZeroDivisionError("host trouble")


def echo(value: Any) -> Any:
    """Gives back what it got."""
    return value


@pytest.fixture
def tooled(make):
    calls.clear()
    return make(tools={"search": search, "fails": fails, "echo": echo}, tool_calls=5)


def test_a_tool_is_called_with_its_arguments_and_gives_its_result(tooled):
    assert tooled.run("search('a', limit=2)").value == "['a 0', 'a 1']"
    assert calls == [("a", 2)]


def test_a_tool_shows_its_signature_and_documentation(tooled):
    text = tooled.run("search.__doc__").value
    assert "search(query" in text and "Finds things." in text
    assert tooled.run("search.__name__").value == "'search'"


def test_arguments_are_checked_before_the_host_function_sees_them(tooled):
    for bad in (
        "search()",
        "search('a', limit='many')",
        "search('a', 2, 3)",
        "search('a', nonsense=1)",
        "search(None)",
    ):
        out = tooled.run(bad)
        assert out.status == "error" and "search" in out.error.splitlines()[-1]
    assert calls == []


def test_what_json_cannot_hold_is_refused_on_the_inside(tooled):
    out = tooled.run("echo(object())")
    assert "TypeError: echo takes plain values" in out.error


def test_a_failing_tool_raises_inside_and_nothing_breaks(tooled):
    assert "ValueError: fails: no such city" in tooled.run("fails('value')").error
    assert "host trouble" in tooled.run("fails('other')").error
    assert tooled.run("try: fails('value')\nexcept ValueError as e: print('caught', e)").stdout.startswith(
        "caught"
    )
    assert tooled.run("search('b', 1)").value == "['b 0']"


def test_calls_are_counted_for_each_run(tooled):
    assert "more than 5 tool calls in one run" in tooled.run("for _ in range(6): search('a')").error
    assert len(calls) == 5
    assert tooled.run("search('again', 1)").value == "['again 0']"


def test_plain_values_come_back_as_they_went(tooled):
    assert (
        tooled.run("echo({'a': [1, 2.5, None, True, 'ü\\n']})").value == "{'a': [1, 2.5, None, True, 'ü\\n']}"
    )


def test_a_large_value_comes_through(tooled):
    assert tooled.run("len(echo('x' * 100_000))").value == "100000"


def test_an_unknown_tool_cannot_be_called_by_a_frame_of_ones_own(tooled):
    code = (
        "import json, os, struct\nbody = json.dumps({'tool': '__import__', 'args': ['os'], 'kwargs': {}}).encode()\n"
        "n = os.write(1001, struct.pack('!I', len(body)) + body)\nanswer = os.read(1001, 10000)\nanswer"
    )
    assert "there is no tool" in tooled.run(code).value


def test_twins_have_the_tools_too(tooled):
    twin = tooled.fork()
    assert twin.run("search('t', 1)").value == "['t 0']"
    assert tooled.run("search('p', 1)").value == "['p 0']"


def test_tools_are_there_after_a_crash_and_a_reset(tooled):
    tooled.run("import os; os._exit(1)")
    assert tooled.run("search('c', 1)").value == "['c 0']"
    tooled.reset()
    assert tooled.run("search('r', 1)").value == "['r 0']"


def test_a_slow_tool_does_not_use_up_the_codes_time(make):
    py = make(tools={"slow": lambda: time.sleep(1.5)}, seconds=0.5, wall_seconds=1)
    assert py.run("slow()\n'done'").value == "'done'"


def test_a_result_that_json_cannot_hold_is_an_error_inside(make):
    py = make(tools={"odd": lambda: object()})
    assert py.run("odd()").status == "error"
    assert py.run("1").value == "1"


def test_long_documentation_harms_nobody(make):
    def verbose() -> int:
        return 7

    verbose.__doc__ = "words " * 30_000
    other = make()
    py = make(tools={"verbose": verbose})
    assert py.run("verbose()").value == "7"
    assert other.run("1").value == "1"


def test_a_tool_can_be_called_from_threads(tooled):
    code = (
        "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(4) as pool:\n"
        "    r = list(pool.map(lambda n: echo(n), range(5)))\nr"
    )
    assert tooled.run(code).value == "[0, 1, 2, 3, 4]"


def test_a_wrong_argument_is_named_even_where_it_came_by_position(tooled):
    assert "search: limit: Input should be a valid integer" in tooled.run("search('a', 'many')").error
    assert "search: query: Input should be a valid string" in tooled.run("search(1)").error
    assert "search: query: " in tooled.run("search()").error
