"""The report of `windward trajectories`: which runs became rows, what every filter dropped, and rows to read."""

from __future__ import annotations

import os
import random
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from windward.reports.bar_chart import bar_chart
from windward.reports.markup import Html, join, tag
from windward.reports.page import navigation, page
from windward.reports.parts import columns, disclosure, facts, missing, raw, section, table
from windward.reports.run_folder import ReportError, need, object_in
from windward.reports.trajectory_view import trajectory_view
from windward.reports.wording import counted, percent
from windward.rows import Result

SHOWN = 10
"""Rows to read on a page."""

_WAYS = {"recovered": "recovered from an error", "straight": "without an error that ended a turn"}
_FIGURES = ("source", "model", "turns", "recovered", "learn", "messages", "problem_id")


@dataclass(frozen=True)
class Trajectories:
    """What the page draws from.

    Attributes:
        dropped: `dropped.json`.
        record: `run.json`; empty where it is not there.
        rows: how many rows there are.
        by_source: rows of each source: those that recovered, and the others.
        by_model: the same by model.
        by_turns: the same by number of turns.
        messages: of the agent, in all rows.
        learnt: of these, learnt.
        chars: characters of all messages.
        problems: different problems.
        shown: rows to read.
    """

    dropped: Mapping[str, Any]
    record: Mapping[str, Any]
    rows: int
    by_source: Counter[tuple[str, bool]]
    by_model: Counter[tuple[str, bool]]
    by_turns: Counter[tuple[str, bool]]
    messages: int
    learnt: int
    chars: int
    problems: int
    shown: tuple[Mapping[str, Any], ...]


def write_trajectories_report(folder: Path) -> Path:
    """Writes `folder/report.html` from `trajectories.parquet`, `dropped.json` and `run.json`, whole or not at all.

    The same files give the same page: the rows to read are drawn by the seed in `run.json`.

    Raises:
        ReportError: a file is missing or malformed; says which.
    """
    target = Path(folder) / "report.html"
    temporary = target.with_suffix(".html.part")
    temporary.write_text(trajectories_page(_read(Path(folder))), encoding="utf-8")
    os.replace(temporary, target)
    return target


def trajectories_page(found: Trajectories) -> str:
    """The page as text."""
    sections = [
        ("filters", "Filters", _filters(found)),
        ("kept", "What is kept", _kept(found)),
        ("evaluation", "Evaluation sets", _evaluation(found)),
        ("rows", "Rows", _rows(found)),
        ("again", "Do it again", _again(found)),
    ]
    contents = navigation([(anchor, name) for anchor, name, _ in sections])
    foot = tag("footer", tag("p", "Made by Windward. Everything a model wrote is shown as text: escaped, hidden "
                             "characters spelled out."))  # fmt: skip
    return page("Trajectories to train on", _head(found), contents, *(body for *_, body in sections), foot)


def _read(folder: Path) -> Trajectories:
    import pyarrow as pa
    import pyarrow.parquet as pq

    dropped, record = object_in(folder / "dropped.json"), object_in(folder / "run.json")
    where = str(folder / "dropped.json")
    for name in ("read", "kept"):
        need(need(dropped, name, dict, where), "by_source", dict, f"{where}, {name}")
    for one in need(dropped, "filters", list, where):
        for name, kind in (
            ("name", str),
            ("drops", str),
            ("dropped", int),
            ("left", int),
            ("by_source", dict),
        ):
            need(one, name, kind, f"{where}, filters")
    path = folder / "trajectories.parquet"
    try:
        rows = pq.read_table(path)
        cells = rows.select(list(_FIGURES)).to_pylist()
    except (pa.ArrowException, KeyError, OSError) as error:
        raise ReportError(f"{path} cannot be read as rows of trajectories: {error}") from error
    seed = record.get("seed")
    drawn = random.Random(f"{seed if isinstance(seed, int) else 0}/rows").sample(
        range(len(cells)), min(SHOWN, len(cells))
    )
    acts = [
        bool(learnt)
        for row in cells
        for message, learnt in zip(row["messages"], row["learn"], strict=True)
        if message["role"] == "assistant"
    ]
    return Trajectories(
        dropped=dropped,
        record=record,
        rows=len(cells),
        by_source=Counter((str(row["source"]), bool(row["recovered"])) for row in cells),
        by_model=Counter((str(row["model"]), bool(row["recovered"])) for row in cells),
        by_turns=Counter((str(row["turns"]), bool(row["recovered"])) for row in cells),
        messages=len(acts),
        learnt=sum(acts),
        chars=sum(len(message["content"]) for row in cells for message in row["messages"]),
        problems=len({row["problem_id"] for row in cells}),
        shown=tuple(rows.take(drawn).to_pylist()),
    )


