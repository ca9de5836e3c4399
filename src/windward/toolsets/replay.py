"""The way of a library's tools, gone again without a model: the same texts run, the same choices made, and what differs is named.

solution      the recorded text, run on its problem        is its verdict the recorded one?
abstraction   likewise
duplicates    the recorded choices, made again              do they leave the library, in its order?
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from windward.toolsets.dedup import (
    LAST_STEP,
    Decision,
    DedupError,
    DeduplicatedEpochs,
    Key,
    RecordedChooser,
    dedup_epochs,
)
from windward.toolsets.problems import ToolProblem
from windward.toolsets.records import Tool
from windward.toolsets.steps import Stage, Step
from windward.toolsets.validate import ToolVerdict, Validator

RECORDED = "recorded"
"""The verdict of a step of which only the outcome is known."""


@dataclass(frozen=True)
class RecordedRun:
    """A text that was run, and what it was found to be.

    Attributes:
        row: place among the steps, from 0.
        step: the verdict as recorded.
        problem: that it was run on.
    """

    row: int
    step: Step
    problem: ToolProblem


@dataclass(frozen=True)
class ReplayedRun:
    """A text that was run again.

    Attributes:
        tool: id of its problem.
        epoch: of the sampling.
        stage: which verdict it is.
        recorded: the verdict on record; `recorded` where it is only known not to have passed.
        now: the verdict that it gets today.
        printed: the last line that it prints.
        answer: the right one.
        why: the error that ends it; "" where none does.
        cpu_seconds: of the run.
    """

    tool: str
    epoch: int
    stage: Stage
    recorded: str
    now: str
    printed: str
    answer: str
    why: str
    cpu_seconds: float

    @property
    def equal(self) -> bool:
        """Whether the decision is the recorded one: it passes, or it does not."""
        return (self.recorded == "ok") == (self.now == "ok")


@dataclass(frozen=True)
class ReplayedStep:
    """A step of de-duplication, made again.

    Attributes:
        step: `epoch 0`, …, `all`.
        tools: how many went in.
        kept: how many stayed.
        decisions: how many were made.
        equal: whether they are those on record; of the last step, also whether the library is what stayed, in its order.
        why: what differs; "" where nothing does.
    """

    step: str
    tools: int
    kept: int
    decisions: int
    equal: bool
    why: str = ""


def recorded_runs(
    steps: Sequence[Step], problems: Mapping[str, ToolProblem]
) -> tuple[list[RecordedRun], list[Step]]:
    """The runs that are on record, and those verdicts whose problem is not."""
    verdicts = [(row, step) for row, step in enumerate(steps) if step.stage.endswith("verdict")]
    runs = [RecordedRun(row, step, problems[step.tool]) for row, step in verdicts if step.tool in problems]
    return runs, [step for _, step in verdicts if step.tool not in problems]


def replay_run(run: RecordedRun, validator: Validator) -> ReplayedRun:
    """Runs a recorded text again, on its own problem.

    Raises:
        InterpreterError: the interpreter works for no program.
    """
    step, problem = run.step, run.problem
    tool = Tool(problem.id, problem.question, problem.answer, facts=problem.facts, **_texts(step))
    specific = step.stage == "solution verdict"
    seen: ToolVerdict = validator.validate_one(tool, "specific" if specific else "abstracted")
    return ReplayedRun(
        step.tool, step.epoch, step.stage, step.verdict, seen.verdict, seen.printed, problem.answer, seen.message,
        seen.cpu_seconds,
    )  # fmt: skip


def _texts(step: Step) -> dict[str, str]:
    if step.stage == "solution verdict":
        return {"solution": step.code, "solution_call": step.call}
    return {"code": step.code, "call": step.call}


def valid_tools(steps: Sequence[Step], problems: Mapping[str, ToolProblem]) -> list[list[Tool]]:
    """For each epoch the tools that went into de-duplication: those whose abstraction passed, in the order of their verdicts."""
    count = max((step.epoch for step in steps), default=-1) + 1
    epochs: list[list[Tool]] = [[] for _ in range(count)]
    for step in steps:
        if step.stage == "abstraction verdict" and step.verdict == "ok":
            problem = problems.get(step.tool)
            asked = (problem.question, problem.answer) if problem else ("", "")
            epochs[step.epoch].append(Tool(step.tool, *asked, code=step.code, call=step.call))
    return epochs


async def replay_dedup(
    epochs: Sequence[Sequence[Tool]], decisions: Sequence[Decision], library: Sequence[Tool], key: Key
) -> list[ReplayedStep]:
    """Makes every recorded choice again, and holds what is left against the library.

    Args:
        epochs: the tools that went in.
        decisions: on record.
        library: the tools that are there.
        key: what made tools alike.
    """
    try:
        done = await dedup_epochs(epochs, RecordedChooser(decisions), key=key)
    except DedupError as error:
        return [ReplayedStep(LAST_STEP, sum(map(len, epochs)), 0, 0, False, str(error))]
    return _compared(epochs, done, decisions, [tool.id for tool in library])


def _compared(
    epochs: Sequence[Sequence[Tool]],
    done: DeduplicatedEpochs,
    decisions: Sequence[Decision],
    library: Sequence[str],
) -> list[ReplayedStep]:
    left = sum(len(one.tools) for one in done.epochs)
    steps = [(f"epoch {n}", len(epochs[n]), one) for n, one in enumerate(done.epochs)]
    found = []
    for name, count, made in [*steps, (LAST_STEP, left, done.whole)]:
        recorded = [one for one in decisions if one.step == name]
        why = ""
        if list(made.decisions) != recorded:
            why = f"{len(made.decisions)} decisions are made, other than the {len(recorded)} on record"
        elif name == LAST_STEP and [tool.id for tool in made.tools] != list(library):
            why = _other_library([tool.id for tool in made.tools], library)
        found.append(ReplayedStep(name, count, len(made.tools), len(made.decisions), not why, why))
    return found


def _other_library(made: Sequence[str], library: Sequence[str]) -> str:
    more, fewer = sorted(set(made) - set(library)), sorted(set(library) - set(made))
    if not more and not fewer:
        return "the library holds the same tools in another order"
    parts = []
    if more:
        parts.append(f"the library lacks {', '.join(more)}")
    if fewer:
        parts.append(f"it holds {', '.join(fewer)}, which the choices do not leave")
    return "; ".join(parts)
