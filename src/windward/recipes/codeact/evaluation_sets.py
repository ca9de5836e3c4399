"""The evaluation sets that rows are compared with: those in the data folder, and files of the user's own."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from windward.recipes.codeact.runs import RunsError
from windward.rows.contamination import EvaluationItem, words

Texts = Iterator[tuple[str, str]]
"""Ids and texts of a set's items."""

TEXT_COLUMNS = ("text", "prompt", "question", "instruction", "problem", "input", "user_query")
"""Columns in which a user's file may hold its texts, in the order they are looked for; `messages` is understood too."""

_SUFFIXES = (".jsonl", ".json", ".parquet", ".csv")
_SHORT = 8


def _mint(data: Path) -> Texts:
    for path in sorted((data / "mint").glob("*.json")):
        for row in _jsonl(path):
            yield f"{path.stem}/{row['id']}", row["prompt"]
    recording = data / "mint" / "trajectories.parquet"
    if recording.is_file():  # the households of ALFWorld are games elsewhere, but their texts are recorded
        import pyarrow.parquet as pq

        columns = pq.read_table(recording, columns=["task", "task_id", "prompt"])
        for row in columns.group_by(columns.column_names, use_threads=False).aggregate([]).to_pylist():
            yield f"{row['task']}/{row['task_id']}", row["prompt"]


def _m3tooleval(data: Path) -> Texts:
    for row in _jsonl(data / "codeact" / "m3tooleval_tasks.jsonl"):
        yield row["name"], row["instruction"]


def _apibank(data: Path) -> Texts:
    for row in _jsonl(data / "codeact" / "apibank_level1.jsonl"):
        for place, said in enumerate(row["history"]):
            if said["role"] == "User":
                yield f"{row['id']}/{place}", said["text"]


def _svamp(data: Path) -> Texts:
    for row in _json(data / "reasoning" / "svamp.json"):
        yield row["ID"], f"{row['Body']} {row['Question']}"


def _asdiv(data: Path) -> Texts:
    for place, row in enumerate(_json(data / "reasoning" / "asdiv.json")["Instances"]):
        yield str(place), row["Input"]


def _theoremqa(data: Path) -> Texts:
    for row in _json(data / "reasoning" / "theoremqa.json"):
        yield row["id"], row["Question"]


def _mbpp(data: Path) -> Texts:
    for row in _json(data / "reasoning" / "mbpp.json"):
        yield str(row["task_id"]), row["prompt"]


