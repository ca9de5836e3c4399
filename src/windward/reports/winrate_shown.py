"""Pairs to read: both answers side by side, and what the judge said in each order; all of it shown as text."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from heapq import nsmallest
from pathlib import Path

from windward.reports.markup import Html, cut_middle, join, tag
from windward.reports.parts import columns, disclosure, missing, raw, section
from windward.reports.run_folder import lines_in, need
from windward.reports.run_records import Row

SHOWN = 10
_OUTCOMES = {
    "won": "won",
    "lost": "lost",
    "tied": "judged equal",
    "split": "the orders disagree",
    "unread": "not read",
}
_MARKS = {"won": "right", "lost": "wrong"}


def judged_in(path: Path, seed: int) -> list[Row]:
    """Ten rows of `judged.jsonl`, drawn by a hash of seed and id; empty where there is no file.

    Raises:
        ReportError: a row is malformed.
    """
    return nsmallest(SHOWN, lines_in(path, _judged), key=lambda row: _draw(str(row["pair"]["id"]), seed))


def examples(judged: Sequence[Row]) -> Html:
    """The section of pairs."""
    if not judged:
        return section("Examples", missing("None.", "judged.jsonl is not there."), anchor="examples")
    lead = f"{len(judged)} pairs, drawn by a hash of seed and id and not picked by hand."
    return section("Examples", *map(_shown, judged), anchor="examples", lead=lead)


def _shown(row: Row) -> Html:
    pair, outcome = row["pair"], str(row["outcome"])
    title = tag("span", _OUTCOMES.get(outcome, outcome), class_=_MARKS.get(outcome))
    asked = " ".join(cut_middle(str(pair["instruction"]), 90).split())
    return disclosure(
        join(title, " · ", asked),
        tag("p", "Instruction", class_="label"),
        raw(str(pair["instruction"]), 1_500, class_="prompt"),
        columns(
            tag("div", tag("p", _told("Model", str(pair["a"])), class_="label"), raw(str(pair["a"]) or "(empty)", 2_000)),
            tag("div", tag("p", _told("Baseline", str(pair["b"])), class_="label"), raw(str(pair["b"]) or "(empty)", 2_000)),
        ),
        tag(
            "div",
            columns(
                _judgement("Judge, the model's answer read first (as A)", row["forward"]),
                _judgement("Judge, the baseline's answer read first (as A)", row["backward"]),
            ),
            class_="problem",
        ),
        class_="run",
    )  # fmt: skip


def _told(name: str, text: str) -> str:
    return f"{name}, {len(text):,} characters"


def _judgement(title: str, said: Row) -> Html:
    verdict = {"first": "A", "second": "B", "tie": "tie"}.get(str(said.get("verdict")), "not read")
    reply = str(said.get("reply") or "")
    shown = (
        raw(reply, 1_500)
        if reply
        else tag("p", "The pair did not fit the judge's context.", class_="nothing")
    )
    return tag("div", tag("p", f"{title}: {verdict}", class_="label"), shown)


def _judged(row: Row, where: str) -> Row:
    pair = need(row, "pair", dict, where)
    for name in ("id", "instruction", "a", "b"):
        need(pair, name, str, f"{where}, pair")
    for name in ("forward", "backward"):
        need(row, name, dict, where)
    need(row, "outcome", str, where)
    return row


def _draw(name: str, seed: int) -> str:
    return hashlib.sha256(f"{seed} {name}".encode("utf-8", "surrogatepass")).hexdigest()
