"""Where no MCP server may be reached, or none can be: the sentence that says what to do."""

from openvoicelive.errors import EngineError
from openvoicelive.protocol.session.items import McpTool
from openvoicelive.protocol.session.mcp.server import McpServer

NOT_ALLOWED = (
    "This service reaches no MCP servers; the operator can allow some with VOICE_LIVE_MCP_SERVERS.",
    "mcp_server_not_allowed",
)
NOT_INSTALLED = (
    "This service has no MCP client; the operator can install it: pip install 'openvoicelive[mcp]'.",
    "mcp_not_installed",
)


class NoServers:
    """Stands where the servers would be."""

    def __init__(self, why: tuple[str, str] = NOT_ALLOWED) -> None:
        self._why = why

    def keep(self, _: frozenset[str]) -> None:
        """Do nothing: there are no connections."""

    async def list_tools(self, _: McpServer) -> tuple[McpTool, ...]:
        """Refuse.

        Raises:
            EngineError: Always.

        """
        raise self._refusal()

    async def call(self, _: McpServer, _name: str, _arguments: str) -> str:
        """Refuse.

        Raises:
            EngineError: Always.

        """
        raise self._refusal()

    def _refusal(self) -> EngineError:
        sentence, code = self._why
        return EngineError(sentence, code=code)
