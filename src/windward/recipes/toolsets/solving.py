"""`windward toolset solve`: a library and problems in; what a model solves with its tools out. Every call is journaled."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from windward.evals.folder import claim
from windward.interpreter import Limits
from windward.journal import FILE_NAME, Journal, JournaledModel, run, run_rows, values
from windward.models import Model, Sampling
from windward.recipes.errors import RecipeError
from windward.recipes.toolsets.solving_config import Found, SolveConfig
from windward.recipes.toolsets.solving_figures import SYSTEM, Where, changes, figures, in_words
from windward.rows import write_results
from windward.toolsets.domains import DOMAINS, Domain
from windward.toolsets.index import Encoder, Library
from windward.toolsets.indexed import indexed
from windward.toolsets.problems import ToolProblem, read_tool_problems
from windward.toolsets.prompts_solve import SOLVE_VERSION, writable
from windward.toolsets.retrieve import (
    PLAN_VERSION,
    ModelPlanner,
    Plan,
)
from windward.toolsets.search import Search, hints
from windward.toolsets.solve import SOLVING, solve
from windward.toolsets.solve_acting import ACTING_VERSION, Acting, solve_acting
from windward.toolsets.solved import Solved, read_solved, write_solved
from windward.toolsets.stored_domain import domain_of
from windward.toolsets.toolset import Toolset
from windward.toolsets.validate import LIMITS, Validator

AT_ONCE = 16
"""Problems under way at once."""
SESSIONS = 8
"""Of an agent: each has an interpreter of its own."""


def solve_problems(
    config: SolveConfig,
    model: Model,
    out: Path,
    *,
    planner: Model | None = None,
    validator: Validator | None = None,
    encoder: Callable[[], Encoder] | None = None,
    against: Path | None = None,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Solves each problem; a killed run goes on where it was and buys no reply twice.

    Args:
        config: see `SolveConfig`.
        model: writes the programs.
        out: new, empty, or a folder of the same run.
        planner: thinks up names and docstrings to search for; None: no plans.
        validator: warm interpreters of the caller's, with a domain and limits of their own; None makes what the configuration says.
        encoder: makes the encoder of library and queries; None is the embedded one.
        against: folder of another run on these problems, to compare with problem by problem.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Returns:
        The result table.

    Raises:
        RecipeError: the domain is unknown, a problem holds half a character, or the run to compare with has none of these problems.
        ToolProblemError: the problems cannot be read.
        ToolsetError: the library, its index or the run to compare with cannot be read.
        FolderError: the folder holds something else.
        RowsFailedError: problems failed for a reason that another try may overcome.
    """
    problems = _asked(config)
    toolset = Toolset.load(config.library)
    domain, limits = _ground(config, validator)
    before = None if against is None else _before(against, problems)
    names = {"model": model.name, "planner": planner.name if planner is not None else None}
    settings = _settings(config, problems, toolset) | {"domain": domain.name, "limits": asdict(limits)}
    claim(f"{SYSTEM} solve", out, settings | names, command)
    tell(f"{len(problems):,} problems, {len(toolset.tools):,} tools")
    with Journal(out / FILE_NAME) as journal:
        found = [Found(problem) for problem in problems]
        if config.searches:
            reads = (encoder or _embedded)()
            library = indexed(config.library, toolset, reads)
            if planner is not None:
                found = _planned(found, toolset, domain, planner, journal)
            found = _searched(found, library, reads, config)
            tell(_said_of(found))
        through, sampling = JournaledModel(model, journal), replace(SOLVING, max_tokens=config.max_tokens)
        if config.acts:
            rows = _acted(found, toolset, domain, through, Acting(config.turns, sampling, limits))
        else:
            with _running(validator, domain, limits) as running:
                rows = _solved(found, toolset, running, through, sampling)
    write_solved(out, rows)
    results = figures(rows, found, toolset, Where(model.name, config, names["planner"]))
    if before is not None:
        results += changes(before, rows, Where(model.name, config, names["planner"]), str(against))
    write_results(out / "results.parquet", results)
    for result in results:
        tell(in_words(result))
    return out / "results.parquet"


def _planned(
    found: Sequence[Found], toolset: Toolset, domain: Domain, planner: Model, journal: Journal
) -> list[Found]:
    """Each problem with its plan, where the planner has one; its hints are the words that many tools share."""
    words = hints(toolset)
    asked = ModelPlanner(JournaledModel(planner, journal), hints=words)

    async def plan(one: Found) -> dict[str, Any] | None:
        made = await asked.plan(domain.shown(one.problem))
        return None if made is None else asdict(made)

    version = json.dumps([PLAN_VERSION, planner.name, words])
    outcomes = run(
        run_rows(plan, found, journal=journal, stage="plan", key="id", version=version, concurrency=AT_ONCE)
    )
    return [
        replace(one, plan=None if made is None else Plan(tuple(made["names"]), made["docstring"]))
        for one, made in zip(found, values(outcomes, "plans"), strict=True)
    ]


