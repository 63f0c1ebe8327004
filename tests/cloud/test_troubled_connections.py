"""What happens to a conversation when Azure's end of it fails, and the pings that keep both ends open."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from openvoicelive.serving.server import server_config
from openvoicelive.web.voice_live.connection import Service, open_service
from openvoicelive.web.voice_live.credentials import Credentials
from openvoicelive.web.voice_live.failures import ServiceClosed
from openvoicelive.web.voice_live.service_events import ServerEvent
from tests.cloud.conftest import azure_settings
from tests.cloud.fake_azure import DEADLINE_S, AzureSession, FakeAzure
from tests.serving.test_server import echo, serving
from tests.web.running_app import Browser

FAST_S = 0.05


@asynccontextmanager
async def pinged_browser() -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A socket to a server that pings often; it sees the pings, and must answer them itself."""
    async with (
        serving(echo, ping_interval_s=FAST_S) as port,
        aiohttp.ClientSession() as client,
        client.ws_connect(f"http://127.0.0.1:{port}", autoping=False) as socket,
    ):
        yield socket


async def test_a_connection_dropped_in_mid_answer_ends_the_conversation_with_a_sentence(
    azure: FakeAzure, browser: Browser
) -> None:
    await browser.start()
    session = await azure.next_session()
    await session.begin_answer("I was about to s")
    await browser.until(state="assistant_speaking")
    session.abort()
    ended = await browser.until(state="error")
    assert "connection to the service was lost" in ended["message"]
    assert ended["connected"] is False
    await browser.start()


async def test_what_azure_says_before_it_closes_is_shown(azure: FakeAzure, browser: Browser) -> None:
    await browser.start()
    session = await azure.next_session()
    await session.error("token_expired", "The token has expired.")
    assert (await browser.until(state="error"))["connected"] is True
    await session.close(1008)
    ended = await browser.until(state="error")
    assert ended["message"].startswith("The token has expired. The service refused the session")
    assert ended["connected"] is False


async def test_an_error_does_not_end_the_conversation(azure: FakeAzure, browser: Browser) -> None:
    await browser.start()
    session = await azure.next_session()
    await session.error("rate_limit_exceeded", "Too many tokens in this minute.")
    assert (await browser.until(state="error"))["connected"] is True
    await session.begin_answer("Here I am again.")
    await browser.until(state="assistant_speaking")


async def test_azure_is_pinged(azure: FakeAzure) -> None:
    credential = Credentials(azure_settings(azure)).get()
    async with open_service(azure.url, credential, "gpt-4o", heartbeat_s=FAST_S) as service:
        await service.receive()
        receiving = asyncio.create_task(service.receive())
        for _ in range(3):
            azure.pinged.clear()
            async with asyncio.timeout(DEADLINE_S):
                await azure.pinged.wait()
        assert not receiving.done()
        receiving.cancel()


async def test_a_service_that_answers_no_ping_is_gone(azure: FakeAzure) -> None:
    azure.answers_pings = False
    credential = Credentials(azure_settings(azure)).get()
    async with open_service(azure.url, credential, "gpt-4o", heartbeat_s=FAST_S) as service:
        await service.receive()
        with pytest.raises(ServiceClosed, match="connection to the service was lost"):
            async with asyncio.timeout(DEADLINE_S):
                await service.receive()
    assert azure.pings == 2, "one at the beginning, which prepares the fast path, and one that was missed"


async def test_a_service_that_speaks_is_not_gone_although_it_answers_no_ping(azure: FakeAzure) -> None:
    credential = Credentials(azure_settings(azure)).get()
    heartbeat_s = 0.2
    sounds = 0
    enough = asyncio.Event()

    def take(_event: ServerEvent) -> bool:
        nonlocal sounds
        sounds += 1
        azure.answers_pings = False  # but the first, which prepares the fast path
        if sounds == 300:  # three heartbeats at least
            enough.set()
        return True

    async def listen(service: Service) -> None:
        while True:
            await service.receive()

    async def speak(session: AzureSession) -> None:
        while not enough.is_set():
            await session.send("response.audio.delta", response_id="r", item_id="i", delta="AAAA" * 99)
            await asyncio.sleep(0.002)  # the pace of sound, but faster

    async with open_service(azure.url, credential, "gpt-4o", heartbeat_s=heartbeat_s) as service:
        service.take_sound = take
        listening = asyncio.create_task(listen(service))
        async with asyncio.timeout(DEADLINE_S):
            await speak(await azure.next_session())
        assert not listening.done()
        with pytest.raises(ServiceClosed, match="connection to the service was lost"):
            async with asyncio.timeout(DEADLINE_S):
                await listening


async def test_browsers_are_pinged() -> None:
    async with pinged_browser() as socket:
        for _ in range(3):
            message = await socket.receive(DEADLINE_S)
            assert message.type is aiohttp.WSMsgType.PING
            await socket.pong(message.data)


async def test_a_browser_that_answers_no_ping_is_closed() -> None:
    async with pinged_browser() as socket:
        assert (await socket.receive(DEADLINE_S)).type is aiohttp.WSMsgType.PING
        assert (await socket.receive(DEADLINE_S)).type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == 1011


def test_everybody_is_pinged_well_before_azure_cuts_idle_connections() -> None:
    assert server_config(echo, max_message_bytes=2**24).ws_ping_interval == 20
