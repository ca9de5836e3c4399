"""The world at the moment of a task: its history replayed on a fresh one; and what a call does there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from windward.agents import Call
from windward.evals.tooluse.apibank.load import ApiTask, Called
from windward.evals.tooluse.apibank.tools import Tool, tools_of
from windward.evals.tooluse.apibank.world import Missing, ToolError, UnavailableError, World, new_world


@dataclass(frozen=True)
class Deed:
    """What a call did.

    Attributes:
        output: what it gave, in JSON types; None if it was refused.
        error: why it was refused; None if it was not.
        missing: what its tool lacks here; None if it was not refused for that.
        state: all that tools may write to, after the call; table by name, but for the empty ones.
    """

    output: Any
    error: str | None
    missing: Missing | None
    state: Mapping[str, Any]


def world_of(task: ApiTask, database: Mapping[str, Any]) -> tuple[World, tuple[Deed, ...]]:
    """A fresh world in which the earlier calls of `task` have been made, and what each of them did.

    A number or token that an earlier call gave out is the recorded one, as later turns may name it. An earlier
    call that is refused here changes nothing; its deed says why.
    """
    world = new_world(database)
    earlier = [turn for turn in task.history if isinstance(turn, Called)]
    tools = tools_of(world)
    return world, tuple(_do(world, tools, turn.call, turn.output) for turn in earlier)


def perform(task: ApiTask, call: Call, database: Mapping[str, Any]) -> Deed:
    """What `call` does in the world of `task`; what it gives out is what the recorded call gave out."""
    world, _ = world_of(task, database)
    return _do(world, tools_of(world), call, task.gold_output)


def _do(world: World, tools: Mapping[str, Tool], call: Call, recorded: Any) -> Deed:
    """Makes a call; `recorded` says which number or token it gives out, if it does."""
    promised = recorded.get("token") if isinstance(recorded, Mapping) else recorded
    world.promised = promised if isinstance(promised, int | str) else None
    output, error, missing = None, None, None
    tool = tools.get(call.tool)
    try:
        if tool is None:
            raise ToolError(f"there is no tool {call.tool[:40]!r}")
        output = tool(*call.args, **call.kwargs)
    except UnavailableError as refusal:
        error, missing = str(refusal), refusal.missing
    except ToolError as refusal:
        error = str(refusal)
    world.promised = None
    return Deed(output, error, missing, {name: table for name, table in world.tables.items() if table})
