"""Which tools of a library may be handed on: those of which somebody knows that they work."""

from __future__ import annotations

from pathlib import Path

from windward.toolsets.audit import read_verdicts
from windward.toolsets.records import Tool
from windward.toolsets.steps import read_steps
from windward.toolsets.toolset import Toolset

UNCHECKED = "unchecked"


def known_verdicts(folder: str | Path, toolset: Toolset) -> dict[str, str]:
    """What is known of each tool, by id: the last audit's verdict, else that of the run that built it, else `unchecked`.

    That a release kept a tool is no verdict: nobody knows where it was run, if at all.

    Raises:
        ToolsetError: a file of the folder was damaged.
    """
    found = dict.fromkeys((tool.id for tool in toolset.tools), UNCHECKED)
    texts = {tool.id: (tool.code, tool.call) for tool in toolset.tools}
    for step in read_steps(folder):
        ran = step.stage == "abstraction verdict" and step.environment
        if ran and texts.get(step.tool) == (step.code, step.call):
            found[step.tool] = step.verdict
    audited = {one.tool: one.verdict for one in read_verdicts(folder)}
    return found | {id: verdict for id, verdict in audited.items() if id in found}


def usable(folder: str | Path, toolset: Toolset, *, every: bool = False) -> tuple[list[Tool], dict[str, str]]:
    """The tools whose verdict is `ok`, or all of them; and what is known of each tool of the library.

    Raises:
        ToolsetError: a file of the folder was damaged.
    """
    verdicts = known_verdicts(folder, toolset)
    return [tool for tool in toolset.tools if every or verdicts[tool.id] == "ok"], verdicts
