"""How many problems a library has something for as it grows: the first n tools, in its order.

Three measures, from the most lenient to the one that counts:

    similar     the largest cosine of the problem with an originating problem of the n tools is at least a threshold
    found       retrieval without a planner keeps a tool: the problem stands in for the hypothetical docstring, and a tool needs both votes.
                Two lists of ten out of n meet by chance with 1 − C(n − 10, 10) / C(n, 10), which stands beside it
    answered    a program that calls tools, all of them among the n, gave the right answer (where problems were solved)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import comb

import numpy as np
from numpy.typing import NDArray

from windward.rows import Result
from windward.toolsets.index import Library
from windward.toolsets.retrieve import Query, Retrieval, retrieve_all
from windward.toolsets.similarity import unit
from windward.toolsets.solved import Solved
from windward.toolsets.statistics import SYSTEM

THRESHOLDS = (0.5, 0.6, 0.7, 0.8)
STEPS = 6
"""Sizes of the curve."""


def sizes(count: int, steps: int = STEPS) -> list[int]:
    """At most so many sizes, evenly spread up to the whole library."""
    return sorted({round(count * step / steps) for step in range(1, steps + 1)} - {0})


def best_cosines(library: Library, problems: NDArray[np.float32]) -> NDArray[np.float32]:
    """For each problem and each n the largest cosine with an originating problem of the first n tools, [p, n].

    Args:
        library: its view `problem` is looked at.
        problems: vectors [p, d], of any length.
    """
    return np.asarray(np.maximum.accumulate(unit(problems) @ library.vectors["problem"].T, axis=1))


def chance(tools: int, each: int = 10) -> float:
    """How likely two lists of `each` tools, drawn at random out of so many, have one in common."""
    if tools < 2 * each:
        return 1.0
    return 1 - comb(tools - each, each) / comb(tools, each)


def coverage_results(
    library: Library,
    problems: NDArray[np.float32],
    *,
    name: str,
    dataset: str,
    at: Sequence[int] | None = None,
    thresholds: Sequence[float] = THRESHOLDS,
) -> list[Result]:
    """`similar_rate`, `found_rate` and `best_cosine_mean` at each size; the problems are the sample of the intervals.

    Args:
        library: all of it, in its order.
        problems: vectors [p, d] of the encoder that made the library.
        name: of the library.
        dataset: of the problems.
        at: sizes; by default `sizes`.
        thresholds: of `similar_rate`.

    Raises:
        ValueError: the vectors do not fit the library's.
    """
    best, n = best_cosines(library, problems), len(problems)
    rows: list[Result] = []

    def add(metric: str, value: float, tools: int, stderr: float, **condition: object) -> None:
        told = {"tools": tools, "encoder": library.encoder} | condition
        rows.append(Result(SYSTEM, name, dataset, "problems", metric, value, n, told, stderr))

    for tools in at or sizes(len(library)):
        column = best[:, tools - 1].astype(np.float64)
        add("best_cosine_mean", float(column.mean()), tools, float(column.std(ddof=1) / np.sqrt(n)) if n > 1 else 0.0,
            median=float(np.median(column)))  # fmt: skip
        for threshold in thresholds:
            share = float((column >= threshold).mean())
            add("similar_rate", share, tools, _binomial(share, n), threshold=threshold)
        share = found_share(library, problems, tools)
        add("found_rate", share, tools, _binomial(share, n), by="the library")
        add("found_rate", chance(tools), tools, 0.0, by="chance")
    return rows


def found_share(library: Library, problems: NDArray[np.float32], tools: int) -> float:
    """The share of problems for which retrieval without a planner keeps one of the first n tools."""
    views = {view: matrix[:tools] for view, matrix in library.vectors.items()}
    first = Library.of_vectors(library.ids[:tools], views, library.encoder)
    how = Retrieval(keep=1)
    kept = retrieve_all(first, [Query(vector, None, vector) for vector in problems], how)
    return sum(map(bool, kept)) / len(kept)


def answered_results(
    ids: Sequence[str], solved: Mapping[str, Sequence[Solved]], *, name: str, at: Sequence[int] | None = None
) -> list[Result]:
    """`answered_rate` of each run at each size: right, by the lenient rule, with tools that are all among the first n."""
    place = {id: number for number, id in enumerate(ids, 1)}
    rows = []
    for run, solutions in solved.items():
        if not solutions:
            continue
        n = len(solutions)
        last = [
            max(place.get(tool, len(ids) + 1) for tool in row.used)
            for row in solutions
            if row.used and row.lenient
        ]
        unread = sum(row.status == "unread" for row in solutions)
        for tools in at or sizes(len(ids)):
            share = sum(needed <= tools for needed in last) / n
            condition = {"tools": tools, "run": run}
            rows.append(Result(SYSTEM, name, run, "problems", "answered_rate", share, n, condition, _binomial(share, n), unread))  # fmt: skip
    return rows


def _binomial(share: float, n: int) -> float:
    return float(np.sqrt(share * (1 - share) / n))
