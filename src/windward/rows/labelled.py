"""Texts with their labels: what a classifier learns from and is tested on."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_TEXTS = ("text", "sentence", "comment_text", "review", "content")
_LABELS = ("label", "labels", "class", "target", "toxic")


class LabelledError(ValueError):
    """A file of texts and labels that cannot be read; the message says which row, what is wrong and what to do."""


@dataclass(frozen=True)
class Labelled:
    """One text.

    Attributes:
        id: unique in its set.
        text: as given; a title and a description are joined by a space.
        label: place of its class among the classifier's.
        second: the text that stands beside it, for classes of pairs (the hypothesis of a premise); "" where there is none.
    """

    id: str
    text: str
    label: int
    second: str = ""

    def as_dict(self) -> dict[str, str | int]:
        """As plain JSON types, without a second text where there is none."""
        return {name: value for name, value in asdict(self).items() if name != "second" or value}


def read_labelled(
    path: str | Path,
    *,
    text: str | None = None,
    label: str | None = None,
    classes: Sequence[str] | None = None,
) -> list[Labelled]:
    """Reads texts with labels from CSV, TSV, JSON lines or Parquet.

    A CSV or TSV whose first row names no column of a text has no header (the release reads such files with one and loses a
    row of each): then a row is text and label, or label, title, description as in AG News. Labels that are whole numbers
    from 1 to the number of classes, as in AG News, are moved to start at 0; other labels are places in `classes`, or in their own sorted order.

    Args:
        path: the file; its suffix says what it is.
        text: the column of the texts, where it has a name of its own.
        label: the column of the labels, likewise.
        classes: names of the classes, in the classifier's order.

    Raises:
        LabelledError: the file is missing or malformed; the message names the row.
    """
    rows = read_written(path, text=text, label=label)
    places = _places([raw for _, _, raw in rows], classes, Path(path))
    return [Labelled(str(number), said, places[raw]) for number, said, raw in rows]


def read_written(
    path: str | Path, *, text: str | None = None, label: str | None = None
) -> list[tuple[int, str, str]]:
    """Number, text and label of each row, the label as it is written.

    Args:
        path: as of `read_labelled`.
        text: the column of the texts, where it has a name of its own.
        label: the column of the labels, likewise.

    Raises:
        LabelledError: the file is missing or malformed; the message names the row.
    """
    return _read(Path(path), text, label, labelled=True)


def _read(path: Path, text: str | None, label: str | None, *, labelled: bool) -> list[tuple[int, str, str]]:
    if not path.is_file():
        raise LabelledError(
            f"{path}: there is no such file; give a CSV, TSV, JSONL or Parquet file of texts and labels"
        )
    readers = {".csv": ",", ".tsv": "\t"}
    if path.suffix in readers:
        rows = list(_delimited(path, readers[path.suffix], text, label, labelled))
    elif path.suffix == ".jsonl":
        rows = list(_named(_json_lines(path), path, text, label, labelled))
    elif path.suffix == ".parquet":
        rows = list(_named(_parquet(path), path, text, label, labelled))
    else:
        raise LabelledError(f"{path}: give a CSV, TSV, JSONL or Parquet file")
    if not rows:
        raise LabelledError(f"{path} holds no texts")
    return rows


def read_texts(path: str | Path, *, text: str | None = None) -> list[str]:
    """The texts of a file whose rows need no label; else as `read_written`. Without a header a row may be a text alone.

    Args:
        path: as of `read_labelled`.
        text: the column of the texts, where it has a name of its own.

    Raises:
        LabelledError: the file is missing or malformed; the message names the row.
    """
    return [said for _, said, _ in _read(Path(path), text, None, labelled=False)]


def drawn(data: Sequence[Labelled], count: int | None, seed: int) -> list[Labelled]:
    """`count` texts at random, in their order; all of them where None or fewer are there."""
    return [data[at] for at in drawn_at(len(data), count, seed)]


def drawn_at(n: int, count: int | None, seed: int) -> list[int]:
    """`count` places among n at random, rising; all of them where None or fewer are there."""
    return (
        list(range(n)) if count is None or count >= n else sorted(random.Random(seed).sample(range(n), count))
    )


def _places(raw: Sequence[str], classes: Sequence[str] | None, path: Path) -> dict[str, int]:
    found = sorted(set(raw))
    if classes is not None and set(found) <= set(classes):
        return {name: place for place, name in enumerate(classes)}
    try:
        numbers = {name: float(name) for name in found}
    except ValueError:
        if classes is not None:
            strange = next(name for name in found if name not in classes)
            raise LabelledError(f"{path}: label {strange!r} is none of {', '.join(classes)}") from None
        return {name: place for place, name in enumerate(found)}
    if any(value != int(value) or value < 0 for value in numbers.values()):
        raise LabelledError(
            f"{path}: labels {', '.join(found[:5])} are no whole numbers from 0, and no names of classes"
        )
    highest = int(max(numbers.values()))
    from_one = (
        0 not in numbers.values() and highest == (len(classes) if classes is not None else len(found)) > 1
    )
    return {name: int(value) - from_one for name, value in numbers.items()}


def _delimited(
    path: Path, mark: str, text: str | None, label: str | None, labelled: bool
) -> Iterator[tuple[int, str, str]]:
    try:
        content = path.read_bytes().decode("utf-8-sig")
        rows = list(
            csv.reader(
                io.StringIO(content, newline=""),
                delimiter=mark,
                quoting=csv.QUOTE_MINIMAL if mark == "," else csv.QUOTE_NONE,
                strict=mark == ",",
            )
        )
    except (UnicodeDecodeError, csv.Error) as error:
        raise LabelledError(f"{path} cannot be read: {error}") from error
    rows = [row for row in rows if row]
    if not rows:
        return
    header = [name.strip().lower() for name in rows[0]]
    if text is not None or label is not None or set(header) & set(_TEXTS):
        named = (dict(zip(header, row, strict=False)) for row in rows[1:])
        yield from _named(named, path, text and text.lower(), label and label.lower(), labelled)
        return
    for number, row in enumerate(rows, 1):
        if len(row) == 2:
            yield number, row[0], row[1].strip()
        elif len(row) == 3:
            yield number, f"{row[1]} {row[2]}", row[0].strip()
        elif len(row) == 1 and not labelled:
            yield number, row[0], ""
        else:
            raise LabelledError(
                f"{path}, row {number}: {len(row)} fields; without a header a row is text and label, or label, title and description"
            )


def _json_lines(path: Path) -> Iterator[Mapping[str, object]]:
    try:
        content = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise LabelledError(f"{path} cannot be read: {error}") from error
    for number, line in enumerate(content.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise LabelledError(f"{path}, row {number}: no JSON ({error})") from error
        if not isinstance(row, dict):
            raise LabelledError(f"{path}, row {number}: no JSON object")
        yield row


def _parquet(path: Path) -> Iterator[Mapping[str, object]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        yield from pq.read_table(path).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise LabelledError(f"{path} cannot be read as Parquet: {error}") from error


def _named(
    rows: Iterator[Mapping[str, object]], path: Path, text: str | None, label: str | None, labelled: bool
) -> Iterator[tuple[int, str, str]]:
    for number, row in enumerate(rows, 1):
        said = _column(row, (text,) if text else _TEXTS)
        raw = _column(row, (label,) if label else _LABELS)
        if not isinstance(said, str) or (labelled and raw is None):
            lacking, names = ("text", _TEXTS) if not isinstance(said, str) else ("label", _LABELS)
            raise LabelledError(
                f"{path}, row {number}: no {lacking}; name its column, or call it {' or '.join(names)} "
                f"(there are {', '.join(map(str, row))})"
            )
        yield number, said, "" if raw is None else str(raw).strip()


def _column(row: Mapping[str, object], names: Sequence[str]) -> object:
    return next((row[name] for name in names if row.get(name) is not None), None)
