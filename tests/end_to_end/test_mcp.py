"""MCP tools with the official SDK, the whole program, a scripted model and a real MCP server."""

import json
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from azure.ai.voicelive.models import MCPApprovalResponseRequestItem, MCPServer

from tests.end_to_end.sdk_client import Event, SdkClient, sdk_client
from tests.mcp_server import mcp_server
from tests.packaging.program import Program, running
from tests.scripted_model import scripted_model

pytestmark = pytest.mark.asyncio(loop_scope="session")


@dataclass
class Stage:
    """The program, and the one MCP server that its operator allows."""

    program: Program
    address: str


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    with mcp_server() as address, scripted_model() as chat_url:
        async with running(
            *(sys.executable, "-m", "openvoicelive", "serve"),
            cwd=tmp_path_factory.mktemp("mcp"),
            environment={
                "PORT": "0",
                "VOICE_LIVE_CHAT_URL": chat_url,
                "VOICE_LIVE_MCP_SERVERS": f"{address}/mcp",
            },
        ) as program:
            await program.ready()
            yield Stage(program, address)


def weather(address: str, **options: Any) -> MCPServer:
    return MCPServer(
        server_label="weather",
        server_url=f"{address}/mcp",
        allowed_tools=["get_weather", "seen_headers"],
        **options,
    )


async def listed(client: SdkClient, server: MCPServer) -> None:
    await client.configure(tools=[server])
    await client.until("mcp_list_tools.completed")


async def call_made(client: SdkClient) -> Event:
    """Ask, and read as the official sample does: to the arguments, then to the end of the response."""
    await client.write("What is the weather in Beijing?")
    arguments = await client.until("response.mcp_call_arguments.done")
    assert json.loads(arguments["arguments"]) == {"location": "Beijing"}
    await client.until("response.done")
    return arguments


async def answered(client: SdkClient) -> str:
    """Ask for the answer as the official sample does, and return what was said."""
    await client.connection.response.create()
    done = await client.until("response.done")
    # A request that came too late would be answered now, with a second response or with an error.
    await client.connection.input_audio_buffer.clear()
    await client.until("input_audio_buffer.cleared")
    assert [event["type"] for event in client.events].count("response.created") == 2
    assert "error" not in [event["type"] for event in client.events]
    return str(done["response"]["output"][0]["content"][0]["transcript"])


async def test_a_tool_is_called_and_the_answer_spoken_as_the_official_sample_expects(stage: Stage) -> None:
    async with sdk_client(stage.program.link) as client:
        await listed(client, weather(stage.address, require_approval="never"))
        made = await call_made(client)
        assert (await client.until("response.mcp_call.completed"))["item_id"] == made["item_id"]
        item = (await client.until("response.output_item.done"))["item"]
        assert item["output"] == "It is sunny in Beijing."
        assert "sunny" in await answered(client)
        assert client.sound().any()


@pytest.mark.parametrize("approve", [True, False])
async def test_a_tool_that_needs_approval_waits_for_it(stage: Stage, approve: bool) -> None:  # noqa: FBT001 - both
    async with sdk_client(stage.program.link) as client:
        await listed(client, weather(stage.address, require_approval="always"))
        await call_made(client)
        request = (await client.until("conversation.item.created"))["item"]
        assert (request["type"], request["name"]) == ("mcp_approval_request", "get_weather")
        await client.connection.conversation.item.create(
            item=MCPApprovalResponseRequestItem(approval_request_id=request["id"], approve=approve)
        )
        await client.until("response.mcp_call.completed" if approve else "response.mcp_call.failed")
        item = (await client.until("response.output_item.done"))["item"]
        assert bool(item.get("error")) is not approve
        assert await answered(client)


async def test_a_server_that_the_operator_does_not_allow_is_not_reached(stage: Stage) -> None:
    async with sdk_client(stage.program.link) as client:
        server = MCPServer(server_label="other", server_url=f"{stage.address}/html", authorization="secret")
        await client.configure(tools=[server])
        await client.until("mcp_list_tools.failed")
        warning = (await client.until("warning"))["warning"]
        assert "VOICE_LIVE_MCP_SERVERS" in warning["message"]
        assert "secret" not in json.dumps(client.events)
    assert "secret" not in "".join(stage.program.output)
