"""A library's tools for programs that speak JSON: what each takes, and calls that run in an interpreter of their own.

Arguments are JSON. A parameter that is a data frame (`SourceTool.tables`) takes an object of columns or a list of records.
Whatever a tool prints and returns comes back as text, and so does what goes wrong. A call sees no other call, no file of
this machine and no network, and it has limits on CPU time, memory and files.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from windward.interpreter import Interpreter, Limits, Observation, SourceTool
from windward.models import ModelError
from windward.reports.markup import visible
from windward.toolsets.callables import call_names, source_tools
from windward.toolsets.domains import Domain
from windward.toolsets.for_problem import embedded_encoder, find_for, index_of
from windward.toolsets.index import Encoder
from windward.toolsets.records import Tool
from windward.toolsets.toolset import Toolset

FIND = "find_tools"
LIMITS = Limits(seconds=10, memory_mb=1024, disk_mb=64, file_mb=16, processes=16, output_chars=20_000)
MOST_FOUND = 20
DOCUMENTATION_CHARS = 2_000
_NAME_CHARS = 60
_KINDS: dict[type, str] = {
    bool: "boolean", int: "integer", float: "number", str: "string", list: "array", tuple: "array", set: "array",
    dict: "object",
}  # fmt: skip
_TABLE = {
    "description": "a table: an object of columns (lists, or objects by row label), or a list of records (objects)",
    "anyOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}],
}
_FIND_SCHEMA = {
    "type": "object",
    "properties": {
        "problem": {"type": "string", "description": "the problem to be solved, in words"},
        "k": {"type": "integer", "minimum": 1, "maximum": MOST_FOUND, "default": 3},
    },
    "required": ["problem"],
    "additionalProperties": False,
}
_FIND_SAYS = "Finds the tools of this library that fit a problem best: name, arguments and documentation of each, as JSON."


@dataclass(frozen=True)
class Described:
    """One tool as a client is told of it.

    Attributes:
        name: ASCII letters, digits and underscores.
        says: its documentation.
        schema: JSON schema of its arguments.
    """

    name: str
    says: str
    schema: Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """What came of a call.

    Attributes:
        text: what is shown.
        ok: whether it ran to its end.
    """

    text: str
    ok: bool = True


class ToolServer:
    """The tools, and one more that finds among them.

    Args:
        toolset: the whole library; its index is what is searched.
        tools: those of it that are served.
        domain: theirs.
        limits: of one call.
        encoder: what turns texts into vectors; None is the embedded one, loaded when something is first looked for.
    """

    def __init__(
        self,
        toolset: Toolset,
        tools: Sequence[Tool],
        *,
        domain: Domain | None = None,
        limits: Limits = LIMITS,
        encoder: Encoder | None = None,
    ) -> None:
        self._whole, self._part, self._encoder = toolset, Toolset(tuple(tools)), encoder
        self._limits, self._host = limits, dict(domain.host) if domain is not None else {}
        self._at_once = asyncio.Semaphore(os.cpu_count() or 1)
        self._tools: dict[str, tuple[str, SourceTool]] = {}
        self._names: dict[str, str] = {}
        sources = source_tools(tools, domain, [FIND])
        for id, called in call_names(tools, [FIND]).items():
            if called in sources:
                self._names[id] = _served_name(called, self._tools)
                self._tools[self._names[id]] = (called, sources[called])

    def described(self) -> list[Described]:
        """All tools, the one that finds others first."""
        found = [Described(FIND, _FIND_SAYS, _FIND_SCHEMA)]
        found += [
            Described(name, _says(name, tool), schema_of(tool)) for name, (_, tool) in self._tools.items()
        ]
        return found

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Told:
        """Calls a tool; what goes wrong is told and never raised.

        Raises:
            InterpreterError: no interpreter can be started on this machine.
        """
        if name == FIND:
            return await self._find(arguments)
        if name not in self._tools:
            return Told(f"There is no tool {name[:80]!r}; {FIND} finds one.", False)
        called, tool = self._tools[name]
        code = call_code(called, tool, arguments)
        async with self._at_once:
            seen = await asyncio.to_thread(self._run, called, tool, code)
        return Told(seen.text.strip("\n") or "(It ran and showed nothing.)", seen.ok)

    def _run(self, called: str, tool: SourceTool, code: str) -> Observation:
        with Interpreter(self._limits, tools={**self._host, called: tool}) as py:
            return py.run(code)

    async def _find(self, arguments: Mapping[str, Any]) -> Told:
        problem, k = arguments.get("problem"), arguments.get("k", 3)
        if not isinstance(problem, str) or not problem.strip():
            return Told(f"{FIND} needs `problem`, a text.", False)
        if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= MOST_FOUND:
            return Told(f"`k` is a number from 1 to {MOST_FOUND}.", False)
        try:
            async with self._at_once:
                names = await asyncio.to_thread(self._found, problem, k)
        except (ModelError, OSError, ValueError) as error:  # no encoder, or an index of another one
            return Told(f"Nothing can be looked for: {error}", False)
        shown = [
            {
                "name": name,
                "arguments": str(self._tools[name][1].signature),
                "documentation": self._tools[name][1].doc,
            }
            for name in names
        ]
        return Told(json.dumps(shown, ensure_ascii=False, indent=1))

    def _found(self, problem: str, k: int) -> list[str]:
        encoder = self._encoder or embedded_encoder()
        library = index_of(self._whole, encoder)
        found = find_for(self._part, problem, k=k, encoder=encoder, library=library)
        return [self._names[tool.id] for tool in found if tool.id in self._names]


def schema_of(tool: SourceTool) -> dict[str, Any]:
    """The JSON schema of a tool's arguments: plain types as they are annotated, tables, and anything for the rest."""
    properties: dict[str, Any] = {}
    required: list[str] = []
    more = False
    for name, one in tool.signature.parameters.items():
        if one.kind is inspect.Parameter.VAR_KEYWORD:
            more = True
            continue
        if one.kind is inspect.Parameter.VAR_POSITIONAL:
            properties[name] = {"type": "array", "description": "further arguments"}
            continue
        kind = _KINDS.get(one.annotation) if isinstance(one.annotation, type) else None
        properties[name] = dict(_TABLE) if name in tool.tables else ({"type": kind} if kind else {})
        if one.default is inspect.Parameter.empty:
            required.append(name)
        else:
            about = properties[name].get("description")
            told = f"optional; else {visible(repr(one.default))}"
            properties[name]["description"] = f"{about}; {told}" if about else told
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": more,
    }


