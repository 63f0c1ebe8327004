"""MCP tools in the service: deadlines, failures, stopped calls, and the end of a conversation meanwhile."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from openvoicelive.chat.interface import ToolCallArguments, ToolCallBegan
from openvoicelive.errors import EngineError
from openvoicelive.protocol.session.items import McpTool
from openvoicelive.protocol.session.mcp.server import McpServer
from openvoicelive.service.answering.tool_calling import CALL_DEADLINE_S, LIST_DEADLINE_S
from openvoicelive.service.engines import Engines
from tests.service.in_process_client import InProcessClient, conversation
from tests.service.scripted_engines import ChatStep, ScriptedEngines, scripted

SERVER = {
    "type": "mcp",
    "server_label": "weather",
    "server_url": "https://weather.example.com/mcp",
    "require_approval": "never",
}
CALL: list[ChatStep] = [
    ToolCallBegan("call_1", "get_weather"),
    ToolCallArguments("call_1", '{"location":"Oslo"}'),
]


@dataclass
class ScriptedServers:
    """Answers at once; or never, or with an error, where a test says so."""

    listing: Exception | None = None
    calling: Exception | None = None
    hangs_in: str = ""
    stopped: list[str] = field(default_factory=list)
    kept: frozenset[str] | None = None

    def keep(self, labels: frozenset[str]) -> None:
        self.kept = labels

    async def list_tools(self, _: McpServer) -> tuple[McpTool, ...]:
        await self._hang("list")
        if self.listing is not None:
            raise self.listing
        return (McpTool(name="get_weather", input_schema={"type": "object"}),)

    async def call(self, _: McpServer, _name: str, _arguments: str) -> str:
        await self._hang("call")
        if self.calling is not None:
            raise self.calling
        return "Sunny."

    async def _hang(self, where: str) -> None:
        if self.hangs_in == where:
            try:
                await asyncio.Event().wait()
            finally:
                self.stopped.append(where)


def with_tools(servers: ScriptedServers, *answers: Any) -> tuple[ScriptedEngines, Engines]:
    engines = scripted([], answers)
    together = engines.together()
    together.tool_servers = lambda _: servers
    return engines, together


async def ask(client: InProcessClient) -> None:
    await client.update(tools=[SERVER], turn_detection=None, modalities=["text"])
    await client.until("mcp_list_tools.completed")
    await client.ask("How is the weather?")
    await client.until("response.mcp_call.in_progress")


async def test_what_a_tool_says_is_answered() -> None:
    engines, together = with_tools(ScriptedServers(), CALL, "It is sunny.")
    async with conversation(together) as client:
        await ask(client)
        done = await client.until("response.done")
        assert done["response"]["output"][0]["content"][0]["text"] == "It is sunny."
    engines.assert_script_is_done()


async def test_a_tool_that_never_answers_is_given_up_at_the_deadline() -> None:
    servers = ScriptedServers(hangs_in="call")
    _, together = with_tools(servers, CALL, "It does not answer.")
    async with conversation(together) as client:
        await ask(client)
        await client.until("response.mcp_call.failed")
        (began,) = client.times_of("response.mcp_call.in_progress")
        (failed,) = client.times_of("response.mcp_call.failed")
        assert round(failed - began) == CALL_DEADLINE_S
        item = (await client.until("response.output_item.done"))["item"]
        assert item["error"]["code"] == "mcp_timeout"
        await client.until("response.done")
    assert servers.stopped == ["call"]


async def test_a_server_that_never_lists_its_tools_is_given_up_at_the_deadline() -> None:
    _, together = with_tools(ScriptedServers(hangs_in="list"))
    async with conversation(together) as client:
        await client.update(tools=[SERVER])
        await client.until("mcp_list_tools.failed")
        (began,) = client.times_of("mcp_list_tools.in_progress")
        (failed,) = client.times_of("mcp_list_tools.failed")
        assert round(failed - began) == LIST_DEADLINE_S
        assert (await client.until("warning"))["warning"]["code"] == "mcp_timeout"


async def test_a_server_that_is_named_no_longer_is_left() -> None:
    servers = ScriptedServers(hangs_in="list")
    _, together = with_tools(servers)
    async with conversation(together) as client:
        await client.update(tools=[SERVER])
        await client.until("mcp_list_tools.in_progress")
        other = SERVER | {"server_label": "other"}
        await client.update(tools=[other])
        await client.until("mcp_list_tools.in_progress")
        assert (servers.kept, servers.stopped) == (frozenset({"other"}), ["list"])
        # A change of the same server takes the place of what was asked before.
        await client.update(tools=[other | {"allowed_tools": ["get_weather"]}])
        await client.until("mcp_list_tools.in_progress")
        assert servers.stopped == ["list", "list"]
        await client.until("mcp_list_tools.failed")
        await client.until("warning")
        assert client.types.count("mcp_list_tools.failed") == 1


async def test_the_conversation_goes_on_whatever_a_server_does() -> None:
    servers = ScriptedServers(calling=ZeroDivisionError("secret"))
    _, together = with_tools(servers, CALL, "It failed.")
    async with conversation(together) as client:
        await ask(client)
        item = (await client.until("response.output_item.done"))["item"]
        assert item["error"]["code"] == "internal_error"
        assert "secret" not in item["error"]["message"]
        await client.until("response.done")


async def test_the_reason_why_there_are_no_tools_is_said() -> None:
    servers = ScriptedServers(listing=EngineError("It is closed today.", code="mcp_closed"))
    _, together = with_tools(servers)
    async with conversation(together) as client:
        await client.update(tools=[SERVER])
        await client.until("mcp_list_tools.failed")
        warning = (await client.until("warning"))["warning"]
        assert (warning["code"], warning["message"]) == ("mcp_closed", "It is closed today.")


async def test_without_the_operators_word_no_server_is_reached() -> None:
    async with conversation(scripted()) as client:
        await client.update(tools=[SERVER])
        await client.until("mcp_list_tools.failed")
        assert "VOICE_LIVE_MCP_SERVERS" in (await client.until("warning"))["warning"]["message"]


async def test_a_cancelled_call_is_stopped() -> None:
    servers = ScriptedServers(hangs_in="call")
    _, together = with_tools(servers, CALL)
    async with conversation(together) as client:
        await ask(client)
        client.send("response.cancel")
        item = (await client.until("response.output_item.done"))["item"]
        assert item["error"]["code"] == "mcp_call_cancelled"
    assert servers.stopped == ["call"]


async def test_a_client_that_leaves_while_a_tool_runs_leaves_nothing_behind() -> None:
    servers = ScriptedServers(hangs_in="call")
    _, together = with_tools(servers, CALL)
    async with conversation(together) as client:
        await ask(client)
    assert servers.stopped == ["call"]
