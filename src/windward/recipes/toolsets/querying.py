"""`windward toolset query`: what a library has for a problem, in lines to be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from windward.reports.markup import visible
from windward.toolsets.facts import read_facts
from windward.toolsets.index import Encoder
from windward.toolsets.indexed import indexed
from windward.toolsets.records import Tool
from windward.toolsets.retrieve import Hit, Plan, Retrieval, TextQuery, retrieve
from windward.toolsets.toolset import Toolset
from windward.toolsets.views import View

_LOOKED: tuple[View, ...] = ("problem", "explanation", "name")


@dataclass(frozen=True)
class Asked:
    """What is looked for.

    Attributes:
        problem: the question.
        names: what a tool for it might be called.
        docstring: what it might say of itself; "" for nothing.
        keep: tools at most.
        votes: that a tool has at least; None is 2, or 1 where only a problem is given, as then no two views can agree.
    """

    problem: str
    names: tuple[str, ...] = ()
    docstring: str = ""
    keep: int = 3
    votes: int | None = None

    @property
    def plan(self) -> Plan | None:
        """The names and the docstring; None without either."""
        return Plan(self.names, self.docstring) if self.names or self.docstring else None

    @property
    def how(self) -> Retrieval:
        """How tools are looked for."""
        least = self.votes or (1 if self.plan is None else Retrieval().votes)
        return Retrieval(keep=self.keep, votes=least)


def found_in(
    folder: Path, asked: Asked, *, code: bool = False, encoder: Callable[[], Encoder] | None = None
) -> Iterator[str]:
    """The tools of a library that are found, best first, as lines.

    Args:
        folder: of the library.
        asked: what is looked for.
        code: with the tools' code.
        encoder: makes the encoder; None is the embedded one.

    Raises:
        ToolsetError: the library or its index cannot be read.
        ModelError: there is no encoder.
    """
    toolset = Toolset.load(folder)
    reads = (encoder or _embedded)()
    library = indexed(folder, toolset, reads)
    hits = retrieve(library, TextQuery(asked.problem, asked.plan, reads), asked.how)
    yield f"{len(hits)} of {len(toolset.tools):,} tools, of {asked.how.votes} votes at least"
    if hits:
        yield f"{'votes':>5} {'score':>5}  {'ranks: problem, explanation, name':<34} id: head"
    for hit in hits:
        yield from _lines(hit, toolset.tool(hit.id), code)


def _lines(hit: Hit, tool: Tool, code: bool) -> Iterator[str]:
    facts = read_facts(tool.code)
    ranks = ", ".join(str(hit.ranks.get(view, "-")) for view in _LOOKED)
    head = facts.head or f"({facts.problem})"
    yield visible(f"{hit.votes:>5} {hit.score:5.2f}  {ranks:<34} {tool.id}: {head}").replace("\n", " ")
    if facts.explanation:
        yield visible(f"{'':48}{facts.explanation}").replace("\n", " ")
    if code:
        yield f"\n{visible(tool.code)}\n"


def _embedded() -> Encoder:
    from windward.models import sentence_encoder

    return sentence_encoder()
