"""Reads what `windward trajectories` left in its folder, and draws the rows that are shown."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from windward.reports.run_folder import ReportError, need, object_in

SHOWN = 10
"""Rows to read on a page."""

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


def read_trajectories_folder(folder: Path) -> Trajectories:
    """Reads the folder; the seed in `run.json` draws the rows to read.

    Raises:
        ReportError: a file is missing or malformed; says which.
    """
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
        shown=tuple(rows.take(pa.array(drawn, pa.int64())).to_pylist()),
    )
