"""The steps of UltraFeedback as runs over files: sample, annotate, critique, audit (§2.2 and §2.3 of the paper)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from windward.feedback import (
    Judge,
    ModelJudge,
    PrincipleMixture,
    Record,
    annotate,
    audit,
    criticise,
    read_instructions,
    repair,
    sample_completions,
)
from windward.feedback.aspects import READER_VERSION
from windward.feedback.scores import SCORE_VERSION
from windward.journal import Journal
from windward.models import Model, Sampling
from windward.recipes.errors import RecipeError
from windward.recipes.feedback.configs import (
    USUAL,
    AnnotateConfig,
    AuditConfig,
    CritiqueConfig,
    Pace,
    SampleConfig,
    StageConfig,
)
from windward.recipes.feedback.pool import VERIFIER, journaled, pool
from windward.recipes.feedback.stage import SAMPLE, Stage, StageFunction, carry_out, records_file

Models = Mapping[str, Model]


def run_config(
    config: StageConfig,
    out: Path,
    pace: Pace = USUAL,
    *,
    given: Models | None = None,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Runs the step that a configuration describes, in its folder (`stage.carry_out`).

    Args:
        config: of one of the steps.
        out: new, empty, or a folder of the same run.
        pace: see `Pace`.
        given: models that are there already, by the names under which `config` asks for them.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Returns:
        The file of the records.

    Raises:
        RecipeError: no such input or model, or a pool smaller than k.
        ModelError: there is no such model.
        FeedbackFileError, FolderError, RowsFailedError, BudgetError, JournalError, RunStoppedError: as `carry_out`.
    """
    return carry_out(stage_of(config, pace, given), out, command=command, tell=tell)


def stage_of(config: StageConfig, pace: Pace = USUAL, given: Models | None = None) -> Stage:
    """The step that a configuration describes; arguments and errors as `run_config`."""
    if isinstance(config, SampleConfig):
        return _sample(config, pace, given)
    if isinstance(config, AnnotateConfig):
        return _annotate(config, pace, given)
    return _critic(config, pace, given)


def _sample(config: SampleConfig, pace: Pace, given: Models | None) -> Stage:
    models = pool(config.models, config.base_url, given)
    if not 1 <= config.k <= len(models):
        raise RecipeError(
            f"each instruction is to get {config.k} completions of different models, and {len(models)} are named: name "
            "more (--model), or ask for fewer completions (--k)"
        )
    mixture = PrincipleMixture.paper() if config.mixture == "paper" else PrincipleMixture.released()
    sampling = Sampling(temperature=config.temperature, max_tokens=config.max_tokens)

    def build(journal: Journal) -> StageFunction:
        through = journaled(models, journal, pace.concurrency)
        return partial(
            sample_completions,
            models=through,
            mixture=mixture,
            k=config.k,
            seed=config.seed,
            sampling=sampling,
        )

    settings = _settings(config, "k", "mixture", "temperature", "max_tokens", "seed", models=sorted(models))
    source = records_file(config.instructions)
    return Stage(
        SAMPLE, source, build, settings, read_instructions, shard=pace.shard, concurrency=pace.concurrency
    )


def _annotate(config: AnnotateConfig, pace: Pace, given: Models | None) -> Stage:
    names = [name for name in config.judges if name != VERIFIER]
    models = pool(names, config.base_url, given) if names or not config.judges else {}
    computed = VERIFIER in config.judges

    def build(journal: Journal) -> StageFunction:
        judges: list[Judge] = []
        if computed:
            from windward.recipes.verifiers import (
                verifier_judge,  # here, because graders take seconds to load
            )

            judges.append(verifier_judge(VERIFIER))
        for model in journaled(models, journal, pace.concurrency).values():
            judges.append(
                ModelJudge(
                    model, config.seed, config.tries, _judging(config.max_tokens), config.shuffles, references=config.references
                )
            )  # fmt: skip
        return partial(annotate, judges=judges, aspects=config.aspects)

    settings = _settings(
        config, "aspects", "shuffles", "references", "tries", "max_tokens", "seed",
        judges=[VERIFIER] * computed + list(models),
    )  # fmt: skip
    source = records_file(config.records)
    return Stage(
        "annotate",
        source,
        build,
        settings,
        reader=READER_VERSION,
        shard=pace.shard,
        concurrency=pace.concurrency,
    )


def _critic(config: CritiqueConfig | AuditConfig, pace: Pace, given: Models | None) -> Stage:
    """Critiques; or their audit, after which those that cannot be believed are asked for again, where there is a judge."""
    models = {} if config.judge is None else pool([config.judge], config.base_url, given)
    name, work = ("critique", criticise) if isinstance(config, CritiqueConfig) else ("audit", repair)

    def build(journal: Journal) -> StageFunction:
        for model in journaled(models, journal, pace.concurrency).values():
            return partial(work, model=model, tries=config.tries, sampling=_judging(config.max_tokens))
        return _audited

    settings = _settings(config, "tries", "max_tokens", judge=next(iter(models), None))
    source = records_file(config.records)
    return Stage(
        name, source, build, settings, reader=SCORE_VERSION, shard=pace.shard, concurrency=pace.concurrency
    )


async def _audited(record: Record) -> Record:
    return audit(record)


def _judging(max_tokens: int) -> Sampling:
    return Sampling(temperature=0.0, max_tokens=max_tokens)


def _settings(config: StageConfig, *names: str, **known: Any) -> dict[str, Any]:
    """What decides the result: some fields of a configuration, and the models by what they call themselves."""
    return {**known, **{name: getattr(config, name) for name in names}}
