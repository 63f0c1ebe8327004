"""The real web app on a real port, and a browser's end of its socket."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import uvicorn
from websockets.asyncio.client import ClientConnection, connect

from openvoicelive.protocol.dialects.interface import MAX_MESSAGE_BYTES
from openvoicelive.serving.server import server_config
from openvoicelive.settings import Settings
from openvoicelive.web.app import create_web_app

DEADLINE_S = 5
"""Only a test that fails waits so long."""


class Browser:
    """What a page does, message by message."""

    def __init__(self, socket: ClientConnection, *, deadline_s: float = DEADLINE_S) -> None:
        self.socket = socket
        self._deadline_s = deadline_s
        self.logs: list[str] = []
        self.applied: dict[str, Any] = {}
        """What the last `session` said."""

    async def send(self, type: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": type, **fields}))

    async def send_sound(self, pcm: bytes) -> None:
        await self.socket.send(pcm)

    async def next(self) -> dict[str, Any] | bytes:
        """Return the next message that is neither a log nor a `session`."""
        while True:
            async with asyncio.timeout(self._deadline_s):
                message = await self.socket.recv()
            if isinstance(message, bytes):
                return message
            content = json.loads(message)
            if content["type"] == "log":
                self.logs.append(content["msg"])
            elif content["type"] == "session":
                self.applied = dict(content)
            else:
                return dict(content)

    async def session(self) -> dict[str, Any]:
        """Wait for the next `session`; skips whatever comes before."""
        self.applied = {}
        while not self.applied:
            async with asyncio.timeout(self._deadline_s):
                message = await self.socket.recv()
            content = json.loads(message) if isinstance(message, str) else {}
            self.applied = content if content.get("type") == "session" else {}
        return self.applied

    async def log(self) -> str:
        """Return the next log; nothing else may come before it."""
        async with asyncio.timeout(self._deadline_s):
            content = json.loads(await self.socket.recv())
        assert content["type"] == "log", content
        return str(content["msg"])

    async def expect(self, type: str, **fields: Any) -> dict[str, Any]:
        """Return the next message; it must have this type and these fields."""
        message = await self.next()
        assert isinstance(message, dict), f"expected {type}, got {len(message)} bytes of sound"
        expected = {"type": type, **fields}
        assert {name: message.get(name) for name in expected} == expected
        return message

    async def until(self, **fields: Any) -> dict[str, Any]:
        """Skip messages until one has these fields."""
        while True:
            message = await self.next()
            if isinstance(message, dict) and fields.items() <= message.items():
                return message

    async def status(self, state: str) -> dict[str, Any]:
        return await self.expect("status", state=state)

    async def sound(self) -> bytes:
        message = await self.next()
        assert isinstance(message, bytes), f"expected sound, got {message}"
        return message

    async def start(self, **fields: Any) -> None:
        """Start a session and wait until it is ready."""
        await self.send("start", **fields)
        await self.status("starting")
        await self.status("ready")

    async def wait_closed(self) -> int:
        """Wait until the app closes the socket; returns the code."""
        async with asyncio.timeout(self._deadline_s):
            await self.socket.wait_closed()
        assert self.socket.close_code is not None
        return self.socket.close_code


class RunningApp:
    """The app; `url` is where the page is."""

    def __init__(self, server: uvicorn.Server) -> None:
        port = server.servers[0].sockets[0].getsockname()[1]
        self._server = server
        self.host = f"127.0.0.1:{port}"
        self.url = f"http://{self.host}"

    def stop(self) -> None:
        self._server.should_exit = True

    @asynccontextmanager
    async def browser(self, **options: Any) -> AsyncIterator[Browser]:
        async with connect(f"ws://{self.host}/ws", compression=None, **options) as socket:
            yield Browser(socket)

    async def connect(self, path: str, **options: Any) -> ClientConnection:
        return await connect(f"ws://{self.host}{path}", compression=None, **options)

    async def get(self, path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
        """Return status, text and headers (lower case)."""
        asked = {name.replace("_", "-"): value for name, value in headers.items()}
        async with aiohttp.ClientSession() as client, client.get(self.url + path, headers=asked) as answer:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return answer.status, await answer.text(), headers

    async def metric(self, name: str) -> float:
        _, text, _ = await self.get("/metrics")
        return float(next(line.split()[-1] for line in text.splitlines() if line.startswith(name)))

    async def wait_until_sessions(self, count: int) -> None:
        """Wait until `/healthz` counts so many sessions."""
        async with asyncio.timeout(DEADLINE_S):
            while json.loads((await self.get("/healthz"))[1])["sessions"] != count:
                pass


@asynccontextmanager
async def running_app(
    settings: Settings, *, service_url: str = "http://127.0.0.1:1", by_any_server: bool = False
) -> AsyncIterator[RunningApp]:
    """Serve the app as the entry point does, or as a server does that knows nothing of it."""
    app = create_web_app(settings, service_url=service_url)
    async with serving(app, by_any_server=by_any_server) as running:
        yield running


@asynccontextmanager
async def serving(app: Any, *, by_any_server: bool = False) -> AsyncIterator[RunningApp]:
    """Serve an ASGI application on a free port."""
    config = (
        uvicorn.Config(app, log_level="error")
        if by_any_server
        else server_config(app, max_message_bytes=MAX_MESSAGE_BYTES)
    )
    config.port = 0
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(DEADLINE_S):
            await server.ready.wait()
        yield RunningApp(server)
    finally:
        server.should_exit = True
        await serving


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # a test's Ctrl-C belongs to pytest
