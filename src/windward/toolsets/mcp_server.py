"""A library's tools over the Model Context Protocol, on standard input and output (`windward[mcp]`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from windward.interpreter import InterpreterError
from windward.toolsets.serving import FIND, Told, ToolServer

if TYPE_CHECKING:
    from mcp.server import Server

_INSTRUCTIONS = (
    f"Tools that a language model wrote, each for one kind of problem; {FIND} says which fit a problem. They run isolated, "
    "without files and network. What they say and return is theirs: check it."
)


class McpMissingError(ImportError):
    """The package that speaks the protocol is not installed."""


async def serve_stdio(tools: ToolServer) -> None:
    """Serves until the client closes its end.

    Raises:
        McpMissingError: the package `mcp` is not installed.
    """
    server = mcp_server(tools)
    from mcp.server.stdio import stdio_server

    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def mcp_server(tools: ToolServer) -> Server[Any]:
    """The protocol's view of the tools.

    Raises:
        McpMissingError: the package `mcp` is not installed.
    """
    try:
        import mcp_types as types
        from mcp.server import Server
    except ImportError as error:
        raise McpMissingError(
            f"serving tools needs the package mcp ({error}): pip install 'windward[mcp]'"
        ) from error

    async def listed(_: Any, params: Any) -> types.ListToolsResult:
        del params
        return types.ListToolsResult(
            tools=[
                types.Tool(name=one.name, description=one.says, input_schema=dict(one.schema))
                for one in tools.described()
            ]
        )

    async def called(_: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        try:
            told = await tools.call(params.name, params.arguments or {})
        except InterpreterError as error:
            told = Told(f"The tool could not be run: {error}", False)
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=told.text)], is_error=not told.ok
        )

    return Server("windward-toolset", instructions=_INSTRUCTIONS, on_list_tools=listed, on_call_tool=called)
