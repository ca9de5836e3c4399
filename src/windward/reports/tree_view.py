"""A tree to open and walk: a map of every node, and an outline whose nodes open in place.

All of it is plain HTML (`details`, links within the page) and works without scripts; `page.js` adds arrow keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from windward.reports.markup import Html, tag

_COLUMN, _ROW, _MARGIN = 64, 28, 16
_UNJUDGED = "•"


@dataclass(frozen=True)
class Branch:
    """One node of a tree to show.

    Attributes:
        key: name of the node, unique in its tree.
        parent: key of an earlier branch; None hangs it on the root.
        depth: column of the map, from 1.
        right: the judgement, shown as ✓ or ✗; None for a node that was not judged, shown as a dot.
        title: one line that tells the node apart.
        marks: short labels, e.g. `chosen`; the first one is also the class that colours it.
        body: what opens.
    """

    key: str
    parent: str | None
    depth: int
    right: bool | None
    title: str
    marks: tuple[str, ...]
    body: Html


def tree_view(branches: Sequence[Branch], *, anchor: str, root: str, step: str) -> Html:
    """The map and the outline of one tree.

    Args:
        branches: parents before children.
        anchor: prefix of the nodes' ids, unique in the page.
        root: name of the root in the map, e.g. `problem`.
        step: what one column is, e.g. `turn`.
    """
    ids = {branch.key: f"{anchor}-{place}" for place, branch in enumerate(branches, start=1)}
    children: dict[str | None, list[Branch]] = {}
    for branch in branches:
        children.setdefault(branch.parent, []).append(branch)
    outline = _outline(children, None, ids)
    return tag("div", _map(branches, children, ids, root, step), outline, class_="tree", id=anchor)


def _outline(
    children: dict[str | None, list[Branch]], parent: str | None, ids: dict[str, str]
) -> Html | None:
    if parent not in children:
        return None
    items = (
        tag("li", _node(branch, ids[branch.key]), _outline(children, branch.key, ids))
        for branch in children[parent]
    )
    return tag("ul", *items)


def _node(branch: Branch, anchor: str) -> Html:
    marks = (tag("span", mark, class_=f"tag tag-{mark}") for mark in branch.marks)
    summary = tag(
        "summary", verdict_mark(branch.right), " ", tag("span", branch.title, class_="node-title"), *marks
    )
    return tag("details", summary, tag("div", branch.body, id=anchor, class_="body"), class_="node")


def verdict_mark(right: bool | None) -> Html:
    """✓ or ✗, coloured, and said in words to a screen reader; a dot for what was not judged."""
    if right is None:
        return tag("span", _UNJUDGED, class_="unjudged", role="img", aria_label="not judged")
    return tag("span", "✓" if right else "✗", class_="right" if right else "wrong",
               role="img", aria_label="correct" if right else "incorrect")  # fmt: skip


def _map(
    branches: Sequence[Branch],
    children: dict[str | None, list[Branch]],
    ids: dict[str, str],
    root: str,
    step: str,
) -> Html:
    places: dict[str | None, tuple[float, float]] = {}
    _place(None, 0, children, places, [0])
    edges = [_edge(places[branch.parent], places[branch.key]) for branch in branches]
    dots = [_dot(branch, places[branch.key], ids[branch.key]) for branch in branches]
    deepest = max((branch.depth for branch in branches), default=0)
    names = [
        tag("text", f"{step} {depth}", x=_MARGIN + depth * _COLUMN, y=14, text_anchor="middle")
        for depth in range(1, deepest + 1)
    ]
    x, y = places[None]
    start = tag("g", tag("rect", x=x - 6, y=y - 6, width=12, height=12), tag("title", root), class_="root")
    width = 2 * _MARGIN + deepest * _COLUMN + 12
    height = 30 + _ROW * max(1, sum(branch.key not in children for branch in branches))
    return tag("svg", *names, *edges, start, *dots, viewBox=f"0 0 {width} {height}", width=width,
               aria_hidden="true", class_="map")  # fmt: skip


def _place(
    key: str | None,
    depth: int,
    children: dict[str | None, list[Branch]],
    places: dict[str | None, tuple[float, float]],
    used: list[int],
) -> None:
    """Leaves take one row each; a parent stands in the middle of its children."""
    below = children.get(key, [])
    for branch in below:
        _place(branch.key, branch.depth, children, places, used)
    if below:
        y = sum(places[branch.key][1] for branch in below) / len(below)
    else:
        y = 36 + _ROW * used[0]
        used[0] += 1
    places[key] = (_MARGIN + depth * _COLUMN, y)


def _edge(start: tuple[float, float], end: tuple[float, float]) -> Html:
    middle = (start[0] + end[0]) / 2
    return tag("path", d=f"M{start[0]:.1f} {start[1]:.1f}C{middle:.1f} {start[1]:.1f} {middle:.1f} {end[1]:.1f} "
               f"{end[0]:.1f} {end[1]:.1f}", class_="edge")  # fmt: skip


def _dot(branch: Branch, place: tuple[float, float], anchor: str) -> Html:
    x, y = place
    ring = tag("circle", cx=x, cy=y, r=12, class_="ring") if branch.marks else None
    dot = tag("circle", cx=x, cy=y, r=9)
    glyph = tag(
        "text",
        _UNJUDGED if branch.right is None else "✓" if branch.right else "✗",
        x=x,
        y=y + 4,
        text_anchor="middle",
    )
    says = tag("title", ", ".join((branch.title, *branch.marks)))
    verdict = "unjudged" if branch.right is None else "right" if branch.right else "wrong"
    kind = f"dot dot-{verdict}{''.join(f' dot-{mark}' for mark in branch.marks[:1])}"
    return tag("a", says, ring, dot, glyph, href=f"#{anchor}", tabindex=-1, class_=kind)
