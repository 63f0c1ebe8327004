"""The tools of a session's MCP servers: their lists, and the names by which a model calls them."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol.options import FunctionTool
from openvoicelive.protocol.session.items import McpTool
from openvoicelive.protocol.session.mcp.server import McpServer, Tool

# What the chat-completions API allows in the name of a function.
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]+")
MAX_NAME_LENGTH = 64


class ListState(StrEnum):
    """The progress of a server's list."""

    ASKED = "asked"
    KNOWN = "known"
    UNKNOWN = "unknown"


NEXT_LIST_STATE = {
    ListState.ASKED: {"list": ListState.KNOWN, "fail": ListState.UNKNOWN},
    ListState.KNOWN: {},
    ListState.UNKNOWN: {},
}


@dataclass
class ToolList:
    """The list of one server, and the conversation item that shows it."""

    item_id: str
    server: McpServer
    state: ListState = ListState.ASKED
    tools: tuple[McpTool, ...] = ()

    def listed(self, tools: tuple[McpTool, ...]) -> None:
        """Take the tools that the client allows."""
        self.state = NEXT_LIST_STATE[self.state]["list"]
        self.tools = tuple(tool for tool in tools if self.server.allows(tool.name))

    def failed(self) -> None:
        """Note that the list is not available."""
        self.state = NEXT_LIST_STATE[self.state]["fail"]


@dataclass(frozen=True)
class McpTarget:
    """The tool that a function's name stands for."""

    server: McpServer
    name: str
    needs_approval: bool


@dataclass(frozen=True)
class Offer:
    """The functions that a model can call, and which of them are tools of MCP servers."""

    functions: tuple[FunctionTool, ...] = ()
    targets: Mapping[str, McpTarget] = field(default_factory=dict)


def functions_only(tools: tuple[Tool, ...]) -> Offer:
    """Offer only the functions of the client."""
    return Offer(tuple(tool for tool in tools if isinstance(tool, FunctionTool)))


class ToolLists:
    """The lists of all servers of the session, by label."""

    def __init__(self) -> None:
        self._lists: dict[str, ToolList] = {}

    @property
    def labels(self) -> frozenset[str]:
        """The servers that were asked for their tools."""
        return frozenset(self._lists)

    def update(self, tools: tuple[Tool, ...]) -> list[McpServer]:
        """Replace the servers of the session; return those that must be asked for their tools."""
        servers = {tool.server_label: tool for tool in tools if isinstance(tool, McpServer)}
        self._lists = {
            label: known
            for label, known in self._lists.items()
            if servers.get(label) == known.server and known.state is not ListState.UNKNOWN
        }
        return [server for label, server in servers.items() if label not in self._lists]

    def require(self, tools: tuple[Tool, ...]) -> None:
        """Refuse servers that the session does not have.

        Raises:
            InvalidRequest: If there is one.

        """
        for tool in tools:
            if isinstance(tool, McpServer) and tool.server_label not in self._lists:
                raise InvalidRequest(
                    "invalid_value",
                    f"The session has no MCP server {tool.server_label!r}; session.update names it first.",
                    param="response.tools",
                )

    def ask(self, item_id: str, server: McpServer) -> None:
        """Note that a server is asked."""
        self._lists[server.server_label] = ToolList(item_id, server)

    def find(self, item_id: str) -> ToolList | None:
        """Return the list of this item if it is still awaited, or None."""
        asked = (known for known in self._lists.values() if known.state is ListState.ASKED)
        return next((known for known in asked if known.item_id == item_id), None)

    def offer(self, tools: tuple[Tool, ...]) -> Offer:
        """Return which of these tools a model can call, as far as their lists are known.

        A name that is not unique gets the label of its server as a prefix.
        """
        functions = list(functions_only(tools).functions)
        listed = list(self._listed(tools))
        taken = {function.name for function in functions}
        counts = Counter([*taken, *(_function_name(tool.name) for _, tool in listed)])
        targets: dict[str, McpTarget] = {}
        for target, tool in listed:
            name = _function_name(tool.name)
            if counts[name] > 1:
                name = _function_name(f"{target.server.server_label}_{tool.name}")
            name = _unique(name, {*taken, *targets})
            targets[name] = target
            functions.append(
                FunctionTool(name=name, description=tool.description, parameters=tool.input_schema)
            )
        return Offer(tuple(functions), targets)

    def _listed(self, tools: tuple[Tool, ...]) -> Iterator[tuple[McpTarget, McpTool]]:
        """Yield the tools of servers whose lists are known, within the limits that are given here.

        The options of one response can name a server again with other limits. Its connection and its secrets
        are those of the session.
        """
        for server in tools:
            known = self._lists.get(server.server_label) if isinstance(server, McpServer) else None
            if known is None or not isinstance(server, McpServer):
                continue
            for tool in known.tools if known.server.server_url == server.server_url else ():
                if server.allows(tool.name):
                    yield McpTarget(known.server, tool.name, server.needs_approval(tool.name)), tool


def _function_name(name: str) -> str:
    return _NOT_IN_NAMES.sub("_", name)[:MAX_NAME_LENGTH] or "_"


def _unique(name: str, taken: set[str]) -> str:
    number, unique = 1, name
    while unique in taken:
        number += 1
        ending = f"_{number}"
        unique = name[: MAX_NAME_LENGTH - len(ending)] + ending
    return unique
