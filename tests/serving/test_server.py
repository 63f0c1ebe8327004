"""The WebSockets under page and service: frames of any length, in order, no faster than they are taken."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect

from openvoicelive.serving.server import server_config
from openvoicelive.serving.uvicorn_protocols import HttpConnection

Application = Callable[[Any, Any, Any], Awaitable[None]]
DEADLINE_S = 20.0


class _Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()


@asynccontextmanager
async def serving(
    application: Application, *, http: type[HttpConnection] = HttpConnection, **options: Any
) -> AsyncIterator[int]:
    """Serve an application on a free port of this machine."""
    config = server_config(application, max_message_bytes=2**24, lifespan=False, **options)
    config.http = http
    config.host, config.port = "127.0.0.1", 0
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(DEADLINE_S):
        await server.listens.wait()
        yield server.servers[0].sockets[0].getsockname()[1]
        server.should_exit = True
        await task


@asynccontextmanager
async def connected(application: Application) -> AsyncIterator[ClientConnection]:
    """Serve an application, and connect to it."""
    async with serving(application) as port, connect(f"ws://127.0.0.1:{port}", max_size=None) as client:
        yield client


async def echo(_scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "bytes": message.get("bytes"), "text": message.get("text")})


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 2_000_000])
async def test_sound_of_any_length_comes_back_as_it_was(size: int) -> None:
    sound = bytes(index % 251 for index in range(size))
    async with connected(echo) as client:
        await client.send(sound)
        assert await client.recv() == sound


async def test_sound_and_text_keep_their_order() -> None:
    said: list[str | bytes] = [b"one", "two", b"three", "four", bytes(70_000), b"five"]
    async with connected(echo) as client:
        for message in said:
            await client.send(message)
        assert [await client.recv() for _ in said] == said


async def test_a_client_that_sends_faster_than_it_is_heard_is_slowed_down() -> None:
    heard = asyncio.Event()
    received = 0

    async def deaf(_scope: Any, receive: Any, send: Any) -> None:
        nonlocal received
        await receive()
        await send({"type": "websocket.accept"})
        await heard.wait()
        while (await receive())["type"] == "websocket.receive":
            received += 1

    frame, frames = bytes(60_000), 2_000
    async with connected(deaf) as client:

        async def flood() -> None:
            for _ in range(frames):
                await client.send(frame)

        flooding = asyncio.create_task(flood())
        # What waits in the kernel and for the application has a bound, so the flood stops by itself.
        await asyncio.wait({flooding}, timeout=1.0)
        assert not flooding.done()
        heard.set()
        await flooding
    assert received == frames
