"""`windward chat`: the agent to talk to, in a browser or in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from windward.cli.controllable_rows import StyleChoice
from windward.cli.outcome import refuse

if TYPE_CHECKING:
    from windward.models import Model
    from windward.recipes.chat.control import Control
    from windward.recipes.chat.store import Conversations

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.command(
        epilog="Examples: windward chat --model Qwen3-8B --base-url http://localhost:8000/v1 · "
        "windward chat --terminal --model ./checkpoint"
    )(chat)


def chat(
    model: Annotated[
        str,
        typer.Option(help="Who answers: `embedded`, a checkpoint folder, a hub name, an endpoint's model."),
    ] = "embedded",
    base_url: Annotated[
        str | None, typer.Option(help="OpenAI-compatible endpoint, e.g. http://localhost:8000/v1.")
    ] = None,
    home: Annotated[Path, typer.Option(metavar="DIR", help="Where conversations are kept.")] = Path(
        "windward-chat"
    ),
    terminal: Annotated[bool, typer.Option("--terminal", help="Talk here, not in a browser.")] = False,
    host: Annotated[
        str, typer.Option(help="Address to listen on; any but this machine's own needs --token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the page.")] = 7860,
    token: Annotated[
        str | None,
        typer.Option(envvar="WINDWARD_TOKEN", help="Asked for by the page, its files and its API."),
    ] = None,
    turns: Annotated[int, typer.Option(min=1, help="Turns of the agent in one answer.")] = 10,
    seconds: Annotated[
        float, typer.Option(min=1, help="Wall seconds of one answer; no turn begins after them.")
    ] = 600.0,
    live: Annotated[int, typer.Option(min=1, help="Conversations whose interpreters are open at once.")] = 8,
    idle: Annotated[
        float, typer.Option(min=0.1, metavar="MINUTES", help="An unused interpreter is closed after so long.")
    ] = 30.0,
    instructions: Annotated[
        str, typer.Option(help="Added to what the agent is told in new conversations.")
    ] = "",
    control: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[=LOW:HIGH]",
            help="A level that can be asked for, of a model trained to keep to it: honesty, helpfulness, brevity, … (repeatable, in the "
            "order of training). A slider on the page; /control in the terminal.",
        ),
    ] = None,
    control_style: Annotated[
        StyleChoice, typer.Option(help="How levels are written: as in training.")
    ] = StyleChoice.text,
    script: Annotated[
        Path | None,
        typer.Option(metavar="FILE", hidden=True, help="A JSON list of replies, played as the model."),
    ] = None,
) -> None:
    """Talk to an agent that writes Python, runs it, sees what it showed, and mends its errors.

    The code runs isolated, in an interpreter of its own for each conversation: no network, no files but those of the
    conversation. All is kept in --home and can be opened again.
    """
    from windward.agents import AgentLimits
    from windward.evals.data import DataError
    from windward.interpreter import InterpreterError
    from windward.journal import JournalError
    from windward.models import ModelError
    from windward.recipes.chat.conversation import ChatConfig
    from windward.recipes.chat.record import ConversationError
    from windward.recipes.chat.store import Conversations
    from windward.recipes.errors import RecipeError

    if not terminal and host not in _LOOPBACK and not token:
        refuse(
            f"whoever reaches {host} could use the agent: give --token (or set WINDWARD_TOKEN), or listen on 127.0.0.1"
        )
    try:
        asked = _control(control or [], control_style)
    except DataError as error:
        refuse(str(error))
    config = ChatConfig(
        limits=AgentLimits(turns=turns, seconds=seconds),
        instructions=instructions,
        live=live,
        idle_minutes=idle,
        control=asked,
    )
    try:
        store = Conversations(home, _model(model, base_url, script), config)
        if terminal:
            _talk(store)
        else:
            _serve(store, host, port, token)
    except (
        ConversationError,
        RecipeError,
        ModelError,
        InterpreterError,
        JournalError,
        OSError,
        ValueError,
    ) as error:
        refuse(str(error))


def _model(name: str, base_url: str | None, script: Path | None) -> Model:
    from windward.models import resolve
    from windward.recipes.chat.script import read_script

    return read_script(script) if script is not None else resolve(name, base_url)


def _control(said: list[str], style: StyleChoice) -> Control | None:
    if not said:
        return None
    from windward.evals.control.objectives import read_objectives
    from windward.recipes.chat.control import Control

    return Control(read_objectives(said), style.value)


def _talk(store: Conversations) -> None:
    import contextlib

    from rich.console import Console

    from windward.recipes.chat.terminal import Terminal

    with contextlib.suppress(ImportError):
        import readline  # noqa: F401 (gives `input` a history and line editing)
    Terminal(store, _line, Console(highlight=False)).run()


def _line(prompt: str) -> str | None:
    try:
        return input(prompt)
    except EOFError:
        return None


def _serve(store: Conversations, host: str, port: int, token: str | None) -> None:
    from windward.recipes.chat.app import serve

    shown = f"[{host}]" if ":" in host else host
    typer.echo(
        f"open http://{shown}:{port}/{' and give the token' if token else ''} · Ctrl-C ends it", err=True
    )
    serve(store, host=host, port=port, token=token)
