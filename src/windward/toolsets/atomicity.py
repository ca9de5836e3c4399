"""Atomicity of tools: how far each is one small function that stands alone.

CRAFT (Yuan et al., arXiv 2309.17428) says that its tools are atomic, each for one small problem, so that a reader can check them and
a program can compose them (end of section 2). It gives no measure but the mean cyclomatic complexity of section 4.5, of which it says
that good software has at most 10. So atomicity is spelled out here by what can be counted in a text without running it:

    atomic      the text defines one function, counted at any depth, and that calls no other tool of its library
    beside it   functions, statements, arguments, complexity of each function
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Set
from dataclasses import dataclass

from windward.toolsets.facts import Function, parsed, read_facts

GOOD_COMPLEXITY = 10
"""What the paper calls the most that good software has; a limit of McCabe's (1976)."""
_BUILTINS = frozenset(dir(builtins))


@dataclass(frozen=True)
class Atomicity:
    """What one text is made of.

    Attributes:
        functions: that it defines, at any depth, methods included.
        statements: of its functions, without their heads and docstrings.
        arguments: that the head of its first function names.
        calls: names of functions of other tools that it calls and does not define itself, in the order of the alphabet.
    """

    functions: int
    statements: int
    arguments: int
    calls: tuple[str, ...]

    @property
    def atomic(self) -> bool:
        """One function that calls no other tool."""
        return self.functions == 1 and not self.calls


def atomicity(code: str, library: Set[str] = frozenset()) -> Atomicity | None:
    """What a tool's text is made of; None where it defines no function at its top level, or does not parse.

    Args:
        code: the text.
        library: names that the tools of its library define at their top level (`defined_names`). What the text defines itself is not
            another tool's, nor is a name of Python's own; one of a module that programs find imported is, where a tool bears it too.
    """
    facts, tree = read_facts(code), parsed(code)
    if facts.problem or isinstance(tree, str):
        return None
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
    own = {function.name for function in functions}
    called = {
        node.func.id
        for function in functions
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    statements = {id(node) for function in functions for node in _statements(function)}
    return Atomicity(
        len(functions), len(statements), facts.arguments, tuple(sorted((called & library) - own - _BUILTINS))
    )


def defined_names(codes: Iterable[str]) -> frozenset[str]:
    """Names of all functions that texts define at their top level."""
    return frozenset(name for code in codes for name in read_facts(code).functions)


def _statements(function: Function) -> Iterable[ast.stmt]:
    """Statements within a function, without the heads of inner functions and classes, and without docstrings."""
    for node in ast.walk(function):
        if (
            isinstance(node, ast.stmt)
            and not isinstance(node, Function | ast.ClassDef)
            and not _is_text(node)
        ):
            yield node


def _is_text(node: ast.stmt) -> bool:
    """A text that stands alone does nothing: a docstring, or a comment written as one."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
