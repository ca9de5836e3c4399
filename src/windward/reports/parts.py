"""The parts a page is made of: pure functions from values to `Html`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from windward.reports.markup import Html, cut_middle, join, tag


def section(title: str, *children: object, anchor: str, lead: object = None) -> Html:
    """One section of a page, with a heading that can be linked to.

    Args:
        title: the heading.
        children: what it holds; plain strings are escaped.
        anchor: id of the section, unique in the page.
        lead: a paragraph under the heading that says what to look for.
    """
    opening = tag("p", lead, class_="lead") if lead is not None else None
    return tag("section", tag("h2", title, id=f"{anchor}-title"), opening, *children, id=anchor)


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    numeric: Sequence[int] = (),
    caption: object = None,
) -> Html:
    """A table; on a phone each row becomes a small block whose cells carry their column's name.

    Args:
        columns: the headings.
        rows: one sequence of cells a row, as long as `columns`.
        numeric: indices of columns set flush right in even digits.
        caption: what the table shows.
    """
    head = tag("tr", *(tag("th", name, scope="col", class_="number" if i in numeric else None)
                       for i, name in enumerate(columns)))  # fmt: skip
    body = [
        tag("tr", *(_cell(cell, columns[i], i in numeric) for i, cell in enumerate(row)))
        for row in map(tuple, rows)
        if _as_long_as(columns, row)
    ]
    title = tag("caption", caption) if caption is not None else None
    return tag("table", title, tag("thead", head), tag("tbody", *body))


def _cell(cell: object, column: str, is_number: bool) -> Html:
    return tag("td", cell, data_column=column, class_="number" if is_number else None)


def _as_long_as(columns: Sequence[str], row: Sequence[object]) -> bool:
    if len(row) != len(columns):
        raise ValueError(f"a row of {len(row)} cells does not fit the columns {list(columns)}: {row!r}")
    return True


def facts(pairs: Mapping[str, object] | Iterable[tuple[str, object]]) -> Html:
    """Names and values, one pair a line."""
    items = pairs.items() if isinstance(pairs, Mapping) else pairs
    return tag(
        "dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in items), class_="facts"
    )


def disclosure(summary: object, *children: object, opened: bool = False, class_: str | None = None) -> Html:
    """Something to open: works by touch and keyboard without any script."""
    return tag("details", tag("summary", summary), *children, open=opened, class_=class_)


def missing(what: str, why: str) -> Html:
    """Says plainly that something is not there."""
    return tag("p", tag("strong", what), " ", why, class_="missing")


def raw(value: str, limit: int = 4_000, class_: str | None = None) -> Html:
    """Somebody else's text exactly as it came, line breaks kept, the middle of a long one cut and counted."""
    return tag("pre", cut_middle(value, limit), class_=class_, dir="auto")


def legend(series: Iterable[tuple[int, str]]) -> Html:
    """Which mark and colour (its index) stands for which series."""
    return tag("ul", *(tag("li", _mark(index), " ", name) for index, name in series), class_="legend")


def _mark(index: int) -> Html:
    return tag("svg", marker(index, 8, 8), class_=f"series-{index}", viewBox="0 0 16 16", width=14, height=14,
               aria_hidden="true")  # fmt: skip


def marker(index: int, x: float, y: float, *inside: object) -> Html:
    """The mark of one series: shapes differ as well as colours."""
    match index % 3:
        case 0:
            return tag("circle", *inside, cx=x, cy=y, r=5, class_="mark")
        case 1:
            return tag("rect", *inside, x=x - 4.5, y=y - 4.5, width=9, height=9, class_="mark")
        case _:
            corners = f"M{x:.1f} {y - 6:.1f}l6 6l-6 6l-6-6z"
            return tag("path", *inside, d=corners, class_="mark")


def figure(drawing: object, caption: object, *more: object) -> Html:
    """A drawing with what it shows, and anything that belongs under it."""
    return tag("figure", tag("figcaption", caption), drawing, *more)


def columns(*children: object) -> Html:
    """Children side by side where there is room, else one under the other."""
    return tag("div", join(*children), class_="columns")
