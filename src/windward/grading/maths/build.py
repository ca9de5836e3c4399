"""The nodes that the parser's words stand for: calls by name, literals, fractions, matrices."""

from __future__ import annotations

import re
from fractions import Fraction

from windward.grading.maths import nodes
from windward.grading.maths.nodes import Call, Const, Node, Seq, SetOf, UnreadableError

MAX_EXPONENT = 400
"""Digits of a literal's exponent of ten are bounded: `1e999999999` is not an answer."""

REALS = Seq("(", (nodes.negate(Const("oo")), Const("oo")), ")")
INVERSES = {"sin": "arcsin", "cos": "arccos", "tan": "arctan"}
_BRACKETS = {
    "Interval": ("[", "]"),
    "Interval.open": ("(", ")"),
    "Interval.Ropen": ("[", ")"),
    "Interval.Lopen": ("(", "]"),
}
_RENAMED = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "Abs": "abs", "Max": "max", "Min": "min",
            "comb": "binomial", "lg": "log10", "Mod": "mod"}  # fmt: skip


def apply(name: str, arguments: list[Node], base: Node | None) -> Node:
    """The node of a call, by the name of the function."""
    args = tuple(arguments)
    if name in _BRACKETS and len(args) >= 2:
        opening, closing = _interval_brackets(name, args)
        return Seq(opening, args[:2], closing)
    match name:
        case "FiniteSet":
            return Seq("set{", args, "set}")
        case "Tuple":
            return Seq("(", args, ")")
        case "Union" | "Intersection" | "Complement":
            return SetOf({"Complement": "difference"}.get(name, name.lower()), args)
        case "Eq" if len(args) == 2:
            return nodes.Relation(args, ("=",))
        case "Rational" | "Fraction" if len(args) == 2:
            return quotient(*args)
        case "mpc" if len(args) == 2:
            return nodes.add(args[0], nodes.multiply(args[1], Const("i")))
        case "sqrt" | "cbrt" | "math.sqrt" | "np.sqrt" if len(args) == 1:
            return Call("root", (args[0], nodes.number(3 if name == "cbrt" else 2)))
        case "\\log" if base is not None and len(args) == 1:
            return Call("log", (args[0], base))
        case "\\log" if len(args) == 1:
            return Call("anylog", args)
        case "log10" | "log2" | "lg" if len(args) == 1:
            return Call("log", (args[0], nodes.number(2 if name == "log2" else 10)))
    if (name.endswith("Matrix") or name in {"array", "np.array"}) and args:
        rows = args[0]
        if isinstance(rows, Seq):
            return matrix([[item] for item in rows.items]) if name.endswith("Matrix") else rows
        return rows
    if len(args) == 1 and name.startswith("np."):
        return args[0]
    return Call(_RENAMED.get(name, name), args)


def _interval_brackets(name: str, args: tuple[Node, ...]) -> tuple[str, str]:
    opening, closing = _BRACKETS[name]
    if args[0] == nodes.negate(Const("oo")):
        opening = "("
    if args[1] == Const("oo"):
        closing = ")"
    return opening, closing


def literal(text: str) -> nodes.Num:
    """The exact number that digits write, with its significant digits where it has a point or an exponent.

    Raises:
        UnreadableError: its exponent is out of reach.
    """
    mantissa, _, exponent = text.lower().partition("e")
    if len(exponent) > 1 and abs(int(exponent)) > MAX_EXPONENT:
        raise UnreadableError("an exponent out of reach")
    written = mantissa.replace(".", "").lstrip("0")
    return nodes.Num(
        Fraction(text.rstrip(".") or "0"), len(written) if "." in mantissa.rstrip(".") or exponent else 0
    )


def quotient(top: Node, bottom: Node) -> Node:
    """A fraction; of two whole numbers, one exact number."""
    if (
        isinstance(top, nodes.Num)
        and isinstance(bottom, nodes.Num)
        and bottom.value
        and not (top.digits or bottom.digits)
    ):
        return nodes.Num(top.value / bottom.value)
    return nodes.divide(top, bottom)


def matrix(rows: list[list[Node]]) -> Node:
    """A matrix.

    Raises:
        UnreadableError: its rows differ in length, or there are none.
    """
    if not rows or len({len(row) for row in rows}) != 1:
        raise UnreadableError("a matrix whose rows differ in length")
    return nodes.Matrix(tuple(tuple(row) for row in rows))


def summands(node: Node) -> tuple[Node, ...]:
    """What `node` is a sum of."""
    return node.args if isinstance(node, Call) and node.name == "add" else (node,)


def is_set(node: Node) -> bool:
    """Whether `or` between such nodes means a union: relations, intervals and sets do."""
    if isinstance(node, nodes.Relation):
        return any(operator not in {"="} for operator in node.operators)
    return isinstance(node, SetOf)


_BASE_SUFFIX = re.compile(r"([0-9A-Za-z]+)\s*(?:,?\s*in)?\s*\(?\s*base[\s-]*([a-z]+|\d+)\s*\)?")


def base_suffix(text: str) -> str | None:
    """`1011 base 2` and `1011 (base two)` as `1011_{2}`; None for anything else."""
    match = _BASE_SUFFIX.fullmatch(text.strip())
    return f"{match.group(1)}_{{{match.group(2)}}}" if match else None
