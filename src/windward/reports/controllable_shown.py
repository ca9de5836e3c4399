"""Answers of every method to the same requests, to read; all of it shown as text."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from windward.reports.markup import Html
from windward.reports.parts import disclosure, missing, raw, section, table
from windward.reports.run_folder import lines_in, need
from windward.reports.run_records import Row

FIRST = "1"
"""The seed whose answers are shown."""
REQUESTS = 6
"""Requests whose answers are shown."""


def examples(folder: Path, series: Mapping[str, str]) -> Html:
    """The section: requests of the first seed, drawn by a hash, each with every method's answer.

    Raises:
        ReportError: a row is malformed.
    """
    found: dict[tuple[str, str], dict[str, Row]] = {}
    for name in series:
        for row in lines_in(folder / "answers" / FIRST / f"{name}.jsonl", _told):
            key = (str(row["instruction"]), _levels(row["requested"]))
            found.setdefault(key, {}).setdefault(name, row)
    keys = sorted(found, key=_draw)[:REQUESTS]
    if not keys:
        return section("Answers", missing("None.", f"answers/{FIRST} is not there."), anchor="examples")
    shown = [
        disclosure(
            f"{levels or 'nothing asked for'} · {instruction[:90]}",
            table(
                ("method", "answer", "rated"),
                [(series[name], raw(str(row["answer"]) or "(empty)", 600), _levels(row["ratings"])) for name, row in found[key].items()],
            ),
            class_="run",
        )
        for key in keys
        for instruction, levels in [key]
    ]  # fmt: skip
    lead = f"{len(keys)} requests of seed {FIRST}, drawn by a hash and not picked by hand."
    return section("Answers", *shown, anchor="examples", lead=lead)


def _told(row: Row, where: str) -> Row:
    for name in ("instruction", "answer"):
        need(row, name, str, where)
    for name in ("requested", "ratings"):
        need(row, name, dict, where)
    return row


def _levels(found: Mapping[str, object]) -> str:
    return ", ".join(
        f"{name} {level:g}" if isinstance(level, (int, float)) else f"{name} none"
        for name, level in found.items()
    )


def _draw(key: tuple[str, str]) -> str:
    return hashlib.sha256("\0".join(key).encode("utf-8", "surrogatepass")).hexdigest()
