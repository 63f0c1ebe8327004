"""MCP servers over streamable HTTP, with the official client."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import httpx2
import mcp_types as types
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

from openvoicelive.allowed_servers import AllowedServers
from openvoicelive.errors import EngineError
from openvoicelive.protocol.session.items import McpTool
from openvoicelive.protocol.session.mcp.server import McpServer
from openvoicelive.tools.guarded_transport import TOO_LARGE, UNREACHABLE, GuardedTransport

log = logging.getLogger(__name__)
# They log what a server sent, with stack traces, and whole addresses, which may hold keys. What matters is
# reported to the session.
logging.getLogger("mcp").setLevel(logging.CRITICAL)
logging.getLogger("httpx2").setLevel(logging.WARNING)

FAILED = "mcp_call_failed"

CONNECT_S = 10.0
# A server may be silent while a tool works; whoever waits for the tool has the deadline.
READ_S = 120.0
MAX_TOOLS = 128
MAX_PAGES = 16
# The model reads the whole list before every answer.
MAX_LIST_CHARACTERS = 512 * 1024
# More than a model can use in a conversation; it is told what is missing.
MAX_OUTPUT_CHARACTERS = 65_536

# What the connection itself says; a client's own headers must not contradict it.
_OWN_HEADERS = frozenset(
    {
        *("accept", "accept-encoding", "connection", "content-length", "content-type", "host"),
        *("mcp-protocol-version", "mcp-session-id", "te", "transfer-encoding", "upgrade"),
    }
)

Result = TypeVar("Result")


class McpServers:
    """The connections of one session: one for each server, opened when it is first needed.

    All end with the task group. A connection that breaks is replaced at the next need.
    """

    def __init__(self, allowed: AllowedServers, tasks: asyncio.TaskGroup) -> None:
        self._allowed = allowed
        self._tasks = tasks
        self._connections: dict[str, _Connection] = {}

    def keep(self, labels: frozenset[str]) -> None:
        """Close the connections to all servers but those with these labels."""
        for label in self._connections.keys() - labels:
            self._connections.pop(label).close()

    async def list_tools(self, server: McpServer) -> tuple[McpTool, ...]:
        """Ask a server for its tools, all pages of them.

        Raises:
            EngineError: If it may not be reached, cannot be, or does not answer as an MCP server does.

        """
        return await self._with_client(server, _list_tools)

    async def call(self, server: McpServer, name: str, arguments: str) -> str:
        """Let a server run a tool; return what it answered, as text.

        Raises:
            EngineError: As above, or if the arguments are none, or the tool failed.

        """
        try:
            values = json.loads(arguments or "{}")
        except (ValueError, RecursionError):  # the latter of JSON that is nested too deep
            values = None
        if not isinstance(values, dict):
            raise EngineError("The arguments are not a JSON object.", code=FAILED)

        async def call(client: Client) -> types.CallToolResult:
            return await client.call_tool(name, values)

        result = await self._with_client(server, call)
        text = _text_of(result)
        if result.is_error:
            raise EngineError(text or "The tool failed.", code=FAILED)
        return text

    async def _with_client(self, server: McpServer, use: Callable[[Client], Awaitable[Result]]) -> Result:
        connection = self._connections.get(server.server_label)
        if connection is None or connection.server != server or connection.is_over:
            if connection is not None:
                connection.close()
            connection = _Connection(server, self._allowed, self._tasks)
            self._connections[server.server_label] = connection
        return await connection.use(use)


class _Connection:
    """One server; a task of its own opens, holds and closes it, for its parts must end where they began."""

    def __init__(self, server: McpServer, allowed: AllowedServers, tasks: asyncio.TaskGroup) -> None:
        self.server = server
        self._transport = GuardedTransport(allowed)
        self._client: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
        self._task = tasks.create_task(self._hold())

    @property
    def is_over(self) -> bool:
        return self._task.done() or self._task.cancelling() > 0

    def close(self) -> None:
        self._task.cancel()

    async def use(self, use: Callable[[Client], Awaitable[Result]]) -> Result:
        """Do something with the client, once it is connected.

        Raises:
            EngineError: With a sentence about what failed, wherever it failed.

        """
        try:
            async with asyncio.timeout(CONNECT_S):
                client = await asyncio.shield(self._client)
        except TimeoutError:
            self.close()
            raise self._problem(f"The MCP server {self._name} does not answer.") from None
        try:
            return await use(client)
        except MCPError as error:
            if self._transport.problem is not None:
                self.close()
            raise self._problem(f"The MCP server {self._name} refused: {error.error.message}") from None
        except (OSError, httpx2.HTTPError, RuntimeError) as error:
            self.close()
            log.warning("The connection to MCP server %s broke: %s", self._name, type(error).__name__)
            raise self._problem(f"The connection to MCP server {self._name} broke.") from None

    async def _hold(self) -> None:
        try:
            async with (
                httpx2.AsyncClient(
                    transport=self._transport,
                    headers=dict(_headers(self.server)),
                    timeout=httpx2.Timeout(CONNECT_S, read=READ_S),
                    trust_env=False,
                ) as http,
                Client(
                    streamable_http_client(self.server.server_url, http_client=http), cache=None
                ) as client,
            ):
                self._client.set_result(client)
                await asyncio.Event().wait()
        except Exception as error:  # noqa: BLE001 - the border of a task; whoever waits for the client is told
            self._give_up(self._explained(error))
        finally:
            self._give_up(self._problem(f"The connection to MCP server {self._name} is closed."))

    def _give_up(self, error: EngineError) -> None:
        if not self._client.done():
            self._client.set_exception(error)
            self._client.exception()  # nobody may be waiting any more

    def _explained(self, error: Exception) -> EngineError:
        reason = next(_causes(error))
        log.info("MCP server %s: %s", self._name, type(reason).__name__)
        if isinstance(reason, EngineError):
            return reason.without_traceback()
        return self._problem(f"The MCP server {self._name} does not answer as one.")

    def _problem(self, sentence: str) -> EngineError:
        problem = self._transport.problem
        return EngineError(sentence, code=UNREACHABLE) if problem is None else problem.without_traceback()

    @property
    def _name(self) -> str:
        return repr(self.server.server_label)


def _headers(server: McpServer) -> Iterator[tuple[str, str]]:
    for name, value in (server.headers or {}).items():
        if name.lower() not in _OWN_HEADERS:
            yield name, value
    if server.authorization:
        # A client gives the token alone, or with its scheme.
        scheme = "" if " " in server.authorization else "Bearer "
        yield "Authorization", f"{scheme}{server.authorization}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield what is in a group of errors, those with a sentence for the user first."""
    leaves = list(_leaves(error))
    yield from sorted(leaves, key=lambda leaf: not isinstance(leaf, EngineError))


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _leaves(part)
    else:
        yield error


