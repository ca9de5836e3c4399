"""Rows of a benchmark's file, whatever it is kept as: JSON, JSON lines, gzip, Parquet, a folder, a hub data set."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from windward.evals.data import DataError, problems_folder
from windward.evals.reasoning.items import Benchmark

Row = dict[str, Any]
FILE = "_file"
"""Added to rows of a folder: the name of the file that a row stood in, without ending."""


def data_folder(folder: str | Path | None = None) -> Path:
    """The folder of the problems: the one named, or `reasoning/` in the folder that `WINDWARD_DATA` names.

    Raises:
        DataError: none is named and the variable is not set.
    """
    return problems_folder("reasoning", "svamp.json, mbpp.json, …", folder)


def rows_of(benchmark: Benchmark, folder: Path, source: str | None = None) -> list[Row]:
    """The rows of a benchmark, as its file has them.

    Args:
        benchmark: which.
        folder: where its file is looked for.
        source: a file, folder or hub data set to read instead.

    Raises:
        DataError: it is not there or cannot be read.
    """
    if source is not None:
        path = Path(source).expanduser()
        if path.exists():
            return read_rows(path)
        if path.suffix or source.count("/") != 1 or source.startswith((".", "~")):
            raise DataError(f"{source} is not there, and no name of a data set on the hub (OWNER/NAME)")
        return hub_rows(source)
    for name in benchmark.files:
        if (folder / name).exists():
            return read_rows(folder / name)
    told = (
        f", or read it from the hub with --source {benchmark.name}={benchmark.hub}" if benchmark.hub else ""
    )
    raise DataError(
        f"{benchmark.title} is not in {folder}: put {' or '.join(benchmark.files)} there, or name a file with "
        f"--source {benchmark.name}=FILE{told}"
    )


def read_rows(path: Path) -> list[Row]:
    """The rows of a file, or of all files of a folder by name.

    Raises:
        DataError: it cannot be read, or holds something else than objects.
    """
    if path.is_dir():
        files = [
            one for one in sorted(path.iterdir()) if one.suffix in (".json", ".jsonl", ".gz", ".parquet")
        ]
        if not files:
            raise DataError(f"{path} holds no .json, .jsonl or .parquet file")
        return [{FILE: one.name.split(".")[0]} | row for one in files for row in read_rows(one)]
    try:
        found = _parquet(path) if path.suffix == ".parquet" else _json(_text(path))
    except (ValueError, OSError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    if not found or not all(isinstance(row, dict) for row in found):
        raise DataError(f"{path} holds no rows: expected JSON objects, one a line or in a list, or Parquet")
    return found


def hub_rows(name: str, split: str = "test") -> list[Row]:
    """The rows of a data set on the hub, all its configurations one after the other.

    Raises:
        DataError: `datasets` is not installed, or the data set cannot be read.
    """
    try:
        import datasets
    except ImportError as error:
        raise DataError("reading from the hub needs `pip install datasets`") from error
    try:
        configs = datasets.get_dataset_config_names(name)
        return [
            {FILE: config} | dict(row)
            for config in configs
            for row in datasets.load_dataset(name, config, split=split)
        ]
    except Exception as error:  # whatever the hub raises, the user needs the name and the way out
        raise DataError(
            f"{name} cannot be read from the hub ({type(error).__name__}: {error}): download it and name the file "
            "with --source"
        ) from error


def _text(path: Path) -> str:
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8") as file:
            return file.read()
    return path.read_text(encoding="utf-8")


def _json(text: str) -> list[Any]:
    """A list, an object that holds one under `Instances` or `examples`, or an object a line."""
    try:
        whole = json.loads(text)
    except ValueError:
        return [json.loads(line) for line in text.split("\n") if line.strip()]
    if isinstance(whole, dict):
        inside: Sequence[Any] | None = whole.get("Instances") or whole.get("examples")
        return list(inside) if inside is not None else [whole]
    return list(whole)


def _parquet(path: Path) -> list[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows: list[Row] = pq.read_table(path).to_pylist()
    except pa.ArrowException as error:
        raise ValueError(str(error)) from error
    return rows
