"""Ours: the step that `windward feedback annotate` runs, over a file of records, each call and each row on disk.

`--whole` runs it as the command does, with the figures on the records that follow at the end (no peer makes any);
without it the step ends with the file of records. `--aspects 4` judges a row in all four aspects, a call each.
"""

from __future__ import annotations

import os
from pathlib import Path

import work

from windward.feedback import ASPECTS, Record, read_records
from windward.journal import FILE_NAME, Journal, run
from windward.recipes.feedback.configs import AnnotateConfig, Pace
from windward.recipes.feedback.stage import carry_out
from windward.recipes.feedback.stages import stage_of
from windward.recipes.feedback.stream import run_stage


def main() -> None:
    """Judges every row."""
    parser = work.parser()
    parser.add_argument("--aspects", type=int, default=1)
    parser.add_argument("--whole", action="store_true")
    options = parser.parse_args()
    records = options.rows.with_name(work.RECORDS)
    config = AnnotateConfig(records, (f"mock@{options.url}",), aspects=ASPECTS[: options.aspects])
    stage = stage_of(config, Pace(concurrency=options.in_flight))
    made = options.folder / "records.parquet"
    if options.whole:
        made = carry_out(stage, options.folder, tell=lambda line: None)
    else:
        options.folder.mkdir(exist_ok=True)
        with Journal(options.folder / FILE_NAME) as journal:
            step = run_stage(
                stage.build(journal),
                stage.read(records),
                made,
                journal=journal,
                stage=stage.name,
                concurrency=options.in_flight,
            )
            run(step)
    work.write(options.out, ((record.id, ratings(record)) for record in read_records(Path(made))))


def ratings(record: Record) -> list[float | None]:
    """The mean rating of each completion; None where one of its aspects has none."""
    return [
        None if any(one.value is None for one in completion.ratings) else completion.fine_grained()
        for completion in record.completions
    ]


if __name__ == "__main__":
    os.environ.setdefault("OPENAI_API_KEY", "x")
    main()
