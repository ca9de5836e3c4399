"""The system message of a row: the action format, in place of the recorded rules and their worked example."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from windward.agents import described
from windward.evals.mint.alfworld_tools import household_tools
from windward.evals.mint.wikipedia import wikipedia_tool

_FORMAT = """\
You solve a task in turns, with a Python session that keeps what earlier turns defined. Say first what you think. Then do one thing:
* run Python: write it between <execute> and </execute>, and you are shown what it prints;
* hand in your answer: write it, and nothing else, between <solution> and </solution>."""
_TOOLS = "Your Python can call these functions without an import:"
_BUDGET = "You have {turns} turns, and {proposals}."


@cache
def system_message(tools: tuple[str, ...] = (), *, turns: int, proposals: int) -> str:
    """What a row's system message says.

    Args:
        tools: names of MINT's tools that the run had; others are left out.
        turns: k, actions that the run might take.
        proposals: p, answers that it might hand in.
    """
    answers = "one answer" if proposals == 1 else f"{proposals} answers at most"
    parts = [_FORMAT, _BUDGET.format(turns=turns, proposals=answers)]
    known = _mint_tools()
    had = {name: known[name] for name in tools if name in known}
    return "\n\n".join([*parts, _TOOLS, described(had)] if had else parts)


def _mint_tools() -> Mapping[str, Any]:
    """MINT's tools, for their signatures and docstrings alone: nothing calls them."""
    return {**household_tools(lambda command: command), "wikipedia_search": wikipedia_tool()}