def call_code(called: str, tool: SourceTool, arguments: Mapping[str, Any]) -> str:
    """Python that calls a tool with JSON arguments and prints what it returns.

    Arguments go by name; those that Python takes by place only, and what follows in `*args`, go by place.
    """
    kinds, rest = inspect.Parameter, dict(arguments)
    args: list[Any] = []
    parameters = tool.signature.parameters.values()
    several = next((one.name for one in parameters if one.kind is kinds.VAR_POSITIONAL), None)
    extra = rest.pop(several, None) if several is not None else None
    for one in parameters:
        by_place = one.kind is kinds.POSITIONAL_ONLY or (extra and one.kind is kinds.POSITIONAL_OR_KEYWORD)
        if by_place and one.name in rest:
            args.append(rest.pop(one.name))
    args += extra if isinstance(extra, list) else [extra] if extra is not None else []
    given = json.dumps([args, rest])
    return f"import json\n_given = json.loads({given!r})\nprint({called}(*_given[0], **_given[1]))"


def _says(name: str, tool: SourceTool) -> str:
    doc = visible(tool.doc)[:DOCUMENTATION_CHARS]
    return f"{name}{tool.signature}\n\n{doc}".strip()


def _served_name(called: str, taken: Mapping[str, Any]) -> str:
    plain = re.sub(r"[^A-Za-z0-9_]+", "_", called)[:_NAME_CHARS].strip("_") or "tool"
    found, number = plain, 1
    while found in taken or found == FIND:
        number += 1
        found = f"{plain}_{number}"
    return found
