"""The comparison as Markdown, and as a page with the replies that turned, side by side."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from windward.evals.robtest.joined_figures import HEADLINE, KINDS, Flip
from windward.reports.again import again
from windward.reports.intervals import interval
from windward.reports.markup import Html, tag
from windward.reports.page import footer, navigation, page, write_page
from windward.reports.parts import missing, raw, section
from windward.reports.parts import table as html_table
from windward.reports.run_folder import object_in
from windward.rows import Result, select

SHOWN = 5
"""Replies of each kind on the page, drawn by the seed."""
COLUMNS = ("what turns", "of", "change", "degree", "n", "share or difference [95 %]", "before → after", "gained, lost", "McNemar p")  # fmt: skip
_SAID = {
    "refusal_rate_change": "refused, after less before",
    "spurious_abstention_rate": "answered, then refused",
    "abstention_lost_rate": "refused, then answered",
    "accuracy_change": "right, after less before",
    "right_answer_lost_rate": "right, then not",
    "same_reply_rate": "the very same reply, of changed ones",
}


def joined_table(results: Sequence[Result]) -> str:
    """All figures of change as Markdown: a table by each detector, and one of right answers and of replies that stay the same."""
    lines: list[str] = []
    for title, some in ((f"Refusals by `{HEADLINE}`", _by(results, HEADLINE)), ("Answers", _by(results, None)), ("Refusals by the paper's word list", _other(results))):  # fmt: skip
        lines += [f"## {title}", "", f"| {' | '.join(COLUMNS)} |"]
        lines += ["| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"]
        lines += [*(f"| {' | '.join(row)} |" for row in _rows(some)), ""]
    return "\n".join(lines)


def write_joined_page(folder: Path, results: Sequence[Result], found: Sequence[Flip]) -> Path:
    """Writes `report.html`: the same figures, and replies that turned by the detector of the headline."""
    record = object_in(folder / "run.json")
    files = sorted(path.name for path in folder.iterdir() if path.name != "report.html")
    figures = section(
        "What turns",
        _table(_by(results, HEADLINE)),
        _table(_by(results, None)),
        anchor="figures",
        lead=f"The same questions, asked as they are and changed. Refusals are found by {HEADLINE}. Hardly any reply stays the same: what turns "
        "at random is in these figures too, so look at whether more turns one way than the other.",
    )
    beside = section("By the paper's word list", _table(_other(results)), anchor="paper")
    shown = section(
        "Replies that turned",
        *(_kind(kind, [one for one in found if one.kind == kind]) for kind in KINDS),
        anchor="flips",
        lead=f"At most {SHOWN} of each kind, drawn by a seed; flips.jsonl has all of them.",
    )
    contents = navigation([("figures", "What turns"), ("paper", "By the paper's word list"), ("flips", "Replies that turned"), ("again", "Do it again")])  # fmt: skip
    head = tag("header", tag("h1", "Does a changed question flip the reply?"))
    return write_page(folder, page("RobTest, joined with UnknownBench", head, contents, figures, beside, shown, again(record, files), footer()))  # fmt: skip


def _by(results: Sequence[Result], detector: str | None) -> list[Result]:
    return [one for one in results if one.condition.get("detector") == detector]


def _other(results: Sequence[Result]) -> list[Result]:
    return [one for one in results if one.condition.get("detector") not in (HEADLINE, None)]


def _table(results: Sequence[Result]) -> Html:
    return html_table(COLUMNS, _rows(results), numeric=range(3, len(COLUMNS)))


def _rows(results: Sequence[Result]) -> list[list[str]]:
    return [_row(metric, one) for metric in _SAID for one in select(results, metric=metric)]


def _row(metric: str, one: Result) -> list[str]:
    told, within = one.condition, interval(one)
    sign = "+" if metric.endswith("_change") else ""
    value = format(one.value, f"{sign}.3f")
    if within is not None:
        value += f" [{within.low:{sign}.3f}, {within.high:{sign}.3f}]"
    tests = ["–", "–", "–"]
    if "gained" in told:
        tests = [f"{told['before']:.3f} → {told['after']:.3f}", f"{told['gained']}, {told['lost']}", f"{told['mcnemar_p']:.2g}"]  # fmt: skip
    way = f"{told['dimension']}, {told['mode']}; {told['changed']} changed"
    return [
        _SAID[metric],
        f"{one.dataset}, {one.split}",
        way,
        f"{told['degree']:g}",
        str(one.n),
        value,
        *tests,
    ]


def _kind(kind: str, found: Sequence[Flip]) -> Html:
    title = tag("h3", f"{kind.capitalize()}: {len(found)}")
    if not found:
        return tag("div", title, missing("None.", "No reply turned in this way."))
    drawn = random.Random(kind).sample(list(found), min(SHOWN, len(found)))
    return tag("div", title, *(_flip(one) for one in drawn))


def _flip(one: Flip) -> Html:
    told = f"{one.dataset}, {one.split}; {one.dimension}, {one.mode}, degree {one.degree:g}"
    columns = ("", "question", "reply")
    rows = [
        ("as it is", raw(one.question), raw(one.before or "no reply")),
        ("changed", raw(one.changed), raw(one.after or "no reply")),
    ]
    return html_table(columns, rows, caption=told)
