"""Samples that broke the model as rows to train on: `adversarial.parquet` of a run, which `windward train classifier` reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from windward.evals.robtest.rule_based import Cell
from windward.rows.labelled import Labelled

FILE = "adversarial.parquet"
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("text", pa.string()),
        ("label", pa.string()),
        ("place", pa.int32()),
        ("original", pa.string()),
        ("original_id", pa.string()),
        ("chosen", pa.string()),
        ("probability", pa.float64()),
        ("attack", pa.string()),
        ("dimension", pa.string()),
        ("mode", pa.string()),
        ("degree", pa.float64()),
        ("realised", pa.float64()),
        ("edits", pa.string()),
        ("valid", pa.bool_()),
    ]
)


@dataclass(frozen=True)
class Adversarial:
    """A sample that the model has wrong though it has its text right.

    Attributes:
        id: unique in its run.
        text: the sample.
        label: name of the right class.
        place: its place among the classes.
        original: the text.
        original_id: its id in the data.
        chosen: name of the class that the model says.
        probability: that it gives it.
        attack: `rule`, or the name of the search that found it.
        dimension: that changed it.
        mode: general or malicious.
        degree: that was asked for.
        realised: its own.
        edits: JSON list of start, end, after.
        valid: whether it still means the same; None where this was not measured.
    """

    id: str
    text: str
    label: str
    place: int
    original: str
    original_id: str
    chosen: str
    probability: float
    attack: str
    dimension: str
    mode: str
    degree: float
    realised: float
    edits: str
    valid: bool | None


def adversarial(
    cell: Cell,
    data: Sequence[Labelled],
    right: NDArray[np.bool_],
    classes: Sequence[str],
    valid: NDArray[np.float64] | None = None,
    attack: str = "rule",
) -> list[Adversarial]:
    """The samples of a cell that the model has wrong.

    Args:
        cell: one dimension in one mode at one degree.
        data: the texts, [n].
        right: which of them the model has right as they are, [n].
        classes: their names.
        valid: 1, 0, or NaN where it was not measured, [m].
        attack: `rule`, or the name of a search.
    """
    labels = np.array([one.label for one in data], dtype=np.intp)
    broken = np.flatnonzero(~cell.right(labels) & right[cell.owners])
    chosen = cell.probabilities.argmax(axis=1)
    found = []
    for place in broken.tolist():
        sample, own = cell.samples[place], data[cell.owners[place]]
        told = None if valid is None or np.isnan(valid[place]) else bool(valid[place])
        found.append(
            Adversarial(
                id=sample_id(cell, place) if attack == "rule" else f"{attack}-{sample_id(cell, place)}",
                text=sample.text,
                label=classes[own.label],
                place=own.label,
                original=own.text,
                original_id=own.id,
                chosen=classes[chosen[place]],
                probability=float(cell.probabilities[place].max()),
                attack=attack,
                dimension=cell.dimension,
                mode=cell.mode,
                degree=cell.degree,
                realised=sample.degree,
                edits=json.dumps([list(edit) for edit in sample.edits]),
                valid=told,
            )
        )
    return found


def sample_id(cell: Cell, place: int) -> str:
    """Name of a sample in its run: dimension, mode, degree and place."""
    return f"{cell.dimension}-{cell.mode}-{cell.degree:g}-{place}"


def write_adversarial(path: Path, rows: Iterable[Adversarial]) -> Path:
    """Writes rows as Parquet, whole or not at all; `label` is the name of the class."""
    listed = list(rows)
    columns = {name: [getattr(row, name) for row in listed] for name in SCHEMA.names}
    temporary = path.with_suffix(".part")
    pq.write_table(pa.table(columns, schema=SCHEMA), temporary)
    temporary.replace(path)
    return path
