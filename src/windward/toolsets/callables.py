"""Tools as an agent calls them: each with a name of its own, as source that only an interpreter runs."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Collection, Iterable

from windward.interpreter import SourceTool, SourceToolError
from windward.toolsets.domains import Domain
from windward.toolsets.facts import read_facts
from windward.toolsets.records import Tool
from windward.toolsets.validate import PRELUDE


def call_names(tools: Iterable[Tool], taken: Collection[str] = ()) -> dict[str, str]:
    """The name under which each tool is called, by id; tools that define no function have none.

    It is the function's own where that is free: of tools of one name the first has it, and those after it, and those that
    would stand over a Python builtin, have their id appended.

    Args:
        tools: in the order in which they choose.
        taken: names that are no tool's.
    """
    names: dict[str, str] = {}
    used = {*taken, *dir(builtins)}
    for tool in tools:
        own = read_facts(tool.code).name
        if not own:
            continue
        name, number = own, 1
        while name in used or keyword.iskeyword(name) or name.startswith("__"):
            number += 1
            about = re.sub(r"\W+", "_", tool.id, flags=re.ASCII).strip("_")
            name = "_".join([own.lstrip("_"), *filter(None, [about]), *([str(number)] if number > 2 else [])])
        used.add(name)
        names[tool.id] = name
    return names


def source_tools(
    tools: Iterable[Tool], domain: Domain | None = None, taken: Collection[str] = ()
) -> dict[str, SourceTool]:
    """Tools by the name under which they are called; what defines no function, or none that can be read, is left out.

    Args:
        tools: in the order in which they choose their names.
        domain: theirs, for what its programs find ready; its host functions are the caller's to give to the session.
        taken: names that are no tool's.
    """
    tools = list(tools)
    prelude = PRELUDE + (domain.prelude if domain is not None else "")
    names = call_names(tools, taken)
    found: dict[str, SourceTool] = {}
    for tool in tools:
        if tool.id in names:
            try:
                found[names[tool.id]] = SourceTool(read_facts(tool.code).name, tool.code, prelude)
            except SourceToolError:
                continue  # a head that no call can fit
    return found
