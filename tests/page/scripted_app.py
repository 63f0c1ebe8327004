"""The real web app, but that `/ws` and `/config` say what a test tells them to."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from quart import Quart, websocket

from openvoicelive.settings import Settings
from openvoicelive.web.app import create_web_app

CONFIGURATION = {
    "missing": [],
    "access_code_wanted": False,
    "user_may_choose": [],
    "voice": "en-US-AvaNeural",
    "model": None,
    "answers": "model",
    "chat_model": "llama3.2",
}
DEADLINE_S = 20
"""Only a test that fails waits so long."""

_CLOSED = object()


class Wire:
    """The app's end of one browser's socket."""

    def __init__(self) -> None:
        self._texts: asyncio.Queue[Any] = asyncio.Queue()
        self._frames: asyncio.Queue[bytes] = asyncio.Queue()
        self._outbox: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self.frames_received = 0
        self.closed = asyncio.Event()

    async def say(self, type: str, **fields: Any) -> None:
        """Send a message to the page."""
        await self._outbox.put(json.dumps({"type": type, **fields}))

    async def status(self, state: str, message: str = "", *, connected: bool = True) -> None:
        await self.say("status", state=state, message=message, connected=connected, last_error=None)

    async def play(self, item_id: str, pcm: bytes, chunk_bytes: int = 4800) -> None:
        """Announce an answer and send its sound."""
        await self.say("audio", item_id=item_id)
        await self.send_sound(pcm, chunk_bytes)

    async def send_sound(self, pcm: bytes, chunk_bytes: int = 4800) -> None:
        for start in range(0, len(pcm), chunk_bytes):
            await self._outbox.put(pcm[start : start + chunk_bytes])

    async def hang_up(self) -> None:
        await self._outbox.put(None)

    async def expect(self, type: str) -> dict[str, Any]:
        """Return the page's next message, which must be of this type.

        `frames_before` in it counts the sound frames that came before it.
        """
        message = await self._next(type)
        assert message["type"] == type, f"expected {type}, the page said {message}"
        return message

    async def expect_while_playing(self, type: str) -> dict[str, Any]:
        """Return the next message of this type; until then the page may say that its sound has run dry."""
        while (message := await self._next(type))["type"] == "played" != type:
            pass
        assert message["type"] == type, f"expected {type}, the page said {message}"
        return message

    async def _next(self, type: str) -> dict[str, Any]:
        async with asyncio.timeout(DEADLINE_S):
            message = await self._texts.get()
        assert message is not _CLOSED, f"the page hung up before it said {type}"
        return dict(message)

    async def frame(self) -> bytes:
        async with asyncio.timeout(DEADLINE_S):
            return await self._frames.get()

    async def serve(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            reader = tasks.create_task(self._read())
            await self._write()
            reader.cancel()

    async def _read(self) -> None:
        try:
            while True:
                message = await websocket.receive()
                if isinstance(message, bytes):
                    self.frames_received += 1
                    self._frames.put_nowait(message)
                else:
                    await self._receive(json.loads(message))
        finally:
            self._texts.put_nowait(_CLOSED)
            self.closed.set()

    async def _receive(self, message: dict[str, Any]) -> None:
        if message["type"] == "ping":
            await self.say("pong", id=message["id"])
        else:
            self._texts.put_nowait(message | {"frames_before": self.frames_received})

    async def _write(self) -> None:
        while (message := await self._outbox.get()) is not None:
            await websocket.send(message)


class ScriptedApp:
    """The server; `url` is where the page is."""

    def __init__(self, url: str, configuration: Mapping[str, Any]) -> None:
        self.url = url
        self.configuration = configuration
        self._wires: asyncio.Queue[Wire] = asyncio.Queue()

    async def wire(self) -> Wire:
        """Return the next socket that a page opens."""
        async with asyncio.timeout(DEADLINE_S):
            return await self._wires.get()

    def accept(self) -> Wire:
        wire = Wire()
        self._wires.put_nowait(wire)
        return wire


@asynccontextmanager
async def serve_page(**configuration: Any) -> AsyncIterator[ScriptedApp]:
    """Serve the web app on a free port, with these fields of `/config` changed."""
    scripted = ScriptedApp("", {**CONFIGURATION, **configuration})
    page = create_web_app(Settings(), service_url="http://127.0.0.1:9")
    script = _script(scripted)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        is_scripted = scope["path"] in {"/ws", "/config"}
        await (script if is_scripted else page)(scope, receive, send)

    server = _Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    await server.ready.wait()
    port = server.servers[0].sockets[0].getsockname()[1]
    scripted.url = f"http://127.0.0.1:{port}/"
    try:
        yield scripted
    finally:
        server.force_exit = server.should_exit = True
        await serving


def _script(scripted: ScriptedApp) -> Quart:
    app = Quart(__name__)

    @app.get("/config")
    async def config() -> dict[str, Any]:
        return dict(scripted.configuration)

    @app.websocket("/ws")
    async def ws() -> None:
        await scripted.accept().serve()

    return app


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.ready.set()
