"""Sets of texts out of plain files: CSV, TSV, JSONL or Parquet, and the rated sentences of Hutto and Gilbert (2014)."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from windward.evals.shift.declared.rated import CLEAR
from windward.rows.labelled import LabelledError, read_texts, read_written

NEGATIVE, POSITIVE, NEUTRAL = "0", "1", "2"
RATED = "three columns without a header, the second a rating: negative (0) to -0.5, positive (1) from 0.5, neutral (2) between"


@dataclass(frozen=True)
class TextSet:
    """Texts with their labels, the labels as they are written.

    Attributes:
        name: as tables call it.
        texts: in the order of the file.
        labels: of the texts; a whole number has no decimals (`1.0` is `1`).
        read: what in the file was taken for what.
    """

    name: str
    texts: tuple[str, ...]
    labels: tuple[str, ...]
    read: str

    @property
    def classes(self) -> dict[str, int]:
        """How many texts each label has, by label."""
        return dict(sorted(Counter(self.labels).items()))


def read_text_set(name: str, path: Path, *, text: str | None = None, label: str | None = None) -> TextSet:
    """Reads texts and labels.

    Args:
        name: of the set.
        path: CSV, TSV, JSONL or Parquet.
        text: the column of the texts, where it has a name of its own.
        label: the column of the labels, likewise.

    Raises:
        LabelledError: the file is missing or malformed; the message names the row.
    """
    rated = None if text or label else _rated(path)
    if rated is not None:
        return TextSet(
            name,
            tuple(_storable(said) for _, said in rated),
            tuple(_rating_label(at) for at, _ in rated),
            RATED,
        )
    rows = read_written(path, text=text, label=label)
    return TextSet(
        name,
        tuple(_storable(said) for _, said, _ in rows),
        tuple(_storable(_whole(raw)) for _, _, raw in rows),
        "texts and labels as written",
    )


def read_plain_texts(path: Path, *, text: str | None = None) -> list[str]:
    """The texts of a file, with or without labels.

    Args:
        path: CSV, TSV, JSONL or Parquet.
        text: the column of the texts, where it has a name of its own.

    Raises:
        LabelledError: the file is missing or malformed; the message names the row.
    """
    rated = None if text else _rated(path)
    if rated is not None:
        return [_storable(said) for _, said in rated]
    texts = [_storable(said) for said in read_texts(path, text=text)]
    without = sum(not any(map(str.isalpha, said)) for said in texts)
    if text is None and without > len(texts) / 2:
        raise LabelledError(
            f"{path}: {without:,} of {len(texts):,} rows of what was taken for texts hold no letter (the first is {texts[0][:40]!r}); "
            "name the column of the texts"
        )
    return texts


def _storable(text: str) -> str:
    """A text that can be written as UTF-8: a lone surrogate (half of an emoji) becomes its escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _rated(path: Path) -> list[tuple[float, str]] | None:
    """Rating and text of each row, of a TSV in which every row is id, rating and text; None for any other file."""
    if path.suffix != ".tsv" or not path.is_file():
        return None
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = [row for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE) if row]
        return [(float(rating), said) for _, rating, said in rows] or None
    except (UnicodeDecodeError, ValueError, csv.Error):
        return None  # not such a file; whoever reads it as another kind says what is wrong


def _rating_label(rating: float) -> str:
    if rating <= -CLEAR:
        return NEGATIVE
    return POSITIVE if rating >= CLEAR else NEUTRAL


def _whole(raw: str) -> str:
    try:
        number = float(raw)
    except ValueError:
        return raw
    return str(int(number)) if number.is_integer() else raw


def first_words(texts: Sequence[str], most: int = 60) -> str:
    """How the first text begins, to see that the right column was read."""
    told = " ".join("".join(one if one.isprintable() else " " for one in texts[0]).split())
    return told if len(told) <= most else f"{told[: most - 1]}…"
