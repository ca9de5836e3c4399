"""The folder of a stage: whose run it is, its journal, its records, and the figures that follow from them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from windward.evals.folder import claim
from windward.feedback import FeedbackFileError, Record
from windward.feedback.figures import cost_results, feedback_results
from windward.feedback.files import read_records
from windward.journal import FILE_NAME, Journal, run
from windward.journal.summary import Summary, summarize
from windward.recipes.errors import RecipeError
from windward.recipes.feedback.stream import WHOLE, Shard, run_stage
from windward.reports.feedback import write_feedback_report
from windward.rows import Result, write_results

RECORDS, RESULTS = "records.parquet", "results.parquet"
SYSTEM = "feedback"
SAMPLE = "sample"
"""Name of the one step whose replies are kept as they are and not read for anything."""

StageFunction = Callable[[Record], Awaitable[Record]]


@dataclass(frozen=True)
class Stage:
    """One step over all the records of a file.

    Attributes:
        name: `sample`, `annotate`, `critique` or `audit`.
        source: file of records (or of instructions).
        build: the step on one record, its models' calls through the journal.
        settings: all that a user sets and that decides the result; plain JSON types.
        read: reads the source, from its beginning.
        reader: version of what reads replies: rows are read anew, from stored replies, where it has changed.
        shard: which rows.
        concurrency: rows at once.
    """

    name: str
    source: Path
    build: Callable[[Journal], StageFunction]
    settings: Mapping[str, Any]
    read: Callable[[Path], Iterator[Record]] = read_records
    reader: str = ""
    shard: Shard = WHOLE
    concurrency: int = 64


def carry_out(
    stage: Stage, out: Path, *, command: Sequence[str] = (), tell: Callable[[str], None] = print
) -> Path:
    """Runs a stage in its folder; killed at any point, the same call goes on and buys no stored reply again.

    Args:
        stage: what is done to which records.
        out: new, empty, or a folder of the same run.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Returns:
        The file of the records.

    Raises:
        RecipeError: there is no such input, or it is empty.
        FeedbackFileError: the input is malformed.
        FolderError: the folder holds something else.
        RowsFailedError: rows failed; the same call tries these again.
        BudgetError, JournalError, RunStoppedError: as `run_rows`.
    """
    settings = settings_of(stage)
    total = count_rows(stage.source)
    if not total:
        raise RecipeError(f"{stage.source} holds no rows")
    claim(SYSTEM, out, settings, command)
    tell(f"{stage.name}: {stage.shard.rows(total):,} of {total:,} rows of {stage.source}")
    target = out / RECORDS
    with Journal(out / FILE_NAME) as journal:
        run(
            run_stage(
                stage.build(journal), stage.read(stage.source), target, journal=journal, stage=stage.name,
                version=json.dumps([stage.reader, stage.settings], sort_keys=True), total=total, shard=stage.shard,
                concurrency=stage.concurrency,
            )
        )  # fmt: skip
        conclude(out)
    return target


def settings_of(stage: Stage) -> dict[str, Any]:
    """What `run.json` says of a stage: all that decides its records.

    Raises:
        RecipeError: there is no such input.
    """
    settings: dict[str, Any] = json.loads(json.dumps(stage.settings))
    digest = file_digest(existing(stage.source))
    return {"stage": stage.name, **settings, "input_sha256": digest, "shard": str(stage.shard)}


def conclude(out: Path) -> list[Result]:
    """Writes the result table and the page of a folder whose records are complete."""
    results = feedback_results(read_records(out / RECORDS))
    summary = summarize(out)
    results += cost_results(summary.as_dict()["models"])
    results += _unreadable(summary)
    write_results(out / RESULTS, results)
    write_feedback_report(out)
    return results


def _unreadable(summary: Summary) -> list[Result]:
    """Share of the replies in which a judge's answer could not be read, of those that were to be read."""
    replies = {stage.group: stage.done for stage in summary.stages if stage.group != SAMPLE}
    return [
        Result(SYSTEM, "", SYSTEM, "all", "unreadable_reply_rate", rows.unreadable / replies[rows.stage], replies[rows.stage],
               {"stage": rows.stage}, unparsed=rows.unreadable)
        for rows in summary.rows if replies.get(rows.stage)
    ]  # fmt: skip


def records_file(path: Path) -> Path:
    """The file that a user means: itself, or the records of a folder."""
    return path / RECORDS if path.is_dir() else path


def existing(path: Path) -> Path:
    """The file of records that a user means.

    Raises:
        RecipeError: there is none.
    """
    file = records_file(path)
    if not file.is_file():
        raise RecipeError(f"{file}: there is no such file; name records, or the folder that holds them")
    return file


def count_rows(path: Path) -> int:
    """Rows of a Parquet file, or lines of another that are not empty.

    Raises:
        FeedbackFileError: it begins as Parquet and is none.
    """
    with path.open("rb") as file:
        if file.read(4) != b"PAR1":
            file.seek(0)
            return sum(1 for line in file if line.strip())
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return int(pq.read_metadata(path).num_rows)
    except (OSError, pa.ArrowException) as error:
        raise FeedbackFileError(f"{path} cannot be read as Parquet: {error}") from error


def file_digest(path: Path) -> str:
    """The first 16 hex digits of a file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
