"""Retrieval again: the recorded plan of a problem, searched for in the library as it is, and the votes held against the recorded ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from windward.models import ModelError
from windward.toolsets.domains import Domain
from windward.toolsets.index import Encoder, Library
from windward.toolsets.retrieve import ModelPlanner
from windward.toolsets.search import Search
from windward.toolsets.solved import Solved

Votes = tuple[tuple[str, int], ...]
"""Tools and the votes of each, best first."""


@dataclass(frozen=True)
class ReplayedVotes:
    """A problem whose tools were looked for again.

    Attributes:
        problem: its id.
        recorded: the tools that were shown, with their votes.
        now: those that are found, with theirs.
        equal: whether those that were shown are among those that are found, in their order and with their votes. There may be
            fewer: what holds no function, or does not fit the prompt, is not shown.
        why: what differs, or why nothing could be looked for; "" where nothing does.
    """

    problem: str
    recorded: Votes
    now: Votes
    equal: bool
    why: str


async def votes_again(
    row: Solved,
    library: Library,
    encoder: Encoder,
    planner: ModelPlanner | None,
    domain: Domain,
    search: Search,
) -> ReplayedVotes:
    """Looks for a problem's tools again.

    Args:
        row: recorded.
        library: the vectors as they are.
        encoder: of the queries.
        planner: gives the recorded plan; None where the run had none.
        domain: of the problems.
        search: how tools were looked for.
    """
    recorded = tuple(zip(row.tools, row.votes, strict=True))
    try:
        plan = None if planner is None else await planner.plan(domain.shown(row.problem))
    except ModelError:
        why = "its plan is not on record for the library as it is: the words that its tools share are others"
        return ReplayedVotes(row.problem.id, recorded, (), False, why)
    hits = search.hits(library, row.problem.question, plan, encoder)
    now = tuple((hit.id, hit.votes) for hit in hits)
    equal = _within(recorded, now)
    why = "" if equal else f"shown were {_told(recorded)}, found are {_told(now)}"
    return ReplayedVotes(row.problem.id, recorded, now, equal, why)


def _within(few: Iterable[tuple[str, int]], many: Votes) -> bool:
    """Whether all of the few are among the many, in the same order."""
    left = iter(many)
    return all(one in left for one in few)


def _told(votes: Votes) -> str:
    return ", ".join(f"{tool} ({count})" for tool, count in votes) or "none"