def _head(found: Trajectories) -> Html:
    runs = sum(found.dropped["read"]["by_source"].values())
    title = f"{found.rows:,} of {counted(runs, 'run')} became rows to train on."
    recovered = sum(count for (_, is_so), count in found.by_source.items() if is_so)
    chars = found.chars / found.rows if found.rows else 0.0
    told = {
        "problems": f"{found.problems:,}",
        "agents": f"{len({model for model, _ in found.by_model}):,} models",
        "recovered": f"{recovered:,} rows ({_share(recovered, found.rows)}) met an error and overcame it",
        "learnt": f"{found.learnt:,} of {found.messages:,} messages of agents ({_share(found.learnt, found.messages)})",
        "length": f"{chars:,.0f} characters a row on average",
    }
    names = list(found.dropped.get("never_score") or {})
    return tag(
        "header",
        tag("p", "CodeActInstruct · Trajectories", class_="eyebrow"),
        tag("h1", title),
        columns(
            tag("article", tag("h2", "The rows"), facts(told), class_="card"),
            tag("article", tag("h2", "Never score on"), _never(names), class_="card"),
        ),
    )


def _never(names: Sequence[str]) -> Html:
    if not names:
        return tag("p", "No benchmark is ruled out by where these rows come from.")
    return join(
        tag("p", "A model trained on these rows has seen problems of these benchmarks, or of the sets they are drawn "
            "from. Its scores on them say nothing."),
        tag("p", tag("strong", ", ".join(names))),
    )  # fmt: skip


def _share(part: int, whole: int) -> str:
    return percent(part / whole if whole else float("nan"))


def _filters(found: Trajectories) -> Html:
    read, filters = found.dropped["read"]["by_source"], found.dropped["filters"]
    lines = [("read", "", "", f"{sum(read.values()):,}")]
    lines += [
        (one["name"], one["drops"], f"{one['dropped']:,}" if one["dropped"] else "–", f"{one['left']:,}")
        for one in filters
    ]
    sources = sorted(read)
    by_source = [
        ("read", *(f"{read[source]:,}" for source in sources)),
        *((one["name"], *(_count(one["by_source"].get(source, 0)) for source in sources)) for one in filters),
        ("kept", *(_count(found.dropped["kept"]["by_source"].get(source, 0)) for source in sources)),
    ]
    lead = "In this order; a run is counted where it was first dropped."
    return section(
        "What every filter dropped",
        table(("filter", "drops a run that is, or of which", "dropped", "left"), lines, numeric=(2, 3)),
        tag("h3", "By source"),
        tag(
            "div", table(("filter", *sources), by_source, numeric=range(1, len(sources) + 1)), class_="dense"
        ),
        anchor="filters",
        lead=lead,
    )


def _count(count: int) -> str:
    return f"{count:,}" if count else "–"


def _kept(found: Trajectories) -> Html:
    if not found.rows:
        return section("What is kept", missing("No rows.", "The filters dropped every run."), anchor="kept")
    models = sorted(
        {model for model, _ in found.by_model}, key=lambda name: (-_all(found.by_model, name), name)
    )
    lines = [
        (
            model,
            f"{_all(found.by_model, model):,}",
            f"{found.by_model[model, True]:,}",
            _share(found.by_model[model, True], _all(found.by_model, model)),
        )
        for model in models
    ]
    headings = ("agent", "rows", "recovered", "share recovered")
    return section(
        "What is kept",
        columns(
            _bars(found.by_source, "source", "Rows by source"),
            _bars(found.by_turns, "turns", "Rows by turns"),
        ),
        tag("h3", "By agent"),
        tag("div", table(headings, lines, numeric=(1, 2, 3)), class_="sortable dense"),
        anchor="kept",
    )


def _all(counts: Counter[tuple[str, bool]], name: str) -> int:
    return counts[name, True] + counts[name, False]


