"""Reads the value of a Python expression that a model wrote, without running it: `[1, 2**3]`, `457/5`, `round(2.5)`.

What the released grader of TheoremQA gives to `eval` is read here from its syntax tree. Literals, arithmetic on numbers,
lists and a few pure functions of numbers have a value; anything else, and anything that would grow large, has none.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

MAX_CHARS = 5_000
MAX_BITS = 4_096
"""Longer integers are not computed: nobody answers with them, and `9**9**9` would never end."""

_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.BitXor: operator.xor,
}
_UNARY: Mapping[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Not: operator.not_,
    ast.Invert: operator.invert,
}
_COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": abs,
    "round": round,
    "int": int,
    "float": float,
    "min": min,
    "max": max,
    "sum": sum,
    "len": len,
    "sorted": sorted,
    "list": list,
    "tuple": tuple,
    "np.sqrt": math.sqrt,
    "np.exp": math.exp,
    "np.log": math.log,
    "np.log2": math.log2,
    "np.log10": math.log10,
    "np.sin": math.sin,
    "np.cos": math.cos,
    "np.tan": math.tan,
    "np.array": list,
    "Rational": operator.truediv,
}
_CONSTANTS: Mapping[str, float] = {"np.pi": math.pi, "np.e": math.e, "np.inf": math.inf}


class NoValueError(ValueError):
    """The text is no expression, or not one that is read here."""


def value_of(text: str) -> Any:
    """The value of an expression: a number, truth value, text, or list of these; sets and tuples keep their type.

    Raises:
        NoValueError: it has none that is read here; the message says why.
    """
    if len(text) > MAX_CHARS:
        raise NoValueError(f"longer than {MAX_CHARS} characters")
    try:
        return _value(ast.parse(text.lstrip(" \t"), mode="eval").body)
    except NoValueError:
        raise
    except (SyntaxError, ValueError, TypeError, ArithmeticError, RecursionError, MemoryError) as error:
        raise NoValueError(f"{type(error).__name__}: {error}") from error


def _value(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=bool() | int() | float() | complex() | str() as value):
            return value
        case ast.List(elts=items):
            return [_value(item) for item in items]
        case ast.Tuple(elts=items):
            return tuple(_value(item) for item in items)
        case ast.Set(elts=items):
            return {_value(item) for item in items}
        case ast.UnaryOp(op=sign, operand=operand):
            return _UNARY[type(sign)](_number(operand))
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_number(left), _number(right))
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _BINARY:
            return _bounded(_BINARY[type(sign)](_number(left), _number(right)))
        case ast.Compare(left=left, ops=[sign], comparators=[right]) if type(sign) in _COMPARE:
            return _COMPARE[type(sign)](_number(left), _number(right))
        case ast.Call(func=function, args=arguments, keywords=[]):
            return _called(_name(function), [_value(argument) for argument in arguments])
        case ast.Attribute() if _name(node) in _CONSTANTS:
            return _CONSTANTS[_name(node)]
    raise NoValueError(f"{type(node).__name__} is not read")


def _number(node: ast.expr) -> Any:
    value = _value(node)
    if not isinstance(value, int | float | complex):
        raise NoValueError(f"arithmetic on a {type(value).__name__}")
    return value


def _bounded(value: Any) -> Any:
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise NoValueError(f"an integer of more than {MAX_BITS} bits")
    return value


def _power(base: Any, exponent: Any) -> Any:
    if isinstance(base, int) and isinstance(exponent, int) and base.bit_length() * abs(exponent) > MAX_BITS:
        raise NoValueError(f"an integer of more than {MAX_BITS} bits")
    return base**exponent


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id="np"), attr=name):
            return f"np.{name}"
    return ""


def _called(name: str, arguments: list[Any]) -> Any:
    if name not in _FUNCTIONS:
        raise NoValueError(f"the function {name or '(an expression)'} is not read")
    if any(isinstance(argument, str) for argument in arguments):
        raise NoValueError(f"{name} of a text is not read")
    return _bounded(_FUNCTIONS[name](*arguments))
