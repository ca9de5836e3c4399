"""The main job: from problems to a better, measured model."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from windward.evals import Evaluation
from windward.journal import Journal, Limits
from windward.journal.summary import summarize
from windward.models import Model, resolve
from windward.recipes.errors import RecipeError
from windward.recipes.problems import generated, given
from windward.recipes.quickstart import figures, steps
from windward.recipes.quickstart.config import SIZES, QuickstartConfig, Size
from windward.recipes.quickstart.folder import RunFolder, open_folder
from windward.rows import Problem, read_problems, write_problems, write_results
from windward.training import train_preference, train_sft
from windward.trees import GrowConfig

Tell = Callable[[str], None]
BATCH = 128
"""Calls decoded together: enough for a whole measurement of the tiny size, as the last few replies of a wave are slow."""


class OpenModel(Protocol):
    """From a path or name to a model."""

    def __call__(self, model: str, *, fast: bool = False) -> Model:
        """Opens it; `fast` allows a lower precision, for draws that are checked and not measured."""


def open_local(model: str, *, fast: bool = False) -> Model:
    """The model to measure and to train, in this process."""
    from windward.models import local

    return local(_local_path(model), max_batch=BATCH, dtype="fast" if fast else "auto")


@dataclass
class _Job:
    """One run under way."""

    config: QuickstartConfig
    size: Size
    folder: RunFolder
    bench: steps.Bench
    open_model: OpenModel
    tell: Tell
    loaded: tuple[tuple[str, bool], Model] | None = None

    def model(self, path: str, *, fast: bool = False) -> Model:
        """The model of a path; the one before is let go first."""
        if self.loaded is None or self.loaded[0] != (path, fast):
            self.loaded = None
            steps.forget_models()
            self.loaded = ((path, fast), self.open_model(path, fast=fast))
        return self.loaded[1]

    def problems(self, *, held_out: bool) -> list[Problem]:
        """The problems to measure on, or those to learn from."""
        found = read_problems(self.folder.file("problems.jsonl"))
        return [problem for problem in found if (problem.split != "train") == held_out]


def run_quickstart(
    config: QuickstartConfig,
    out: str | Path,
    *,
    command: Sequence[str] = (),
    open_model: OpenModel = open_local,
    size: Size | None = None,
    tell: Tell = print,
) -> Path:
    """Makes data from problems, trains on it and measures what changed.

    Problems, a measurement, preference trees, rows, SFT, a measurement, preference learning, a measurement,
    the result table, the report. Each step writes its files whole or not at all and is not done twice; replies
    of a step that was cut off are in `out/journal.sqlite` and are not bought again.

    Args:
        config: what the user chose.
        out: the run's folder: new, empty, or of the same run.
        command: how it was called, for the record.
        open_model: opens a model to measure, or (`fast`) to draw from.
        size: in place of the named size (tests, experiments).
        tell: shows a line of progress.

    Returns:
        The report, or the result table where no report could be made.

    Raises:
        RecipeError: the run cannot start or go on; the message says why and what to do.
        ProblemError: a row of the user's problems is malformed.
        ModelError: a model cannot be had or fails for good.
    """
    seeded = _seeded(size or SIZES[config.size], config.seed)
    problems = _problems(config, seeded)
    folder = open_folder(Path(out), _identity(config, seeded), command)
    with Journal(folder.file("journal.sqlite")) as journal:
        job = _Job(
            config, seeded, folder, steps.Bench(journal, Limits(concurrency=2 * BATCH)), open_model, tell
        )
        _step_problems(job, problems)
        models = {"before": config.model}
        _step_measure(job, "before", config.model)
        _step_grow(job)
        _step_rows(job)
        supervised = _step_sft(job, config.model)
        pairs = _has_pairs(job)
        if seeded.measure_sft or not pairs:
            models["sft"] = supervised
            _step_measure(job, "sft", supervised)
        if pairs:
            models["after"] = _step_preference(job, supervised)
            _step_measure(job, "after", models["after"])
        records = _step_results(job, models)
        report = _step_report(job)
    tell("\n" + figures.closing_table(records, turns=seeded.turns, seed=config.seed))
    return report


def _step_problems(job: _Job, problems: Sequence[Problem]) -> None:
    def work() -> str:
        write_problems(job.folder.file("problems.jsonl"), problems)
        counts = Counter(problem.split for problem in problems)
        return ", ".join(f"{count} {split}" for split, count in counts.items())

    inputs = [problem.as_dict() for problem in problems]
    job.folder.step("problems", inputs, ["problems.jsonl"], work, tell=job.tell)


def _step_measure(job: _Job, stage: str, model: str) -> None:
    out = f"measured-{stage}.jsonl"

    def work() -> str:
        return steps.measure(
            job.bench,
            job.model(model),
            job.problems(held_out=True),
            stage=stage,
            turns=job.size.turns,
            out=job.folder.file(out),
        )

    _step(job, f"measure {stage}", [model], ["problems"], [out], work)


def _step_grow(job: _Job) -> None:
    config = GrowConfig(
        samples=job.size.samples,
        temperature=job.size.temperature,
        max_tokens=steps.MAX_TOKENS,
        seed=job.config.seed,
    )

    def work() -> str:
        if job.config.actor is not None:
            model = resolve(job.config.actor, job.config.base_url)
        else:
            model = job.model(job.config.model, fast=True)
        return steps.grow(
            job.bench,
            model,
            job.problems(held_out=False),
            config=config,
            out=job.folder.file("trees.jsonl"),
        )

    _step(job, "grow trees", [asdict(config)], ["problems"], ["trees.jsonl"], work)


def _step_rows(job: _Job) -> None:
    # What a user calls a family may be all that there is.
    per_family = job.size.per_family if job.config.problems is None else None

    def work() -> str:
        return steps.rows(
            job.folder.file("trees.jsonl"),
            per_tree=job.size.sft_per_tree,
            per_family=per_family,
            sft=job.folder.file("sft.parquet"),
            pairs=job.folder.file("pairs.parquet"),
        )

    _step(
        job,
        "rows",
        [job.size.sft_per_tree, per_family],
        ["grow trees"],
        ["sft.parquet", "pairs.parquet"],
        work,
    )


def _step_sft(job: _Job, model: str) -> str:
    def work() -> str:
        trained = train_sft(
            _local_path(model),
            job.folder.file("sft.parquet"),
            job.folder.file("sft"),
            job.size.sft,
            on_step=_teller(job),
        )
        return f"{len(trained.losses)} steps, loss {trained.losses[0]:.3f} to {trained.losses[-1]:.3f}"

    _step(job, "sft", [job.size.sft.as_dict()], ["rows"], ["sft"], work)
    return str(job.folder.file("sft"))


def _has_pairs(job: _Job) -> bool:
    import pyarrow.parquet as pq

    if pq.read_metadata(job.folder.file("pairs.parquet")).num_rows:
        return True
    job.tell("preference: no turn of any tree kept a correct and an incorrect action, so there are no pairs")
    return False


def _step_preference(job: _Job, model: str) -> str:
    def work() -> str:
        trained = train_preference(
            model,
            job.folder.file("pairs.parquet"),
            job.folder.file("preference"),
            job.size.preference,
            on_step=_teller(job),
        )
        return f"{len(trained.losses)} steps, loss {trained.losses[0]:.3f} to {trained.losses[-1]:.3f}"

    _step(job, "preference", [job.size.preference.as_dict()], ["rows", "sft"], ["preference"], work)
    return str(job.folder.file("preference"))


def _step_results(job: _Job, models: dict[str, str]) -> list[Evaluation]:
    parts = [job.folder.file(f"measured-{stage}.jsonl") for stage in models]
    records = steps.join_evaluations(parts, job.folder.file("evaluations.jsonl"))
    start = job.config.model
    names = {"before": start, "sft": f"{start} + sft", "after": f"{start} + sft + preference"}
    table = figures.result_table(
        records,
        models={stage: names[stage] for stage in models},
        dataset=Path(job.config.problems).name if job.config.problems else "generated problems",
        turns=job.size.turns,
        seed=job.config.seed,
    )
    write_results(job.folder.file("results.parquet"), table)
    return records


def _step_report(job: _Job) -> Path:
    _write_spending(job)
    from windward.reports import write_quickstart_report

    return write_quickstart_report(job.folder.path)


def _step(
    job: _Job, name: str, inputs: list[Any], after: Sequence[str], outputs: list[str], work: Callable[[], str]
) -> None:
    """A step whose inputs are its settings and the inputs of the steps that it builds on."""
    before = [step["inputs"] for step in job.folder.steps if step["name"] in after]
    job.folder.step(name, [inputs, before], outputs, work, tell=job.tell)


def _write_spending(job: _Job) -> None:
    """Adds to each step what its calls used, as the journal has it: those of cut-off processes too."""
    spent = {group.group: group for group in summarize(job.folder.file("journal.sqlite")).stages}
    for step in job.folder.steps:
        counted = spent.get(step["name"])
        if counted is not None:
            step |= {"calls": counted.attempts, "tokens": counted.tokens, "cost": counted.cost}
    job.folder.save_steps()


def _teller(job: _Job) -> Callable[[Any], None]:
    def tell(progress: Any) -> None:
        if progress.step % 5 == 0 or progress.step in (1, progress.steps):
            job.tell(
                f"  step {progress.step} of {progress.steps}, loss {progress.loss:.3f}, {progress.seconds:.0f} s"
            )

    return tell


def _local_path(model: str) -> str:
    if model != "embedded":
        return model
    from windward.models import embedded_path

    return str(embedded_path())


def _seeded(size: Size, seed: int) -> Size:
    return replace(size, sft=replace(size.sft, seed=seed), preference=replace(size.preference, seed=seed))


def _problems(config: QuickstartConfig, size: Size) -> list[Problem]:
    counts = {"train": size.train, "test": size.test, "test_families": size.test_families}
    if config.problems is not None:
        return given(config.problems, **counts, seed=config.seed)
    return generated(**counts, seed=config.seed)


def _identity(config: QuickstartConfig, size: Size) -> dict[str, Any]:
    """All settings of a run; a problems file counts by its content too."""
    if (config.actor is None) != (config.base_url is None):
        raise RecipeError(
            "--actor names a model of an endpoint, --base-url the endpoint: give both, or neither"
        )
    content = None
    if config.problems is not None:
        content = hashlib.sha256(Path(config.problems).read_bytes()).hexdigest()
    settings = asdict(size) | {"sft": size.sft.as_dict(), "preference": size.preference.as_dict()}
    return asdict(config) | {"problems_sha256": content, "settings": settings}
