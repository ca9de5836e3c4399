"""Starts the server, and ends it so that nothing is left running."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from aiohttp import web

from windward.journal import Journal
from windward.models import Model
from windward.recipes.serve.answers import Answerer
from windward.recipes.serve.app import application
from windward.recipes.serve.config import ConfigError, ServeConfig
from windward.recipes.serve.sessions import Sessions

SWEEP_SECONDS = 30.0
_END_SECONDS = 3.0


@contextlib.asynccontextmanager
async def serving(config: ServeConfig, model: Model, out: Path) -> AsyncIterator[tuple[str, Sessions]]:
    """The server while it runs: its URL, and its conversations' interpreters.

    Args:
        config: what is served to whom.
        model: the agent's.
        out: folder of the journal; made where it is missing.

    Raises:
        ConfigError: the address is taken, or not ours.
        JournalError: the journal cannot be opened, or another server holds it.
        IsolationError: this machine cannot isolate code.
    """
    out.mkdir(parents=True, exist_ok=True)
    sessions = Sessions(config)
    with Journal(out) as journal:
        try:
            sessions.discard((await sessions.begin([]))[0])  # a machine that cannot isolate code says so now
            app = application(config, Answerer(config, model, journal, sessions))
            # A client that hangs up cancels its answer.
            runner = web.AppRunner(
                app, access_log=None, handler_cancellation=True, shutdown_timeout=_END_SECONDS
            )
            await runner.setup()
            sweeper = asyncio.create_task(_sweep(sessions))
            try:
                yield await _listen(runner, config), sessions
            finally:
                sweeper.cancel()
                await runner.cleanup()
        finally:
            await sessions.close()
            await journal.drain(_END_SECONDS)


async def serve(
    config: ServeConfig, model: Model, out: Path, *, tell: Callable[[str], None] = lambda line: None
) -> None:
    """Serves until SIGINT or SIGTERM; then answers under way are stopped and all interpreters closed.

    Args:
        config: what is served to whom.
        model: the agent's.
        out: folder of the journal.
        tell: hears the URL.

    Raises:
        ConfigError: the address is taken, or not ours.
        JournalError: the journal cannot be opened, or another server holds it.
        IsolationError: this machine cannot isolate code.
    """
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked.set)
    try:
        async with serving(config, model, out) as (url, _):
            tell(url)
            await asked.wait()
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def _listen(runner: web.AppRunner, config: ServeConfig) -> str:
    try:
        await web.TCPSite(runner, config.host, config.port).start()
    except OSError as error:
        raise ConfigError(
            f"cannot listen on {config.host} port {config.port} ({error.strerror}): is another server running "
            "there? Choose another --port"
        ) from None
    host, port = runner.addresses[0][:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/v1"


async def _sweep(sessions: Sessions) -> None:
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        sessions.sweep()
