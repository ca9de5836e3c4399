"""Two notions of a right call: the same call as the recorded one, or one that does the same in the task's world."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from windward.agents import Call
from windward.evals.tooluse.apibank.arguments import bind
from windward.evals.tooluse.apibank.load import ApiTask
from windward.evals.tooluse.apibank.replay import Deed, perform
from windward.evals.tooluse.apibank.tools import SIGNATURES
from windward.evals.tooluse.apibank.world import Missing, ToolError
from windward.grading import Verdict

Fault = Missing | Literal["data_contradiction"]
FAULTS: tuple[Fault, ...] = (*get_args(Missing), "data_contradiction")
"""Why a recorded call cannot be judged by its result.

* `network_or_stubbed`: its tool is a service on the network (translation, dictionary).
* `caption_data_missing`: its tool reads the table of image captions, which is left out of the data.
* `data_contradiction`: what was recorded is not what the call does to the tables.
"""

_RELATIVE_ERROR = 1e-9


@dataclass(frozen=True)
class Truth:
    """What the recorded call of a task does.

    Attributes:
        deed: its output, and the state of the world after it.
        fault: why nothing can be judged by it; None if it does what was recorded.
        detail: the fault in words; empty if there is none.
    """

    deed: Deed
    fault: Fault | None
    detail: str


def truth(task: ApiTask, database: Mapping[str, Any]) -> Truth:
    """Performs the recorded call on a fresh world with the history replayed, and compares with the record."""
    deed = perform(task, task.gold, database)
    if deed.missing is not None:
        return Truth(deed, deed.missing, deed.error or "")
    if deed.error is not None:
        return Truth(deed, "data_contradiction", f"recorded as a success, but {deed.error}")
    if not _agree(task.gold.tool, deed.output, task.gold_output):
        return Truth(deed, "data_contradiction", "recorded with another output than the tables give")
    return Truth(deed, None, "")


def by_call(task: ApiTask, call: Call | None) -> Verdict:
    """Whether `call` is the recorded call: the same tool, and arguments that read the same.

    What counts as the same is said in `windward.evals.tooluse.apibank.arguments.bind`. Needs no world, so that it
    judges all tasks, and knows nothing of effects: another wording of an email is another call.

    Args:
        task: what was to be called.
        call: what a model called; None if no call could be read, which is `unparsed`.
    """
    if call is None:
        return _UNREAD
    refused = _refused(task, call)
    if refused is not None:
        return refused
    given, wanted = _bound(call), _bound(task.gold)
    differing = sorted(name for name in given.keys() | wanted.keys() if given.get(name) != wanted.get(name))
    if differing:
        return Verdict(False, written(call), f"call:{','.join(differing)} differs")
    return Verdict(True, written(call), "call:same")


def by_result(
    task: ApiTask, call: Call | None, database: Mapping[str, Any], known: Truth | None = None
) -> Verdict:
    """Whether `call` does what the recorded call does: the same tool, the same output, the same state of the world.

    Both calls are performed on fresh worlds with the history replayed; numbers and tokens that tools give out are
    the recorded ones in both. Outputs are equal when their JSON is, but for numbers (1e-9 of their size) and, in
    `QueryScene`, the case of text, which differs between record and tables. State is all that tools have written,
    mail and questions that were sent included. So arguments may differ where they make no difference (the case of a
    symptom, the hour of an item that has none), and nowhere else.

    A call that is wrong in itself (another tool, arguments that do not fit) is judged for every task; for the rest,
    a task whose recorded call has a fault gives the status `error` and the rule `fault:NAME`.

    Args:
        task: what was to be called.
        call: what a model called; None if no call could be read, which is `unparsed`.
        database: tables by name; they stay as they are.
        known: the task's `truth`, where it is at hand; else it is worked out.
    """
    if call is None:
        return _UNREAD
    refused = _refused(task, call)
    if refused is not None:
        return refused
    gold = known or truth(task, database)
    if gold.fault is not None:
        return Verdict(False, written(call), f"fault:{gold.fault}", "error")
    deed = perform(task, call, database)
    if deed.error is not None:
        return Verdict(False, written(call), f"result:refused, {deed.error}")
    if not _agree(task.gold.tool, deed.output, task.gold_output):
        return Verdict(False, written(call), "result:output differs")
    if deed.state != gold.deed.state:
        return Verdict(False, written(call), "result:state differs")
    return Verdict(True, written(call), "result:same")


def written(call: Call) -> str:
    """A call as text, for people to read: `Tool("by position", name="by name")`."""
    parts = [_json(value) for value in call.args]
    parts += [f"{name}={_json(value)}" for name, value in call.kwargs.items()]
    return f"{call.tool}({', '.join(parts)})"


_UNREAD = Verdict(False, None, "no call", "unparsed")


def _refused(task: ApiTask, call: Call) -> Verdict | None:
    """The verdict on a call that is wrong whatever the world holds."""
    if call.tool != task.gold.tool:
        return Verdict(False, written(call), "tool:differs" if call.tool in SIGNATURES else "tool:unknown")
    try:
        _bound(call)
    except ToolError as error:
        return Verdict(False, written(call), f"arguments:{error}")
    return None


def _bound(call: Call) -> dict[str, Any]:
    return bind(SIGNATURES[call.tool], call.args, call.kwargs)


def _agree(tool: str, given: Any, recorded: Any) -> bool:
    fold: Callable[[str], str] = str.casefold if tool == "QueryScene" else str
    return _same(given, recorded, fold)


def _same(one: Any, other: Any, fold: Callable[[str], str]) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return fold(one) == fold(other)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[key], other[key], fold) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_same(a, b, fold) for a, b in zip(one, other, strict=True))
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=_RELATIVE_ERROR)
    return bool(one == other)


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=repr)
    except (ValueError, TypeError, RecursionError):
        return f"<{type(value).__name__}>"
