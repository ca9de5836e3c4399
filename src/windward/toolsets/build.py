"""The pipeline that makes a library: generate, validate, abstract, validate, de-duplicate (CRAFT, sections 2.1 and 2.2).

    1  a solution of each problem                  by a model
    2  that gives the right answer                 by running it
    3  its abstraction                             by a model
    4  that gives the right answer too             by running it, on the problem it comes from
    5  the most general of those that are alike    in each epoch, then over all

Every stage maps rows to rows. How it maps them is given (`Each`): at once here, through a journal in a run.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol

from windward.models import Model, Sampling
from windward.toolsets.abstract import abstract
from windward.toolsets.build_reading import READING_VERSION, Written
from windward.toolsets.dedup import Chooser, DeduplicatedEpochs, Key, dedup_epochs
from windward.toolsets.domains import Domain
from windward.toolsets.generate import WRITING, generate
from windward.toolsets.problems import ToolProblem
from windward.toolsets.prompts_build import ABSTRACT_VERSION, GENERATE_VERSION
from windward.toolsets.records import Tool
from windward.toolsets.steps import Stage, Step
from windward.toolsets.toolset import Toolset
from windward.toolsets.validate import ToolVerdict, Validator


@dataclass(frozen=True)
class Row:
    """A problem on its way to a tool, after one of the stages.

    Attributes:
        tool: what there is of it.
        epoch: of the sampling, from 0.
        sample: which draw of the model, from 0.
        verdict: `ok` or `unread` of what a model wrote; `ok`, `wrong`, `crash`, `timeout` of what was run, by the released rule.
        strict: the same by the strict rule; "" where nothing was run.
        printed: the last line that was printed.
        why: the error, or why nothing could be read.
        environment: where the verdict was found, as JSON.
    """

    tool: Tool
    epoch: int
    sample: int = 0
    verdict: str = ""
    strict: str = ""
    printed: str = ""
    why: str = ""
    environment: str = ""

    @property
    def key(self) -> str:
        """Of the row in its stage."""
        return f"{self.tool.id}/{self.sample}" if self.sample else self.tool.id

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> Row:
        """From what `dataclasses.asdict` makes of one."""
        return cls(**row | {"tool": Tool(**row["tool"])})


class Each(Protocol):
    """How a stage is done to its rows."""

    async def __call__(
        self, stage: Stage, version: str, fn: Callable[[Row], Awaitable[Row]], rows: Sequence[Row]
    ) -> list[Row]:
        """What `fn` makes of each row, in their order; the version changes when `fn` does."""
        ...


@dataclass(frozen=True)
class Makers:
    """Who writes, and how.

    Attributes:
        solver: writes solutions.
        abstracter: makes them general.
        sampling: how both write.
        tries: replies to one request at most, until one can be read.
        samples: draws of a solution, and of an abstraction, at most, until one gives the right answer; 1 is the paper's.
    """

    solver: Model
    abstracter: Model
    sampling: Sampling = WRITING
    tries: int = 3
    samples: int = 1


@dataclass(frozen=True)
class Built:
    """What each stage made, all epochs together, in the order of the problems.

    Attributes:
        solutions: of every problem, the last draw.
        solved: those that give the answer.
        abstractions: of these.
        valid: those that give the answer.
        kept: what de-duplication left.
        steps: every step of every problem, draws that were wrong included.
    """

    solutions: tuple[Row, ...]
    solved: tuple[Row, ...]
    abstractions: tuple[Row, ...]
    valid: tuple[Row, ...]
    kept: DeduplicatedEpochs
    steps: tuple[Step, ...] = field(repr=False)

    @property
    def toolset(self) -> Toolset:
        """The library."""
        return Toolset.from_epochs(self.kept)


async def together(
    stage: Stage, version: str, fn: Callable[[Row], Awaitable[Row]], rows: Sequence[Row]
) -> list[Row]:
    """All rows at once, and nothing stored."""
    del stage, version
    return list(await asyncio.gather(*(fn(row) for row in rows)))


async def build(
    epochs: Sequence[Sequence[ToolProblem]],
    makers: Makers,
    chooser: Chooser,
    validator: Validator,
    *,
    key: Key = "name and count",
    each: Each = together,
) -> Built:
    """Makes tools from problems.

    Args:
        epochs: the problems of each, in the order in which they were chosen; an id comes once in all of them.
        makers: who writes.
        chooser: who picks the most general of several tools.
        validator: who runs them; its domain is that of the problems.
        key: what makes tools alike.
        each: how the rows of a stage are gone through.

    Raises:
        DedupError: two problems have one id, or the chooser names no candidate.
        ModelError: a call failed for a reason that does not lie in a problem.
        InterpreterError: the interpreter works for no program.
    """
    line = _Line(makers, validator, each)
    rows = [Row(_tool(problem), number) for number, epoch in enumerate(epochs) for problem in epoch]
    solutions, solved = await line.until_right("solution", rows)
    abstractions, valid = await line.until_right("abstraction", solved)
    of_epochs = [[row.tool for row in valid if row.epoch == number] for number in range(len(epochs))]
    kept = await dedup_epochs(of_epochs, chooser, key=key)
    steps = [step for row in rows for step in line.steps.get(row.tool.id, ())]
    return Built(tuple(solutions), tuple(solved), tuple(abstractions), tuple(valid), kept, tuple(steps))


class _Line:
    """The four stages before de-duplication, and the steps that they have taken."""

    def __init__(self, makers: Makers, validator: Validator, each: Each) -> None:
        self._makers, self._validator, self._each = makers, validator, each
        self._environment = json.dumps(asdict(validator.environment), sort_keys=True)
        self.steps: dict[str, list[Step]] = {}

    async def until_right(self, what: Stage, rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
        """What was written for each row at last, and what of it gives the right answer."""
        write, check = (self._solve, self._check_solution) if what == "solution" else (self._abstract, self._check_abstraction)  # fmt: skip
        verdicts: Stage = "solution verdict" if what == "solution" else "abstraction verdict"
        written: dict[str, Row] = {}
        right: dict[str, Row] = {}
        for sample in range(self._makers.samples):
            left = [Row(row.tool, row.epoch, sample=sample) for row in rows if row.tool.id not in right]
            drawn = await self._each(what, writing_version(self._makers, what), write, left)
            self._note(what, drawn)
            written |= {row.tool.id: row for row in drawn}
            read = [row for row in drawn if row.verdict == "ok"]
            checked = await self._each(verdicts, self._environment, check, read)
            self._note(verdicts, checked)
            right |= {row.tool.id: row for row in checked if row.verdict == "ok"}
        ids = [row.tool.id for row in rows]
        return [written[id] for id in ids], [right[id] for id in ids if id in right]

    def _note(self, stage: Stage, rows: Sequence[Row]) -> None:
        for row in rows:
            self.steps.setdefault(row.tool.id, []).append(step_of(stage, row))

    async def _solve(self, row: Row) -> Row:
        makers = self._makers
        found = await generate(
            ToolProblem.of_tool(row.tool), self._domain, makers.solver, makers.sampling, tries=makers.tries, sample=row.sample
        )  # fmt: skip
        return _after_writing(
            replace(row, tool=replace(row.tool, solution=found.code, solution_call=found.call)), found
        )

    async def _abstract(self, row: Row) -> Row:
        makers = self._makers
        found = await abstract(
            row.tool, self._domain, makers.abstracter, makers.sampling, tries=makers.tries, sample=row.sample
        )
        return _after_writing(replace(row, tool=replace(row.tool, code=found.code, call=found.call)), found)

    async def _check_solution(self, row: Row) -> Row:
        return _after_running(row, await asyncio.to_thread(self._validator.validate_one, row.tool, "specific"), self._environment)  # fmt: skip

    async def _check_abstraction(self, row: Row) -> Row:
        return _after_running(row, await asyncio.to_thread(self._validator.validate_one, row.tool, "abstracted"), self._environment)  # fmt: skip

    @property
    def _domain(self) -> Domain:
        return self._validator.domain


def step_of(stage: Stage, row: Row) -> Step:
    """A row as a step of its tool's chain."""
    tool = row.tool
    code, call = (
        (tool.solution, tool.solution_call) if stage.startswith("solution") else (tool.code, tool.call)
    )
    why = row.why or row.printed or ("it prints nothing" if row.verdict == "wrong" else "")
    return Step(tool.id, row.epoch, stage, code, call, row.verdict, why, row.environment)


def writing_version(makers: Makers, what: Stage) -> str:
    """All that decides what is written for a row, beside the row."""
    model, prompts = (
        (makers.solver, GENERATE_VERSION) if what == "solution" else (makers.abstracter, ABSTRACT_VERSION)
    )
    told = [model.name, prompts, READING_VERSION, makers.sampling.as_dict(), makers.tries]
    return json.dumps(told, sort_keys=True)


def _tool(problem: ToolProblem) -> Tool:
    return Tool(problem.id, problem.question, problem.answer, facts=dict(problem.facts))


def _after_writing(row: Row, found: Written) -> Row:
    return replace(row, verdict="unread" if found.why else "ok", why=_storable(found.why))


def _after_running(row: Row, found: ToolVerdict, environment: str) -> Row:
    return replace(
        row, verdict=found.verdict, strict=found.strict, printed=_storable(found.printed), why=_storable(found.message),
        environment=environment,
    )  # fmt: skip


def _storable(text: str) -> str:
    """A text without halves of characters, which no file can hold."""
    return text.encode("utf-8", "backslashreplace").decode()
