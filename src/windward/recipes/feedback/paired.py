"""Records to pairs, and to UltraFeedback's public schema: nothing is asked, and rows stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from windward.evals.folder import claim
from windward.feedback import (
    PairCounts,
    PairOptions,
    PairWriter,
    pair_record,
    part_of,
    read_records,
)
from windward.feedback.figures_sums import ClusteredMean
from windward.recipes.errors import RecipeError
from windward.recipes.feedback.stage import RESULTS, SYSTEM, existing, file_digest
from windward.rows import Result, write_results

PAIRS, HELD_OUT = "pairs.parquet", "held_out.parquet"
_GROUP = 512


@dataclass(frozen=True)
class PairsConfig:
    """Pairs of records.

    Attributes:
        records: file of records, or the folder that holds it.
        options: how pairs are made of a record.
        held_out: share of instructions whose pairs go into a file of their own, by their words.
    """

    records: Path
    options: PairOptions = field(default_factory=PairOptions)
    held_out: float = 0.0


def make_pairs(
    config: PairsConfig, out: Path, *, command: Sequence[str] = (), tell: Callable[[str], None] = print
) -> Path:
    """Writes `pairs.parquet`, `held_out.parquet` where a share is held out, and the counts of what was left out and why.

    Args:
        config: see `PairsConfig`.
        out: new, empty, or a folder of the same configuration.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Returns:
        The file of pairs.

    Raises:
        RecipeError: there is no such input, or the share held out is none.
        FeedbackFileError: the input is malformed.
        FolderError: the folder holds something else.
    """
    source = existing(config.records)
    if not 0 <= config.held_out < 1:
        raise RecipeError(f"a share of {config.held_out} cannot be held out: give one from 0 to below 1")
    settings = asdict(config.options) | {
        "stage": "pairs",
        "held_out": config.held_out,
        "input_sha256": file_digest(source),
    }
    claim(SYSTEM, out, settings, command)
    files = {"train": out / PAIRS} | ({"held_out": out / HELD_OUT} if config.held_out else {})
    counted = {part: _Counted() for part in files}
    shares = {"train": 1 - config.held_out, "held_out": config.held_out}
    with ExitStack() as stack:
        writers = {part: stack.enter_context(PairWriter(file)) for part, file in files.items()}
        for record in read_records(source):
            part = part_of(record.instruction, shares, config.options.seed) if config.held_out else "train"
            pairs, counts = pair_record(record, config.options)
            for pair in pairs:
                writers[part].write(pair)
            counted[part].add(counts, [pair.margin for pair in pairs])
    for part, found in counted.items():
        tell(f"{files[part]}: {found.told()}")
    condition = asdict(config.options)
    write_results(
        out / RESULTS, [row for part, found in counted.items() for row in found.rows(part, condition)]
    )
    return files["train"]


@dataclass
class _Counted:
    """What became of the records of one part, and the mean margin of its pairs, with records as clusters."""

    counts: PairCounts = field(default_factory=PairCounts)
    margin: ClusteredMean = field(default_factory=ClusteredMean)

    def add(self, counts: PairCounts, margins: Sequence[float]) -> None:
        self.counts = self.counts + counts
        self.margin.add(margins)

    def told(self) -> str:
        c = self.counts
        left = [(c.ties, "ties"), (c.identical, "with one text twice"), (c.unscored, "completions without a score"),
                (c.unaudited, "completions whose score was not audited"), (c.doubtful, "completions whose score is doubtful"),
                (c.absent, "completions without a text")]  # fmt: skip
        said = ", ".join(f"{number:,} {what}" for number, what in left if number)
        return f"{c.pairs:,} pairs of {c.records:,} records; left out: {said or 'nothing'}"

    def rows(self, part: str, condition: dict[str, Any]) -> Iterator[Result]:
        for one in fields(self.counts):
            value = getattr(self.counts, one.name)
            of = (
                self.counts.candidates
                if one.name in ("ties", "identical", "pairs")
                else self.counts.completions
            )
            yield Result(SYSTEM, "", "pairs", part, one.name, float(value), self.counts.records if one.name == "records" else of, condition)  # fmt: skip
        if self.margin.count:
            yield Result(SYSTEM, "", "pairs", part, "margin", self.margin.mean, self.margin.count, condition, self.margin.stderr)  # fmt: skip
