"""`windward controllable study`: what a policy that can be asked for levels brings, against policies trained otherwise."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from windward.evals.folder import claim
from windward.recipes.controllable.asked import Told, asked, read_told, write_told
from windward.recipes.controllable.config import ControlStudyConfig
from windward.recipes.controllable.figures import seed_results
from windward.recipes.controllable.methods import Method, methods, train
from windward.recipes.controllable.over_seeds import over_seeds
from windward.recipes.controllable.table import table_lines
from windward.recipes.controllable.worlds import SMALL, World
from windward.recipes.errors import RecipeError
from windward.rows import Result, write_results
from windward.training.controllable import RatedPrompt

PROTOCOL = "3"
"""Changes with the worlds, what is asked, and how policies are trained."""
RESULTS = "results.parquet"


def run_control_study(
    out: Path,
    config: ControlStudyConfig | None = None,
    world: World = SMALL,
    *,
    keep: Sequence[str] = (),
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Trains every method on the same rated answers, asks for every level and pair of levels, and compares; a few seeds of it.

    Writes `answers/SEED/METHOD.jsonl` (each answer and its ratings), `training/SEED/METHOD.json` (losses), `results.parquet` and
    `run.json`. A checkpoint is dropped once it is measured and all that starts from it is. Killed at any point, the same command goes on
    where it was; with more seeds it adds them.

    Args:
        out: new, empty, or a folder of the same study.
        config: see `ControlStudyConfig`.
        world: objectives, prompts, verifier and policy.
        keep: methods whose checkpoints stay, as `checkpoints/SEED/METHOD`.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Returns:
        The result table.

    Raises:
        FolderError: the folder holds something else.
        OutputError: a checkpoint in it is of something else.
        RecipeError: a method to keep is none.
    """
    config = config or ControlStudyConfig(**world.settings)
    if unknown := sorted(set(keep) - methods(world).keys()):
        raise RecipeError(f"there is no method {unknown[0]!r} to keep; there are {', '.join(methods(world))}")
    # How many seeds there are decides no figure of a seed: more of them go on where fewer ended.
    settings = {name: value for name, value in asdict(config).items() if name != "seeds"}
    claim("controllable", out, settings | {"world": world.name, "protocol": PROTOCOL}, command)
    results: list[Result] = []
    for seed in range(1, config.seeds + 1):
        results += seed_results(_one_seed(out, config, world, seed, keep, tell), world, seed)
        write_results(out / RESULTS, [*results, *over_seeds(results)])
    for line in table_lines([*results, *over_seeds(results)], world):
        tell(line)
    return out / RESULTS


def _one_seed(
    out: Path,
    config: ControlStudyConfig,
    world: World,
    seed: int,
    keep: Sequence[str],
    tell: Callable[[str], None],
) -> dict[str, list[Told]]:
    learnt, held_out = world.prompts(seed, config.answers, config.noise)
    learnt, held_out = learnt[: config.limit], held_out[: config.held_out]
    known = methods(world)
    files = {name: out / "answers" / str(seed) / f"{name}.jsonl" for name in known}
    checkpoints = out / "checkpoints" / str(seed)
    missing = [name for name, file in files.items() if not file.exists()]
    for name in missing:
        method = known[name]
        tell(f"seed {seed}: {method.shown}")
        trained = _checkpoint(name, known, learnt, checkpoints, config, world, seed)
        kept = out / "training" / str(seed) / f"{name}.json"
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(trained / "training.json", kept)
        write_told(files[name], _answers(trained, method, held_out, config, world, seed))
        _drop(checkpoints, known, keep, files)
    for left in checkpoints.iterdir() if missing else ():
        if left.is_file():
            left.unlink()
        elif left.name not in keep:
            shutil.rmtree(left)
    return {name: read_told(file) for name, file in files.items()}


def _drop(checkpoints: Path, known: dict[str, Method], keep: Sequence[str], files: dict[str, Path]) -> None:
    """Removes what is measured and nothing unmeasured starts from: a language model's checkpoint takes half a gigabyte."""
    for name in known:
        heirs = [other for other, method in known.items() if method.parent == name or other == name]
        if name not in keep and all(files[heir].exists() for heir in heirs):
            shutil.rmtree(checkpoints / name, ignore_errors=True)


def _checkpoint(
    name: str,
    known: dict[str, Method],
    learnt: Sequence[RatedPrompt],
    folder: Path,
    config: ControlStudyConfig,
    world: World,
    seed: int,
) -> Path:
    """The policy of a method, and of what it starts from, trained where it is not there."""
    method = known[name]
    if method.parent is None:
        start = folder / "start"
        if not start.exists():
            part = folder / "start.part"
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            made = world.policy(part, seed)
            if made == part:
                part.rename(start)
            else:
                start = made
    else:
        start = _checkpoint(method.parent, known, learnt, folder, config, world, seed)
    return train(method, start, method.rows(learnt, world, config, seed), folder / name, config, world, seed)


def _answers(
    checkpoint: Path,
    method: Method,
    held_out: Sequence[str],
    config: ControlStudyConfig,
    world: World,
    seed: int,
) -> list[Told]:
    from windward.models import local

    model = local(checkpoint, max_batch=256)
    return asked(model, world, held_out, conditioned=method.conditioned, samples=config.samples, seed=seed)
