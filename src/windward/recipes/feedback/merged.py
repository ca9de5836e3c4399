"""The shards of a run made into the folder that the run would have left without them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from windward.evals.folder import RECORD, claim
from windward.feedback import Record, RecordWriter, read_records
from windward.journal import FILE_NAME
from windward.journal.merging import merge_journals
from windward.recipes.errors import RecipeError
from windward.recipes.feedback.stage import RECORDS, SYSTEM, conclude, count_rows
from windward.recipes.feedback.stream import WHOLE, Shard


@dataclass(frozen=True)
class _Part:
    """A folder of one shard."""

    folder: Path
    shard: Shard
    settings: dict[str, Any]


def merge_shards(
    folders: Sequence[Path], out: Path, *, command: Sequence[str] = (), tell: Callable[[str], None] = print
) -> Path:
    """Joins shards: records in the order of their input, and their journals in one.

    The folder is that of the same run without shards: its records are the same bytes, and the same command goes on in it.

    Args:
        folders: of all the shards, in any order.
        out: new, empty, or the folder of the same merge.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Returns:
        The file of the records.

    Raises:
        RecipeError: a folder is no finished shard, one is missing or there twice, or they are of different runs.
        FolderError: `out` holds something else.
        JournalError: a journal is in use or damaged.
    """
    parts = _together([_part(folder) for folder in folders])
    total = _total(parts)
    claim(SYSTEM, out, parts[0].settings | {"shard": str(WHOLE)}, command)
    target = out / RECORDS
    with RecordWriter(target) as writer:
        for record in _in_order([part.folder / RECORDS for part in parts]):
            writer.write(record)
    merge_journals([part.folder for part in parts], out / FILE_NAME)
    conclude(out)
    tell(f"{total:,} records of {len(parts)} shards")
    return target


def _part(folder: Path) -> _Part:
    record = folder / RECORD
    try:
        stored = json.loads(record.read_text(encoding="utf-8"))
        if stored["system"] != SYSTEM:
            raise ValueError(f"it is a run of {stored['system']}")
        part = _Part(folder, Shard.parse(stored["settings"]["shard"]), stored["settings"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecipeError(f"{folder} is no folder of a step of windward feedback: {error}") from error
    if not (folder / RECORDS).is_file():
        raise RecipeError(
            f"{folder}, shard {part.shard}, is not finished: it has no {RECORDS}; run its command again"
        )
    return part


def _together(parts: Sequence[_Part]) -> list[_Part]:
    """The parts in their order, if they are all the shards of one run."""
    if not parts:
        raise RecipeError("no shards are named")
    first, of = parts[0], parts[0].shard.of
    for part in parts:
        differing = [
            f"{name}: {first.settings.get(name)!r} and {part.settings.get(name)!r}"
            for name in sorted(first.settings.keys() | part.settings.keys())
            if name != "shard" and first.settings.get(name) != part.settings.get(name)
        ]
        if differing:
            raise RecipeError(
                f"{first.folder} and {part.folder} are of different runs ({'; '.join(differing)})"
            )
    found = sorted(part.shard.number for part in parts)
    if {part.shard.of for part in parts} != {of} or found != list(range(1, of + 1)):
        named = ", ".join(str(part.shard) for part in parts)
        raise RecipeError(f"shards 1/{of} to {of}/{of} are needed, each once, and these are named: {named}")
    return sorted(parts, key=lambda part: part.shard.number)


def _total(parts: Sequence[_Part]) -> int:
    counts = [count_rows(part.folder / RECORDS) for part in parts]
    for part, count in zip(parts, counts, strict=True):
        if count != part.shard.rows(sum(counts)):
            raise RecipeError(
                f"{part.folder} holds {count} records, and as shard {part.shard} of {sum(counts)} it would hold "
                f"{part.shard.rows(sum(counts))}: it is not as its run left it"
            )
    return sum(counts)


def _in_order(files: Sequence[Path]) -> Iterator[Record]:
    """Records as they were dealt out: one of each shard in turn."""
    readers = [read_records(file) for file in files]
    while True:
        for reader in readers:
            record = next(reader, None)
            if record is None:  # those before it had one more, those after it have none left either
                return
            yield record
