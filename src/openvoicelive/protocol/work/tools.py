"""Orders to the client of MCP servers, and what it reports."""

from dataclasses import dataclass

from openvoicelive.protocol.session.items import McpTool
from openvoicelive.protocol.session.mcp.server import McpServer

# --- orders ---


@dataclass(frozen=True)
class ListTools:
    """Ask an MCP server for its tools."""

    item_id: str
    server: McpServer


@dataclass(frozen=True)
class KeepServers:
    """Leave all MCP servers but those with these labels; what was asked of the others is given up."""

    labels: frozenset[str]


@dataclass(frozen=True)
class CallTool:
    """Let an MCP server run a tool; the arguments are JSON, as the model wrote it."""

    item_id: str
    server: McpServer
    name: str
    arguments: str


@dataclass(frozen=True)
class StopCall:
    """Wait no longer for a tool."""

    item_id: str


ToolOrder = ListTools | KeepServers | CallTool | StopCall


# --- reports ---


@dataclass(frozen=True)
class ToolsListed:
    """The tools of an MCP server."""

    item_id: str
    tools: tuple[McpTool, ...]


@dataclass(frozen=True)
class ToolListFailed:
    """An MCP server's tools cannot be known."""

    item_id: str
    code: str
    message: str


@dataclass(frozen=True)
class ToolCalled:
    """What a tool has answered, as text."""

    item_id: str
    output: str


@dataclass(frozen=True)
class ToolCallFailed:
    """A tool brought nothing."""

    item_id: str
    code: str
    message: str


ToolReport = ToolsListed | ToolListFailed | ToolCalled | ToolCallFailed
