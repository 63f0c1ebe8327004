"""An MCP server whose tools the model may use: where it is, and which calls a person must allow."""

from typing import Literal, Self

import msgspec

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol.options import FunctionTool

Approval = Literal["always", "never"]

# Each is a connection and a list that the model reads before every answer.
MAX_SERVERS = 8


class McpServer(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="mcp", omit_defaults=True):
    """A server as `session.update` names it.

    `authorization` and `headers` are secrets of the client: they go to that server and nowhere else.
    """

    server_label: str
    server_url: str
    authorization: str | None = None
    headers: dict[str, str] | None = None
    allowed_tools: tuple[str, ...] | None = None
    """None: all of them."""
    require_approval: Approval | dict[Approval, tuple[str, ...]] | None = None
    """None is `always`. A tool that a dictionary does not name needs approval, too."""

    def __repr__(self) -> str:
        """Show nothing that is secret."""
        return f"McpServer(server_label={self.server_label!r}, server_url={self.server_url!r})"

    def needs_approval(self, tool: str) -> bool:
        """Whether a person must allow a call of this tool."""
        if isinstance(self.require_approval, dict):
            return tool not in self.require_approval.get("never", ()) or tool in self.require_approval.get(
                "always", ()
            )
        return self.require_approval != "never"

    def allows(self, tool: str) -> bool:
        """Whether the model may see this tool."""
        return self.allowed_tools is None or tool in self.allowed_tools

    def without_secrets(self) -> Self:
        """Return the server as it may be shown: without what would let others use it."""
        return msgspec.structs.replace(self, authorization=None, headers=None)


Tool = FunctionTool | McpServer


def checked(tools: tuple[Tool, ...], param: str) -> tuple[Tool, ...]:
    """Return the tools as they may be shown.

    Raises:
        InvalidRequest: If two servers have one label, or there are too many.

    """
    labels = [tool.server_label for tool in tools if isinstance(tool, McpServer)]
    if len(labels) > MAX_SERVERS:
        raise InvalidRequest("invalid_value", f"There may be {MAX_SERVERS} MCP servers.", param=param)
    if not all(labels) or len(set(labels)) < len(labels):
        raise InvalidRequest("invalid_value", "Each MCP server must have a label of its own.", param=param)
    return tuple(tool.without_secrets() if isinstance(tool, McpServer) else tool for tool in tools)