async def _list_tools(client: Client) -> tuple[McpTool, ...]:
    tools: list[McpTool] = []
    size = 0
    cursor: str | None = None
    for _ in range(MAX_PAGES):
        page = await client.list_tools(cursor=cursor)
        tools += [
            McpTool(
                name=tool.name,
                description=tool.description,
                input_schema=tool.input_schema,
                annotations=tool.annotations.model_dump(by_alias=True, exclude_none=True)
                if tool.annotations
                else None,
            )
            for tool in page.tools
        ]
        size += sum(len(tool.model_dump_json()) for tool in page.tools)
        if size > MAX_LIST_CHARACTERS:
            raise EngineError("The MCP server's list of tools is too long.", code=TOO_LARGE)
        cursor = page.next_cursor
        if cursor is None or len(tools) >= MAX_TOOLS:
            break
    return tuple(tools[:MAX_TOOLS])


def _text_of(result: types.CallToolResult) -> str:
    """Return what a model can read of a result; of the two forms of structured content, the text."""
    parts = [_part(block) for block in result.content]
    if not parts and result.structured_content is not None:
        parts = [json.dumps(result.structured_content, ensure_ascii=False)]
    text = "\n".join(parts)
    if len(text) <= MAX_OUTPUT_CHARACTERS:
        return text
    left_out = len(text) - MAX_OUTPUT_CHARACTERS
    return f"{text[:MAX_OUTPUT_CHARACTERS]}\n[{left_out} more characters were left out]"


def _part(block: Any) -> str:
    match block:
        case types.TextContent(text=text):
            return str(text)
        case types.EmbeddedResource(resource=types.TextResourceContents(text=text)):
            return str(text)
        case types.ResourceLink(uri=uri):
            return f"[{uri}]"
        case _:
            return f"[{block.type} that cannot be read aloud]"
