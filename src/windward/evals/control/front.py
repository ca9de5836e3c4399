"""What is traded for what: the Pareto front of several objectives, its hypervolume, and what controllability costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Point = tuple[float, ...]
"""A score in each objective; higher is better in all."""


def pareto_front(points: Sequence[Point]) -> list[Point]:
    """Points that no other point is at least as good as in all objectives and better in one; each once, sorted."""
    distinct = sorted(set(points))
    return [point for point in distinct if not any(_dominates(other, point) for other in distinct)]


def hypervolume(points: Sequence[Point], reference: Point) -> float:
    """Volume of what the points are better than, above `reference` (Zitzler and Thiele 1998), exactly.

    Computed by slices along the last objective; meant for some dozens of points in two to four objectives.

    Args:
        points: scores; those not above the reference in all objectives add nothing.
        reference: the worst score that counts in each objective, fixed before anything was measured.

    Raises:
        ValueError: a point has other objectives than the reference.
    """
    if any(len(point) != len(reference) for point in points):
        raise ValueError(
            f"each point needs {len(reference)} scores, one for each of the reference's objectives"
        )
    above = [point for point in points if all(a > b for a, b in zip(point, reference, strict=True))]
    return _volume(above, reference)


def alignment_tax(controllable: Mapping[str, float], single: Mapping[str, float]) -> dict[str, float]:
    """What a model that can be controlled gives up, in each objective: the specialist's score less its own when asked for the most.

    Args:
        controllable: its score in each objective when the top of this objective is asked for.
        single: the score of a model trained for this objective alone.

    Returns:
        By objective, and their mean under `mean`; below 0 nothing was given up.

    Raises:
        ValueError: the two do not have the same objectives.
    """
    if controllable.keys() != single.keys() or not single:
        raise ValueError(
            f"scores of {sorted(controllable)} cannot be compared with scores of {sorted(single)}"
        )
    tax = {name: single[name] - controllable[name] for name in single}
    return tax | {"mean": sum(tax.values()) / len(tax)}


def _dominates(first: Point, second: Point) -> bool:
    return first != second and all(a >= b for a, b in zip(first, second, strict=True))


def _volume(points: Sequence[Point], reference: Point) -> float:
    if not points:
        return 0.0
    if len(reference) == 1:
        return max(point[0] for point in points) - reference[0]
    total, below = 0.0, reference[-1]
    for height in sorted({point[-1] for point in points}):
        slab = [point[:-1] for point in points if point[-1] >= height]
        total += (height - below) * _volume(slab, reference[:-1])
        below = height
    return total
