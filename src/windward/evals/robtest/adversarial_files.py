"""A column of any file with every text changed, all else as it was: so that any benchmark can be asked of changed texts."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from windward.evals.folder import write_text
from windward.evals.robtest.dimension import Dimension, RobTestError, perturb
from windward.evals.robtest.perturbed import Mode, Perturbed

SUFFIXES = (".jsonl", ".json", ".csv", ".tsv", ".parquet")
Change = Callable[[str, int], str]
"""From the text of a row and its number to the new text."""


def perturb_file(
    path: Path,
    out: Path,
    column: str,
    dimension: Dimension,
    degree: float,
    *,
    mode: Mode | None = None,
    seed: int = 0,
    keep: Collection[str] = (),
) -> tuple[int, int]:
    """Changes each text of a column once; rows keep their order, and other columns what they hold.

    Beside `out` lies `out` + `.edits.jsonl`: of each row its number, the original, the edits and the realised degree.

    Args:
        path: JSON lines (also under the name .json, or a JSON list of objects), CSV or TSV with a header, or Parquet.
        out: of the same suffix; not `path`.
        column: of texts.
        dimension: the kind of change.
        degree: at most.
        mode: None is the first that the dimension has.
        seed: decides, with each text, its change.
        keep: words that stay.

    Returns:
        How many rows there are, and how many were changed.

    Raises:
        RobTestError: the file is missing or malformed, a row has no text in the column, or the names do not fit.
    """
    if path.suffix not in SUFFIXES or not path.is_file():
        raise RobTestError(f"{path}: give a file of {', '.join(SUFFIXES)}")
    if out.suffix != path.suffix or out.resolve() == path.resolve():
        raise RobTestError(f"{out}: give --out another file that ends in {path.suffix}, as {path.name} does")
    made: list[tuple[int, str, Perturbed]] = []

    def change(text: str, number: int) -> str:
        found = perturb(dimension, text, degree, n=1, mode=mode, seed=seed, keep=keep)
        made.append((number, text, found.samples[0]))
        return found.samples[0].text

    out.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        _parquet(path, out, column, change)
    elif path.suffix in (".csv", ".tsv"):
        _delimited(path, out, column, change)
    else:
        _json(path, out, column, change)
    lines = (
        json.dumps(
            {
                "row": number,
                "original": text,
                "edits": [list(edit) for edit in one.edits],
                "realised": one.degree,
            }
        )
        for number, text, one in made
    )
    write_text(out.with_name(out.name + ".edits.jsonl"), "".join(line + "\n" for line in lines))
    return len(made), sum(bool(one.edits) for *_, one in made)


def _changed(row: dict[str, Any], column: str, change: Change, path: Path, number: int) -> dict[str, Any]:
    value = row.get(column)
    if not isinstance(value, str):
        told = f"has no column {column!r}" if column not in row else f"holds no text in {column!r}"
        raise RobTestError(f"{path}, row {number} {told}; there are {', '.join(map(str, row))}")
    return row | {column: change(value, number)}


def _json(path: Path, out: Path, column: str, change: Change) -> None:
    try:
        content = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise RobTestError(f"{path} is not in UTF-8: {error}") from error
    listed = content.lstrip().startswith("[")
    if listed:
        rows = _parsed(content, path, 1)
    else:
        rows = [_parsed(line, path, at) for at, line in enumerate(content.split("\n"), 1) if line.strip()]
    if not rows:
        raise RobTestError(f"{path} holds no rows")
    found = []
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise RobTestError(f"{path}, row {number}: no JSON object")
        found.append(_changed(row, column, change, path, number))
    if listed:
        write_text(out, json.dumps(found, indent=1) + "\n")
    else:
        write_text(out, "".join(json.dumps(row) + "\n" for row in found))


def _parsed(text: str, path: Path, line: int) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise RobTestError(f"{path}:{line}: no JSON ({error})") from error


def _delimited(path: Path, out: Path, column: str, change: Change) -> None:
    mark = "," if path.suffix == ".csv" else "\t"
    how: dict[str, Any] = {"delimiter": mark, "quoting": csv.QUOTE_MINIMAL if mark == "," else csv.QUOTE_NONE}
    try:
        content = path.read_bytes().decode("utf-8-sig")
        rows = [row for row in csv.reader(io.StringIO(content, newline=""), strict=mark == ",", **how) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise RobTestError(f"{path} cannot be read: {error}") from error
    if len(rows) < 2 or column not in rows[0]:
        raise RobTestError(
            f"{path} has no column {column!r}; its first line reads {', '.join(rows[0]) if rows else 'nothing'}"
        )
    place = rows[0].index(column)
    for number, row in enumerate(rows[1:], 1):
        if len(row) != len(rows[0]):
            raise RobTestError(
                f"{path}, row {number}: {len(row)} fields, where the first line has {len(rows[0])}"
            )
        row[place] = change(row[place], number)
    written = io.StringIO(newline="")
    if (
        mark == "\t"
    ):  # a changed text is still free of tabs and line ends, as nothing between words is changed
        written.write("".join("\t".join(row) + "\n" for row in rows))
    else:
        csv.writer(written, lineterminator="\n", **how).writerows(rows)
    write_text(out, written.getvalue())


def _parquet(path: Path, out: Path, column: str, change: Change) -> None:
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise RobTestError(f"{path} cannot be read as Parquet: {error}") from error
    if column not in table.column_names:
        raise RobTestError(f"{path} has no column {column!r}; there are {', '.join(table.column_names)}")
    place = table.column_names.index(column)
    texts = [
        _changed({column: value}, column, change, path, number)[column]
        for number, value in enumerate(table.column(place).to_pylist(), 1)
    ]
    field = table.schema.field(place)
    changed = table.set_column(place, field, pa.array(texts, type=field.type))
    temporary = out.with_suffix(".part")
    pq.write_table(changed, temporary)
    temporary.replace(out)
