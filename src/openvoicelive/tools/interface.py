"""What a session needs of the MCP servers that its client has named."""

from typing import Protocol

from openvoicelive.protocol.session.items import McpTool
from openvoicelive.protocol.session.mcp.server import McpServer


class ToolServers(Protocol):
    """The servers of one session; connections are opened when they are first needed."""

    def keep(self, labels: frozenset[str]) -> None:
        """Close the connections to all servers but those with these labels."""

    async def list_tools(self, server: McpServer) -> tuple[McpTool, ...]:
        """Ask a server for its tools.

        Raises:
            EngineError: If it may not be reached, cannot be, or does not answer as an MCP server does.

        """

    async def call(self, server: McpServer, name: str, arguments: str) -> str:
        """Let a server run a tool with arguments, JSON; return what it answered, as text.

        Raises:
            EngineError: As above, or if the tool itself failed.

        """
