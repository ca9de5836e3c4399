"""`windward toolset solve`: a library and problems in; what a model solves with its tools out. Every call is journaled."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, replace
from math import sqrt
from pathlib import Path
from typing import Any, Literal

from windward.evals.folder import claim
from windward.evals.paired import compare
from windward.interpreter import Limits
from windward.journal import FILE_NAME, Journal, JournaledModel, run, run_rows, values
from windward.models import Model, Sampling
from windward.recipes.errors import RecipeError
from windward.reports.intervals import wilson
from windward.rows import Result, write_results
from windward.toolsets.domains import DOMAINS, Domain
from windward.toolsets.index import Encoder, Library
from windward.toolsets.indexed import indexed
from windward.toolsets.problems import ToolProblem, read_tool_problems
from windward.toolsets.prompts_solve import SOLVE_VERSION
from windward.toolsets.retrieve import (
    PLAN_VERSION,
    Hit,
    ModelPlanner,
    Plan,
    Retrieval,
    TextQuery,
    frequent_words,
    retrieve,
)
from windward.toolsets.solve import SOLVING, solve
from windward.toolsets.solve_acting import ACTING_VERSION, Acting, solve_acting
from windward.toolsets.solved import Solved, read_solved, write_solved
from windward.toolsets.stored_domain import domain_of
from windward.toolsets.toolset import Toolset
from windward.toolsets.validate import LIMITS, Validator
from windward.toolsets.views import views

SYSTEM = "toolset"
AT_ONCE = 16
"""Problems under way at once."""
SESSIONS = 8
"""Of an agent: each has an interpreter of its own."""

WithTools = Literal["prompt", "callable", "none", "callable-none"]
"""How a model gets at tools: their sources in the prompt, or as functions of the session in which it acts; and the baseline of each."""
WithoutPlan = Literal["problem", "nothing"]
"""What a problem gets for which the planner had no plan: the tools whose problems are nearest, or none, as two views cannot agree."""


@dataclass(frozen=True)
class SolveConfig:
    """How problems are solved.

    Attributes:
        library: folder of a toolset.
        problems: see `read_tool_problems`.
        domain: name of the domain; None is that of the library's folder.
        limit: problems at most, the first ones; None is all.
        tools: `prompt`: the sources of tools that are found stand in the prompt. `callable`: they are functions of an agent's session.
            `none` and `callable-none`: the same without any tool, the baselines.
        keep: tools kept for a problem at most.
        without_plan: see `WithoutPlan`.
        max_tokens: new tokens of a reply at most.
        cpu_seconds: CPU time of a program, or of an agent's action.
        turns: of an agent at most.
    """

    library: Path
    problems: Path
    domain: str | None = None
    limit: int | None = None
    tools: WithTools = "prompt"
    keep: int = 3
    without_plan: WithoutPlan = "problem"
    max_tokens: int = SOLVING.max_tokens
    cpu_seconds: float = LIMITS.seconds
    turns: int = Acting.turns

    @property
    def searches(self) -> bool:
        """Whether tools are looked for."""
        return self.tools in ("prompt", "callable")

    @property
    def acts(self) -> bool:
        """Whether an agent acts, turn by turn."""
        return self.tools in ("callable", "callable-none")


@dataclass(frozen=True)
class Found:
    """The tools for one problem.

    Attributes:
        problem: what was asked.
        hits: best first.
        plan: what the planner said; None without one.
    """

    problem: ToolProblem
    hits: tuple[Hit, ...] = ()
    plan: Plan | None = None

    @property
    def id(self) -> str:
        """Of the problem."""
        return self.problem.id


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
        RecipeError: the domain is unknown, or the run to compare with has none of these problems.
        ToolProblemError: the problems cannot be read.
        ToolsetError: the library, its index or the run to compare with cannot be read.
        FolderError: the folder holds something else.
        RowsFailedError: problems failed for a reason that another try may overcome.
    """
    problems = read_tool_problems(config.problems)[: config.limit]
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
    results = figures(rows, found, toolset, _Where(model.name, config, names["planner"]))
    if before is not None:
        results += changes(before, rows, _Where(model.name, config, names["planner"]), str(against))
    write_results(out / "results.parquet", results)
    for result in results:
        tell(in_words(result))
    return out / "results.parquet"


