"""How a run looks for the tools of a problem: with a plan as in the paper, and without one as it was told to."""

from __future__ import annotations

from dataclasses import dataclass

from windward.toolsets.index import Encoder, Library
from windward.toolsets.retrieve import Hit, Plan, Retrieval, TextQuery, frequent_words, retrieve
from windward.toolsets.toolset import Toolset
from windward.toolsets.views import views


@dataclass(frozen=True)
class Search:
    """What a run was told.

    Attributes:
        keep: tools kept for a problem at most.
        alone: whether a problem without a plan gets the tools whose own problems are nearest; else it gets none, which is what
            two votes come to.
    """

    keep: int
    alone: bool

    def hits(self, library: Library, question: str, plan: Plan | None, encoder: Encoder) -> list[Hit]:
        """The tools of a problem, best first.

        Raises:
            ValueError: the library was made with another encoder.
        """
        query = TextQuery(question, plan, encoder)
        if plan is not None:
            return retrieve(library, query, Retrieval(keep=self.keep))
        if not self.alone:
            return []
        return retrieve(library, query, Retrieval(problem=self.keep, keep=self.keep, votes=1))


def hints(toolset: Toolset) -> list[str]:
    """Words that many tools of a library share, for its planner."""
    return frequent_words(f"{one.name} {one.explanation}" for one in map(views, toolset.tools))
