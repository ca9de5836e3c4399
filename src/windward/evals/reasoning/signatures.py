"""The line that defines the function under test, read off a solution without running it."""

from __future__ import annotations

import ast


def signature(code: str, test: str) -> str:
    """`def name(arguments):` of the function that `test` calls; empty where it cannot be told.

    Args:
        code: a solution that the data set ships.
        test: one assertion.
    """
    try:
        defined = {node.name: node for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)}
        called = [
            node.func.id
            for node in ast.walk(ast.parse(test.strip()))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        ]
    except SyntaxError:
        return ""
    for name in called:
        if name in defined:
            return f"def {name}({ast.unparse(defined[name].args)}):"
    return ""
