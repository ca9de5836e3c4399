"""The study's main figures as lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from windward.recipes.controllable.figures import ALONE, FEASIBLE
from windward.recipes.controllable.methods import methods
from windward.recipes.controllable.worlds import World
from windward.rows import Result, select


def table_lines(results: Sequence[Result], world: World) -> list[str]:
    """Errors, hypervolume and differences, means over seeds."""
    shown = {name: method.shown for name, method in methods(world).items()}
    whole = [one for one in results if "seeds" in one.condition]
    lines = []
    for kind in (ALONE, FEASIBLE):
        for objective in world.scales:
            lines += ["", f"requested against realised {objective}, {kind}: mean absolute error"]
            where = {"asked": kind, "objective": objective}
            lines += _lines(
                [one for one in _of(whole, "absolute_error", where) if "requested" not in one.condition],
                shown,
            )
    lines += ["", "hypervolume above the lowest levels", *_lines(_of(whole, "hypervolume", {}), shown)]
    lines += ["", "answers without a rating", *_lines(_of(whole, "unrated_rate", {}), shown)]
    lines += ["", "CDPO less the other, seed by seed"]
    for metric in ("absolute_error_difference", "hypervolume_difference"):
        for one in select(whole, metric=metric):
            told = one.condition
            parts = [told.get("objective"), told.get("asked"), shown[told["against"]]]
            name = f"{metric.removesuffix('_difference')}, {', '.join(part for part in parts if part)}"
            lines.append(f"{_line(name, one)}, below in {told['below']}")
    return lines


def _of(results: Sequence[Result], metric: str, where: dict[str, Any]) -> list[Result]:
    return select(results, metric=metric, condition=where)


def _lines(found: Sequence[Result], shown: dict[str, str]) -> list[str]:
    return [_line(shown[one.condition["method"]], one) for one in found]


def _line(name: str, one: Result) -> str:
    low, high = one.condition.get("low"), one.condition.get("high")
    spread = "" if low is None else f"  [{low:.3f}, {high:.3f}]"
    return f"  {name:<60} {one.value:8.3f}{spread}  seeds={one.n}"
