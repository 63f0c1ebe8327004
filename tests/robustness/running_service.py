"""The real service on a real port, with scripted engines in real threads, and clients of it."""

import asyncio
import base64
import json
import socket
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from websockets.asyncio.client import ClientConnection, connect

from openvoicelive.audio.pcm import Int16Samples
from openvoicelive.protocol.dialects.interface import MAX_MESSAGE_BYTES
from openvoicelive.service.app import REALTIME_PATH, Service
from openvoicelive.service.conversations.outbox import SEND_DEADLINE_S
from openvoicelive.service.engines import Engines
from openvoicelive.service.lanes import LIMITS
from openvoicelive.serving.server import PING_INTERVAL_S, server_config
from openvoicelive.serving.uvicorn_protocols import WebSocketConnection
from openvoicelive.settings import Settings
from tests.conformance.wire_checker import Event, WireChecker
from tests.service.scripted_engines import ScriptedEngines, scripted

DEADLINE_S = 30
"""Only a test that fails waits so long."""

IMPATIENT_S = 0.3
LINGER_S = 0.2
# What would tell a client about this machine or this program.
INTERNALS = ("Traceback", 'File "', ".py", "/lib/", "site-packages", "openvoicelive.")


class HastyConnection(WebSocketConnection):
    """Gives up clients that do not read within a test's patience."""

    linger_s = LINGER_S


class Client:
    """One client; every event it receives is checked."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.checker = WireChecker()
        self.events: list[Event] = []

    async def send(self, type: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": type, **fields}))

    async def next(self) -> Event:
        async with asyncio.timeout(DEADLINE_S):
            text = await self.socket.recv()
        assert isinstance(text, str)
        assert not [word for word in INTERNALS if word in text], text[:1000]
        event: Event = json.loads(text)
        self.checker.check(event)
        self.events.append(event)
        return event

    async def until(self, type: str) -> Event:
        while (event := await self.next())["type"] != type:
            pass
        return event

    async def write(self, text: str) -> None:
        part = {"type": "input_text", "text": text}
        item = {"type": "message", "role": "user", "content": [part]}
        await self.send("conversation.item.create", item=item)

    async def ask(self, text: str, **response: Any) -> Event:
        """Write something and have it answered; return `response.done`."""
        await self.write(text)
        await self.send("response.create", response=response)
        return await self.until("response.done")

    async def append(self, samples: Int16Samples) -> None:
        await self.send("input_audio_buffer.append", audio=base64.b64encode(samples.tobytes()).decode())

    async def round_trip(self) -> None:
        """Say something that is answered at once, and wait for the answer."""
        await self.send("input_audio_buffer.clear")
        await self.until("input_audio_buffer.cleared")


class RunningService:
    """The service, and a look at what it holds."""

    def __init__(self, server: uvicorn.Server, port: int) -> None:
        self.port = port
        self._server = server

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}{REALTIME_PATH}?model=gpt-4o"

    @property
    def connections(self) -> set[Any]:
        """The server's side of each open socket."""
        return self._server.server_state.connections

    @asynccontextmanager
    async def client(self, **options: Any) -> AsyncIterator[Client]:
        async with connect(self.url, compression=None, **options) as socket:
            client = Client(socket)
            await client.until("session.created")
            yield client

    async def raw_client(self) -> socket.socket:
        """Shake hands on a bare socket, whose owner then does with it what no library would."""
        loop = asyncio.get_running_loop()
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.setblocking(False)
        await loop.sock_connect(raw, ("127.0.0.1", self.port))
        request = (
            f"GET {REALTIME_PATH}?model=gpt-4o HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        await loop.sock_sendall(raw, request.encode())
        assert b" 101 " in await loop.sock_recv(raw, 4096)
        return raw

    async def until(self, happened: Callable[[], bool], what: str) -> None:
        """Wait until something is so; it is looked at often, for nobody reports it."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                while not happened():  # noqa: ASYNC110 - sockets are freed without an event
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"It did not come to this: {what}") from None

    async def until_nobody_is_connected(self) -> None:
        await self.until(lambda: not self.connections, "no connection is left")


def text_frame(message: dict[str, Any]) -> bytes:
    """Return a short message as a masked WebSocket frame; the mask is zero."""
    payload = json.dumps(message).encode()
    assert len(payload) < 1 << 16
    length = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2, "big")
    return b"\x81" + length + bytes(4) + payload


def threaded(scripts: ScriptedEngines) -> Engines:
    """Put scripted engines together with the threads that the program has."""
    scripts.recognition_executor = ThreadPoolExecutor(LIMITS["recognition"].concurrency)
    scripts.synthesis_executor = ThreadPoolExecutor(LIMITS["synthesis"].concurrency)
    return scripts.together()


@asynccontextmanager
async def running_service(
    engines: ScriptedEngines | Engines | None = None,
    *,
    send_deadline_s: float = SEND_DEADLINE_S,
    ping_s: float = PING_INTERVAL_S,
) -> AsyncIterator[RunningService]:
    """Run the service as the program does; afterwards everything of it must end."""
    together = engines if isinstance(engines, Engines) else threaded(engines or scripted())

    async def load(_: Settings) -> Engines:
        return together

    service = Service(Settings(), load, send_deadline_s=send_deadline_s)
    await service.start()
    config = server_config(service, max_message_bytes=MAX_MESSAGE_BYTES, lifespan=False)
    config.ws = HastyConnection
    config.ws_ping_interval = config.ws_ping_timeout = ping_s
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        serving = asyncio.create_task(server._serve([listener]))  # `serve` would take the test's signals
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.001)
        running = RunningService(server, listener.getsockname()[1])
        yield running
        await running.until_nobody_is_connected()
        server.should_exit = True
        await asyncio.wait_for(serving, DEADLINE_S)
    await service.stop()
