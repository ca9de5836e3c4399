r"""Tools that are given as source text, such as a model wrote: read here, defined and run only inside a session.

    tool = SourceTool("total", "def total(frame, column):\n    return frame[column].sum()")
    with Interpreter(tools={"total": tool}) as py:
        py.run("total(pd.DataFrame({'a': [1, 2]}), 'a')")

Nothing of the source is executed on the host: its signature is read from the syntax tree, and annotations and defaults
stay the text that they are.
"""

from __future__ import annotations

import ast
import inspect
import re
import warnings
from dataclasses import dataclass, field
from typing import Any, NoReturn

_LONGEST_TEXT = 200  # characters of an annotation or a default that are shown
_PLAIN: dict[str, type] = {kind.__name__: kind for kind in (bool, int, float, str, list, dict, tuple, set)}


class SourceToolError(ValueError):
    """A source that defines no such function, or a tool that was called on the host."""


class SourceText:
    """An annotation or a default as its source has it; it means nothing, and its `repr` is the text."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True)
class SourceTool:
    """A function as text. Give it to `Interpreter(tools=…)`, and to whatever describes tools to a model.

    In a session it is defined at its first call, in a namespace of its own: what the caller's code assigns does not
    change it, and a source that cannot be defined raises a `RuntimeError` that names it, each time it is called. The
    host tools of the same session are in that namespace too.

    A parameter that is annotated or documented as a `DataFrame` (in the docstring as `name (pd.DataFrame): …` or
    `name: pd.DataFrame`) may be given as a mapping of columns or a list of records too, and becomes a frame.

    Attributes:
        name: of the function that the source defines at its top level.
        code: the source.
        prelude: Python that is run before it in the same namespace: the imports that the source takes for granted.
        doc: the function's docstring, without its indent; "" where there is none.
        signature: what may be given; annotations and defaults are `SourceText`, but for plain types (`int`, `str`, …).
        tables: names of the parameters that are data frames.

    Raises:
        SourceToolError: the source is no Python, or defines no function of that name.
    """

    name: str
    code: str
    prelude: str = ""
    doc: str = field(init=False, compare=False, repr=False)
    signature: inspect.Signature = field(init=False, compare=False, repr=False)
    tables: tuple[str, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        function = _function(self.name, self.code)
        try:
            signature = _signature(function)
        except (RecursionError, ValueError) as error:  # nested too deeply, or two parameters of one name
            raise SourceToolError(f"the head of {self.name} cannot be read: {error}") from None
        doc = ast.get_docstring(function) or ""
        found = {
            "doc": doc,
            "signature": signature,
            "tables": tuple(
                name for name, one in signature.parameters.items() if _is_frame(name, one.annotation, doc)
            ),
            # What `inspect` asks any callable for.
            "__name__": self.name,
            "__doc__": doc,
            "__signature__": signature,
        }
        for name, value in found.items():
            object.__setattr__(self, name, value)

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuses: this is not the place.

        Raises:
            SourceToolError: always.
        """
        del args, kwargs
        raise SourceToolError(
            f"{self.name} is source that nobody trusts and is not run on the host; "
            f"open Interpreter(tools={{{self.name!r}: …}}) and call it in code that runs there"
        )

    def settings(self) -> dict[str, Any]:
        """What a session needs to define it."""
        return {
            "function": self.name,
            "source": self.code,
            "prelude": self.prelude,
            "tables": list(self.tables),
        }


def _function(name: str, code: str) -> ast.FunctionDef | ast.AsyncFunctionDef:
    """The last definition of a name at the top level, which is the one that stays."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in it is no matter of ours
            tree = ast.parse(code)
    except (SyntaxError, ValueError) as error:
        raise SourceToolError(f"the source of {name} is no Python: {error}") from None
    except (RecursionError, MemoryError):
        raise SourceToolError(f"the source of {name} is nested too deeply to be read") from None
    for node in reversed(tree.body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            return node
    raise SourceToolError(f"the source of {name} defines no function {name!r} at its top level")


def _signature(function: ast.FunctionDef | ast.AsyncFunctionDef) -> inspect.Signature:
    kinds, arguments = inspect.Parameter, function.args
    by_place = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(by_place) - len(arguments.defaults)) + list(arguments.defaults)
    shown = []
    for place, (one, default) in enumerate(zip(by_place, defaults, strict=True)):
        kind = kinds.POSITIONAL_ONLY if place < len(arguments.posonlyargs) else kinds.POSITIONAL_OR_KEYWORD
        shown.append(_parameter(one, kind, default))
    if arguments.vararg is not None:
        shown.append(_parameter(arguments.vararg, kinds.VAR_POSITIONAL, None))
    for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        shown.append(_parameter(one, kinds.KEYWORD_ONLY, default))
    if arguments.kwarg is not None:
        shown.append(_parameter(arguments.kwarg, kinds.VAR_KEYWORD, None))
    return inspect.Signature(
        shown, return_annotation=_text(function.returns, inspect.Signature.empty, _PLAIN)
    )


def _parameter(one: ast.arg, kind: Any, default: ast.expr | None) -> inspect.Parameter:
    empty = inspect.Parameter.empty
    return inspect.Parameter(
        one.arg, kind, default=_text(default, empty, {}), annotation=_text(one.annotation, empty, _PLAIN)
    )


def _text(node: ast.expr | None, empty: Any, known: dict[str, type]) -> Any:
    if node is None:
        return empty
    text = ast.unparse(node)
    return known.get(text) or SourceText(text)


def _is_frame(name: str, annotation: Any, doc: str) -> bool:
    """Whether a parameter takes a data frame and no other mapping, by its annotation or else by its line in the docstring."""
    if annotation is not inspect.Parameter.empty:
        kind = repr(annotation)
    else:
        found = re.search(rf"^\W*{re.escape(name)}\W*(?:\(([^)\n]*)\)|:[ \t]*(\S+))", doc, re.MULTILINE)
        kind = (found.group(1) or found.group(2) or "") if found else ""
    return "DataFrame" in kind and "dict" not in kind.lower()
