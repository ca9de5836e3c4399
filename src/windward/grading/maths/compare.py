"""When two parsed answers are the same answer."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace

from windward.grading.maths import nodes
from windward.grading.maths.build import REALS
from windward.grading.maths.nodes import (
    Based,
    Call,
    Const,
    Marked,
    Matrix,
    Node,
    Num,
    PlusMinus,
    Ratio,
    Relation,
    Seq,
    SetOf,
    Sym,
)  # fmt: skip
from windward.grading.maths.numbers import ascending, percent_readings, proportion, same_value

MAX_ITEMS = 200
"""Longer unordered lists are not matched item by item."""

_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "!=": "!=", "=": "="}


def same_answer(ours: Node, theirs: Node) -> bool:
    """Whether `ours` is the answer `theirs`.

    Args:
        ours: the prediction.
        theirs: the reference.
    """
    ours, theirs = _without_label(ours, theirs), _without_label(theirs, ours)
    ours, theirs = _as_set(ours), _as_set(theirs)
    if isinstance(ours, Relation) and isinstance(theirs, Relation):
        return _same_relation(ours, theirs)
    if isinstance(ours, Relation) or isinstance(theirs, Relation):
        return False
    ours, theirs = _expanded(ours), _expanded(theirs)
    if isinstance(ours, Seq) and isinstance(theirs, Seq):
        return _same_sequence(ours, theirs)
    if isinstance(ours, Seq) or isinstance(theirs, Seq):
        return _single(ours, theirs)
    match ours, theirs:
        case Matrix(left), Matrix(right):
            return _all(left, right, lambda a, b: _all(a, b, lambda x, y: same_answer(x, y)))
        case SetOf(name, left), SetOf(other, right):
            return name == other and _same_parts(name, left, right)
        case Based() | Num(), Based():
            return _same_based(ours, theirs)
        case Ratio(left), Ratio(right):
            return _all(left, right, lambda a, b: same_answer(a, b))
        case (Ratio(), _) | (_, Ratio()):
            return _same_ratio(ours, theirs)
        case (Matrix() | SetOf() | Based(), _) | (_, Matrix() | SetOf() | Based()):
            return False
    return _same_marked(ours, theirs)


def _all(left: Sequence[Node] | Sequence[tuple[Node, ...]], right: object, same: Callable[..., bool]) -> bool:
    """Whether both have as many items, equal in order."""
    assert isinstance(right, Sequence)
    return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))


def _same_marked(ours: Node, theirs: Node) -> bool:
    """Compares values; `20%` is twenty where the other side carries no mark, and a fifth."""
    if isinstance(ours, Marked) and isinstance(theirs, Marked) and ours.mark == theirs.mark:
        return same_value(ours.value, theirs.value)
    return any(
        same_value(left, right) for left in percent_readings(ours) for right in percent_readings(theirs)
    )


# ---- equations and inequalities


def _without_label(node: Node, other: Node) -> Node:
    """`x = 5` is 5, where the other side is no equation; of `3 + 4 = 7` the last side counts."""
    if not isinstance(node, Relation) or set(node.operators) - {"=", "in"}:
        return node
    if (
        isinstance(other, Relation)
        and set(other.operators) <= {"=", "in"}
        and len(node.sides) == 2 == len(other.sides)
    ) and (_is_name(node.sides[0]) == _is_name(other.sides[0]) or "in" in node.operators):
        return node if "in" not in node.operators else node.sides[-1]
    first, last = node.sides[0], node.sides[-1]
    if "in" in node.operators:
        return last
    if isinstance(other, Relation) and set(other.operators) <= {"="}:
        return node
    if _is_name(first) or not nodes.symbols(first) or len(node.sides) > 2 or not nodes.symbols(last):
        if _is_name(last) and not _is_name(first) and len(node.sides) == 2:
            return first
        return last if not _is_zero_equation(node) else node
    return node


def _is_zero_equation(node: Relation) -> bool:
    """`x^2 + 2x + 1 = 0` states an equation; it does not name a value."""
    return len(node.sides) == 2 and node.sides[1] == nodes.number(0) and not _is_name(node.sides[0])


def _is_name(node: Node) -> bool:
    """Whether a side only names what the other side is: `x`, `f(x)`, `f^{-1}(x)`, `A B`."""
    if isinstance(node, Sym):
        return True
    if isinstance(node, Call) and node.name == "mul" and len(node.args) == 2:
        head, argument = node.args
        if isinstance(head, Call) and head.name == "pow":
            head = head.args[0]
        return isinstance(head, Sym) and isinstance(argument, Sym)
    return False


def _same_relation(ours: Relation, theirs: Relation) -> bool:
    if len(ours.sides) != len(theirs.sides):
        return False
    if len(ours.sides) > 2:
        if ours.operators != theirs.operators:
            ours = Relation(ours.sides[::-1], tuple(_FLIPPED.get(op, op) for op in ours.operators[::-1]))
        return ours.operators == theirs.operators and _all(
            ours.sides, theirs.sides, lambda a, b: same_answer(a, b)
        )
    if ours.operators == theirs.operators and all(
        same_answer(a, b) for a, b in zip(ours.sides, theirs.sides, strict=True)
    ):
        return True
    if not all(_is_expression(side) for side in (*ours.sides, *theirs.sides)):
        return False
    sign = proportion(_difference(ours), _difference(theirs))
    if not sign:
        return False
    operator = ours.operators[0]
    return (operator if sign > 0 else _FLIPPED.get(operator, operator)) == theirs.operators[0] or (
        operator == theirs.operators[0] == "="
    )


def _difference(relation: Relation) -> Node:
    left, right = relation.sides
    return nodes.add(left, nodes.negate(right))


def _is_expression(node: Node) -> bool:
    return isinstance(node, Num | Sym | Const | Call | Marked)


# ---- sets


def _as_set(node: Node) -> Node:
    """`-2 <= x <= 7` as the interval, `x in S` as S, conditions joined by `and` as one interval."""
    if isinstance(node, Relation):
        if node.operators == ("in",):
            return _as_set(node.sides[1])
        return _punctured(node) or _interval(node) or node
    if isinstance(node, SetOf):
        parts = tuple(_as_set(part) for part in node.parts)
        if node.name == "intersection" and len(parts) == 2:
            return _intersected(*parts) or replace(node, parts=parts)
        if node.name == "difference" and len(parts) == 2 and parts[0] == REALS and _is_finite(parts[1]):
            return _without(nodes.children(parts[1]))
        flat = [inner for part in parts for inner in _flat(part, node.name)]
        return replace(node, parts=tuple(flat))
    return node


def _punctured(node: Relation) -> SetOf | None:
    """`x != 3` as all other numbers."""
    if node.operators == ("!=",) and isinstance(node.sides[0], Sym) and not nodes.symbols(node.sides[1]):
        return _without((node.sides[1],))
    return None


def _without(points: tuple[Node, ...]) -> SetOf:
    """The real numbers but `points`, as open intervals."""
    ends = [REALS.items[0], *ascending(points), REALS.items[1]]
    return SetOf("union", tuple(Seq("(", pair, ")") for pair in itertools.pairwise(ends)))


def _flat(part: Node, name: str) -> tuple[Node, ...]:
    return part.parts if isinstance(part, SetOf) and part.name == name == "union" else (part,)


def _interval(node: Relation) -> Seq | None:
    """The interval of `a < x <= b`, `x >= a` or `a <= x`."""
    minus, plus = nodes.negate(Const("oo")), Const("oo")
    match node.sides, node.operators:
        case (low, Sym(), high), (("<" | "<=") as left, ("<" | "<=") as right):
            return _between(low, left, high, right)
        case (high, Sym(), low), ((">" | ">=") as left, (">" | ">=") as right):
            return _between(low, right.replace(">", "<"), high, left.replace(">", "<"))
        case (Sym(), bound), (("<" | "<=") as operator,) if not nodes.symbols(bound):
            return _between(minus, "<", bound, operator)
        case (Sym(), bound), ((">" | ">=") as operator,) if not nodes.symbols(bound):
            return _between(bound, operator.replace(">", "<"), plus, "<")
        case (bound, Sym()), (("<" | "<=") as operator,) if not nodes.symbols(bound):
            return _between(bound, operator, plus, "<")
        case (bound, Sym()), ((">" | ">=") as operator,) if not nodes.symbols(bound):
            return _between(minus, "<", bound, operator.replace(">", "<"))
    return None


def _between(low: Node, left: str, high: Node, right: str) -> Seq:
    return Seq("[" if left == "<=" else "(", (low, high), "]" if right == "<=" else ")")


def _intersected(left: Node, right: Node) -> Seq | None:
    """One interval of two half-lines, where each bounds one end."""
    if not (isinstance(left, Seq) and isinstance(right, Seq) and len(left.items) == 2 == len(right.items)):
        return None
    minus, plus = nodes.negate(Const("oo")), Const("oo")
    for below, above in ((left, right), (right, left)):
        if below.items[1] == plus and above.items[0] == minus:
            return Seq(below.opening, (below.items[0], above.items[1]), above.closing)
    return None


def _same_parts(name: str, left: tuple[Node, ...], right: tuple[Node, ...]) -> bool:
    if name == "difference":
        return _all(left, right, lambda a, b: same_answer(a, b))
    return _matched(left, right)


# ---- lists


def _expanded(node: Node) -> Node:
    """`1 ± √2` as the list of both; `x = 1, x = 2` and `x = 1, 2` as the list of values."""
    if isinstance(node, PlusMinus):
        both = (nodes.add(node.left, node.right), nodes.add(node.left, nodes.negate(node.right)))
        return Seq("", tuple(inner for part in both for inner in _items(_expanded(part))), "")
    if isinstance(node, Marked) and isinstance(node.value, PlusMinus):
        return _expanded(node.value)
    if isinstance(node, Call) and any(isinstance(arg, PlusMinus) for arg in node.args):
        place = next(index for index, arg in enumerate(node.args) if isinstance(arg, PlusMinus))
        inner = _expanded(node.args[place])
        variants = [
            replace(node, args=(*node.args[:place], item, *node.args[place + 1 :])) for item in _items(inner)
        ]
        return Seq("", tuple(variants), "")
    if isinstance(node, Seq) and node.opening in {"", "set{"}:
        items = tuple(inner for item in node.items for inner in _items(_expanded(_value_of(item, node))))
        return replace(node, items=items)
    if isinstance(node, SetOf) and node.name == "union" and all(_is_finite(part) for part in node.parts):
        return Seq("set{", tuple(inner for part in node.parts for inner in nodes.children(part)), "set}")
    return node


def _is_finite(node: Node) -> bool:
    return isinstance(node, Seq) and node.opening == "set{"


def _items(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, Seq) and node.opening == "" else (node,)


def _value_of(item: Node, whole: Seq) -> Node:
    """The value in `x = 6`, where every equation of the list names the same variable."""
    names = {
        inner.sides[0] for inner in whole.items if isinstance(inner, Relation) and inner.operators == ("=",)
    }
    if (
        isinstance(item, Relation)
        and item.operators == ("=",)
        and len(names) == 1
        and _is_name(item.sides[0])
    ):
        return item.sides[1]
    return item


def _same_sequence(ours: Seq, theirs: Seq) -> bool:
    if theirs.opening in {"", "set{"} and ours.opening in {"", "set{"}:
        return _matched(_distinct(ours), _distinct(theirs))
    if len(ours.items) == 1 and ours.opening in {"[", "set{"} and isinstance(ours.items[0], Seq):
        return same_answer(ours.items[0], theirs)
    in_order = _all(ours.items, theirs.items, lambda a, b: same_answer(a, b))
    if (ours.opening, ours.closing) == (theirs.opening, theirs.closing):
        return in_order
    many = len(theirs.items) > 2
    match ours.opening, theirs.opening:
        case "[", "":
            return ours.closing == "]" and _matched(ours.items, theirs.items)
        case "[", "set{":
            return many and ours.closing == "]" and _matched(ours.items, theirs.items)
        case ("(", "") | ("", "("):
            return ours.closing in {")", ""} and theirs.closing in {")", ""} and _in_order_named(ours, theirs)
        case ("<(", "(") | ("(", "<("):
            return in_order and ")" in ours.closing and ")" in theirs.closing
        case ("", "[") | ("(", "[") | ("[", "("):
            return many and in_order
    return False


def _in_order_named(ours: Seq, theirs: Seq) -> bool:
    """`x = 1, y = 2` is the point (1, 2)."""
    return _all(_coordinates(ours), _coordinates(theirs), lambda a, b: same_answer(a, b))


def _coordinates(node: Seq) -> tuple[Node, ...]:
    """The values, where the items are equations that name `x`, `y`, … in order."""
    names = [
        item.sides[0].name
        for item in node.items
        if isinstance(item, Relation) and item.operators == ("=",) and isinstance(item.sides[0], Sym)
    ]
    if len(names) == len(node.items) and names == sorted(set(names)):
        return tuple(item.sides[1] for item in node.items if isinstance(item, Relation))
    return node.items


def _distinct(node: Seq) -> tuple[Node, ...]:
    """A set's items without repetitions; a bare list keeps them."""
    if node.opening != "set{" or len(node.items) > MAX_ITEMS:
        return node.items
    kept: list[Node] = []
    for item in node.items:
        if not any(same_answer(item, other) for other in kept):
            kept.append(item)
    return tuple(kept)


