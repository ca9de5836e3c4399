"""The value of a tree: exact where it is rational and small, else sixty digits of mpmath.

Nothing is looked up by a name that the text chose: each operation is a branch here. Every step is bounded, so
that `9**9**9` and factorials of anything cost microseconds or are refused.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

from windward.grading.maths.nodes import Call, Const, Marked, Node, Num, Sym

DIGITS = 60
MAX_BITS = 60_000
"""Exact numbers stay below this size."""
MAX_EXPONENT_BITS = 200
"""A power's exponent, times the base's magnitude, stays below two to this."""

Value = Any
"""A `Fraction`, or an mpmath number."""


class UndefinedError(ArithmeticError):
    """No value here: a division by zero, a root of a negative number where values are real, or a size out of reach."""


@lru_cache(maxsize=1)
def context() -> Any:
    """Our own mpmath context, so that nobody else's precision changes."""
    from mpmath.ctx_mp import MPContext  # type: ignore[import-untyped]

    ours = MPContext()
    ours.dps = DIGITS
    return ours


class Evaluator:
    r"""Evaluates trees.

    Attributes:
        variables: values of the symbols.
        real: whether a root or logarithm of a negative number is undefined (else it is complex).
        log_base: what a bare `\\log` means, 10 or None for e.
    """

    def __init__(
        self, variables: Mapping[str, Value] | None = None, *, real: bool = True, log_base: int | None = None
    ) -> None:
        self.variables = variables or {}
        self.real = real
        self.log_base = log_base

    def __call__(self, node: Node) -> Value:
        """The value of `node`.

        Raises:
            UndefinedError: it has none.
        """
        match node:
            case Num(value):
                return value
            case Const(name):
                return self._constant(name)
            case Sym(name):
                if name not in self.variables:
                    raise UndefinedError(f"{name} has no value")
                return self.variables[name]
            case Marked(_, inner):
                return self(inner)
            case Call(name, args):
                return self._call(name, args)
            case _:
                raise UndefinedError(f"{type(node).__name__} is not a number")

    def _constant(self, name: str) -> Value:
        ctx = context()
        if name == "oo":
            return ctx.inf
        return {"pi": ctx.pi, "e": ctx.e}[name] * 1 if name != "i" else ctx.mpc(0, 1)

    def _call(self, name: str, args: tuple[Node, ...]) -> Value:
        if name in _TRIGONOMETRY and len(args) == 1 and _has_degree(args[0]):
            return _trigonometry(name, _inexact(self(args[0])) * context().pi / 180)
        values = [self(arg) for arg in args]
        try:
            return _checked(self._apply(name, values))
        except (ZeroDivisionError, ValueError, TypeError, OverflowError) as error:
            raise UndefinedError(str(error)) from error

    def _apply(self, name: str, values: list[Value]) -> Value:
        match name, values:
            case "add", _:
                return _fold(values, lambda a, b: a + b)
            case "mul", _:
                return _fold(values, lambda a, b: a * b)
            case "div", [top, bottom]:
                if bottom == 0:
                    raise UndefinedError("division by zero")
                return _fold([top, bottom], lambda a, b: a / b)
            case "pow", [base, exponent]:
                return self._power(base, exponent)
            case "root", [value, index]:
                return self._power(value, _fold([Fraction(1), index], lambda a, b: a / b))
            case "log" | "ln" | "anylog", [value]:
                return self._log(value, self.log_base if name == "anylog" else None)
            case "log", [value, base]:
                return self._log(value, None) / self._log(base, None)
            case "exp", [value]:
                return self._power(context().e * 1, value)
            case "abs", [value]:
                return abs(value)
            case (("max" | "min"), _) if values:
                return _extreme(name, values)
            case (("floor" | "ceil"), [value]):
                return _rounded(name, value)
            case (("gcd" | "lcm"), _) if values:
                whole = [_whole(value) for value in values]
                return Fraction(math.gcd(*whole) if name == "gcd" else math.lcm(*whole))
            case "mod", [value, divisor]:
                return Fraction(_whole(value) % _whole(divisor))
            case "factorial", [value]:
                return _factorial(_whole(value))
            case "binomial", [top, bottom]:
                return _binomial(_whole(top), _whole(bottom))
            case _, [value] if name in _TRIGONOMETRY:
                return _trigonometry(name, _inexact(value), real=self.real)
            case _:
                raise UndefinedError(f"no function {name} of {len(values)}")

    def _log(self, value: Value, base: int | None) -> Value:
        value = _inexact(value)
        if value == 0 or (self.real and not _positive(value)):
            raise UndefinedError("logarithm of a number that is not positive")
        return context().log(value) / (context().log(base) if base else 1)

    def _power(self, base: Value, exponent: Value) -> Value:
        if isinstance(exponent, Fraction) and exponent.denominator == 1:
            return _integer_power(base, exponent.numerator)
        if base == 0:
            if _positive(exponent):
                return Fraction(0)
            raise UndefinedError("zero to a power that is not positive")
        _bound_power(base, exponent)
        if not _positive(base):
            if isinstance(exponent, Fraction) and exponent.denominator % 2 and not _is_complex(base):
                sign = -1 if exponent.numerator % 2 else 1
                return sign * context().power(_inexact(-base), _inexact(exponent))
            if self.real:
                raise UndefinedError("root of a negative number")
        return context().power(_inexact(base), _inexact(exponent))


