"""`windward python`: the interpreter as a small REPL, or for a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from windward.interpreter import Interpreter, Observation

_HELP = """\
  :fork    make a twin (same variables, same files) and go on in it
  :back    return to where the twin was made; what the twin did is undone
  :files   list the working folder
  :reset   forget all variables; files stay
  :help    this text
  Ctrl-C interrupts a run, Ctrl-D leaves. A block ends at an empty line."""


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.command(
        name="python",
        epilog="Examples: windward python · windward python --seconds 60 solve.py · echo 'print(6*7)' | windward python",
    )(python)


def python(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="A file to run; otherwise a prompt, or standard input."),
    ] = None,
    isolation: Annotated[
        Literal["auto", "bwrap", "none"],
        typer.Option(help="`none` runs an ordinary process: for code that you trust."),
    ] = "auto",
    seconds: Annotated[float, typer.Option(min=0.01, help="CPU seconds of one run.")] = 10.0,
    memory: Annotated[int, typer.Option(min=16, metavar="MB", help="MiB of memory.")] = 1024,
) -> None:
    """Run Python that nobody trusts: no network, no host files, limits on time and memory."""
    from windward.interpreter import Interpreter, InterpreterError, Limits

    try:
        code = _code(file)
        with Interpreter(Limits(seconds=seconds, memory_mb=memory), isolation=isolation) as py:
            if code is not None:
                raise typer.Exit(_run_once(py, code))
            _prompt(py)
    except InterpreterError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None


def _code(file: Path | None) -> str | None:
    """The text to run; None for a prompt."""
    if file is None:
        return None if sys.stdin.isatty() else sys.stdin.read()
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        typer.echo(f"error: {file} cannot be read: {error}", err=True)
        raise typer.Exit(2) from None


def _run_once(py: Interpreter, code: str) -> int:
    """Runs a whole program; 1 if it did not run to its end."""
    try:
        seen = py.run(code)
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        return 130
    _show(seen, value=False)  # a program shows what it prints; only a prompt echoes
    return 0 if seen.ok else 1


def _show(seen: Observation, value: bool = True) -> None:
    typer.echo(_printable(seen.stdout), nl=False)
    if seen.stdout and not seen.stdout.endswith("\n"):
        typer.echo()
    for text, err in ((seen.stderr, True), (seen.value if value else None, False), (seen.error, True)):
        if text:
            typer.echo(_printable(text.rstrip("\n")), err=err)
    for name in seen.images:
        typer.echo(f"figure saved in the working folder: {name}", err=True)


def _printable(text: str) -> str:
    """Without the control characters by which untrusted output could drive the terminal."""
    return "".join(
        c if c in "\n\t" or (c >= " " and not "\x7f" <= c <= "\x9f") else repr(c)[1:-1] for c in text
    )


# -- the prompt --------------------------------------------------------------------------------------


def _prompt(root: Interpreter) -> None:
    import contextlib

    with contextlib.suppress(ImportError):
        import readline  # noqa: F401 (gives `input` a history and line editing)
    where = "isolated" if root.isolation != "none" else "NOT isolated"
    typer.echo(
        f"Python, {where}; limits {root.limits.seconds:g} s, {root.limits.memory_mb} MiB. :help for help."
    )
    branch = [root]
    try:
        while True:
            try:
                text = _read(">>> " if len(branch) == 1 else f"{len(branch) - 1}>> ")
            except KeyboardInterrupt:
                typer.echo("")
                continue
            if text is None:
                break
            if text.startswith(":"):
                _command(text.strip(), branch)
            elif text.strip():
                _run(branch[-1], text)
    finally:
        for twin in branch[1:]:
            twin.close()
    typer.echo("")


def _read(prompt: str) -> str | None:
    """One block of code: until it is complete, or an empty line; None at the end of input."""
    lines: list[str] = []
    while True:
        try:
            line = input(prompt if not lines else "... ")
        except EOFError:
            return "\n".join(lines) if lines else None
        if not lines and line.startswith(":"):
            return line
        lines.append(line)
        if not line.strip() or _is_complete("\n".join(lines)):
            return "\n".join(lines)


def _is_complete(code: str) -> bool:
    """Whether more lines could not change it: one-line statements, and text that is wrong anyway."""
    import ast
    import codeop

    try:
        compiled = codeop.CommandCompiler()
        compiled.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        return compiled(code) is not None
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
        return True


def _run(py: Interpreter, code: str) -> None:
    from windward.interpreter import InterpreterError

    try:
        _show(py.run(code))
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
    except InterpreterError as error:
        typer.echo(f"error: {error}", err=True)


def _command(text: str, branch: list[Interpreter]) -> None:
    from windward.interpreter import InterpreterError

    try:
        if text == ":fork":
            branch.append(branch[-1].fork())
            typer.echo(f"in twin {len(branch) - 1}; :back returns")
        elif text == ":back" and len(branch) > 1:
            branch.pop().close()
            typer.echo(
                "back, as it was" if len(branch) == 1 else f"back in twin {len(branch) - 1}, as it was"
            )
        elif text == ":back":
            typer.echo("this is the first one: there is nothing to go back to")
        elif text == ":files":
            _run(branch[-1], _FILES)
        elif text == ":reset":
            branch[-1].reset()
            typer.echo("variables forgotten, files kept")
        else:
            typer.echo(_HELP if text == ":help" else f"no such command: {text}\n{_HELP}")
    except InterpreterError as error:
        typer.echo(f"error: {error}", err=True)


# A function's own names: nothing is left behind in the user's namespace.
_FILES = """(lambda os: print("\\n".join(
    f"{os.path.getsize(os.path.join(at, name)):>10,}  {os.path.relpath(os.path.join(at, name), '/episode')}"
    for at, _, names in sorted(os.walk('/episode')) for name in sorted(names)
    if os.path.exists(os.path.join(at, name))) or "no files"))(__import__("os"));"""
