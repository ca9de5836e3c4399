"""Solving a problem with tools that were found for it (CRAFT, section 2.3 and the experiments).

    tools found     their sources go into the prompt, to be called or to be taken as a pattern
    first call      the model writes a program
    second call     only where the program shows no answer: the lines that call it and print
    overflow        where the prompt does not fit the context, the tool with the fewest votes is left out, and it is asked again
    run             tools and program together, in the validator's interpreter; the last line is graded by two rules

The release always makes the second call, as it asks for a bare function first, and puts tools back in front of the function. Here a
program may be whole at once, which saves the call; `tools=()` asks by the same prompts without a library.
"""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from windward.feedback.asking import lies_in_the_prompt
from windward.models import ContextOverflowError, Message, Model, ModelError, Sampling
from windward.models.asking import Parser, ask
from windward.toolsets.answers import last_line
from windward.toolsets.facts import parsed, read_facts
from windward.toolsets.lenient import lenient
from windward.toolsets.problems import ToolProblem
from windward.toolsets.prompts_solve import (
    SOLVE_VERSION,
    call_messages,
    read_program,
    shows_something,
    solve_messages,
)
from windward.toolsets.records import Tool
from windward.toolsets.retrieve import Hit
from windward.toolsets.solved import Solved
from windward.toolsets.validate import PRINTED_CHARS, Validator

SOLVING = Sampling(temperature=0.0, max_tokens=1024)
"""As in the release, but for its nucleus of 0.7, which nothing hangs on at temperature 0."""


async def solve(
    problem: ToolProblem,
    hits: Sequence[Hit],
    tools: Mapping[str, Tool],
    model: Model,
    validator: Validator,
    *,
    sampling: Sampling = SOLVING,
) -> Solved:
    """Lets a model solve a problem with the tools that were found for it; none are needed.

    Args:
        problem: what is asked.
        hits: what was found, best first.
        tools: the library, by id.
        model: who writes the program; asked once, twice where the program shows nothing.
        validator: runs it, and knows the domain.
        sampling: how replies are drawn.

    Raises:
        ModelError: a call failed for a reason that does not lie in this problem.
        InterpreterError: the interpreter works for no program.
    """
    usable = [hit for hit in hits if not read_facts(tools[hit.id].code).problem]
    asked = _Asked(
        problem, tools, model, validator.domain.shown(problem), validator.domain.briefing, sampling
    )
    written = await asked.program(usable)
    left_out = len(hits) - len(usable)
    said = [f"{left_out} found tools hold no function and were not shown"] * bool(left_out)
    return await asyncio.to_thread(judged, problem, written, tools, validator, said)


@dataclass(frozen=True)
class Written:
    """What a model wrote for a problem.

    Attributes:
        program: the text; "" where none could be read.
        shown: the tools that stood in the prompt, best first.
        said: what is to be told of it.
        read: whether there is a program that can be run.
    """

    program: str
    shown: tuple[Hit, ...]
    said: tuple[str, ...] = ()
    read: bool = True


@dataclass(frozen=True)
class _Asked:
    """A problem, and who is asked."""

    problem: ToolProblem
    tools: Mapping[str, Tool]
    model: Model
    text: str
    briefing: str
    sampling: Sampling

    async def program(self, hits: Sequence[Hit]) -> Written:
        """The program, after one call or two; on the way tools are left out until the prompt fits."""
        shown, said = list(hits), list[str]()
        while True:
            try:
                return await self._with(shown, said)
            except ModelError as error:
                if not lies_in_the_prompt(error):
                    raise
                too_long = isinstance(error, ContextOverflowError) or error.status == 413
                if not too_long or not shown:
                    return Written("", tuple(shown), (*said, f"no reply: {error}"), read=False)
                dropped = shown.pop()
                said.append(
                    f"tool {dropped.id} ({dropped.votes} votes) left out: the prompt did not fit the context"
                )

    async def _with(self, shown: Sequence[Hit], said: Sequence[str]) -> Written:
        codes = [self.tools[hit.id].code for hit in shown]
        program, told = await self._said(solve_messages(self.text, codes, self.briefing), "program")
        told = [*said, *told]
        if program is None:
            return Written("", tuple(shown), (*told, "no program in the reply"), read=False)
        if shows_something(program):
            return Written(program, tuple(shown), tuple(told))
        call, more = await self._said(call_messages(self.text, program, codes, self.briefing), "call")
        told += more
        if call is None:
            why = "the program shows nothing, and the second reply holds no call"
            return Written(program, tuple(shown), (*told, why), read=False)
        return Written(f"{program}\n\n{call}", tuple(shown), (*told, "the call came with the second reply"))

    async def _said(self, messages: Sequence[Message], what: str) -> tuple[str | None, list[str]]:
        """What a reply holds, and whether it was cut off."""
        parser = Parser(f"{what} of a solution", SOLVE_VERSION, read_program)
        heard = await ask(self.model, messages, self.sampling, parser, tries=1)
        cut = heard.replies[-1].finish == "length"
        return heard.value, [f"the {what} was cut off at {self.sampling.max_tokens} tokens"] * cut


def judged(
    problem: ToolProblem,
    written: Written,
    tools: Mapping[str, Tool],
    validator: Validator,
    said: Sequence[str] = (),
) -> Solved:
    """Runs what was written with the tools that were shown, and grades the last line by both rules.

    Raises:
        InterpreterError: the interpreter works for no program.
    """
    shown = [tools[hit.id] for hit in written.shown]
    told = [*said, *written.said]
    solved = Solved(
        problem,
        tuple(tool.id for tool in shown),
        tuple(hit.votes for hit in written.shown),
        used(written.program, shown),
        written.program,
        "", "unread", False, False, "; ".join(told),
    )  # fmt: skip
    if not written.read:
        return solved
    domain = validator.domain
    seen = validator.run(domain.prepare(problem) + with_tools(written.program, shown))
    if not seen.ok:
        status = "timeout" if seen.status == "timeout" else "crash"
        told.append(last_line(seen.error or seen.status)[:PRINTED_CHARS])
        return replace(solved, status=status, why="; ".join(told))
    printed = last_line(seen.stdout)
    return replace(
        solved,
        printed=printed[:PRINTED_CHARS],
        status="ok",
        lenient=lenient(printed, problem.answer, domain.equal) == "right",
        strict=domain.strict(printed, problem.answer),
        why="; ".join(told),
    )


def with_tools(program: str, tools: Sequence[Tool]) -> str:
    """A program after the sources of its tools; of two tools with one name the better one's stands."""
    return "\n\n".join([*(tool.code for tool in reversed(tools)), program]) + "\n"


def used(program: str, tools: Sequence[Tool]) -> tuple[str, ...]:
    """Ids of the tools whose function a program names and does not define itself; of two of one name, the better one's."""
    named = named_by(parsed(program))
    by_name: dict[str, str] = {}
    for tool in tools:
        by_name.setdefault(read_facts(tool.code).name, tool.id)
    return tuple(id for name, id in by_name.items() if name in named)


def named_by(tree: ast.Module | str) -> set[str]:
    """The names that a program reads and does not give to a function or class of its own; none where it is no Python."""
    if isinstance(tree, str):
        return set()
    nodes = list(ast.walk(tree))
    read = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    own = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return read - {node.name for node in nodes if isinstance(node, own)}
