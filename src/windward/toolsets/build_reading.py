"""What a model wrote, read out of its replies: a function, and the code that calls it. Pure, and never an error.

What is read is the text as it was written, cut at lines and never put together anew, so that it can be found in the reply again.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from windward.feedback.thinking import after_thinking
from windward.grading.fences import python_blocks
from windward.toolsets.facts import Function, parsed

READING_VERSION = "1"
"""To be changed with what any of these functions returns for any text."""


@dataclass(frozen=True)
class Written:
    """A function, and its call.

    Attributes:
        code: the function's text; "" where none could be read.
        call: the code that calls it and prints, without the function; "" likewise.
        why: why something could not be read; "" where all was.
    """

    code: str
    call: str
    why: str = ""


def read_function(text: str) -> Written:
    """The function of a reply: up to the last definition of the first block that has one at its top level."""
    blocks = _blocks(text)
    if isinstance(blocks, str):
        return Written("", "", blocks)
    why = "there is no block of Python in it"
    for block in blocks:
        cut = _cut(block)
        if isinstance(cut, tuple):
            return Written(cut[0], "")
        why = cut
    return Written("", "", why)


def read_call(text: str, code: str) -> Written:
    """The call of a function in a reply: all its blocks, without definitions that the function's own text has already.

    Args:
        text: the reply.
        code: the function's text; a call that wrote it anew would pass with a function that does not work.
    """
    blocks = _blocks(text)
    if isinstance(blocks, str):
        return Written(code, "", blocks)
    return _called(code, blocks)


def read_function_and_call(text: str) -> Written:
    """A function and its call in one reply: what stands up to the last definition, and what stands after it, in its block or the next."""
    blocks = _blocks(text)
    if isinstance(blocks, str):
        return Written("", "", blocks)
    why = "there is no block of Python in it"
    for number, block in enumerate(blocks, 1):
        cut = _cut(block)
        if isinstance(cut, tuple):
            code, rest = cut
            return _called(code, [one for one in (rest, *blocks[number:]) if one.strip()])
        why = cut
    return Written("", "", why)


def _blocks(text: str) -> list[str] | str:
    """The blocks of Python of a reply; the reply itself where it has no fence and is Python; or why there is none."""
    said = after_thinking(text.replace("\r\n", "\n").replace("\r", "\n"))
    if said is None:
        return "its reasoning has no end"
    if not said.strip():
        return "it is empty"
    if "```" in said:
        return [block.strip("\n") for block in python_blocks(said)]
    return [said.strip("\n")] if isinstance(parsed(said), ast.Module) else "there is no block of Python in it"


def _cut(block: str) -> tuple[str, str] | str:
    """A block up to its last definition, and the rest; or why it holds no function."""
    tree = parsed(block)
    if isinstance(tree, str):
        return f"its block cannot be run: {tree}"
    if not any(isinstance(node, Function) for node in tree.body):
        return "its block defines no function at its top level"
    last = max(node.end_lineno or 0 for node in tree.body if isinstance(node, Function | ast.ClassDef))
    lines = block.split("\n")
    return "\n".join(lines[:last]), "\n".join(lines[last:]).strip("\n")


def _called(code: str, blocks: list[str]) -> Written:
    own = _defined(code)
    calls = []
    for block in blocks:
        tree = parsed(block)
        if isinstance(tree, str):
            return Written(code, "", f"the block that calls it cannot be run: {tree}")
        calls.append(_without(block, tree, own))
    call = "\n".join(one for one in calls if one.strip())
    if not call:
        return Written(code, "", "there is no code that calls it")
    tree = parsed(call)
    if isinstance(tree, str):
        return Written(code, "", f"the code that calls it cannot be run: {tree}")
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    if not names & own:
        return Written(code, "", "the code that should call the function does not name it")
    return Written(code, call)


def _defined(code: str) -> set[str]:
    tree = parsed(code)
    return set() if isinstance(tree, str) else {node.name for node in tree.body if isinstance(node, Function)}


def _without(block: str, tree: ast.Module, names: set[str]) -> str:
    """A block without the lines of its top-level functions of these names."""
    lines: list[str | None] = list(block.split("\n"))
    for node in tree.body:
        if isinstance(node, Function) and node.name in names:
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            lines[first - 1 : node.end_lineno] = [None] * ((node.end_lineno or first) - first + 1)
    return "\n".join(line for line in lines if line is not None).strip("\n")
