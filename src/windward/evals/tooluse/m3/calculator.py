"""The arithmetic that several domains offer: a calculator for expressions, and what is least, most and in all."""

# Annotations stay objects here: a tool's signature is shown to the model as `inspect` prints it.
import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

MAX_CHARS = 1_000
MAX_BITS = 1_024
"""Longer integers are refused: no trade needs them, and `9**9**9` would never end."""

_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}


def calculator(expression: str) -> int | float:
    """Works out an arithmetic expression: numbers, brackets and + - * / // % **; no names, no functions.

    Example: 2 + (3 * 4) is 14.
    """
    if len(expression) > MAX_CHARS:
        raise ValueError(f"the expression is longer than {MAX_CHARS} characters")
    try:
        return _value(ast.parse(expression.strip(), mode="eval").body)
    except ZeroDivisionError as error:
        raise ValueError(f"{expression!r} divides by zero") from error
    except OverflowError as error:
        raise ValueError(f"{expression!r} is too large") from error
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError(f"{expression!r} is no arithmetic expression") from error


def minimum(*numbers: int | float | list[int | float]) -> int | float:
    """Finds the smallest of any number of numbers.

    Args:
        numbers: the numbers, one after the other or in a list.
    """
    return min(_all_of(numbers))


def maximum(*numbers: int | float | list[int | float]) -> int | float:
    """Finds the largest of any number of numbers.

    Args:
        numbers: the numbers, one after the other or in a list.
    """
    return max(_all_of(numbers))


def total(*numbers: int | float | list[int | float]) -> int | float:
    """Adds any number of numbers.

    Args:
        numbers: the numbers, one after the other or in a list.
    """
    return sum(_all_of(numbers))


def _all_of(numbers: tuple[int | float | list[int | float], ...]) -> list[int | float]:
    flat = [number for item in numbers for number in (item if isinstance(item, list) else [item])]
    if not flat:
        raise ValueError("give at least one number")
    return flat


def _value(node: ast.expr) -> int | float:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return _bounded(value)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_value(left), _value(right))
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _BINARY:
            return _bounded(_BINARY[type(sign)](_value(left), _value(right)))
    raise ValueError(
        f"a calculator knows numbers, brackets and + - * / // % **, not {ast.unparse(node)!r}; write 1000, not 1,000"
    )


def _power(base: int | float, exponent: int | float) -> int | float:
    whole = isinstance(base, int) and isinstance(exponent, int) and abs(base) > 1
    if whole and int(base).bit_length() * abs(exponent) > MAX_BITS:
        raise ValueError(f"{base} to the power of {exponent} is too large")
    return _bounded(base**exponent)


def _bounded(value: Any) -> int | float:
    if isinstance(value, int) and value.bit_length() <= MAX_BITS:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise ValueError("the result is too large, or no real number")
