"""The value of a sum that a model wrote: read as a tree, of which only numbers and four operations are taken."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping

from windward.evals.tooluse.apibank.world import ToolError

_LONGEST = 200
_OPERATIONS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def value_of(formula: str) -> float:
    """The value of `formula`: numbers, `+ - * /` and parentheses.

    Raises:
        ToolError: it is no such sum, is longer than 200 characters, or has no finite value.
    """
    if len(formula) > _LONGEST:
        raise ToolError(f"the sum is longer than {_LONGEST} characters")
    try:
        value = float(_value(ast.parse(formula.strip(), mode="eval").body))
    except ZeroDivisionError:
        raise ToolError("the sum divides by zero") from None
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
        raise ToolError("this is no sum of numbers with + - * / and parentheses") from None
    if not math.isfinite(value):
        raise ToolError("the sum has no finite value")
    return value


def _value(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return node.value  # type: ignore[return-value]
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        return _OPERATIONS[type(node.op)](_value(node.left), _value(node.right))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value = _value(node.operand)
        return -value if isinstance(node.op, ast.USub) else value
    raise ValueError("not part of a sum")
