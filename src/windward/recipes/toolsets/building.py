"""`windward toolset build`: problems in; a library of tools, and all that was tried for it, out. Every call is journaled."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from windward.evals.folder import claim
from windward.feedback.asking import lies_in_the_prompt
from windward.interpreter import Isolation
from windward.interpreter import Limits as ToolLimits
from windward.journal import FILE_NAME, Journal, JournaledModel, run, run_rows, values
from windward.journal.runner import spent
from windward.journal.store import current_row
from windward.models import Model, ModelError
from windward.recipes.errors import RecipeError
from windward.recipes.toolsets.building_figures import build_results, told
from windward.recipes.toolsets.building_files import write_sampled, write_stages
from windward.rows import write_results
from windward.toolsets.build import Built, Makers, Row, build
from windward.toolsets.build_reading import READING_VERSION
from windward.toolsets.dedup import PROMPT_VERSION as CHOICE_VERSION
from windward.toolsets.dedup import Choice, Chooser, Key, ModelChooser
from windward.toolsets.domains import Domain
from windward.toolsets.generate import WRITING
from windward.toolsets.index import Encoder, Library
from windward.toolsets.problems import ToolProblem, read_tool_problems
from windward.toolsets.prompts_build import ABSTRACT_VERSION, GENERATE_VERSION
from windward.toolsets.records import Tool
from windward.toolsets.sample import Sampled, sample
from windward.toolsets.steps import Stage, write_steps
from windward.toolsets.validate import LIMITS, Validator

SYSTEM = "toolset build"
INDEX = "index.npz"
RESULTS = "results.parquet"


@dataclass(frozen=True)
class BuildConfig:
    """What tools are made from, and how.

    Attributes:
        problems: the file; see `read_tool_problems`.
        limit: problems at most, the first ones; None is all.
        initial: problems drawn at random in epoch 0; None takes all problems, in one epoch.
        each: problems of every later epoch, those that the earlier ones resemble least.
        epochs: later epochs.
        seed: of the draw.
        key: what makes tools alike when they are de-duplicated.
        tries: replies to one request at most, until one can be read.
        samples: draws of a solution, and of an abstraction, at most, until one gives the right answer.
        max_tokens: new tokens of a solution, a call or an abstraction at most.
        index: whether the library's vectors are written as well.
        isolation: of what runs the tools.
        limits: of each run of a tool.
    """

    problems: Path
    limit: int | None = None
    initial: int | None = None
    each: int = 100
    epochs: int = 3
    seed: int = 0
    key: Key = "name and count"
    tries: int = 3
    samples: int = 1
    max_tokens: int = WRITING.max_tokens
    index: bool = False
    isolation: Isolation = "auto"
    limits: ToolLimits = LIMITS


def build_toolset(
    config: BuildConfig,
    domain: Domain,
    solver: Model,
    out: Path,
    *,
    abstracter: Model | None = None,
    chooser: Chooser | None = None,
    encoder: Callable[[], Encoder] | None = None,
    validator: Validator | None = None,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Makes a library; a killed run goes on where it was and buys no reply twice.

    Writes `epoch_N/1_solutions.parquet` … `5_kept.parquet`, `tools.parquet` and `decisions.parquet` (the library), `steps.parquet`
    (what became of each problem), `results.parquet`, `sampled.parquet` where problems were drawn, and `run.json`.

    Args:
        config: see `BuildConfig`.
        domain: of the problems.
        solver: writes the solutions.
        out: new, empty, or a folder of the same configuration and models.
        abstracter: makes them general, and picks the most general of those that are alike; None is the solver.
        chooser: who picks instead.
        encoder: gives the sentence encoder, where problems are drawn or an index is wanted.
        validator: of the domain, with interpreters that are warm; it stays open. None starts one by the configuration.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Returns:
        The folder.

    Raises:
        RecipeError: more problems are wanted than there are, or an encoder is missing.
        ToolProblemError: the problems cannot be read.
        FolderError: the folder holds something else.
        RowsFailedError: problems failed for a reason that another try may overcome.
        IsolationError: isolation does not work on this machine.
    """
    abstracter = abstracter or solver
    if validator is not None and validator.domain is not domain:
        raise ValueError(f"the validator is of {validator.domain.name}, the problems are of {domain.name}")
    problems = read_tool_problems(config.problems)[: config.limit]
    if encoder is None and (config.initial is not None or config.index):
        raise RecipeError("problems are drawn, and an index is made, by a sentence encoder: give one")
    wanted = len(problems) if config.initial is None else config.initial + config.each * config.epochs
    if wanted > len(problems):
        raise RecipeError(
            f"{wanted} problems are wanted ({config.initial} + {config.epochs} × {config.each}), {config.problems} holds "
            f"{len(problems)}: ask for fewer"
        )
    for problem in problems:  # a picture that is not there is said before anything is bought
        domain.prepare(problem)
    opened = nullcontext(validator) if validator else Validator(config.limits, isolation=config.isolation, domain=domain)  # fmt: skip
    with opened as bench:
        claim(SYSTEM, out, _settings(config, domain, problems, solver, abstracter), command)
        epochs = [problems]
        if config.initial is not None:
            assert encoder is not None
            plan = _drawn(problems, config, encoder())
            write_sampled(out, plan)
            epochs = _epochs(problems, plan)
        tell(f"{wanted:,} problems of {domain.name} in {len(epochs)} epochs")
        with Journal(out / FILE_NAME) as journal:
            maker = JournaledModel(abstracter, journal)
            makers = Makers(
                JournaledModel(solver, journal), maker, replace(WRITING, max_tokens=config.max_tokens),
                tries=config.tries, samples=config.samples,
            )  # fmt: skip
            choosing = _Choosing(chooser or ModelChooser(maker, tries=config.tries))
            built = run(build(epochs, makers, choosing, bench, key=config.key, each=_Journaled(journal)))
            tell(f"the journal holds {spent(journal)}")
    _write(out, built, solver.name, config.problems.stem, tell)
    if config.index:
        assert encoder is not None
        Library.of_tools(built.toolset.tools, encoder()).save(out / INDEX)
    return out


