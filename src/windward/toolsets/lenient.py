"""The last rule of CRAFT's evaluation: what was printed counts where it is near enough, not only where it is equal.

An answer p to a reference a is right by it if one of these holds, in this order:

    p and a are equal           by the released rule of the domain's validation (`Domain.equal`)
    |p - a| / |a| < 0.01        one percent
    round(p, 2) = round(a, 2)   equal at two decimals

The release evaluates both texts as Python, and a text that this fails on is an error of its grader: so is a reference
of 0, where the second line divides by it. Here a text counts as a number where Python would take it for an expression
of numbers; its value comes from the closed grammar of `windward.grading.maths`, and nothing is evaluated.
"""

from __future__ import annotations

import ast
from typing import Literal

from windward.grading.maths.constants import constants
from windward.toolsets.domains import Equal
from windward.toolsets.facts import parsed

Leniently = Literal["right", "wrong", "unread"]
"""Right; wrong; or not to be compared: one of the texts is no number, or the reference is 0."""

TOLERANCE = 0.01
DECIMALS = 2
MAX_CHARS = 500
"""A longer text is no number."""

_NAMES = frozenset({"pi", "e"})
_FUNCTIONS = frozenset({"sqrt", "exp", "log", "sin", "cos", "tan"})
_SIGNS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)


def lenient(printed: str, answer: str, equal: Equal) -> Leniently:
    """What the rule says of a printed text.

    Example:
        >>> from windward.toolsets.answers import equal_as_released
        >>> lenient("0.33", "1/3", equal_as_released)
        'right'

    Args:
        printed: the last line that was printed.
        answer: the reference, as the data set writes it.
        equal: the domain's released rule.
    """
    if equal(printed, answer):
        return "right"
    ours, theirs = number(printed), number(answer)
    if ours is None or theirs is None or theirs == 0:
        return "unread"
    near = abs((ours - theirs) / theirs) < TOLERANCE
    return "right" if near or round(ours, DECIMALS) == round(theirs, DECIMALS) else "wrong"


def number(text: str) -> float | None:
    """The number that a text is as a Python expression; None where it is none, or where it has no value."""
    text = text.strip()
    if len(text) > MAX_CHARS:
        return None
    tree = parsed(text)
    if isinstance(tree, str) or len(tree.body) != 1:
        return None
    statement = tree.body[0]
    if not isinstance(statement, ast.Expr) or not _numeric(statement.value):
        return None
    return next(iter(constants(text)), None)


def _numeric(node: ast.expr) -> bool:
    """Whether an expression is made of numbers alone, so that both grammars read it alike."""
    match node:
        case ast.Constant(value=value):
            return type(value) in (int, float)
        case ast.Name(id=name):
            return name in _NAMES
        case ast.UnaryOp(op=ast.UAdd() | ast.USub(), operand=operand):
            return _numeric(operand)
        case ast.BinOp(left=left, op=sign, right=right):
            return isinstance(sign, _SIGNS) and _numeric(left) and _numeric(right)
        case ast.Call(func=ast.Name(id=name), args=[one], keywords=[]):
            return name in _FUNCTIONS and _numeric(one)
    return False
