"""`windward feedback study`: from instructions to reward model to best of n, in one folder; what is done is never done again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from windward.evals.folder import claim
from windward.feedback.files import RecordWriter
from windward.feedback.records import Record
from windward.journal import FILE_NAME, Journal, run
from windward.models.protocol import Model
from windward.recipes.feedback_study.config import StudyConfig
from windward.recipes.feedback_study.figures import (
    best_of_results,
    judge_results,
    pair_results,
    pool_results,
)
from windward.recipes.feedback_study.instructions import study_records
from windward.recipes.feedback_study.judged import model_judged, verified
from windward.recipes.feedback_study.learnt import learn
from windward.recipes.feedback_study.sampled import halves, many, sampled
from windward.recipes.feedback_study.table import table_lines
from windward.rows import write_results

PROTOCOL = "1"
"""Changes with instructions, checks, what is asked, and how reward models are trained."""
RESULTS = "results.parquet"


def run_feedback_study(
    model: Model,
    out: Path,
    config: StudyConfig | None = None,
    *,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Samples, verifies, judges, learns and chooses; prints the table of it.

    Writes `records.parquet` (all instructions with answers and ratings), `many.parquet` (the answers to choose from),
    `reward/verified-0` (a reward model), `rewards.jsonl`, `results.parquet` and `run.json`. Every reply goes through
    `journal.sqlite`: killed at any point, the same command goes on where it was.

    Args:
        model: who answers, and judges; the pool is this model at several temperatures.
        out: new, empty, or a folder of the same study.
        config: see `StudyConfig`.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Returns:
        The result table.

    Raises:
        RecipeError: there are not so many instructions, or too few pairs.
        FolderError: the folder holds something else.
        RowsFailedError: a reply could not be had.
        ModelError: the backbone of the reward models is not there.
    """
    config = config or StudyConfig()
    records = study_records(config.instructions, config.seed)
    claim("feedback-study", out, asdict(config) | {"model": model.name, "protocol": PROTOCOL}, command)
    ids = {record.id for record in halves(records, config)[1]}
    with Journal(out / FILE_NAME) as journal:
        tell(f"{len(records)} instructions, {len(config.temperatures)} answers each")
        pooled = run(sampled(records, model, journal, config))
        tell(f"{len(ids)} instructions held out, {config.best_of} answers each to choose from")
        choices = run(many([one for one in records if one.id in ids], model, journal, config))
        rated = run(verified(pooled))
        tell(
            f"the model rates the answers to {config.judged} instructions, {config.judged_freely} also freely"
        )
        train = run(model_judged([one for one in rated if one.id not in ids], model, journal, config))
    held_out = [one for one in rated if one.id in ids]
    rated = [*train, *held_out]
    _write(out / "records.parquet", rated)
    _write(out / "many.parquet", run(verified(choices)))
    tell(f"reward models of {config.backbone}, {config.seeds} seeds each")
    learnt = learn(train, held_out, choices, out, config, tell)
    results = [
        *pool_results(rated, model.name, config.seed),
        *judge_results(rated, model.name, config.seed),
        *pair_results(learnt, held_out, model.name, config.seed),
        *best_of_results(learnt, choices, model.name, config.seed),
    ]
    write_results(out / RESULTS, results)
    for line in table_lines(results):
        tell(line)
    return out / RESULTS


def _write(path: Path, records: Sequence[Record]) -> None:
    with RecordWriter(path) as writer:
        for record in records:
            writer.write(record)
