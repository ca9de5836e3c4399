"""`windward toolset serve`: a library as an MCP server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.outcome import refuse
from windward.cli.toolset import toolset


def register(app: typer.Typer) -> None:
    """Adds `serve` to `windward toolset`."""
    del app
    toolset.command(
        epilog="windward toolset serve library  ·  in the settings of an MCP client: "
        '{"mcpServers": {"tables": {"command": "windward", "args": ["toolset", "serve", "/path/to/library"]}}}'
    )(serve)


def serve(
    library: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a library.")],
    every: Annotated[
        bool,
        typer.Option("--all", help="Also tools that are not known to work; else those whose verdict is ok."),
    ] = False,
    seconds: Annotated[float, typer.Option(min=0.1, help="CPU seconds of one call.")] = 10.0,
    memory_mb: Annotated[int, typer.Option(min=64, metavar="MIB", help="Memory of one call.")] = 1_024,
) -> None:
    """Serves a library's tools to any MCP client, over standard input and output, until the client leaves.

    Each tool is listed with its docstring and the JSON schema of its arguments, and so is `find_tools`, which says what fits a problem.
    A call runs isolated in an interpreter of its own, without the files of this machine and without a network. A table is given as an
    object of columns or a list of records. What is known of a tool is the last audit's verdict (`windward toolset audit`), else that of
    the run that built it. Needs `pip install 'windward[mcp]'`.
    """
    from windward.interpreter import Interpreter, IsolationError
    from windward.toolsets.domains import DOMAINS
    from windward.toolsets.mcp_server import McpMissingError, mcp_server, serve_stdio
    from windward.toolsets.parquet_files import ToolsetError
    from windward.toolsets.serving import LIMITS, ToolServer
    from windward.toolsets.stored_domain import domain_of
    from windward.toolsets.toolset import Toolset
    from windward.toolsets.usable import usable

    try:
        whole = Toolset.load(library)
        tools, _ = usable(library, whole, every=every)
        if not tools:
            refuse(
                f"no tool of {library} is known to work: run windward toolset audit {library} first, or give --all"
            )
        domain = domain_of(library)
        if domain not in DOMAINS:
            refuse(
                f"tools of the domain {domain} need the models of their host: serve them from Python (windward.toolsets.serving)"
            )
        limits = replace(LIMITS, seconds=seconds, memory_mb=memory_mb)
        server = ToolServer(whole, tools, domain=DOMAINS[domain], limits=limits)
        mcp_server(server)  # before the client waits for an answer
        Interpreter(limits).close()
    except (IsolationError, McpMissingError, OSError, ToolsetError) as error:
        refuse(str(error))
    typer.echo(
        f"serving {len(server.described()) - 1:,} of {len(whole.tools):,} tools on standard input and output",
        err=True,
    )
    import asyncio

    try:
        asyncio.run(serve_stdio(server))
    except KeyboardInterrupt:
        typer.echo("stopped", err=True)
