"""A stage over a file of records. Rows stream through it, so that memory depends on the chunk and not on the file.

Rows are taken in chunks. Each goes through `journal.run_rows`, where outcomes are stored row by row, and is written in the order
of its rows. The next chunk is under way before the last one has ended, so slots are not idle at its end. The finished file appears
only once every row has an outcome, and holds the same bytes whatever the concurrency and however often the run was killed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from windward.feedback import Record, record_from_dict
from windward.feedback.files import RecordWriter
from windward.journal import Journal, Outcome, RowsFailedError, run_rows
from windward.journal.keys import row_digest
from windward.journal.progress import Progress
from windward.journal.runner import spent

CHUNK = 500
"""Rows whose outcomes are in memory together; far more than are under way at once."""

LANES = 2
"""Chunks under way at once: one that ends and one that begins."""

SHOWN = 3
"""Failed rows that an error names."""


@dataclass(frozen=True)
class Shard:
    """Every `of`-th row, from the `number`-th on (from 1): each shard is a cut through all of a file.

    Raises:
        ValueError: the number is not one of 1 to `of`.
    """

    number: int = 1
    of: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of:
            raise ValueError(f"there is no shard {self.number}/{self.of}: write 1/N to N/N")

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Reads `3/8`.

        Raises:
            ValueError: it is not of that form.
        """
        number, slash, of = text.partition("/")
        if not (slash and number.isdecimal() and of.isdecimal()):
            raise ValueError(f"a shard is written like 3/8, not {text!r}")
        return cls(int(number), int(of))

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def rows(self, total: int) -> int:
        """How many of `total` rows are in it."""
        return len(range(self.number - 1, total, self.of))


WHOLE = Shard()


async def run_stage(
    fn: Callable[[Record], Awaitable[Record]],
    records: Iterable[Record],
    target: Path,
    *,
    journal: Journal,
    stage: str,
    version: str = "1",
    total: int = 0,
    shard: Shard = WHOLE,
    concurrency: int = 64,
    chunk: int = CHUNK,
) -> int:
    """Maps `fn` over records and writes what it returns, in order.

    Args:
        fn: a stage on one record; what it asks of models goes through `journal`.
        records: the whole input, read once, from its beginning.
        target: the file of records to write.
        journal: where outcomes are stored.
        stage: name of the stage.
        version: to be changed when `fn` changes what it returns for a record.
        total: how many records there are, to show progress.
        shard: which of them are worked on.
        concurrency: rows at once.
        chunk: rows whose outcomes are held in memory together.

    Returns:
        How many rows were written.

    Raises:
        RowsFailedError: rows failed: no file is written, the others' outcomes are stored.
        BudgetError: a budget is used up.
        JournalError: the journal cannot be written.
        RunStoppedError: 50 rows in a row failed at the endpoint.
    """
    bar = Progress(stage, shard.rows(total), 0, lambda: spent(journal))
    written, failed = 0, _Failed()
    lanes: deque[asyncio.Task[list[Outcome]]] = deque()

    def finish(outcomes: list[Outcome], writer: RecordWriter) -> int:
        for outcome in outcomes:
            if outcome.ok:
                writer.write(record_from_dict(outcome.value))
            else:
                failed.note(outcome)
        return len(outcomes)

    try:
        with RecordWriter(target) as writer:
            for held in _chunks(_placed(records, shard), chunk):
                chunk_run = run_rows(
                    partial(_apply, fn, held), [_row(*one) for one in held.items()], journal=journal, stage=stage, key="key",
                    version=version, concurrency=concurrency, progress=bar,
                )  # fmt: skip
                lanes.append(asyncio.create_task(chunk_run))
                if len(lanes) == LANES:
                    written += finish(await lanes.popleft(), writer)
            while lanes:
                written += finish(await lanes.popleft(), writer)
            failed.refuse(written, stage)
    finally:
        for lane in lanes:
            lane.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)
        bar.close()
    return written


@dataclass
class _Failed:
    """Rows without an outcome: how many, and the first of them."""

    count: int = 0
    first: tuple[str, ...] = ()

    def note(self, outcome: Outcome) -> None:
        self.count += 1
        if len(self.first) < SHOWN:
            self.first = (*self.first, f"{outcome.key}: {outcome.error}")

    def refuse(self, total: int, stage: str) -> None:
        """Raises where a row failed."""
        if self.count:
            more = ", …" if self.count > len(self.first) else ""
            raise RowsFailedError(
                f"{self.count} of {total} rows of {stage} failed ({'; '.join(self.first)}{more}), so their file is not written. "
                "What is done is stored, and so is why each failed (windward runs show DIR --failed): put this right and run the "
                "same command again."
            )


async def _apply(
    fn: Callable[[Record], Awaitable[Record]], held: Mapping[str, Record], row: Mapping[str, str]
) -> dict[str, Any]:
    return (await fn(held[row["key"]])).as_dict()


def _row(key: str, record: Record) -> dict[str, str]:
    """What `run_rows` sees of a record: the key, and a hash of the content, by which a changed record is told."""
    return {"key": key, "record": row_digest(record.as_dict())}


def _placed(records: Iterable[Record], shard: Shard) -> Iterator[tuple[str, Record]]:
    """Records of a shard under their place in the whole file, from 0: the key that they have in a run that is not sharded."""
    for place, record in enumerate(records):
        if place % shard.of == shard.number - 1:
            yield f"{place:08d} {record.id}", record


def _chunks(placed: Iterator[tuple[str, Record]], size: int) -> Iterator[dict[str, Record]]:
    while some := dict(islice(placed, size)):
        yield some
