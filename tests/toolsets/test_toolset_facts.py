"""Facts of a tool come from its syntax tree: names, counts and heads that splitting the text gets wrong."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from windward.toolsets.facts import Facts, read_facts
from windward.toolsets.records import Tool
from windward.toolsets.released import DOMAINS, read_released


def _counts(head: str) -> tuple[int, int, int, int, int]:
    facts = read_facts(f"def f{head}:\n    pass\n")
    return facts.positional, facts.keyword_only, facts.defaults, facts.variadic, facts.arguments


@pytest.mark.parametrize(
    ("head", "counts"),
    [
        ("()", (0, 0, 0, 0, 0)),
        ("(a, b)", (2, 0, 0, 0, 2)),
        ("(a, /, b)", (2, 0, 0, 0, 2)),
        ("(a, b=(1, 2))", (2, 0, 1, 0, 2)),
        ("(a, *, b, c=1)", (1, 2, 1, 0, 3)),
        ("(*a, **b)", (0, 0, 0, 2, 2)),
        ("(a: dict[str, int], b: tuple[int, ...] = (1, 2), *rest) -> dict[str, int]", (2, 0, 1, 1, 3)),
    ],
)
def test_arguments_are_counted_as_python_counts_them(head: str, counts: tuple[int, ...]) -> None:
    assert _counts(head) == counts


def test_a_typed_head_over_several_lines_is_one_head() -> None:
    facts = read_facts(
        "def mean_of(\n    rows: list[float],  # one, two): three\n    *, by: int=1,\n) -> float: ..."
    )
    assert (facts.name, facts.head) == ("mean_of", "mean_of(rows: list[float], *, by: int=1)")


def test_the_explanation_is_the_first_line_of_the_docstring() -> None:
    code = 'async def find__largest_value(rows):\n    """\n    Finds it.\n\n    rows: numbers\n    """\n'
    facts = read_facts(code)
    assert facts.explanation == "Finds it."
    assert facts.docstring == "Finds it.\n\nrows: numbers"
    assert facts.words == "find largest value"
    assert read_facts("def f(): pass").explanation == ""


def test_an_import_before_the_function_is_no_part_of_its_name_except_in_the_released_one() -> None:
    facts = read_facts("from sympy import log, simplify\n\ndef f(x):\n    return log(x)\n")
    assert (facts.name, facts.head) == ("f", "f(x)")
    assert facts.released_name == "from sympy import log, simplify def f"
    assert read_facts("def f(x): pass").released_name == "f"


def test_the_first_of_several_functions_is_the_tool_and_inner_ones_are_none() -> None:
    facts = read_facts("class K:\n    def m(self): pass\ndef f(x):\n    def g(): pass\ndef h(): pass\n")
    assert (facts.name, facts.functions) == ("f", ("f", "h"))


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("", "defines no function"),
        ("lambda x: x", "defines no function"),
        ("class K:\n    def m(self): pass", "defines no function"),
        ("def f(:", "no Python: invalid syntax (line 1)"),
        ("Here is the tool:\ndef f(): pass", "no Python"),
        ("def f(): pass\0", "no Python"),
        ("def f(): return '\ud800'", "no Python"),
        ("(" * 1000, "no Python"),
        ("def f(x=" + "-" * 100_000 + "1): pass", "nested too deeply"),
        ("def f(x=" + "1+" * 1_000 + "1): pass", "nested too deeply"),
    ],
)
def test_a_text_without_a_function_is_described_and_nothing_is_raised(code: str, says: str) -> None:
    facts = read_facts(code)
    assert facts.problem
    assert says in facts.problem
    assert facts == Facts(problem=facts.problem)


def _heads(tools: Sequence[Tool]) -> dict[str, tuple[str, ...]]:
    heads: dict[str, tuple[str, ...]] = {}
    for tool in tools:
        facts = read_facts(tool.code)
        heads[facts.released_name] = (*heads.get(facts.released_name, ()), facts.head)
    return heads


@pytest.mark.skipif("WINDWARD_DATA" not in os.environ, reason="needs WINDWARD_DATA")
@pytest.mark.parametrize("domain", sorted(DOMAINS))
def test_heads_are_those_of_every_released_file_of_heads(domain: str) -> None:
    released = read_released(Path(os.environ["WINDWARD_DATA"]) / "craft" / DOMAINS[domain])
    steps = [(epoch.kept, epoch.heads) for epoch in released.epochs] + [(released.library, released.heads)]
    for tools, heads in steps:
        assert _heads(tools) == heads
        assert list(heads) == sorted(heads)
    assert not [
        tool.id for epoch in released.epochs for tool in epoch.general if read_facts(tool.code).problem
    ]