def _searched(found: Sequence[Found], library: Library, encoder: Encoder, config: SolveConfig) -> list[Found]:
    """Each problem with its tools."""
    search = Search(config.keep, config.without_plan == "problem")
    return [
        replace(one, hits=tuple(search.hits(library, one.problem.question, one.plan, encoder)))
        for one in found
    ]


def _solved(
    found: Sequence[Found],
    toolset: Toolset,
    validator: Validator,
    model: JournaledModel,
    sampling: Sampling,
) -> list[Solved]:
    tools = {tool.id: tool for tool in toolset.tools}

    async def one(row: Found) -> dict[str, Any]:
        return asdict(await solve(row.problem, row.hits, tools, model, validator, sampling=sampling))

    version = json.dumps([SOLVE_VERSION, model.name, sampling.as_dict(), asdict(validator.environment)])
    outcomes = run(
        run_rows(
            one, found, journal=model.journal, stage="solve", key="id", version=version, concurrency=AT_ONCE
        )
    )
    return [_solved_from(row) for row in values(outcomes, "problems")]


def _acted(
    found: Sequence[Found], toolset: Toolset, domain: Domain, model: JournaledModel, how: Acting
) -> list[Solved]:
    tools = {tool.id: tool for tool in toolset.tools}

    async def one(row: Found) -> dict[str, Any]:
        return asdict(await solve_acting(row.problem, row.hits, tools, model, domain, how))

    version = json.dumps([ACTING_VERSION, model.name, asdict(how), domain.name])
    outcomes = run(
        run_rows(
            one, found, journal=model.journal, stage="act", key="id", version=version, concurrency=SESSIONS
        )
    )
    return [_solved_from(row) for row in values(outcomes, "problems")]


def _solved_from(row: dict[str, Any]) -> Solved:
    lists = {name: tuple(row[name]) for name in ("tools", "votes", "used")}
    return Solved(**row | lists | {"problem": ToolProblem(**row["problem"])})


def _said_of(found: Sequence[Found]) -> str:
    plans = sum(one.plan is not None for one in found)
    some = sum(bool(one.hits) for one in found)
    alone = sum(bool(one.hits) and one.plan is None for one in found)
    return f"plans read for {plans:,} of {len(found):,} problems; tools found for {some:,}, for {alone:,} of these by the problem alone"


def _before(against: Path, problems: Sequence[ToolProblem]) -> list[Solved]:
    before = read_solved(against)
    if not {row.problem.id for row in before} & {problem.id for problem in problems}:
        raise RecipeError(f"{against} has none of these problems: name a run on the same file")
    return before


def _asked(config: SolveConfig) -> list[ToolProblem]:
    """The problems; what could not be written in the end is refused before anything is asked."""
    problems = read_tool_problems(config.problems)[: config.limit]
    for problem in problems:
        for text in (problem.id, problem.question, problem.answer, *problem.facts, *problem.facts.values()):
            if writable(text) != text:
                raise RecipeError(
                    f"{config.problems}, problem {writable(problem.id)}: half a character (a lone surrogate) in {writable(text)[:80]!r}"
                )
    return problems


def _ground(config: SolveConfig, validator: Validator | None) -> tuple[Domain, Limits]:
    """The domain, and what a program may use."""
    if validator is not None:
        return validator.domain, validator.environment.limits
    return _domain(config), replace(LIMITS, seconds=config.cpu_seconds)


def _running(
    validator: Validator | None, domain: Domain, limits: Limits
) -> AbstractContextManager[Validator]:
    """The caller's interpreters, which stay open, or some that are closed in the end."""
    return nullcontext(validator) if validator is not None else Validator(limits, domain=domain)


def _domain(config: SolveConfig) -> Domain:
    name = config.domain or domain_of(config.library)
    if name not in DOMAINS:
        raise RecipeError(
            f"no domain {name!r} without tools of the user's own: use one of {', '.join(DOMAINS)}"
        )
    return DOMAINS[name]


def _embedded() -> Encoder:
    from windward.models import sentence_encoder

    return sentence_encoder()


def _settings(config: SolveConfig, problems: Sequence[ToolProblem], toolset: Toolset) -> dict[str, Any]:
    settings: dict[str, Any] = json.loads(json.dumps(asdict(config), default=str))
    hashed: Mapping[str, Sequence[Any]] = {"problems_sha256": problems, "tools_sha256": toolset.tools}
    digests = {
        name: hashlib.sha256(json.dumps([asdict(row) for row in rows], sort_keys=True).encode()).hexdigest()[
            :16
        ]
        for name, rows in hashed.items()
    }
    return settings | digests
