"""Runs one piece of code in a namespace, as a notebook cell would, and tells what it showed."""

from __future__ import annotations

import ast
import asyncio
import builtins
import inspect
import linecache
import re
import sys
import traceback
import types
from typing import Any

_MAX_TRACEBACK_FRAMES = 8


class Cell:
    """One piece of code with a name of its own, so that tracebacks can point at its lines."""

    def __init__(self, code: str, number: int) -> None:
        self.code = code
        self.filename = f"<cell {number}>"
        lines = [line + "\n" for line in code.split("\n")]
        linecache.cache[self.filename] = (len(code), None, lines, self.filename)

    def compile(self) -> tuple[types.CodeType | None, types.CodeType | None]:
        """The statements, and the last expression where the code ends in one whose value is to be shown."""
        tree = _compile(self.code, self.filename, "exec", ast.PyCF_ONLY_AST)
        last: ast.Expression | None = None
        if tree.body and isinstance(tree.body[-1], ast.Expr) and not self._is_silent(tree.body[-1]):
            last = ast.Expression(tree.body.pop().value)
        body = _compile(tree, self.filename, "exec") if tree.body else None
        return body, _compile(last, self.filename, "eval") if last is not None else None

    def _is_silent(self, last: ast.Expr) -> bool:
        """Whether a `;` follows the last expression, which hides its value in a notebook."""
        if ";" not in self.code:
            return False
        assert last.end_lineno is not None and last.end_col_offset is not None
        lines = re.split("\r\n|\r|\n", self.code)[last.end_lineno - 1 :]
        rest = lines[0].encode()[last.end_col_offset :].decode()
        # Only blanks and continued lines can stand between an expression and its semicolon.
        return "\n".join([rest, *lines[1:]]).lstrip(" \t\f\\\n").startswith(";")


def _compile(source: Any, filename: str, mode: str, flags: int = 0) -> Any:
    """As `compile`, with `await` at the top level, and without this file's own `from __future__`."""
    return compile(source, filename, mode, flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)


_loop: asyncio.AbstractEventLoop | None = None


def _run(code: types.CodeType, namespace: dict[str, Any]) -> Any:
    if code.co_flags & inspect.CO_COROUTINE:
        global _loop
        if _loop is None or _loop.is_closed():
            _loop = asyncio.new_event_loop()
            asyncio.set_event_loop(_loop)
        return _loop.run_until_complete(eval(code, namespace))
    return eval(code, namespace)


def forget_loop() -> None:
    """After a fork: a loop's selector is shared with the parent, so the next `await` makes a new one."""
    global _loop
    _loop = None


def run_cell(cell: Cell, namespace: dict[str, Any]) -> dict[str, Any]:
    """Runs the cell. Returns `status`, and `value` and `error` where there are any."""
    try:
        body, last = cell.compile()
        if body is not None:
            _run(body, namespace)
        if last is None:
            return {"status": "ok"}
        value = _run(last, namespace)
        if value is None:
            return {"status": "ok"}
        namespace["_"] = value
        return {"status": "ok", "value": repr(value)}
    except SystemExit as stop:
        if stop.code in (None, 0):
            return {"status": "ok"}
        return {"status": "error", "error": f"SystemExit: {stop.code}"}
    except KeyboardInterrupt as error:
        return {"status": "interrupted", "error": describe(error)}
    except MemoryError as error:
        return {"status": "memory", "error": describe(error)}
    except BaseException as error:
        return {"status": "error", "error": describe(error)}


def describe(error: BaseException) -> str:
    """A short traceback: the lines of the user's own cells, then the exception."""
    try:
        return "\n".join(_describe(error))
    except BaseException as second:
        return f"{type(error).__name__}: (its text could not be shown: {type(second).__name__})"


def _describe(error: BaseException) -> list[str]:
    lines: list[str] = []
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and cause is not error and _user_frames(cause):
        lines += [f"{_last_line(cause)}  (the error before this one)"]
    frames = _user_frames(error)
    if frames:
        lines.append("Traceback (most recent call last):")
        hidden = len(frames) - _MAX_TRACEBACK_FRAMES
        half = _MAX_TRACEBACK_FRAMES // 2
        for position, frame in enumerate(frames):
            if hidden > 0 and position == half:
                lines.append(f"  … {hidden} more frames …")
            if hidden > 0 and half <= position < half + hidden:
                continue
            where = "" if frame.name == "<module>" else f", in {frame.name}"
            lines.append(f"  {frame.filename.strip('<>')}, line {frame.lineno}{where}")
            if frame.line:
                lines.append(f"    {frame.line}")
    if isinstance(error, SyntaxError):
        lines += [line.rstrip("\n") for line in traceback.format_exception_only(type(error), error)]
    else:
        lines.append(_last_line(error))
    return lines


def _user_frames(error: BaseException) -> list[traceback.FrameSummary]:
    return [
        frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith("<cell ")
    ]


def _last_line(error: BaseException) -> str:
    """The exception in one line or more; without a message it ends in its colon, as notebooks show it."""
    line = "".join(traceback.format_exception_only(type(error), error)).rstrip("\n")
    return f"{line}:" if line == type(error).__qualname__ else line


def new_namespace() -> dict[str, Any]:
    """A fresh `__main__` with the names a notebook offers."""
    module = types.ModuleType("__main__")
    module.__dict__["__builtins__"] = builtins
    sys.modules["__main__"] = module
    builtins.display = _display  # type: ignore[attr-defined]
    return module.__dict__


def _display(*values: object) -> None:
    for value in values:
        print(value if isinstance(value, str) else repr(value))


def refusal(code: str) -> str | None:
    """Why this is not run at all: notebook magics and shell lines have no meaning here."""
    if not any(line.lstrip().startswith(("!", "%")) for line in code.split("\n")):
        return None
    try:
        ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass  # only text that is not Python can be a magic
    else:
        return None
    for line in code.split("\n"):
        text = line.strip()
        if text.startswith(("!", "%")):
            kind = "a shell command" if text.startswith("!") else "a notebook magic"
            return (
                f"refused: `{text[:80]}` is {kind}. This is a Python interpreter without a shell, a network or "
                "IPython magics; write Python instead. Installed packages can be imported."
            )
    return None
