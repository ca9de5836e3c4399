"""A mix of files of pairs, in memory that does not grow with them.

The files are read twice: once for the place of each row, once to put the rows that are drawn into buckets by place. Then
one bucket after the other is sorted and written. The result is that of `mix`.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from windward.feedback.mix import fitted, place_of, scale_of, shares_of
from windward.feedback.pair_files import PairWriter, pair_schema, read_feedback_pairs
from windward.feedback.parquet import GROUP_CHARACTERS, ParquetRows, parquet_rows

BUCKET_ROWS = 8192
"""Rows that are sorted at once, about."""


@dataclass
class _Source:
    """What the first reading finds of a file, and what it gives to the mix."""

    path: Path
    places: array[int] = field(default_factory=lambda: array("Q"))
    largest: float = 0.0
    share: int = 0
    scale: float = 1.0

    def limit(self) -> tuple[int, int]:
        """The place of the last row that is drawn, and how many rows of just that place are."""
        if not self.share:
            return -1, 0
        drawn = sorted(self.places)[: self.share]
        return drawn[-1], drawn.count(drawn[-1])


def mix_files(
    sources: Mapping[str, str | Path],
    out: str | Path,
    *,
    extra_ratio: float = 1.0,
    seed: int = 0,
    widest: Mapping[str, float] | None = None,
    bucket_rows: int = BUCKET_ROWS,
) -> dict[str, int]:
    """Writes the mix of files of pairs; the arguments are those of `mix`, with files in place of pairs.

    Args:
        sources: files by source, as `read_feedback_pairs` reads them; the first is taken whole.
        out: Parquet, as `PairWriter` writes it.
        extra_ratio: pairs of the others for each pair of the first.
        seed: of the sample and the order.
        widest: by source, the widest gap that its scale allows.
        bucket_rows: rows that are held at once, about.

    Returns:
        Pairs that each source gave.

    Raises:
        FeedbackFileError: a file is malformed.
        ValueError: as `mix`.
    """
    found = {name: _Source(Path(path)) for name, path in sources.items()}
    for name, source in found.items():
        for pair in read_feedback_pairs(source.path, source=name):
            source.places.append(_head(place_of(name, pair, seed)))
            source.largest = max(source.largest, pair.margin)
    shares = shares_of({name: len(source.places) for name, source in found.items()}, extra_ratio)
    for name, source in found.items():
        source.share, source.scale = shares[name], scale_of(name, source.largest, (widest or {}).get(name))
    count = max(1, -(-sum(shares.values()) // bucket_rows))
    target = Path(out)
    with TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
        buckets = [Path(folder) / f"{number}.parquet" for number in range(count)]
        _fill(found, buckets, seed)
        with PairWriter(target) as writer:
            for bucket in buckets:
                for row in sorted(parquet_rows(bucket), key=_place):
                    del row["place"]
                    writer.write_row(row)
    return shares


def _fill(found: Mapping[str, _Source], buckets: list[Path], seed: int) -> None:
    """Puts each row that is drawn into the bucket of its place."""
    import pyarrow as pa

    schema = pair_schema().append(pa.field("place", pa.binary()))
    room = GROUP_CHARACTERS // len(buckets)
    with ExitStack() as stack:
        writers = [
            stack.enter_context(ParquetRows(path, schema, group_rows=256, group_characters=room))
            for path in buckets
        ]
        for name, source in found.items():
            last, of_last = source.limit()
            for pair in read_feedback_pairs(source.path, source=name):
                place = place_of(name, pair, seed)
                head = _head(place)
                of_last -= head == last
                if head < last or (head == last and of_last >= 0):
                    row = vars(fitted(pair, name, source.scale)) | {"place": place}
                    writers[head * len(buckets) >> 64].write_row(row)


def _head(place: bytes) -> int:
    return int.from_bytes(place[:8])


def _place(row: dict[str, Any]) -> bytes:
    place: bytes = row["place"]
    return place
