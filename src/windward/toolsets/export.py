"""A library as a Python package that needs nothing of ours: one module a tool, imported when it is used first.

What a model wrote stays where Python takes it for code, in the tool's own module. Everywhere else (names of files,
comments, the README, the tests) stands only what was made from it here: names of ASCII letters, and texts on one line.
Nothing of a tool is executed.
"""

from __future__ import annotations

import ast
import json
import keyword
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from windward.reports.markup import visible
from windward.toolsets.callables import call_names
from windward.toolsets.facts import Facts, parsed, read_facts
from windward.toolsets.records import Tool
from windward.toolsets.validate import PRELUDE

SHOWN_CHARS = 200
_MODULE_CHARS = 60
_RESERVED = ("importlib", "tools", "prelude", "_TOOLS")


class ExportError(ValueError):
    """A package that cannot be written; the message says what to do."""


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        folder: of the package's project.
        names: under which each tool is exported, by id.
        left_out: why others are not in it, by id.
    """

    folder: Path
    names: Mapping[str, str]
    left_out: Mapping[str, str]


def export_package(
    tools: Sequence[Tool], folder: str | Path, name: str, verdicts: Mapping[str, str], prelude: str = ""
) -> Exported:
    """Writes an installable project with a package of tools.

    Args:
        tools: in the order in which they choose their names (`call_names`).
        folder: of the project: new or empty.
        name: of the package: ASCII letters, digits and underscores.
        verdicts: what is known of each tool, by id.
        prelude: what the tools' domain makes ready after the usual imports.

    Raises:
        ExportError: the name is none for a package, the folder holds something, or no tool can be exported.
    """
    folder = Path(folder)
    _check(folder, name)
    names = call_names(tools, _RESERVED)
    left_out: dict[str, str] = {}
    modules: dict[str, str] = {}
    texts: dict[str, str] = {}
    for tool in tools:
        facts = read_facts(tool.code)
        text = _module(tool, facts, verdicts.get(tool.id, ""), name)
        tree = parsed(text)
        why = facts.problem or (tree if isinstance(tree, str) else "")
        if why:
            left_out[tool.id] = why
            names.pop(tool.id, None)
            continue
        modules[tool.id] = _module_name(names[tool.id], set(modules.values()))
        texts[f"src/{name}/tools/{modules[tool.id]}.py"] = text
    if not names:
        raise ExportError(
            "no tool can be exported" + (": " + "; ".join(left_out.values()) if left_out else "")
        )
    kept = [tool for tool in tools if tool.id in names]
    texts |= {
        "pyproject.toml": _PROJECT.format(name=name),
        "README.md": _readme(kept, names, verdicts, name),
        f"src/{name}/__init__.py": _front(kept, names, modules, name),
        f"src/{name}/prelude.py": f'"""What the tools take for granted."""\n\n{PRELUDE}{prelude}',
        f"src/{name}/tools/__init__.py": '"""One module a tool."""\n',
        "tests/calls.jsonl": "".join(json.dumps(_call(tool, names[tool.id])) + "\n" for tool in kept),
        "tests/test_calls.py": _TESTS.format(name=name),
    }
    for path, text in texts.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode("utf-8"))
    return Exported(folder, names, left_out)


def _check(folder: Path, name: str) -> None:
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,60}", name) and name[-1] != "_"
    if not plain or keyword.iskeyword(name) or name.lower() in sys.stdlib_module_names:
        raise ExportError(
            f"{name[:80]!r} is no name for a package: take ASCII letters, digits and underscores that begin with a letter and "
            "do not end with an underscore, and no keyword or module of Python's own"
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExportError(f"{folder} is there and not empty: name a new folder")


def _module(tool: Tool, facts: Facts, verdict: str, name: str) -> str:
    """The tool's code under a head of comments; the first two lines, where Python looks for an encoding, are always the same."""
    head = [
        "# This was written by a model: run it only where it can do no harm.",
        "# Where it comes from:",
        f"# tool {json.dumps(tool.id)}, verdict {json.dumps(verdict)}",
        f"# question {json.dumps(tool.question)}",
    ]
    lines = tool.code.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at = _after_futures(tool.code) if not facts.problem else 0
    load = f"from {name}.prelude import *  # noqa: F403"
    return "\n".join([*head, "", *lines[:at], load, "", *lines[at:]]).rstrip("\n") + "\n"


def _after_futures(code: str) -> int:
    """The line after the last `from __future__ import`, before which nothing but a docstring may stand."""
    tree = parsed(code.replace("\r\n", "\n").replace("\r", "\n"))
    if isinstance(tree, str):
        return 0
    ends = [
        node.end_lineno
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
    ]
    return max((end for end in ends if end is not None), default=0)


