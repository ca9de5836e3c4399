"""Rows as a dataset's files or the hub have them: CSV, TSV, JSON, JSON lines, Parquet, columns of words and tags.

Nothing of a file is ever evaluated as code (the release parses the lines of Amazon with `eval`); a row that cannot be read is
given with what is wrong with it, and never left out in silence.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from windward.evals.shift.task import Record, ShiftError

SUFFIXES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".parquet", ".conll", ".annotated")
"""Of files that are looked for in a folder; each but Parquet may end in `.gz` as well."""
_TEXTS = {"text", "sentence", "post", "comment_text", "reviewtext", "review", "content"} | {"premise", "hypothesis", "sentence1", "context", "question"}  # fmt: skip
"""Names of columns of texts: a first row with one of them is a header."""
_CELLS = 1 << 24  # characters of a cell: contracts and articles are longer than csv's own limit
_TAG = re.compile(r"O|[BI]-\S+")


class Row(NamedTuple):
    """One row.

    Attributes:
        where: file and line, for messages.
        record: its columns; None where it cannot be read.
        problem: why it cannot.
    """

    where: str
    record: Record | None
    problem: str = ""


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a file, in order. What it is follows from its name, and for columns of words and tags from its lines.

    Columns of a file without a header are called `0`, `1`, … Nested forms are made flat: SQuAD's and MRQA's to a row a
    question, ContractNLI's to a row a contract and hypothesis, words and tags to a row a sentence (`tokens`, `ner_tags`).

    Args:
        path: CSV, TSV, TXT (as TSV), JSON (a list, lines, or nested), JSONL, Parquet; all but Parquet also gzipped.

    Raises:
        ShiftError: there is no such file, or it cannot be read at all.
    """
    if not path.is_file():
        raise ShiftError(f"{path}: there is no such file")
    kind = Path(path.name.removesuffix(".gz")).suffix
    if kind == ".parquet":
        yield from _parquet(path)
        return
    if kind in (".json", ".jsonl"):
        yield from _json(path)
        return
    text = "".join(_lines(path))
    if _is_tagged(text):
        yield from _sentences(text, path)
    elif kind in (".csv", ".tsv", ".txt"):
        yield from _delimited(text, path, "," if kind == ".csv" else "\t")
    else:
        raise ShiftError(
            f"{path}: neither CSV, TSV, JSON, JSONL or Parquet by its name, nor words and tags by its lines"
        )


def hub_rows(name: str, split: str) -> Iterator[Row]:
    """The rows of a dataset of the hub; numbers of classes are given as the names that the dataset has for them.

    Args:
        name: `owner/name`, with a configuration behind a colon where it has several.
        split: one of its splits.

    Raises:
        ShiftError: `datasets` is not installed, or the dataset cannot be read; the message says what to do.
    """
    try:
        import datasets
    except ImportError as error:
        raise ShiftError(
            f"{name} comes from the hub: pip install datasets, or give a file with --local"
        ) from error
    repository, _, configuration = name.partition(":")
    try:
        found = _hub(datasets, repository, configuration or None, split)
    except Exception as error:  # whatever the hub raises, the user needs the name and the way out
        raise ShiftError(
            f"{name}, split {split}, cannot be read from the hub ({type(error).__name__}: {error}): download it and give the "
            "file or its folder with --local"
        ) from error
    names = _class_names(found.features.to_dict())
    for number, record in enumerate(found, 1):
        yield Row(f"{name}, {split}, row {number}", _named(record, names))


def _hub(datasets: Any, repository: str, configuration: str | None, split: str) -> Any:
    try:
        return datasets.load_dataset(repository, configuration, split=split)
    except RuntimeError as error:
        if "script" not in str(error).lower():
            raise
    # Sets that are still described by a script are on a branch of their own as Parquet.
    return datasets.load_dataset(repository, configuration, split=split, revision="refs/convert/parquet")


