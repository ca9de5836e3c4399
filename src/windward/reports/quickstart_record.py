"""The record part of the quickstart page: what each step took, what data was made, how to do it again."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from windward.reports.markup import Html, tag
from windward.reports.parts import columns, disclosure, facts, missing, raw, section, table
from windward.reports.run_records import Row, RowsFile, RunFolder
from windward.reports.wording import dollars, duration, number

_DATA = {"sft.parquet": "Rows for SFT", "pairs.parquet": "Preference pairs"}


def steps(run: RunFolder) -> Html:
    """Time, calls, tokens and cost of each step, and their sum."""
    if not run.steps:
        return section(
            "Time and cost", missing("No steps.", "steps.json is not there or is empty."), anchor="steps"
        )
    lines = [_step(step, str(step["name"]), str(step.get("detail") or "")) for step in run.steps]
    total: Row = {
        name: sum(found)
        for name in ("seconds", "calls", "tokens", "cost")
        if (found := [step[name] for step in run.steps if _is_number(step.get(name))])
    }
    lines.append(_step(total, tag("strong", "all steps"), ""))
    body = table(("step", "time", "model calls", "tokens", "cost", "detail"), lines, numeric=(1, 2, 3, 4))
    lead = "Wall time on the machine named below."
    return section("Time and cost of each step", body, anchor="steps", lead=lead)


def _step(step: Row, name: object, detail: str) -> tuple[object, ...]:
    forms = (("seconds", duration), ("calls", number), ("tokens", number), ("cost", dollars))
    cells = [form(step[key]) if _is_number(step.get(key)) else "–" for key, form in forms]
    return (name, *cells, detail)


def data_made(run: RunFolder) -> Html:
    """Trees, rows and pairs, and what training on them reported."""
    parts: list[Html] = []
    if run.trees:
        parts.append(_trees(run))
    found = {rows.name: rows for rows in run.rows}
    parts += [_rows(found.get(name), name, what) for name, what in _DATA.items()]
    order = [str(step["name"]) for step in run.steps]
    trained = sorted(run.training, key=lambda one: order.index(one[0]) if one[0] in order else len(order))
    parts += [_training(name, record) for name, record in trained]
    return section("Data made, and training on it", columns(*parts), anchor="data")


def _trees(run: RunFolder) -> Html:
    nodes = [node for tree in run.trees for node in tree.nodes]
    right = sum(node.attempt.correct for node in nodes)
    solved = sum(any(node.attempt.correct for node in tree.nodes) for tree in run.trees)
    wrong = Counter(node.attempt.error_kind or "not said" for node in nodes if not node.attempt.correct)
    told = {
        "trees": f"{len(run.trees):,}, of which {solved:,} hold a correct action",
        "actions": f"{len(nodes):,}, of which {right:,} correct",
        "incorrect ones": ", ".join(f"{kind} {count:,}" for kind, count in wrong.most_common()) or "none",
    }
    return tag("div", tag("h3", "Trees"), facts(told))


def _rows(found: RowsFile | None, name: str, what: str) -> Html:
    """Number of rows, and of what."""
    if found is None:
        return tag("div", tag("h3", what), missing("None.", f"{name} is not there."))
    told: dict[str, object] = {"rows": f"{found.count:,}", "file": tag("code", name)}
    for column, counts in found.by.items():
        told[f"by {column}"] = ", ".join(f"{value} ({count:,})" for value, count in sorted(counts.items()))
    return tag("div", tag("h3", what), facts(told))


def _training(name: str, record: Row) -> Html:
    """First and last loss, what else stands at the top of `training.json`, and its settings to open."""
    told: list[tuple[str, object]] = []
    losses = _losses(record)
    if losses:
        told.append(("loss", f"{losses[0]:.4f} at first, {losses[-1]:.4f} at last"))
        told.append(("steps logged", number(len(losses))))
    for key, value in record.items():
        if _is_number(value):
            told.append((key.replace("_", " "), duration(value) if key == "seconds" else number(value)))
    nested = {key: value for key, value in record.items() if isinstance(value, dict) and key != "versions"}
    settings = [(key.rpartition(".")[2].replace("_", " "), value) for key, value in _flat(nested)]
    more = disclosure("Settings", facts(settings)) if settings else None
    return tag("div", tag("h3", f"Training: {name}"), facts(told), more)


def _losses(record: Row) -> list[float]:
    """The loss of each logged step, from plain numbers or from entries that hold a `loss`."""
    for key in ("losses", "history"):
        found = record.get(key)
        if isinstance(found, list):
            values = (one.get("loss") if isinstance(one, dict) else one for one in found)
            return [
                value for value in values if isinstance(value, int | float) and not isinstance(value, bool)
            ]
    return []


def reproduce(run: RunFolder) -> Html:
    """The command, the versions, the seed, the machine, and the files to look into."""
    if not run.run:
        return section("Do it again", missing("No record.", "run.json is not there."), anchor="again")
    config = run.run.get("config")
    told = [(name, _line(value)) for name, value in run.run.items() if name not in ("command", "config")]
    settings = list(_flat(config)) if isinstance(config, dict) else []
    return section(
        "Do it again",
        raw(_command(run), class_="command"),
        facts(told),
        disclosure("All settings", facts(settings)) if settings else None,
        tag("p", "Files beside this page: ", *_listed(run.files), class_="small"),
        anchor="again",
        lead="The same command with the same seed on the same versions makes the same data; a machine with other "
        "arithmetic may differ in the last digits of a logit, and so in a draw.",
    )


def _line(value: object) -> str:
    """A value on one line: an object as its names and values."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {plain}" for name, plain in _flat(value))
    return _plain(value)


def _listed(names: Sequence[str]) -> Iterator[object]:
    for place, name in enumerate(names):
        yield ", " if place else ""
        yield tag("code", name)


def _command(run: RunFolder) -> str:
    """The command as it was given, else put together from the settings."""
    given = run.run.get("command")
    if isinstance(given, str) and given:
        return given
    if isinstance(given, list) and given:
        return shlex.join([Path(str(given[0])).name, *map(str, given[1:])])
    words = ["windward", "quickstart", "--out", run.path.name]
    for name in ("size", "model", "problems", "seed"):
        if (value := run.setting(name)) is not None:
            words += [f"--{name}", str(value)]
    return shlex.join(words)


def _flat(record: Row, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Plain values of nested objects under dotted names; lists of objects (histories) are left to their files."""
    for key, value in record.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            if not any(isinstance(one, dict | list) for one in value) and len(value) <= 20:
                yield f"{prefix}{key}", ", ".join(map(str, value))
        elif value is not None:
            yield f"{prefix}{key}", _plain(value)


def _plain(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
