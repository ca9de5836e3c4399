"""Cyclomatic complexity of tools (McCabe, 1976), counted as Lizard, which the paper of CRAFT used, counts it.

A function has 1, and one more for each `if`, `elif`, `for` and `while` (those of comprehensions and conditional
expressions included), `and`, `or`, `except`, `finally` and `case`. What a function within it decides is counted in
that one alone; a lambda is part of the function it stands in. No code is run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from windward.toolsets.facts import Function, parsed


@dataclass(frozen=True)
class Complexity:
    """Of many texts together.

    Attributes:
        mean: over all functions, inner ones and methods included; None where there is none.
        functions: how many they are.
        unread: texts that do not parse; they add no function.
    """

    mean: float | None
    functions: int
    unread: int


_ONE = (
    ast.If,
    ast.IfExp,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.comprehension,
    ast.ExceptHandler,
    ast.match_case,
)


def complexities(code: str) -> list[tuple[str, int]] | None:
    """Name and complexity of every function, in the order of their heads; None where the text does not parse."""
    tree = parsed(code)
    if isinstance(tree, str):
        return None
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
    functions.sort(key=lambda function: (function.lineno, function.col_offset))
    return [(function.name, 1 + sum(map(_decisions, _own(function)))) for function in functions]


def mean_complexity(codes: Iterable[str]) -> Complexity:
    """The mean over the functions of all texts."""
    found = [complexities(code) for code in codes]
    values = [value for functions in found if functions is not None for _, value in functions]
    mean = sum(values) / len(values) if values else None
    return Complexity(mean, len(values), found.count(None))


def _own(function: Function) -> Iterator[ast.AST]:
    """The nodes of a function's arguments and body, without those of functions within it."""
    waiting: list[ast.AST] = [function.args, *function.body]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, Function):
            yield node
            waiting.extend(ast.iter_child_nodes(node))


def _decisions(node: ast.AST) -> int:
    if isinstance(node, ast.BoolOp):
        return len(node.values) - 1
    if isinstance(node, ast.Try | ast.TryStar):
        return int(bool(node.finalbody))
    count = int(isinstance(node, _ONE))
    if isinstance(node, ast.comprehension):
        count += len(node.ifs)
    if isinstance(node, ast.match_case):
        count += node.guard is not None
    return count
