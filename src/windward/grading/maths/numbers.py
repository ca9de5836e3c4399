"""When two values are the same number: exactly, or as one is the other's printed decimal."""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from windward.grading.maths.evaluate import Evaluator, UndefinedError, context
from windward.grading.maths.nodes import Const, Marked, Node, Num, symbols, walk

AGREE = 1e-40
"""Relative difference below which two sixty-digit values are one number."""
FLOAT_DIGITS = 12
"""A decimal with as many significant digits is a printed float, whose last digits are noise."""
SHORT_DIGITS = 6
"""A decimal needs as many significant digits to stand for a number that no decimal writes out."""
POINTS = 14


def same_value(ours: Node, theirs: Node) -> bool:
    """Whether two expressions are one number, or one function of the same variables.

    A tree with variables is tried at fixed pseudo-random points, at sixty digits; sampled identity is wrong with
    a chance far below any other error here, is bounded in time, and needs no rewriting rules.
    """
    names = symbols(ours) | symbols(theirs)
    if symbols(ours) != symbols(theirs) and not (symbols(ours) and symbols(theirs)):
        return False
    real = not any(
        isinstance(node, Const) and node.name == "i" for side in (ours, theirs) for node in walk(side)
    )
    for log_base in _log_bases(ours, theirs):
        if names:
            if _same_function(ours, theirs, sorted(names), real, log_base):
                return True
        elif _same_constant(ours, theirs, real, log_base):
            return True
    return False


def _log_bases(ours: Node, theirs: Node) -> tuple[int | None, ...]:
    """A bare logarithm is decimal to some and natural to others; either reading may make the sides agree."""
    from windward.grading.maths.nodes import Call

    bare = any(isinstance(n, Call) and n.name == "anylog" for side in (ours, theirs) for n in walk(side))
    return (10, None) if bare else (None,)


def _same_constant(ours: Node, theirs: Node, real: bool, log_base: int | None) -> bool:
    evaluate = Evaluator(real=real, log_base=log_base)
    try:
        left, right = evaluate(ours), evaluate(theirs)
    except UndefinedError:
        if not real:
            return False
        evaluate = Evaluator(real=False, log_base=log_base)
        try:
            left, right = evaluate(ours), evaluate(theirs)
        except UndefinedError:
            return ours == theirs
    return agree(left, right) or _as_decimal(left, right, _digits(ours), _digits(theirs))


def agree(left: Any, right: Any) -> bool:
    """Equality of two values: exact for rationals, to forty digits otherwise."""
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left == right
    ctx = context()
    left, right = ctx.convert(_float(left)), ctx.convert(_float(right))
    if ctx.isinf(left) or ctx.isinf(right):
        return bool(left == right)
    scale = max(abs(left), abs(right))
    return bool(abs(left - right) <= max(AGREE * scale, ctx.mpf(10) ** -50 if scale < 1e-45 else 0))


def _float(value: Any) -> Any:
    return context().mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else value


def _digits(node: Node) -> int:
    """Fewest significant digits of the decimals in `node`; 0 when it has none with a point."""
    found = [inner.digits for inner in walk(node) if isinstance(inner, Num) and inner.digits]
    long = [digits for digits in found if digits >= SHORT_DIGITS]
    return min(long, default=max(found, default=0))


def _as_decimal(left: Any, right: Any, left_digits: int, right_digits: int) -> bool:
    """Whether one side is a decimal that prints the other."""
    ctx = context()
    gap, scale = abs(_float(left) - _float(right)), max(abs(_float(left)), abs(_float(right)))
    if ctx.isinf(scale) or ctx.isnan(gap):
        return False
    if min(abs(_float(left)), abs(_float(right))) == 0:
        return bool(right == 0 and left_digits and not right_digits and scale < 1e-12)
    short, long = sorted((left_digits, right_digits))
    if long >= 15 and gap <= 1e-12 * scale:
        return True
    if (
        long >= FLOAT_DIGITS
        and gap <= 1e-9 * scale
        and (short == 0 or short >= SHORT_DIGITS or _ends(left, right))
    ):
        return True
    if left_digits and right_digits:
        return (
            short >= SHORT_DIGITS and long >= FLOAT_DIGITS and bool(gap <= 5 * scale * ctx.mpf(10) ** -short)
        )
    exact = right if left_digits else left
    return bool(long >= SHORT_DIGITS and not _terminates(exact) and gap <= 5 * scale * ctx.mpf(10) ** -long)


def _ends(left: Any, right: Any) -> bool:
    return _terminates(left) and _terminates(right)


def _terminates(value: Any) -> bool:
    """Whether a short decimal writes `value` out in full."""
    return isinstance(value, Fraction) and (value * 10**12).denominator == 1


def _points(names: list[str]) -> list[dict[str, Any]]:
    """Fixed values for the variables: of both signs, small and large."""
    source = random.Random(zlib.crc32(" ".join(names).encode()))
    ctx = context()
    points = []
    for place in range(POINTS):
        reach = (0.9, 3.0, 12.0)[place % 3]
        signed = place % 2 == 1
        points.append(
            {
                name: ctx.mpf(source.uniform(0.1, 1.0)) * reach * (source.choice((-1, 1)) if signed else 1)
                for name in names
            }
        )
    return points


def _same_function(ours: Node, theirs: Node, names: list[str], real: bool, log_base: int | None) -> bool:
    defined = 0
    for point in _points(names):
        evaluate = Evaluator(point, real=real, log_base=log_base)
        try:
            left, right = evaluate(ours), evaluate(theirs)
        except UndefinedError:
            continue
        if not agree(left, right):
            return False
        defined += 1
    return defined >= 3 or (defined == 0 and ours == theirs)


def proportion(ours: Node, theirs: Node) -> int:
    """Sign of the constant `c` with `ours == c * theirs` as functions; 0 when there is none."""
    names = sorted(symbols(ours) | symbols(theirs))
    ratios = []
    for point in _points(names):
        evaluate = Evaluator(point)
        try:
            left, right = evaluate(ours), evaluate(theirs)
        except UndefinedError:
            continue
        if right == 0 or left == 0:
            if right == left:
                continue
            return 0
        ratios.append(_float(left) / _float(right))
    if len(ratios) < 3 or not all(agree(ratio, ratios[0]) for ratio in ratios):
        return 0
    return 1 if ratios[0] > 0 else -1


def ascending(points: Sequence[Node]) -> list[Node]:
    """Constants in order of size; as they came where one has no real value."""
    evaluate = Evaluator()
    try:
        return sorted(points, key=lambda point: _float(evaluate(point)))
    except (UndefinedError, TypeError):
        return list(points)


def percent_readings(node: Node) -> tuple[Node, ...]:
    """`20%` as twenty and as a fifth; any other node as itself."""
    if isinstance(node, Marked) and node.mark == "percent":
        from windward.grading.maths.nodes import divide, number

        hundredth = divide(node.value, number(100))
        return (node.value, hundredth)
    return (node,)
