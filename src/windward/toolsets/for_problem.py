"""The tools of a library for one problem, ready for an agent: found as in the paper, given as source."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from windward.interpreter import SourceTool
from windward.toolsets.callables import call_names, source_tools
from windward.toolsets.index import Encoder, Library
from windward.toolsets.indexed import indexed
from windward.toolsets.records import Tool
from windward.toolsets.retrieve import Plan, Retrieval, TextQuery, rankings, vote

if TYPE_CHECKING:
    from windward.toolsets.domains import Domain
    from windward.toolsets.toolset import Toolset


def tools_for(
    toolset: Toolset,
    text: str,
    *,
    k: int = 3,
    encoder: Encoder | None = None,
    plan: Plan | None = None,
    library: Library | None = None,
    domain: Domain | None = None,
) -> dict[str, SourceTool]:
    """See `Toolset.for_problem`."""
    found = find_for(toolset, text, k=k, encoder=encoder, plan=plan, library=library)
    return source_tools(found, domain)


def find_for(
    toolset: Toolset,
    text: str,
    *,
    k: int = 3,
    encoder: Encoder | None = None,
    plan: Plan | None = None,
    library: Library | None = None,
) -> list[Tool]:
    """The tools for a problem, best first, of those that define a function.

    With a plan these are the paper's: the most voted of those that two searches name. Without one, the question stands for
    the hypothetical docstring: first comes the tool whose originating problem is nearest, then those that both searches
    name, then those of the next nearest problems.

    Raises:
        ValueError: the library's vectors are of another encoder, or k is less than 1.
        ToolsetError: the index in the toolset's folder is of another encoder, or none.
    """
    if k < 1:
        raise ValueError(f"k is the number of tools at most: at least 1, not {k}")
    encoder = encoder or embedded_encoder()
    library = library or index_of(toolset, encoder)
    tools = {tool.id: tool for tool in toolset.tools}
    how = Retrieval(keep=k, problem=max(10, k), explanation=max(10, k))
    searches = rankings(library, [TextQuery(text, plan or Plan(docstring=text), encoder)], how)[0]
    ids = [hit.id for hit in vote(searches, how)]
    if plan is None:
        near = [id for search in searches if search.view == "problem" for id, _ in search.tools]
        ids = [*near[:1], *ids, *near]
    found = [tools[id] for id in dict.fromkeys(ids) if id in tools]
    named = call_names(found)
    return [tool for tool in found if tool.id in named][:k]


def index_of(toolset: Toolset, encoder: Encoder) -> Library:
    """The vectors of a toolset: `index.npz` of the folder that it was loaded from, which is made where it is missing; else made in memory.

    They are kept with the object, so that the next problem does not wait for them.

    Raises:
        ToolsetError: the index in the folder is of another encoder, or none.
    """
    made = toolset.libraries
    if encoder.name not in made:
        made[encoder.name] = (
            Library.of_tools(toolset.tools, encoder)
            if toolset.folder is None
            else indexed(toolset.folder, toolset, encoder)
        )
    return made[encoder.name]


@cache
def embedded_encoder() -> Encoder:
    """The embedded sentence encoder, loaded once."""
    from windward.models import sentence_encoder

    return sentence_encoder()
