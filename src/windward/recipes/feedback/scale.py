"""A step over many machines by Ray Data: every task works on one shard in a folder of its own, and the shards are merged.

What a task runs is what runs on one machine. A task that dies is started again by Ray and goes on from its journal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from windward.evals.folder import claim
from windward.journal import RowsFailedError
from windward.recipes.feedback.configs import AnnotateConfig, CritiqueConfig, Pace, SampleConfig, StageConfig
from windward.recipes.feedback.merged import merge_shards
from windward.recipes.feedback.pool import REPLAY
from windward.recipes.feedback.stage import SYSTEM, settings_of
from windward.recipes.feedback.stages import run_config, stage_of
from windward.recipes.feedback.stream import Shard
from windward.recipes.ray_start import ray_data

SHARDS = "shards"


def on_ray(
    config: StageConfig,
    out: Path,
    workers: int,
    *,
    concurrency: int = 64,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Runs a step as `workers` shards by Ray Data, then merges them into the folder of the whole run.

    Ray is started on this machine, unless this process is connected to a cluster or `RAY_ADDRESS` names one; the paths then
    have to be the same on all its machines. A task takes one core. `concurrency` is each task's own, so an endpoint sees up
    to `workers` times as many calls at once.

    Args:
        config: of one of the steps; models by name.
        out: new, empty, or the folder of the same run; shards lie in its folder `shards`.
        workers: shards.
        concurrency: calls in flight at most, of each model in each task.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Returns:
        The file of the records.

    Raises:
        RecipeError: Ray is not installed, or as `run_config`.
        RowsFailedError: a shard did not end well; the same call goes on with all of them.
    """
    data = ray_data("run shards by hand (--shard, windward feedback merge)")
    config, out = _everywhere(config), out.absolute()
    claim(SYSTEM, out, settings_of(stage_of(config)), command)
    shards = [Shard(number, workers) for number in range(1, workers + 1)]
    folders = {str(shard): out / SHARDS / f"{shard.number}-of-{shard.of}" for shard in shards}
    rows = [{"shard": shard, "folder": str(folder)} for shard, folder in folders.items()]
    tasks = data.from_items(rows, override_num_blocks=workers).map(
        partial(_work, config, concurrency, tuple(command)), num_cpus=1
    )
    if failed := sorted((row["shard"], row["error"]) for row in tasks.take_all() if row["error"]):
        told = "; ".join(f"shard {shard}: {error}" for shard, error in failed)
        raise RowsFailedError(f"{len(failed)} of {workers} shards did not end well ({told})")
    return merge_shards(list(folders.values()), out, command=command, tell=tell)


def _work(
    config: StageConfig, concurrency: int, command: Sequence[str], row: dict[str, Any]
) -> dict[str, Any]:
    """One shard, in a task. What goes wrong is a value here: another shard is not stopped by it."""
    pace = Pace(concurrency, Shard.parse(row["shard"]))
    try:
        run_config(config, Path(row["folder"]), pace, command=command)
    except Exception as error:
        return {"shard": row["shard"], "error": f"{error}" or type(error).__name__}
    return {"shard": row["shard"], "error": ""}


def _everywhere(config: StageConfig) -> StageConfig:
    """The same files by whole paths: a task may run in another folder."""
    if isinstance(config, SampleConfig):
        models = tuple(_whole(name) for name in config.models)
        return replace(config, instructions=config.instructions.absolute(), models=models)
    records = config.records.absolute()
    if isinstance(config, AnnotateConfig):
        return replace(config, records=records, judges=tuple(_whole(name) for name in config.judges))
    if isinstance(config, CritiqueConfig):
        return replace(config, records=records, judge=_whole(config.judge))
    return replace(config, records=records, judge=config.judge and _whole(config.judge))


def _whole(name: str) -> str:
    path = Path(name.removeprefix(REPLAY))
    return name.replace(str(path), str(path.absolute())) if path.exists() else name