def _planned(
    found: Sequence[Found], toolset: Toolset, domain: Domain, planner: Model, journal: Journal
) -> list[Found]:
    """Each problem with its plan, where the planner has one; its hints are the words that many tools share."""
    hints = frequent_words(f"{one.name} {one.explanation}" for one in map(views, toolset.tools))
    asked = ModelPlanner(JournaledModel(planner, journal), hints=hints)

    async def plan(one: Found) -> dict[str, Any] | None:
        made = await asked.plan(domain.shown(one.problem))
        return None if made is None else asdict(made)

    version = json.dumps([PLAN_VERSION, planner.name, hints])
    outcomes = run(
        run_rows(plan, found, journal=journal, stage="plan", key="id", version=version, concurrency=AT_ONCE)
    )
    return [
        replace(one, plan=None if made is None else Plan(tuple(made["names"]), made["docstring"]))
        for one, made in zip(found, values(outcomes, "plans"), strict=True)
    ]


def _searched(found: Sequence[Found], library: Library, encoder: Encoder, config: SolveConfig) -> list[Found]:
    """Each problem with its tools."""
    with_plan = Retrieval(keep=config.keep)
    alone = Retrieval(problem=config.keep, keep=config.keep, votes=1)
    queries = [TextQuery(one.problem.question, one.plan, encoder) for one in found]
    searched = []
    for one, query in zip(found, queries, strict=True):
        if one.plan is not None:
            hits = retrieve(library, query, with_plan)
        else:
            hits = retrieve(library, query, alone) if config.without_plan == "problem" else []
        searched.append(replace(one, hits=tuple(hits)))
    return searched


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


@dataclass(frozen=True)
class _Where:
    """What figures were measured under."""

    model: str
    config: SolveConfig
    planner: str | None

    def result(self, metric: str, count: int, n: int, unread: int, **more: Any) -> Result:
        """A share, with Wilson's interval."""
        rate = count / n
        low, high = wilson(rate, n)
        under = self.under() | {"low": round(low, 6), "high": round(high, 6)} | more
        return Result(SYSTEM, self.model, self.config.problems.stem, "test", metric, rate, n, under, sqrt(rate * (1 - rate) / n), unread)  # fmt: skip

    def under(self) -> dict[str, Any]:
        """The condition of every figure."""
        if not self.config.searches:
            return {"tools": self.config.tools}
        return {
            "tools": self.config.tools,
            "keep": self.config.keep,
            "planner": self.planner or "none",
            "without_plan": self.config.without_plan,
        }


def figures(rows: Sequence[Solved], found: Sequence[Found], toolset: Toolset, where: _Where) -> list[Result]:
    """Accuracy by both rules and what became of the problems; every one of them is in every denominator."""
    status = Counter(row.status for row in rows)
    made_from = {tool.question for tool in toolset.tools}
    counts = {
        "accuracy_lenient": sum(row.lenient for row in rows),
        "accuracy_strict": sum(row.strict for row in rows),
        "crashes": status["crash"],
        "timeouts": status["timeout"],
    }
    if where.config.searches:
        counts |= {
            "plans_read": sum(one.plan is not None for one in found),
            "tools_found": sum(bool(one.hits) for one in found),
            "tools_used": sum(bool(row.used) for row in rows),
            "originating_problems": sum(row.problem.question in made_from for row in rows),
        }
    return [where.result(metric, count, len(rows), status["unread"]) for metric, count in counts.items()]


def changes(before: Sequence[Solved], rows: Sequence[Solved], where: _Where, against: str) -> list[Result]:
    """This run less another on the problems of both: paired differences with a bootstrap's interval, and McNemar's test."""
    earlier = {row.problem.id: row for row in before}
    both = [(earlier[row.problem.id], row) for row in rows if row.problem.id in earlier]
    results = []
    for rule in ("lenient", "strict"):
        found = compare(
            [getattr(one, rule) for one, _ in both], [getattr(two, rule) for _, two in both], seed=0
        )
        told = {"against": against, "low": round(found.low, 6), "high": round(found.high, 6), "gained": found.gained,
                "lost": found.lost, "mcnemar_p": found.p_value}  # fmt: skip
        unread = sum(two.status == "unread" for _, two in both)
        results.append(
            Result(SYSTEM, where.model, where.config.problems.stem, "test", f"accuracy_{rule}_change", found.difference, found.n,
                   where.under() | told, found.stderr, unread)
        )  # fmt: skip
    return results


def in_words(result: Result) -> str:
    """A figure as a line of progress."""
    low, high = result.condition["low"], result.condition["high"]
    said = f"{result.metric.replace('_', ' ')}: {result.value:.3f} [{low:.3f}, {high:.3f}] of {result.n:,}"
    if result.metric.endswith("_change"):
        return f"{said}; {result.condition['gained']} gained, {result.condition['lost']} lost"
    return f"{said}, {result.unparsed} unread" if result.metric.startswith("accuracy") else said


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
