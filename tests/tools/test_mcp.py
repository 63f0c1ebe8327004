"""The MCP client against a real server, and against ones that misbehave."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest

from openvoicelive.allowed_servers import AllowedServers
from openvoicelive.errors import EngineError
from openvoicelive.protocol.session.mcp.server import McpServer
from openvoicelive.tools.mcp import MAX_OUTPUT_CHARACTERS, McpServers
from tests.mcp_server import mcp_server

DEADLINE_S = 30.0


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with mcp_server() as link:
        yield link


class SessionOver(Exception):  # noqa: N818 - how a session ends
    """What the conductor's tasks end with."""


@asynccontextmanager
async def servers(*allowed: str) -> AsyncIterator[McpServers]:
    """The connections of one session, which end as a session ends."""
    with suppress_over():
        async with asyncio.timeout(DEADLINE_S), asyncio.TaskGroup() as tasks:
            yield McpServers(AllowedServers.parse(allowed), tasks)
            raise SessionOver


@contextmanager
def suppress_over() -> Iterator[None]:
    try:
        yield
    except* SessionOver:
        pass


def named(url: str, **options: object) -> McpServer:
    return McpServer(server_label="test", server_url=url, **options)  # type: ignore[arg-type]


async def test_tools_are_listed_with_what_a_model_needs(address: str) -> None:
    async with servers(address) as session:
        tools = {tool.name: tool for tool in await session.list_tools(named(f"{address}/mcp"))}
    assert tools["get_weather"].description == "The weather in a town."
    assert "location" in tools["get_weather"].input_schema["properties"]
    assert len(tools) == 8


