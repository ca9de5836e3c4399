"""What an answer can be, once parsed: plain frozen trees that nothing executes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction


class UnreadableError(ValueError):
    """The text is not an answer that the grammar knows; the message says where it stopped."""


@dataclass(frozen=True)
class Num:
    """A literal number, exact.

    Attributes:
        value: its exact value; `0.1` is one tenth.
        digits: significant digits when it was written with a point or an exponent, else 0.
    """

    value: Fraction
    digits: int = 0


@dataclass(frozen=True)
class Sym:
    """A variable, `x` or `x_{1}`."""

    name: str


@dataclass(frozen=True)
class Const:
    """One of `pi`, `e`, `i`, `oo`."""

    name: str


@dataclass(frozen=True)
class Call:
    """An operation on values: `add`, `mul`, `pow`, `sqrt`, `log`, …; the names are those of `evaluate.py`."""

    name: str
    args: tuple[Node, ...]


@dataclass(frozen=True)
class PlusMinus:
    """Both `left + right` and `left - right`."""

    left: Node
    right: Node


@dataclass(frozen=True)
class Marked:
    """A number with a mark that is a unit to some readers and a factor to others: `percent` or `degree`."""

    mark: str
    value: Node


@dataclass(frozen=True)
class Based:
    """Digits written in a base, `1011_2`; the base is part of the answer."""

    digits: str
    base: int


@dataclass(frozen=True)
class Ratio:
    """`3:5`, or a time of day."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Seq:
    """Several items; `opening` and `closing` are the brackets as written, both empty for a bare list."""

    opening: str
    items: tuple[Node, ...]
    closing: str


@dataclass(frozen=True)
class Matrix:
    """Rows of equal length."""

    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True)
class Relation:
    """A chain of relations, `a < x <= b`: `len(operators) == len(sides) - 1`."""

    sides: tuple[Node, ...]
    operators: tuple[str, ...]


@dataclass(frozen=True)
class SetOf:
    """`union`, `intersection` or `difference` of sets."""

    name: str
    parts: tuple[Node, ...]


Node = Num | Sym | Const | Call | PlusMinus | Marked | Based | Ratio | Seq | Matrix | Relation | SetOf


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly under `node`."""
    match node:
        case Call(args=inner) | Ratio(parts=inner) | SetOf(parts=inner) | Seq(items=inner):
            return inner
        case Relation(sides=sides):
            return sides
        case PlusMinus(left, right):
            return (left, right)
        case Marked(value=value):
            return (value,)
        case Matrix(rows=rows):
            return tuple(cell for row in rows for cell in row)
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """`node` and everything under it."""
    yield node
    for child in children(node):
        yield from walk(child)


def check_size(node: Node, depth: int, choices: int) -> None:
    """Refuses a tree that is too deep, or has too many `±` (each doubles the work). Does not recurse.

    Raises:
        UnreadableError: it is.
    """
    level: list[Node] = [node]
    for _ in range(depth):
        level = [child for inner in level for child in children(inner)]
        choices -= sum(isinstance(inner, PlusMinus) for inner in level)
        if choices < 0:
            raise UnreadableError("too many alternatives")
        if not level:
            return
    raise UnreadableError("too deeply nested")


def symbols(node: Node) -> frozenset[str]:
    """Names of the variables in `node`."""
    return frozenset(inner.name for inner in walk(node) if isinstance(inner, Sym))


def number(value: int | Fraction) -> Num:
    """An exact number."""
    return Num(Fraction(value))


def add(*items: Node) -> Node:
    """The sum."""
    return items[0] if len(items) == 1 else Call("add", items)


def multiply(*items: Node) -> Node:
    """The product; factors that are products themselves are joined to it."""
    flat = [
        inner
        for item in items
        for inner in (item.args if isinstance(item, Call) and item.name == "mul" else (item,))
    ]
    return flat[0] if len(flat) == 1 else Call("mul", tuple(flat))


def negate(node: Node) -> Node:
    """`-node`; a literal stays a literal."""
    match node:
        case Num(value, digits):
            return Num(-value, digits)
        case Marked(mark, value):
            return Marked(mark, negate(value))
        case _:
            return multiply(number(-1), node)


def divide(left: Node, right: Node) -> Node:
    """`left / right`."""
    return Call("div", (left, right))


def power(base: Node, exponent: Node) -> Node:
    """`base ** exponent`."""
    return Call("pow", (base, exponent))
