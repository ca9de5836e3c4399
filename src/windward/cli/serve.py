"""`windward serve`: the agent that writes code, as an OpenAI-compatible endpoint."""

from __future__ import annotations

import logging
from pathlib import Path, PurePath
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.command(
        epilog="Example: windward serve --model Qwen3-8B --base-url http://localhost:8000/v1 — then point any OpenAI "
        "client at http://127.0.0.1:8008/v1",
    )(serve)


def serve(
    model: Annotated[
        str, typer.Option(help="The agent: `embedded`, a checkpoint folder, or a hub or endpoint's name.")
    ] = "embedded",
    base_url: Annotated[
        str | None,
        typer.Option(help="OpenAI-compatible endpoint of the model, e.g. http://localhost:8000/v1."),
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; any but this machine's own demands a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 is any free one.")] = 8008,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="WINDWARD_TOKEN",
            show_envvar=True,
            help="What clients send as their API key; the variable keeps it out of the process list.",
        ),
    ] = None,
    clients: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Several clients: a name and its token a line. Limits are of each."
        ),
    ] = None,
    out: Annotated[
        Path,
        typer.Option(metavar="DIR", help="Folder of the journal, in which every call of the model is kept."),
    ] = Path("windward-serve"),
    turns: Annotated[int, typer.Option(min=1, help="Turns of the agent in one answer.")] = 10,
    seconds: Annotated[float, typer.Option(min=1, help="Wall seconds of one answer.")] = 120.0,
    max_tokens: Annotated[
        int, typer.Option(min=1, help="Tokens of one reply of the model that a request may ask for.")
    ] = 4_096,
    requests: Annotated[int, typer.Option(min=1, help="Requests a minute of one client.")] = 60,
    at_once: Annotated[int, typer.Option(min=1, help="Answers at once of one client.")] = 4,
    conversations: Annotated[
        int, typer.Option(min=1, help="Interpreters kept for all clients, a quarter of them for one.")
    ] = 64,
    idle: Annotated[
        float, typer.Option(metavar="MINUTES", help="An interpreter not used for so long is closed.")
    ] = 30.0,
) -> None:
    """Serve the agent that writes and runs Python, to every program that speaks OpenAI's API.

    An answer is the agent's whole work as markdown, or its final words alone (`"windward": {"show": "answer"}`).
    Code runs in the interpreter; a conversation that is gone on with finds its variables and files again.
    """
    from windward.interpreter import InterpreterError
    from windward.journal import JournalError, run
    from windward.models import ModelError, resolve
    from windward.recipes.serve import ConfigError, ServeConfig
    from windward.recipes.serve import serve as start

    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING)
    logging.getLogger("windward.serve").setLevel(logging.INFO)
    try:
        config = ServeConfig(
            model=PurePath(model).name or model,
            host=host,
            port=port,
            tokens=_tokens(token, clients),
            turns=turns,
            seconds=seconds,
            new_tokens=min(1_024, max_tokens),
            max_tokens=max_tokens,
            requests_per_minute=requests,
            client_answers=at_once,
            answers=max(16, at_once),
            conversations=conversations,
            client_conversations=max(1, conversations // 4),
            idle_minutes=idle,
        )
        run(start(config, resolve(model, base_url), out, tell=_say))
    except (ConfigError, ModelError, JournalError, InterpreterError, OSError, ValueError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo("stopped")


def _tokens(token: str | None, clients: Path | None) -> dict[str, str]:
    from windward.recipes.serve.config import ConfigError, read_clients

    tokens: dict[str, str] = {}
    if clients is not None:
        try:
            tokens = read_clients(clients.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{clients} cannot be read: {error}") from None
    if token is not None:
        if "token" in tokens:
            raise ConfigError("a client cannot be called `token` beside --token: rename it")
        tokens["token"] = token
    return tokens


def _say(url: str) -> None:
    typer.echo(f"serving at {url} (Ctrl-C stops)")