async def test_a_list_that_no_model_could_read_is_refused(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openvoicelive.tools.mcp.MAX_LIST_CHARACTERS", 1_000)
    async with servers(address) as session:
        with pytest.raises(EngineError, match="too long"):
            await session.list_tools(named(f"{address}/mcp"))


async def test_a_tool_is_called_and_its_text_comes_back(address: str) -> None:
    async with servers(address) as session:
        output = await session.call(named(f"{address}/mcp"), "get_weather", '{"location":"Oslo"}')
    assert output == "It is sunny in Oslo."


async def test_structured_content_comes_back_as_json(address: str) -> None:
    async with servers(address) as session:
        output = await session.call(named(f"{address}/mcp"), "get_forecast", '{"location":"Oslo"}')
    assert json.loads(output) == {"location": "Oslo", "days": [{"sun": True}, {"sun": False}]}


async def test_an_output_that_no_model_could_read_is_cut_and_says_so(address: str) -> None:
    async with servers(address) as session:
        much = json.dumps({"characters": MAX_OUTPUT_CHARACTERS + 5})
        output = await session.call(named(f"{address}/mcp"), "say_much", much)
    assert output.endswith("\n[5 more characters were left out]")
    assert len(output) < MAX_OUTPUT_CHARACTERS + 50


async def test_a_tool_that_fails_says_why(address: str) -> None:
    async with servers(address) as session:
        with pytest.raises(EngineError, match="The thermometer is broken"):
            await session.call(named(f"{address}/mcp"), "break_down", "")
        assert await session.call(named(f"{address}/mcp"), "get_weather", '{"location":"Rom"}')


@pytest.mark.parametrize("arguments", ["[]", "{", '"Oslo"', '{"city": ' + "[" * 100_000])
async def test_arguments_that_are_no_object_are_refused(address: str, arguments: str) -> None:
    async with servers(address) as session:
        with pytest.raises(EngineError, match="not a JSON object"):
            await session.call(named(f"{address}/mcp"), "get_weather", arguments)


async def test_a_tool_that_is_no_longer_waited_for_is_stopped(address: str) -> None:
    async with servers(address) as session:
        server = named(f"{address}/mcp")
        calling = asyncio.create_task(session.call(server, "wait_long", ""))
        while "began to wait" not in await session.call(server, "made_calls", ""):
            pass
        calling.cancel()
        while "stopped waiting" not in await session.call(server, "made_calls", ""):
            pass
        assert await session.call(server, "get_weather", '{"location":"Bonn"}')


async def test_headers_and_the_token_reach_the_server(address: str) -> None:
    server = named(
        f"{address}/mcp", headers={"X-Town": "Oslo", "Host": "elsewhere"}, authorization="secret-token"
    )
    async with servers(address) as session:
        headers = json.loads(await session.call(server, "seen_headers", ""))
    assert headers["x-town"] == "Oslo"
    assert headers["authorization"] == "Bearer secret-token"
    assert headers["host"] == address.removeprefix("http://")


async def test_secrets_are_not_logged(address: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server = named(f"{address}/html", headers={"X-Key": "secret-key"}, authorization="secret-token")
    async with servers(address) as session:
        with pytest.raises(EngineError):
            await session.list_tools(server)
        await session.call(named(f"{address}/mcp", authorization="secret-token"), "made_calls", "")
    logged = "".join(f"{record.getMessage()}{record.exc_text}" for record in caplog.records)
    assert caplog.records
    assert "secret" not in logged


async def test_a_server_that_is_not_allowed_is_not_asked(address: str) -> None:
    async with servers("mcp.example.com", f"{address}/other") as session:
        with pytest.raises(EngineError, match="VOICE_LIVE_MCP_SERVERS") as refused:
            await session.list_tools(named(f"{address}/mcp"))
    assert refused.value.code == "mcp_server_not_allowed"


async def test_a_pattern_does_not_open_the_own_machine(address: str) -> None:
    port = address.rpartition(":")[2]
    async with servers(f"http://*:{port}") as session:
        for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]"):
            with pytest.raises(EngineError, match="address that is not allowed"):
                await session.list_tools(named(f"http://{host}:{port}/mcp"))


async def test_a_redirect_leads_nowhere_else(address: str) -> None:
    port = address.rpartition(":")[2]
    for elsewhere in ("", f"?http://127.0.0.2:{port}/mcp", f"?http://localhost:{port}/mcp"):
        async with servers(address) as session:
            with pytest.raises(EngineError):
                await session.list_tools(named(f"{address}/away{elsewhere}"))


async def test_a_redirect_to_where_the_server_may_be_is_followed(address: str) -> None:
    async with servers(address) as session:
        assert await session.list_tools(named(f"{address}/moved"))
    async with servers(f"{address}/moved") as session:
        with pytest.raises(EngineError, match="not allowed"):
            await session.list_tools(named(f"{address}/moved"))


@pytest.mark.parametrize(
    ("path", "message"),
    [("/endless", "too large"), ("/html", "as one"), ("/packed", "packs"), ("/nowhere", "as one")],
)
async def test_a_server_that_is_none_is_told_apart(address: str, path: str, message: str) -> None:
    async with servers(address) as session:
        with pytest.raises(EngineError, match=message):
            await session.list_tools(named(f"{address}{path}"))


async def test_a_silent_server_is_given_up(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openvoicelive.tools.mcp.CONNECT_S", 0.2)
    async with servers(address) as session:
        with pytest.raises(EngineError, match="does not answer"):
            await session.list_tools(named(f"{address}/silent"))


async def test_a_server_that_is_not_there_is_said_to_be_unreachable() -> None:
    async with servers("http://127.0.0.1:1", "http://nowhere.invalid") as session:
        with pytest.raises(EngineError, match="cannot be reached"):
            await session.list_tools(named("http://127.0.0.1:1/mcp"))
        with pytest.raises(EngineError, match="cannot be found"):
            await session.list_tools(named("http://nowhere.invalid/mcp"))


async def test_a_server_that_is_left_fails_what_was_asked_of_it(address: str) -> None:
    server = named(f"{address}/mcp")
    async with servers(address) as session, asyncio.TaskGroup() as tasks:
        assert await session.list_tools(server)
        calling = tasks.create_task(failure_of(session.call(server, "wait_long", "")))
        while json.loads(await session.call(server, "made_calls", ""))[-1] != "began to wait":
            pass
        session.keep(frozenset({"other"}))
        assert isinstance(await calling, EngineError)


async def test_a_server_that_was_away_is_found_again() -> None:
    with mcp_server() as address:
        server = named(f"{address}/mcp")
        async with servers(address) as session:
            assert await session.list_tools(server)
    async with servers(address) as session:
        with pytest.raises(EngineError, match="cannot be reached"):
            await session.list_tools(server)
        with mcp_server(int(address.rpartition(":")[2])):
            assert await session.list_tools(server)


async def test_a_server_that_dies_in_a_call_fails_the_call_and_the_next_finds_it_again() -> None:
    with mcp_server() as address:
        server = named(f"{address}/mcp")
        async with servers(address) as session, asyncio.TaskGroup() as tasks:
            calling = tasks.create_task(failure_of(session.call(server, "wait_long", "")))
            while "began to wait" not in await session.call(server, "made_calls", ""):
                pass
            await failure_of(session.call(server, "die", ""))
            assert isinstance(await calling, EngineError)
            with mcp_server(int(address.rpartition(":")[2])):
                assert await failure_of(session.call(server, "made_calls", "")) is None


async def failure_of(call: Awaitable[str]) -> EngineError | None:
    try:
        await call
    except EngineError as error:
        return error
    return None