def _module_name(name: str, used: Collection[str]) -> str:
    """A file's name of ASCII letters; no two are alike, on systems that do not tell capitals apart either."""
    base = f"tool_{re.sub(r'[^a-z0-9]+', '_', name.lower())[:_MODULE_CHARS].strip('_')}".rstrip("_")
    found, number = base, 1
    while found in used:
        number += 1
        found = f"{base}_{number}"
    return found


def _front(tools: Sequence[Tool], names: Mapping[str, str], modules: Mapping[str, str], name: str) -> str:
    rows = [
        f"    {json.dumps(names[tool.id], ensure_ascii=False)}: ({json.dumps(modules[tool.id])}, "
        f"{json.dumps(read_facts(tool.code).name, ensure_ascii=False)}),"
        for tool in tools
    ]
    return _FRONT.format(name=name, rows="\n".join(rows))


def _call(tool: Tool, name: str) -> dict[str, str]:
    facts = read_facts(tool.code)
    return {"name": name, "function": facts.name, "call": tool.call, "answer": tool.answer, "id": tool.id}


def _readme(tools: Sequence[Tool], names: Mapping[str, str], verdicts: Mapping[str, str], name: str) -> str:
    lines = []
    for tool in tools:
        facts = read_facts(tool.code)
        head, verdict, says = map(
            _line, (facts.head[len(facts.name) :], verdicts.get(tool.id, "unchecked"), facts.explanation)
        )
        lines.append(f"    {names[tool.id]}{head}  [{verdict}]  {says}".rstrip())
    return _README.format(name=name, count=len(tools), lines="\n".join(lines))


def _line(text: str) -> str:
    """A text on one line; indented by four spaces, nothing of it is markup."""
    return " ".join(visible(text).split())[:SHOWN_CHARS]


_PROJECT = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "{name}"
version = "0.1.0"
description = "Tools that a model wrote, exported from a toolset."
readme = "README.md"
requires-python = ">=3.11"
dependencies = ["numpy", "pandas", "scipy", "sympy"]

[tool.setuptools.packages.find]
where = ["src"]
"""

_FRONT = '''\
"""Tools that a model wrote. Each is imported when it is used first: `from {name} import …`."""

import importlib

_TOOLS = {{
{rows}
}}
__all__ = list(_TOOLS)


def __getattr__(name):
    if name not in _TOOLS:
        raise AttributeError(f"module {{__name__!r}} has no tool {{name!r}}")
    module, function = _TOOLS[name]
    return getattr(importlib.import_module(f"{{__name__}}.tools.{{module}}"), function)


def __dir__():
    return sorted([*globals(), *_TOOLS])
'''

_README = """\
# {name}

{count} Python functions that a language model wrote, one for each kind of problem. **Nobody wrote or reviewed them by hand.** A
function is imported, and its module run, when it is used first. Run them where they can do no harm: in a sandbox, without
secrets and without a network.

    import {name}
    {name}.__all__

What is known of each stands in brackets: `ok` means that it gave the answer of the one problem that it was made from, when it
was last checked. That is no proof that it is right for another problem, or under other versions of numpy, pandas and sympy.

`tests/` holds each function's call on its own problem. `pytest` runs them in the interpreter of Windward, isolated; where Windward
is not installed they are skipped.

{lines}
"""

_TESTS = '''\
"""Each tool's call on its own problem gives the answer. What a model wrote runs in Windward's interpreter alone, isolated."""

import io
import json
import zipfile
from pathlib import Path

import pytest

interpreter = pytest.importorskip(
    "windward.interpreter", reason="the calls are model-written: they run in Windward's interpreter or not at all"
)
CALLS = [json.loads(line) for line in (Path(__file__).parent / "calls.jsonl").read_text("utf-8").splitlines()]
SOURCE = Path(__file__).parents[1] / "src"
READY = "import sys\\nsys.path.insert(0, 'package.zip')\\nfrom {name}.prelude import *\\nimport {name}"


@pytest.fixture(scope="module")
def warm():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(SOURCE.rglob("*.py")):
            archive.write(path, path.relative_to(SOURCE).as_posix())
    with interpreter.Interpreter(interpreter.Limits(seconds=120, memory_mb=1024)) as session:
        session.write_file("package.zip", packed.getvalue())
        ready = session.run(READY)
        assert ready.ok, ready.text
        yield session


@pytest.mark.parametrize("call", CALLS, ids=[call["name"] for call in CALLS])
def test_a_tool_answers_its_own_problem(warm, call):
    with warm.fork() as session:
        named = session.run(f"globals()[{{call['function']!r}}] = getattr({name}, {{call['name']!r}})")
        assert named.ok, named.text
        ran = session.run(call["call"])
    assert ran.ok, ran.text
    printed = ran.stdout.split()
    try:
        right, given = float(call["answer"]), float(printed[-1])
    except (IndexError, ValueError):
        return  # no number to compare
    assert given == pytest.approx(right), f"{{given}} instead of {{right}}"
'''