def _lines(path: Path) -> Iterator[str]:
    """The lines of a text, each with its end, which is a line feed whatever it is in the file."""
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="\n") as file:
            for line in file:
                yield line[:-2] + "\n" if line.endswith("\r\n") else line
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise ShiftError(f"{path} cannot be read ({error}): save it as UTF-8 text") from error


def _json(path: Path) -> Iterator[Row]:
    """An object a line, read line by line; else the file as one value, where it is one."""
    if not _starts_with_an_object(path):
        try:
            whole = json.loads("".join(_lines(path)))
        except (ValueError, RecursionError):
            pass  # lines, the first of which cannot be read
        else:
            yield from _flat(whole, str(path))
            return
    for number, line in enumerate(_lines(path), 1):
        where = f"{path}, line {number}"
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield Row(where, None, f"no JSON ({error})")
            continue
        if not isinstance(value, dict):
            yield Row(where, None, f"a {type(value).__name__}, not an object")
        elif "header" not in value or "context" in value:  # the first line of MRQA's files
            yield from _flat(value, where)


def _starts_with_an_object(path: Path) -> bool:
    first = next((line for line in _lines(path) if line.strip()), "")
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def _flat(value: Any, where: str) -> Iterator[Row]:
    """A row a question, a row a contract and hypothesis, or the rows of a list."""
    try:
        if isinstance(value, list):
            for number, one in enumerate(value, 1):
                yield from _flat(one, f"{where}, row {number}")
        elif not isinstance(value, dict):
            yield Row(where, None, f"a {type(value).__name__}, not an object")
        elif {"documents", "labels"} <= value.keys():
            yield from _contracts(value, where)
        elif isinstance(value.get("data"), list):
            yield from _flat(value["data"], where)
        elif isinstance(value.get("paragraphs"), list):
            yield from _flat(value["paragraphs"], where)
        elif isinstance(value.get("qas"), list):
            for number, asked in enumerate(value["qas"], 1):
                yield Row(f"{where}, question {number}", {"context": value["context"]} | dict(asked))
        else:
            yield Row(where, value)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        yield Row(where, None, f"not of the form that its keys announce ({error!r})")


def _contracts(value: Mapping[str, Any], where: str) -> Iterator[Row]:
    for number, document in enumerate(value["documents"], 1):
        place = f"{where}, document {number}"
        try:
            text, annotations = document["text"], document["annotation_sets"][0]["annotations"]
            rows = [
                {"premise": text, "hypothesis": value["labels"][key]["hypothesis"], "label": one["choice"]}
                for key, one in annotations.items()
            ]
        except (AttributeError, LookupError, TypeError) as error:
            yield Row(place, None, f"not of the form that ContractNLI has ({error!r})")
            continue
        yield from (Row(f"{place}, {key}", row) for key, row in zip(annotations, rows, strict=True))


def _delimited(text: str, path: Path, mark: str) -> Iterator[Row]:
    first = text.split("\n", 1)[0]
    # The files of BOSS's own archive are TSV with quotes, as pandas writes them; all other TSV files have none.
    quoted = mark == "," or first.split("\t") in (["Text", "Label"], ["Premise", "Hypothesis", "Label"])
    header: Sequence[str] | None = None
    if quoted:
        rows = _quoted(text, path, mark)
    else:
        lines = enumerate(text.split("\n"), 1)
        rows = [(number, list(map(_unquoted, line.split("\t")))) for number, line in lines if line.strip()]
    if rows and {cell.strip().lower() for cell in rows[0][1]} & _TEXTS:
        header = [cell.strip() for cell in rows.pop(0)[1]]
    for number, cells in rows:
        where = f"{path}, line {number}"
        if header is None:
            yield Row(where, {str(place): cell for place, cell in enumerate(cells)})
        elif len(cells) != len(header):
            yield Row(where, None, f"{len(cells)} fields, where the header names {len(header)}")
        else:
            yield Row(where, dict(zip(header, cells, strict=True)))


