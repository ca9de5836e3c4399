"""What is known of a tool's function without running it: name, arguments, docstring, head, all from its syntax tree.

The released code splits the text at commas and at "):", so that `f(a: dict[str, int])` has two arguments there and an
import before a function becomes part of its name. Here nothing is split; what that code wrote for a name is kept
beside the true one (`released_name`), since its recorded choices go by it.
"""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass


@dataclass(frozen=True)
class Facts:
    """The first function that a text defines at its top level.

    Attributes:
        name: as it is called; "" where there is no function.
        words: the name as words, `_` read as a space: what is embedded and searched.
        head: `name(arguments)`, with annotations and defaults, as in the released category_head.json.
        positional: arguments that may be given by place, those with a default included.
        keyword_only: arguments after a `*`.
        defaults: how many of both have a default.
        variadic: 0, 1 or 2: `*args` and `**kwargs`.
        docstring: without its indent; "" where there is none.
        explanation: the docstring's first line.
        released_name: the name with the statements before the function, as a key of category_head.json has it.
        functions: names of all functions at the top level, in order.
        problem: why there is no function; "" where there is one.
    """

    name: str = ""
    words: str = ""
    head: str = ""
    positional: int = 0
    keyword_only: int = 0
    defaults: int = 0
    variadic: int = 0
    docstring: str = ""
    explanation: str = ""
    released_name: str = ""
    functions: tuple[str, ...] = ()
    problem: str = ""

    @property
    def arguments(self) -> int:
        """How many arguments the head names; `*args` counts as one, and so does `**kwargs`."""
        return self.positional + self.keyword_only + self.variadic


_TOO_DEEP = "it is nested too deeply to be read"

Function = ast.FunctionDef | ast.AsyncFunctionDef


def read_facts(code: str) -> Facts:
    """The facts of the first function of `code`. A text that holds none is described too, by `problem`."""
    tree = parsed(code)
    if isinstance(tree, str):
        return Facts(problem=tree)
    functions = [node for node in tree.body if isinstance(node, Function)]
    if not functions:
        return Facts(problem="it defines no function at its top level")
    first = functions[0]
    try:
        head = f"{first.name}({ast.unparse(first.args)})"
        before = [ast.unparse(node) for node in tree.body[: tree.body.index(first)]]
    except RecursionError:
        return Facts(problem=_TOO_DEEP)
    arguments = first.args
    docstring = ast.get_docstring(first) or ""
    return Facts(
        name=first.name,
        words=" ".join(first.name.replace("_", " ").split()),
        head=head,
        positional=len(arguments.posonlyargs) + len(arguments.args),
        keyword_only=len(arguments.kwonlyargs),
        defaults=len(arguments.defaults) + sum(one is not None for one in arguments.kw_defaults),
        variadic=(arguments.vararg is not None) + (arguments.kwarg is not None),
        docstring=docstring,
        explanation=next(iter(docstring.splitlines()), "").strip(),
        released_name=" ".join([*before, f"def {first.name}"]) if before else first.name,
        functions=tuple(function.name for function in functions),
    )


def parsed(code: str) -> ast.Module | str:
    """The syntax tree of a text that somebody else wrote, or why it has none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in a tool is no matter of ours
            return ast.parse(code)
    except SyntaxError as error:
        return f"it is no Python: {error.msg} (line {error.lineno})"
    except ValueError as error:  # a null byte, half a character
        return f"it is no Python: {error}"
    except (RecursionError, MemoryError):  # what the parser raises where its stack ends
        return _TOO_DEEP