class _Choosing:
    """A chooser whose calls stand in the journal as the stage `choice`; of tools too long for its model the first stays."""

    def __init__(self, chooser: Chooser) -> None:
        self._chooser = chooser

    async def choose(self, candidates: Sequence[Tool]) -> Choice:
        current_row.set(("choice", candidates[0].id))
        try:
            return await self._chooser.choose(candidates)
        except ModelError as error:
            if not lies_in_the_prompt(error):
                raise
            return Choice(0, f"no reply: {error}; the first stays", read=False)


class _Journaled:
    """Rows of a stage by way of the journal: what has an outcome is not done again."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def __call__(
        self, stage: Stage, version: str, fn: Callable[[Row], Awaitable[Row]], rows: Sequence[Row]
    ) -> list[Row]:
        async def stored(row: Row) -> dict[str, Any]:
            return asdict(await fn(row))

        at_once = (os.cpu_count() or 1) if stage.endswith("verdict") else 64
        outcomes = await run_rows(
            stored, rows, journal=self._journal, stage=stage, key=lambda row: row.key, version=version, concurrency=at_once
        )  # fmt: skip
        return [Row.from_dict(value) for value in values(outcomes, "problems")]


def _drawn(problems: Sequence[ToolProblem], config: BuildConfig, encoder: Encoder) -> list[Sampled]:
    assert config.initial is not None
    vectors = encoder.encode([problem.question for problem in problems])
    return sample(
        [problem.id for problem in problems], vectors,
        initial=config.initial, each=config.each, epochs=config.epochs, seed=config.seed,
    )  # fmt: skip


def _epochs(problems: Sequence[ToolProblem], plan: Sequence[Sampled]) -> list[list[ToolProblem]]:
    by_id = {problem.id: problem for problem in problems}
    return [
        [by_id[one.id] for one in plan if one.epoch == number]
        for number in range(max(one.epoch for one in plan) + 1)
    ]


def _write(out: Path, built: Built, model: str, dataset: str, tell: Callable[[str], None]) -> None:
    write_stages(out, built)
    write_steps(out, built.steps)
    results = build_results(built, model, dataset)
    write_results(out / RESULTS, results)
    built.toolset.save(out)
    for line in told(results):
        tell(line)


def _settings(
    config: BuildConfig, domain: Domain, problems: Sequence[ToolProblem], solver: Model, abstracter: Model
) -> dict[str, Any]:
    settings: dict[str, Any] = json.loads(json.dumps(asdict(config), default=str))
    settings["problems"] = config.problems.name
    text = json.dumps([asdict(one) for one in problems], sort_keys=True)
    return settings | {
        "domain": domain.name,
        "model": solver.name,
        "abstracter": abstracter.name,
        "problems_sha256": hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16],
        "versions": {
            "generate": GENERATE_VERSION, "abstract": ABSTRACT_VERSION, "reading": READING_VERSION, "choice": CHOICE_VERSION,
        },
    }  # fmt: skip