def _matched(left: Sequence[Node], right: Sequence[Node]) -> bool:
    """Whether the items pair up in some order."""
    if len(left) != len(right):
        return False
    if len(left) > MAX_ITEMS:
        return tuple(left) == tuple(right)
    rest = list(right)
    for item in left:
        place = next((index for index, other in enumerate(rest) if same_answer(item, other)), None)
        if place is None:
            return False
        del rest[place]
    return True


def _single(ours: Node, theirs: Node) -> bool:
    """A set or list of one item is that item; a column is not a list."""
    for one, other, flip in ((ours, theirs, False), (theirs, ours, True)):
        if isinstance(one, Seq) and len(one.items) == 1 and one.opening in {"set{", "[", "", "("}:
            pair = (other, one.items[0]) if flip else (one.items[0], other)
            return same_answer(*pair)
    return False


# ---- bases and ratios


def _same_based(ours: Node, theirs: Based) -> bool:
    """The digits count, and the base where one is given."""
    if isinstance(ours, Based):
        return ours == theirs
    return isinstance(ours, Num) and not ours.digits and str(ours.value) == theirs.digits


def _same_ratio(ours: Node, theirs: Node) -> bool:
    """`3:5` is also three fifths; a time of day is not."""
    ratio, other = (ours, theirs) if isinstance(ours, Ratio) else (theirs, ours)
    assert isinstance(ratio, Ratio)
    if len(ratio.parts) != 2 or not _is_expression(other):
        return False
    return same_value(nodes.divide(*ratio.parts), other)
