"""`windward arrange`: the rows of a file in the order in which a model should see them for a target set."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from windward.arrangement import Plan, embed, test_centric
from windward.arrangement.orders import by_score, shuffled
from windward.arrangement.transport import transport_cost
from windward.arrangement.weighted import weighted_similarity
from windward.recipes.arrangement.texts import ArrangeError, read_table, texts_of

Vectors = NDArray[np.float32]
ORDER, TURN = "order", "turn"
FORMER = "turn_before"
"""What a column `turn` of the training rows is called in the result."""
NOTE = b"windward.arrangement"


def _test_centric(train: Vectors, target: Vectors, budget: int | None, far: bool, seed: int) -> Plan:
    return test_centric(train, target, budget, far=far)


def _weighted(train: Vectors, target: Vectors, budget: int | None, far: bool, seed: int) -> Plan:
    return _first(by_score(weighted_similarity(train, target).scores, far=far), budget)


def _transport(train: Vectors, target: Vectors, budget: int | None, far: bool, seed: int) -> Plan:
    return _first(by_score(transport_cost(train, target, seed=seed), far=far), budget)


def _random(train: Vectors, target: Vectors, budget: int | None, far: bool, seed: int) -> Plan:
    return _first(shuffled(len(train), seed), budget)


METHODS: Mapping[str, Callable[[Vectors, Vectors, int | None, bool, int], Plan]] = {
    "test-centric": _test_centric,
    "weighted": _weighted,
    "transport": _transport,
    "random": _random,
}
"""By name: multi-turn arrangement, weighted similarity distance, optimal transport, and a shuffle to compare with."""


def arrange_file(
    train: Path,
    target: Path,
    out: Path,
    *,
    method: str = "test-centric",
    budget: int | None = None,
    far: bool = False,
    seed: int = 0,
    encoder: str = "embedded",
    cache: Path | None = None,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Writes the chosen training rows in their order, with the columns `order` (from 0 upward) and `turn`.

    Rows are compared by all that they say: `messages`, or `text`, or a prompt and its answer. The file's metadata names the
    target set, which such rows must not be tested on.

    Args:
        train: rows to choose from, Parquet or JSON lines.
        target: rows that they are chosen for.
        out: a new Parquet file.
        method: of `METHODS`.
        budget: rows; None keeps all. Multi-turn arrangement ends with a whole turn and may give a few more.
        far: the farthest first.
        seed: of a shuffle.
        encoder: of the texts.
        cache: a folder that keeps vectors; None keeps none.
        command: how it was called, for the record.
        tell: takes a line of progress.

    Raises:
        ArrangeError: a file cannot be read, rows say nothing, or `out` is there already.
        ModelError: there is no such encoder.
        ValueError: the method cannot take so many rows.
    """
    if method not in METHODS:
        raise ArrangeError(f"there is no method {method!r}; there are {', '.join(METHODS)}")
    if out.exists():
        raise ArrangeError(f"{out} is there already: name a new file")
    rows, wanted = read_table(train), read_table(target)
    if clash := [name for name in (ORDER, FORMER) if name in rows.column_names]:
        raise ArrangeError(f"{train} has a column {clash[0]!r}, which the result would need: rename it")
    texts, aims = texts_of(rows, train), texts_of(wanted, target)
    tell(f"{len(texts):,} rows to choose from, {len(aims):,} targets")
    plan = METHODS[method](embed(texts, encoder, cache), embed(aims, encoder, cache), budget, far, seed)
    turns = plan.turns
    shown = ", ".join(f"{size:,}" for size in turns[:8]) + (", …" if len(turns) > 8 else "")
    tell(f"{len(plan):,} rows in {len(turns):,} turns ({shown})")
    tell(f"they were chosen by looking at {target.name}: do not test on it")
    note = {"method": method, "budget": budget, "far": far, "seed": seed, "encoder": encoder, "train": str(train),
            "target": str(target), "targets": len(aims), "turns": turns, "command": list(command)}  # fmt: skip
    _write(rows, plan, out, note)
    return out


def _first(plan: Plan, budget: int | None) -> Plan:
    return plan if budget is None else plan.first(budget)


def _write(rows: pa.Table, plan: Plan, out: Path, note: Mapping[str, Any]) -> None:
    names = [FORMER if name == TURN else name for name in rows.column_names]
    chosen = rows.rename_columns(names).take(pa.array(plan.order))
    chosen = chosen.append_column(ORDER, pa.array(np.arange(len(plan), dtype=np.int64)))
    chosen = chosen.append_column(TURN, pa.array(plan.turn))
    metadata = {**(rows.schema.metadata or {}), NOTE: json.dumps(note).encode()}
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = out.with_suffix(out.suffix + ".part")
    pq.write_table(chosen.replace_schema_metadata(metadata), temporary)
    temporary.replace(out)