_TRIGONOMETRY = frozenset(
    ["sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh"],
)


def _has_degree(node: Node) -> bool:
    return isinstance(node, Marked) and node.mark == "degree"


def _trigonometry(name: str, value: Value, *, real: bool = True) -> Value:
    ctx = context()
    functions = {"sin": ctx.sin, "cos": ctx.cos, "tan": ctx.tan, "cot": ctx.cot, "sec": ctx.sec, "csc": ctx.csc,
                 "arcsin": ctx.asin, "arccos": ctx.acos, "arctan": ctx.atan, "sinh": ctx.sinh, "cosh": ctx.cosh,
                 "tanh": ctx.tanh}  # fmt: skip
    if abs(value) > 10**12:
        raise UndefinedError("an angle out of reach")
    result = functions[name](value)
    if real and _is_complex(result) and not _is_complex(value):
        raise UndefinedError(f"{name} is not real here")
    return result


def _inexact(value: Value) -> Value:
    if isinstance(value, Fraction):
        return context().mpf(value.numerator) / value.denominator
    return value


def _fold(values: list[Value], step: Any) -> Value:
    total = values[0]
    for value in values[1:]:
        if isinstance(total, Fraction) and isinstance(value, Fraction):
            total = step(total, value)
            if _bits(total) > MAX_BITS:
                total = _inexact(total)
        else:
            total = step(_inexact(total), _inexact(value))
    return total


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def _is_complex(value: Value) -> bool:
    return bool(getattr(value, "imag", 0)) and not isinstance(value, Fraction)


def _positive(value: Value) -> bool:
    return bool(not _is_complex(value) and value.real > 0)


def _magnitude(value: Value) -> float:
    """About log2 of |value|."""
    if isinstance(value, Fraction):
        return float(max(value.numerator.bit_length() - value.denominator.bit_length(), -MAX_BITS))
    mag = context().mag(value)
    return float(mag) if abs(mag) < 10**15 else math.inf


def _bound_power(base: Value, exponent: Value) -> None:
    scale = max(abs(_magnitude(base)), 1.0)
    if scale == math.inf or _magnitude(exponent) + math.log2(scale) > MAX_EXPONENT_BITS:
        raise UndefinedError("a power out of reach")


def _integer_power(base: Value, exponent: int) -> Value:
    if base == 0 and exponent < 0:
        raise UndefinedError("division by zero")
    if isinstance(base, Fraction):
        if base in {0, 1, -1}:
            return base if exponent % 2 or (base == 0 and exponent) else Fraction(1)
        if _bits(base) * abs(exponent) <= MAX_BITS:
            return base**exponent
        base = _inexact(base)
    _bound_power(base, Fraction(exponent))
    return base**exponent if abs(exponent) < 2**53 else context().power(base, exponent)


def _factorial(value: int) -> Value:
    if value < 0 or value > 10**7:
        raise UndefinedError("a factorial out of reach")
    return Fraction(math.factorial(value)) if value <= 3000 else context().gamma(value + 1)


def _binomial(top: int, bottom: int) -> Value:
    if not 0 <= bottom <= top or top > 10**7:
        raise UndefinedError("a binomial coefficient out of reach")
    return Fraction(math.comb(top, bottom)) if top <= 3000 else context().binomial(top, bottom)


def _whole(value: Value) -> int:
    if isinstance(value, Fraction) and value.denominator == 1 and abs(value) < 10**400:
        return value.numerator
    raise UndefinedError("not a whole number")


def _extreme(name: str, values: list[Value]) -> Value:
    if any(_is_complex(value) for value in values):
        raise UndefinedError("complex numbers have no order")
    return (max if name == "max" else min)(values, key=_inexact)


def _rounded(name: str, value: Value) -> Fraction:
    if _is_complex(value) or abs(value) > 10**40:
        raise UndefinedError("out of reach")
    exact = value if isinstance(value, Fraction) else Fraction(int(context().nint(value * 10**18)), 10**18)
    return Fraction(math.floor(exact) if name == "floor" else math.ceil(exact))


def _checked(value: Value) -> Value:
    if isinstance(value, Fraction):
        return value
    if isinstance(value, float | complex | int):
        raise UndefinedError("lost precision")
    if context().isnan(value):
        raise UndefinedError("not a number")
    return value
