"""The part of the page on the sets themselves: why each is in or out, and what training and test sets share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from windward.reports.markup import Html
from windward.reports.parts import section, table
from windward.reports.wording import number


def sets_section(
    overlaps: Sequence[Mapping[str, object]], selection: Sequence[Mapping[str, object]]
) -> Html | None:
    """The facts as they were found, a row each; None without any."""
    if not overlaps and not selection:
        return None
    return section(
        "Sets",
        _facts(selection, "Candidates") if selection else None,
        _facts(overlaps, "Rows of a test set that are in a training set") if overlaps else None,
        anchor="sets",
        lead="A test set that holds texts of the training set measures memory. Such pairs are refused.",
    )


def _facts(rows: Sequence[Mapping[str, object]], caption: str) -> Html:
    names = list(dict.fromkeys(str(name) for row in rows for name in row))
    lines = [[_cell(row.get(name)) for name in names] for row in rows]
    numeric = [
        place for place, name in enumerate(names)
        if all(isinstance(row.get(name), int | float) and not isinstance(row.get(name), bool) for row in rows)
    ]  # fmt: skip
    return table([name.replace("_", " ") for name in names], lines, numeric=numeric, caption=caption)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number(float(value))
    if isinstance(value, list | tuple):
        return "; ".join(map(_cell, value))
    if isinstance(value, dict):
        return ", ".join(f"{key} {_cell(one)}" for key, one in value.items())
    return str(value)
