"""The report of `windward trajectories`: which runs became rows, what every filter dropped, and rows to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from windward.reports.again import again
from windward.reports.count_chart import count_chart
from windward.reports.markup import Html, join, tag
from windward.reports.page import footer, navigation, page, write_page
from windward.reports.parts import columns, disclosure, facts, missing, section, table
from windward.reports.trajectories_folder import Trajectories, read_trajectories_folder
from windward.reports.trajectory_view import trajectory_view
from windward.reports.wording import counted, percent

_WAYS = ("recovered from an error", "no error on the way")


def write_trajectories_report(folder: Path) -> Path:
    """Writes `folder/report.html` from `trajectories.parquet`, `dropped.json` and `run.json`, whole or not at all.

    The same files give the same page: the rows to read are drawn by the seed in `run.json`.

    Raises:
        ReportError: a file is missing or malformed; says which.
    """
    return write_page(Path(folder), trajectories_page(read_trajectories_folder(Path(folder))))


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
    foot = footer()
    return page("Trajectories to train on", _head(found), contents, *(body for *_, body in sections), foot)


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
    read, filters, kept = found.dropped["read"]["by_source"], found.dropped["filters"], found.dropped["kept"]
    sources = sorted(read)
    runs = sum(read.values())
    lines: list[tuple[object, ...]] = [
        ("read", "", f"{runs:,}", *(f"{read[source]:,}" for source in sources)),
        *(
            (
                join(one["drops"], tag("span", one["name"], class_="spread")),
                _count(one["dropped"]),
                f"{one['left']:,}",
                *(_count(one["by_source"].get(source, 0)) for source in sources),
            )
            for one in filters
        ),
        ("kept", "", f"{found.rows:,}", *(_count(kept["by_source"].get(source, 0)) for source in sources)),
    ]
    headings = ("a run is dropped because", "dropped", "left", *sources)
    told = tag("div", table(headings, lines, numeric=range(1, len(headings))), class_="dense")
    lead = "In this order: a run is counted where it was first dropped. On the right, what was dropped of each source."
    return section("What every filter dropped", told, anchor="filters", lead=lead)


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
            count_chart(_parts(found.by_source), series=_WAYS, title="Rows by source"),
            count_chart(
                {counted(int(turns), "turn"): parts for turns, parts in _parts(found.by_turns).items()},
                series=_WAYS,
                title="Rows by turns",
            ),
        ),
        tag("h3", "By agent"),
        tag("div", table(headings, lines, numeric=(1, 2, 3)), class_="sortable dense"),
        anchor="kept",
    )


def _parts(counts: Counter[tuple[str, bool]]) -> dict[str, tuple[int, int]]:
    """Names, and how many rows of each recovered and did not; numbers in their order, else the most rows first."""
    names = {name for name, _ in counts}
    if all(name.isdigit() for name in names):
        order = sorted(names, key=int)
    else:
        order = sorted(names, key=lambda name: (-_all(counts, name), name))
    return {name: (counts[name, True], counts[name, False]) for name in order}


def _all(counts: Counter[tuple[str, bool]], name: str) -> int:
    return counts[name, True] + counts[name, False]


def _evaluation(found: Trajectories) -> Html:
    dropped = found.dropped
    compared = dropped.get("compared_with") or {}
    by_set = (dropped.get("contaminated") or {}).get("runs_by_set") or {}
    stamped = dropped.get("ruled_out_overlaps") or {}
    lead = _overlap_told(dropped.get("overlap") or {})
    if not compared:
        why = "No data folder (WINDWARD_DATA) and no --against was given: overlaps are unknown."
        return section("Evaluation sets", missing("Compared with none.", why), anchor="evaluation", lead=lead)
    lines = [(name, f"{count:,}", _count(by_set.get(name, 0)), _count(stamped.get(name, 0)))
             for name, count in compared.items()]  # fmt: skip
    headings = ("set", "items", "runs dropped", "rows stamped")
    return section(
        "Evaluation sets",
        tag("div", table(headings, lines, numeric=(1, 2, 3)), class_="dense"),
        _overlaps(dropped.get("contaminated") or {}),
        anchor="evaluation",
        lead=lead,
    )


def _overlap_told(how: Mapping[str, Any]) -> str:
    """What counts as an overlap, and what comes of it."""
    found = (
        f"An item of a set is found in a run that holds {percent(float(how['share']))} of the sequences of {how['words']} words "
        f"in it, those left aside that stand in more than {how['template_items']} items of the set; a shorter item, where a "
        "message or a line is equal to it. "
        if {"share", "words", "template_items"} <= how.keys()
        else ""
    )
    return (
        f"{found}A run is dropped for a set that its own stamp does not rule out, or that was asked for. Rows with items of a "
        "set on which they must never be scored stay, and are counted as stamped."
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
    inputs = found.dropped.get("inputs") or ()
    runs = ", ".join(f"{one.get('file')} ({one.get('bytes'):,} bytes)" for one in inputs)
    return again(found.record, more={"runs": runs})