def _bars(counts: Counter[tuple[str, bool]], key: str, title: str) -> Html:
    results = [
        Result(
            system="trajectories",
            model="",
            dataset="",
            split="",
            metric="rows",
            value=float(counts[name, recovered]),
            n=_all(counts, name),
            condition={key: name, "kind": "recovered" if recovered else "straight"},
        )
        for name in sorted({name for name, _ in counts})
        for recovered in (True, False)
    ]
    names = {name: counted(int(name), "turn") for name, _ in counts} if key == "turns" else None
    return bar_chart(results, category=key, by="kind", series=_WAYS, title=title, names=names)


def _evaluation(found: Trajectories) -> Html:
    dropped = found.dropped
    compared = dropped.get("compared_with") or {}
    by_set = (dropped.get("contaminated") or {}).get("runs_by_set") or {}
    stamped = dropped.get("ruled_out_overlaps") or {}
    lead = (
        "An item is found in a run that holds half of its eight-word sequences, those aside that stand in more than ten "
        "items of its set; a shorter item, where a message or a line is equal to it. A run is dropped for a set that its "
        "own stamp does not rule out. Rows that hold items of a set on which they must never be scored stay, and are counted."
    )
    if not compared:
        why = "No data folder (WINDWARD_DATA) and no --against was given: overlaps are unknown."
        return section("Evaluation sets", missing("Compared with none.", why), anchor="evaluation", lead=lead)
    lines = [(name, f"{count:,}", _count(by_set.get(name, 0)), _count(stamped.get(name, 0)))
             for name, count in compared.items()]  # fmt: skip
    headings = ("set", "items", "runs dropped", "rows stamped")
    return section(
        "Evaluation sets",
        table(headings, lines, numeric=(1, 2, 3)),
        _overlaps(dropped.get("contaminated") or {}),
        anchor="evaluation",
        lead=lead,
    )


def _overlaps(contaminated: Mapping[str, Any]) -> Html | None:
    """The overlaps that cost a run, folded."""
    listed = contaminated.get("overlaps") or []
    if not listed:
        return None
    lines = [
        (
            str(one.get("run")),
            str(one.get("set")),
            str(one.get("item")),
            percent(float(one.get("share", "nan"))),
        )
        for one in listed
    ]
    told = f"The overlaps ({len(lines):,} of {contaminated.get('listed_of', len(lines)):,})"
    return disclosure(told, table(("run", "set", "item", "of the item"), lines, numeric=(3,)))


def _rows(found: Trajectories) -> Html:
    if not found.shown:
        return section("Rows to read", missing("No rows.", "The filters dropped every run."), anchor="rows")
    lead = (
        f"{len(found.shown)} of {counted(found.rows, 'row')}, drawn by the seed and not picked by hand. Marked is what "
        "would run or be handed in; the middle of a long text is cut and counted."
    )
    views = [trajectory_view(row, opened=place == 0) for place, row in enumerate(found.shown)]
    return section("Rows to read", *views, anchor="rows", lead=lead)


def _again(found: Trajectories) -> Html:
    record = found.record
    if not record:
        return section("Do it again", missing("Not written down.", "run.json is not there."), anchor="again")
    words = record.get("command")
    command = (
        raw(shlex.join([Path(str(words[0])).name, *map(str, words[1:])]), class_="command")
        if isinstance(words, list) and words
        else missing("No command.", "It was not started from the command line.")
    )
    told = {
        "runs": ", ".join(
            f"{one.get('file')} ({one.get('bytes'):,} bytes)" for one in record.get("inputs") or ()
        ),
        "settings": _pairs(record.get("settings")),
        "versions": _pairs(record.get("versions")),
        "seed": str(record.get("seed")),
    }
    return section("Do it again", command, facts(told), anchor="again")


def _pairs(value: object) -> str:
    if not isinstance(value, dict) or not value:
        return "not written down"
    flat = {**{key: one for key, one in value.items() if not isinstance(one, dict)}}
    for one in value.values():
        flat |= one if isinstance(one, dict) else {}
    return ", ".join(f"{key} {_plain(one)}" for key, one in flat.items())


def _plain(value: object) -> str:
    if isinstance(value, list):
        return " + ".join(map(str, value)) or "any"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
