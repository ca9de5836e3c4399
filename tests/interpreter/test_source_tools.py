"""Tools given as source: read on the host, defined and run only inside, and no way to break the session."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from windward.interpreter import Interpreter, Limits, SourceTool, SourceToolError

TOTAL = SourceTool(
    "total",
    '''def total(frame, column, *, scale: float = 1.0) -> float:
    """
    The total of a column.

    Args:
    frame (pd.DataFrame): the table.
    column (str): its column.
    """
    return float(frame[column].sum()) * scale
''',
)


def test_what_is_told_of_a_source_is_read_from_it(tmp_path: Path) -> None:
    code = f"""def f(a, /, b: __import__('os').mkdir({str(tmp_path / "a")!r}) = open({str(tmp_path / "b")!r}, 'w'), *rest, c: int = 3, **more) -> str:
    '''Says.'''
"""
    tool = SourceTool("f", code)
    for signature in (inspect.signature(tool), inspect.signature(tool, eval_str=True)):
        assert list(signature.parameters) == ["a", "b", "rest", "c", "more"]
        assert "b: __import__('os').mkdir(" in str(signature) and "= open(" in str(signature)
        assert str(signature).endswith("*rest, c: int = 3, **more) -> str")
        assert signature.parameters["c"].annotation is int
    assert (inspect.getdoc(tool), tool.doc, vars(tool)["__name__"]) == ("Says.", "Says.", "f")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("def f(:", "is no Python"),
        ("def f():\n    return '\0'", "is no Python"),
        ("def g():\n    def f(): pass", "defines no function 'f' at its top level"),
        ("f = print", "defines no function 'f'"),
        ("def f(a, a): pass", "cannot be read"),
        ("def f(): pass\nx = " + "(" * 10_000 + ")" * 10_000, "no Python|too deeply"),
    ],
)
def test_a_source_without_the_function_is_refused_and_named(code: str, why: str) -> None:
    with pytest.raises(SourceToolError, match=why):
        SourceTool("f", code)


def test_of_two_definitions_the_last_counts_as_in_python() -> None:
    assert str(SourceTool("f", "def f(a): pass\ndef f(b): pass").signature) == "(b)"


def test_on_the_host_a_source_is_never_run(tmp_path: Path) -> None:
    tool = SourceTool("f", f"open({str(tmp_path / 'here')!r}, 'w')\ndef f(): pass")
    with pytest.raises(SourceToolError, match="not run on the host; open Interpreter"):
        tool()
    assert list(tmp_path.iterdir()) == []


def test_a_source_takes_values_that_are_no_json(make) -> None:
    py = make(tools={"total": TOTAL})
    seen = py.run("import pandas\nframe = pandas.DataFrame({'a': [1, 2]})\ntotal(frame, 'a', scale=2)")
    assert seen.value == "6.0", seen
    assert py.run("total.__doc__").value.startswith("'total(frame, column, *, scale: float = 1.0) -> float")


@pytest.mark.parametrize("table", ["{'a': [1, 2]}", "[{'a': 1}, {'a': 2}]"])
def test_columns_and_records_become_the_frame_that_the_docstring_asks_for(make, table: str) -> None:
    assert TOTAL.tables == ("frame",)
    assert make(tools={"total": TOTAL}).run(f"total({table}, column='a')").value == "3.0"


def test_a_frame_is_known_by_its_annotation_or_its_line_and_by_nothing_else() -> None:
    doc = (
        "'''\n    :param a: a DataFrame\n    - b (pandas.DataFrame, optional): that\n    c: pd.DataFrame: this\n"
        "    d (str): a column of the DataFrame\n    e (dict or pd.DataFrame): either\n    '''"
    )
    tool = SourceTool("f", f"def f(a, b, c, d, e, g: pd.DataFrame = None): \n    {doc}")
    assert tool.tables == ("b", "c", "g")


def test_a_prelude_is_what_the_source_takes_for_granted_and_no_name_of_the_session(make) -> None:
    tool = SourceTool(
        "root", "def root(y):\n    x = symbols('x')\n    return solve(x**2 - y, x)[1]", "from sympy import *"
    )
    py = make(tools={"root": tool})
    assert py.run("root(4)").value == "2"
    assert "NameError" in (py.run("symbols").error or "")
    py.run("def solve(*a): return [0, 0]\nsymbols = None")
    assert py.run("root(9)").value == "3"


def test_a_source_may_call_itself_and_the_sessions_host_tools(make) -> None:
    def ask(question: str) -> str:
        """Asks the host."""
        return question.upper()

    code = "def twice(text, times=2):\n    return '' if not times else ask(text) + twice(text, times - 1)"
    py = make(tools={"ask": ask, "twice": SourceTool("twice", code)})
    assert py.run("twice('a')").value == "'AA'"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (
            "import nonsense_module\ndef f(): return 1",
            "ModuleNotFoundError: No module named 'nonsense_module'",
        ),
        ("def f(): return 1\nreturn 2", "SyntaxError: 'return' outside function"),
        ("def f(): return 1\nraise SystemExit", "SystemExit"),
        ("def f(): return 1\ndel f", "its source leaves no f"),
        ("def f(a=1 / 0): return 1", "ZeroDivisionError: division by zero"),
    ],
)
def test_a_source_that_cannot_be_defined_is_named_and_the_session_goes_on(make, code: str, why: str) -> None:
    py = make(tools={"f": SourceTool("f", code), "total": TOTAL})
    for _ in range(2):
        seen = py.run("f()")
        assert (
            seen.status == "error" and f"RuntimeError: the tool f could not be defined: {why}" in seen.error
        )
    assert py.run("total({'a': [1]}, 'a')").value == "1.0"


def test_an_error_in_a_source_points_at_its_line(make) -> None:
    seen = make(tools={"f": SourceTool("f", "def f(a):\n    return a['b']")}).run("f({})")
    assert "cell of tool f, line 2, in f\n    return a['b']\nKeyError: 'b'" in seen.error


def test_sources_are_there_in_twins_after_reset_and_after_a_lost_session(make) -> None:
    py = make(tools={"total": TOTAL})
    call = "total({'a': [1, 2]}, 'a')"
    with py.fork() as twin:
        assert twin.run(call).value == "3.0"
    assert py.run(call).value == "3.0"
    with py.fork() as twin:
        assert twin.run(call).value == "3.0"
    py.run("total = None")
    py.reset()
    assert py.run(call).value == "3.0"
    assert py.run("import os\nos._exit(1)").state_lost
    assert py.run(call).value == "3.0"


def test_a_source_has_the_limits_of_the_code_that_calls_it(make) -> None:
    py = make(
        tools={"spins": SourceTool("spins", "while True: pass\ndef spins(): pass"), "total": TOTAL},
        seconds=0.3,
    )
    assert py.run("spins()").status == "timeout"
    assert py.run("total({'a': [1]}, 'a')").value == "1.0"


def test_a_source_reads_no_file_of_the_host_and_is_no_host_tool(make, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("7")
    reads = SourceTool("reads", f"def reads():\n    return open({str(tmp_path / 'secret')!r}).read()")
    py = make(tools={"reads": reads})
    assert "FileNotFoundError" in (py.run("reads()").error or "")
    assert (
        "reads" not in py._toolbox._checked
    )  # a frame that names it would be told that there is no such tool


def test_a_hundred_sources_are_not_touched_until_they_are_called(isolation: None) -> None:
    tools = {
        f"f{n}": SourceTool(f"f{n}", f"1 / 0\ndef f{n}(): pass\n" + "# long\n" * 500) for n in range(100)
    }
    with Interpreter(Limits(seconds=5), tools=tools) as py:
        assert py.run("1").ok