def _humaneval(data: Path) -> Texts:
    with gzip.open(data / "reasoning" / "HumanEval.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield row["task_id"], row["prompt"]


def _leetcode(data: Path) -> Texts:
    for row in _jsonl(data / "reasoning" / "leetcode.json"):
        yield row["task_id"], row["prompt"]


def _ifeval(data: Path) -> Texts:
    for row in _jsonl(data / "reasoning" / "ifeval.jsonl"):
        yield str(row["key"]), row["prompt"]


def _math(data: Path) -> Texts:
    for path in sorted((data / "math").glob("*.jsonl")):
        for place, row in enumerate(_jsonl(path)):
            yield f"{path.stem}/{place}", row["question"]


def _mmlu(data: Path) -> Texts:
    for path in sorted((data / "mmlu" / "test").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            for place, row in enumerate(csv.reader(lines)):
                # "Which of the following is true?" is asked in many places: its options tell which one it is.
                asked = row[0] if len(words(row[0])) >= _SHORT else " ".join(row[:-1])
                yield f"{path.stem}/{place}", asked


def _tabmwp(data: Path) -> Texts:
    for place, row in enumerate(_jsonl(data / "tabmwp" / "tabmwp_1000.jsonl")):
        yield str(place), row["question"]


def _unknownbench(data: Path) -> Texts:
    for path in sorted((data / "unknownbench").glob("*/*answerable.json")):
        for place, row in enumerate(_jsonl(path)):
            yield f"{path.stem}/{place}", row["prompt"]


def _halueval(data: Path) -> Texts:
    for row in _json(data / "honesty" / "halueval.json"):
        yield str(row["id"]), row["user_query"]


KNOWN: Mapping[str, tuple[str, Callable[[Path], Texts]]] = {
    "mint": ("mint", _mint),
    "m3tooleval": ("codeact/m3tooleval_tasks.jsonl", _m3tooleval),
    "apibank": ("codeact/apibank_level1.jsonl", _apibank),
    "svamp": ("reasoning/svamp.json", _svamp),
    "asdiv": ("reasoning/asdiv.json", _asdiv),
    "theoremqa": ("reasoning/theoremqa.json", _theoremqa),
    "mbpp": ("reasoning/mbpp.json", _mbpp),
    "humaneval": ("reasoning/HumanEval.jsonl.gz", _humaneval),
    "leetcode": ("reasoning/leetcode.json", _leetcode),
    "ifeval": ("reasoning/ifeval.jsonl", _ifeval),
    "math": ("math", _math),
    "mmlu": ("mmlu/test", _mmlu),
    "tabmwp": ("tabmwp/tabmwp_1000.jsonl", _tabmwp),
    "unknownbench": ("unknownbench", _unknownbench),
    "halueval": ("honesty/halueval.json", _halueval),
}
"""Sets by name: where they are in the data folder, and what reads them."""


def known_sets(data: Path) -> list[str]:
    """Names of the known sets that are in a data folder."""
    return [name for name, (place, _) in KNOWN.items() if (data / place).exists()]


def known_items(name: str, data: Path) -> list[EvaluationItem]:
    """The items of a known set.

    Raises:
        RunsError: it is not in the data folder, or is malformed.
    """
    place, texts = KNOWN[name]
    if not (data / place).exists():
        raise RunsError(f"the evaluation set {name} is not in {data}: {data / place} is not there")
    try:
        return [EvaluationItem(name, item, text) for item, text in texts(data)]
    except (KeyError, TypeError, ValueError, IndexError, OSError) as error:
        raise RunsError(f"{data / place} is no {name} ({type(error).__name__}: {error})") from error


def items_of(path: Path) -> list[EvaluationItem]:
    """The items of a user's file (JSONL, JSON, Parquet or CSV), or of all such files in a folder; a set a file, by its stem.

    Raises:
        RunsError: there is no such file, or it has no column of texts.
    """
    if path.is_dir():
        files = sorted(one for one in path.iterdir() if one.suffix in _SUFFIXES)
        if not files:
            raise RunsError(f"{path} holds no evaluation set: no file ends in {', '.join(_SUFFIXES)}")
        return [item for one in files for item in items_of(one)]
    if not path.is_file():
        raise RunsError(
            f"{path} is no evaluation set: neither a file, nor a folder, nor one of {', '.join(KNOWN)}"
        )
    if path.suffix not in _SUFFIXES:
        raise RunsError(f"{path} is no evaluation set that can be read: use {', '.join(_SUFFIXES)}")
    try:
        return [
            EvaluationItem(path.stem, str(place), text)
            for place, row in enumerate(_table(path), start=1)
            for text in _texts(row, f"{path}, row {place}")
        ]
    except (OSError, UnicodeError, json.JSONDecodeError, csv.Error) as error:
        raise RunsError(f"{path} cannot be read: {error}") from error


def _texts(row: Any, where: str) -> Iterable[str]:
    if isinstance(row, dict):
        for name in TEXT_COLUMNS:
            if isinstance(row.get(name), str):
                return [row[name]]
        if isinstance(messages := row.get("messages"), list):
            return [str(one["content"]) for one in messages if one.get("role") == "user"]
    found = ", ".join(map(repr, row)) if isinstance(row, dict) else type(row).__name__
    raise RunsError(
        f"{where}: no text in it; name the column one of {', '.join(TEXT_COLUMNS)}, messages (found: {found})"
    )


def _table(path: Path) -> Iterable[Any]:
    match path.suffix:
        case ".parquet":
            import pyarrow as pa
            import pyarrow.parquet as pq

            try:
                return list(pq.read_table(path).to_pylist())
            except pa.ArrowException as error:
                raise RunsError(f"{path} is no Parquet file: {error}") from error
        case ".csv":
            with path.open(encoding="utf-8", newline="") as lines:
                return list(csv.DictReader(lines))
        case ".json":
            rows = _json(path)
            return rows if isinstance(rows, list) else [rows]
        case _:
            return list(_jsonl(path))


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _jsonl(path: Path) -> Iterator[Any]:
    with path.open("rb") as lines:  # model text may hold characters that look like line ends
        for line in lines:
            if line.strip():
                yield json.loads(line.decode("utf-8"))
