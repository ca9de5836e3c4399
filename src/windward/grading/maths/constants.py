"""The numbers that an answer can stand for, for graders that compare by tolerance."""

from __future__ import annotations

import math
from typing import Any

from windward.grading.maths.answers import readings
from windward.grading.maths.evaluate import Evaluator, UndefinedError, context
from windward.grading.maths.nodes import Matrix, Node, Relation, Seq, Sym
from windward.grading.maths.numbers import percent_readings


def constants(text: str) -> tuple[float, ...]:
    """The real numbers that `text` can stand for, most likely first; empty where it stands for none.

    `x = 5` names 5. `20%` is twenty and a fifth. Nothing is executed, and sizes are bounded.
    """
    return tuple(dict.fromkeys(value for node in readings(text) for value in node_constants(node)))


def node_constants(node: Node) -> tuple[float, ...]:
    """The real numbers that a tree can stand for."""
    if isinstance(node, Relation) and set(node.operators) == {"="}:
        node = node.sides[-1]
    found = []
    for part in percent_readings(node):
        try:
            value = _float(Evaluator()(part))
        except UndefinedError:
            continue
        if value is not None:
            found.append(value)
    return tuple(found)


def _float(value: Any) -> float | None:
    number = context().convert(value) if not hasattr(value, "numerator") else value
    if isinstance(number, context().mpc):
        if abs(number.imag) > 1e-30:
            return None
        number = number.real
    try:
        result = float(number)
    except OverflowError:
        return None
    return result if math.isfinite(result) else None


def items(text: str) -> tuple[Node, ...] | None:
    """The items of the list, tuple, set, row or column that `text` is; None where it is none."""
    for node in readings(text):
        if isinstance(node, Relation) and set(node.operators) == {"="} and isinstance(node.sides[0], Sym):
            node = node.sides[-1]
        if isinstance(node, Seq):
            inner = node.items[0] if len(node.items) == 1 else None
            return inner.items if isinstance(inner, Seq) else node.items
        if isinstance(node, Matrix) and 1 in (len(node.rows), len(node.rows[0])):
            return tuple(item for row in node.rows for item in row)
    return None