def _quoted(text: str, path: Path, mark: str) -> list[tuple[int, list[str]]]:
    before = csv.field_size_limit(_CELLS)
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
        return [(lines.line_num, cells) for cells in lines if cells]
    except csv.Error as error:
        raise ShiftError(f"{path} cannot be read as {'CSV' if mark == ',' else 'TSV'}: {error}") from error
    finally:
        csv.field_size_limit(before)


def _unquoted(cell: str) -> str:
    """Without the quotes that a writer of CSV put around a cell with quotes in it; a cell that is a quotation keeps its own."""
    if len(cell) > 2 and cell[0] == cell[-1] == '"':
        inside = cell[1:-1]
        if '""' in inside and '"' not in inside.replace('""', ""):
            return inside.replace('""', '"')
    return cell


def _is_tagged(text: str) -> bool:
    """Whether it is columns of words and tags: many lines are a few fields, the last of which is `O`, `B-…` or `I-…`.

    Many is a quarter: the tags of Few-NERD are `O` and names of types alone.
    """
    lines = [line for line in text[:20_000].split("\n")[:200] if line.strip()]
    return bool(lines) and 4 * sum(_tag_of(line) is not None for line in lines) > len(lines)


def _tag_of(line: str) -> str | None:
    fields = _fields(line)
    return fields[-1] if len(fields) <= 5 and _TAG.fullmatch(fields[-1]) else None


def _fields(line: str) -> list[str]:
    return line.strip().split("\t" if "\t" in line.strip() else None)


def _sentences(text: str, path: Path) -> Iterator[Row]:
    words: list[str] = []
    tags: list[str] = []
    start, problem = 1, ""
    for number, line in enumerate([*text.split("\n"), ""], 1):
        fields = _fields(line)
        if line.strip() and fields[0] != "-DOCSTART-":
            if len(fields) > 1:
                words.append(fields[0].strip())
                tags.append(fields[-1].strip())
            elif not _TAG.fullmatch(fields[0]):  # a tag alone is that of a word without letters
                problem = problem or f"line {number}: the word {fields[0]!r} has no tag"
            continue
        where = f"{path}, line {start}"
        if problem:
            yield Row(where, None, problem)
        elif words:
            yield Row(where, {"tokens": words, "ner_tags": tags})
        words, tags, start, problem = [], [], number + 1, ""


def _parquet(path: Path) -> Iterator[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        with pq.ParquetFile(path) as file:
            told = (file.schema_arrow.metadata or {}).get(b"huggingface", b"{}")
            names = _class_names(json.loads(told).get("info", {}).get("features", {}))
            for batch in file.iter_batches():
                for record in batch.to_pylist():
                    number += 1
                    yield Row(f"{path}, row {number}", _named(record, names))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ShiftError(f"{path} cannot be read as Parquet: {error}") from error


def _class_names(features: Mapping[str, Any]) -> dict[str, Sequence[str]]:
    """The names of classes by column, from what `datasets` says of its columns."""
    found: dict[str, Sequence[str]] = {}
    for column, feature in features.items():
        inner = feature[0] if isinstance(feature, list) and feature else feature
        inner = inner.get("feature", inner) if isinstance(inner, dict) else {}
        if isinstance(inner, dict) and inner.get("_type") == "ClassLabel" and inner.get("names"):
            found[column] = inner["names"]
    return found


def _named(record: Mapping[str, Any], names: Mapping[str, Sequence[str]]) -> Record:
    """With names for the numbers of classes; -1, which says that there is none, becomes None."""

    def name(column: str, value: Any) -> Any:
        if isinstance(value, list):
            return [name(column, one) for one in value]
        if not isinstance(value, int) or value >= len(names[column]):
            return value
        return names[column][value] if value >= 0 else None

    return dict(record) | {column: name(column, record[column]) for column in names if column in record}
