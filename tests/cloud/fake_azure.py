"""A Voice Live endpoint that behaves as Azure does on bad days, over a real socket.

`refusals` are its answers to the next handshakes; whoever comes later is let in, if key or token is right.
`answers_pings` and `pings` are about the WebSocket's own pings.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

DEADLINE_S = 5
"""Only a test that fails waits so long."""

# What Azure AI Services say in the bodies; nobody reads them during a handshake.
_BODIES = {
    401: ("401", "Access denied due to invalid subscription key or wrong API endpoint."),
    403: ("PermissionDenied", "Principal does not have access to API/Operation."),
    404: ("404", "Resource not found"),
    429: ("429", "Requests have exceeded the rate limit of your current pricing tier."),
    500: ("InternalServerError", "The server had an error while processing your request."),
    502: ("BadGateway", "Bad gateway."),
    503: ("ServiceUnavailable", "The service is temporarily unable to process your request."),
}


_IDS = {"response_id": "resp_1", "item_id": "item_1", "output_index": 0, "content_index": 0}


@dataclass(frozen=True)
class Refusal:
    """An answer to a handshake."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)


class AzureSession:
    """Azure's end of one connection."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self.headers = {name.lower(): value for name, value in request.headers.items()}
        self._transport = request.transport
        self._socket = socket
        self.events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.closed = asyncio.Event()

    async def send(self, type: str, **fields: Any) -> None:
        await self._socket.send_str(json.dumps({"type": type, "event_id": "event_1", **fields}))

    async def error(self, code: str, message: str) -> None:
        await self.send("error", error={"type": "server_error", "code": code, "message": message})

    async def send_text(self, text: str) -> None:
        await self._socket.send_str(text)

    async def expect(self, type: str) -> dict[str, Any]:
        """Wait for the client's next event that is no sound; it must be of this type."""
        async with asyncio.timeout(DEADLINE_S):
            event = await self.events.get()
        assert event["type"] == type, f"expected {type}, got {event}"
        return event

    async def transcribed(self, item_id: str, words: str) -> None:
        ids = {"item_id": item_id, "content_index": 0}
        await self.send("conversation.item.input_audio_transcription.completed", **ids, transcript=words)

    async def fail_transcription(self, item_id: str, message: str) -> None:
        error = {"code": "transcription_failed", "message": message}
        ids = {"item_id": item_id, "content_index": 0}
        await self.send("conversation.item.input_audio_transcription.failed", **ids, error=error)

    async def warn(self, code: str, message: str) -> None:
        await self.send("warning", warning={"code": code, "message": message})

    async def begin_answer(self, words: str) -> None:
        """Begin to speak, and do not end."""
        await self.send("response.created", response=_response("resp_1", "in_progress"))
        await self.send("response.audio_transcript.delta", **_IDS, delta=words)
        await self.send("response.audio.delta", **_IDS, delta="AAAA")

    async def answer(self, words: str) -> None:
        """Say a whole answer."""
        await self.begin_answer(words)
        await self.send("response.audio.done", **_IDS)
        await self.send("response.audio_transcript.done", **_IDS, transcript=words)
        await self.send("response.done", response=_response("resp_1", "completed"))

    async def fail_answer(self, response_id: str, message: str) -> None:
        """Begin to answer, and fail."""
        error = {"code": "model_failed", "message": message, "type": "server_error"}
        failed = {**_response(response_id, "failed"), "status_details": {"type": "failed", "error": error}}
        await self.send("response.created", response=_response(response_id, "in_progress"))
        await self.send("response.done", response=failed)

    async def close(self, code: int) -> None:
        await self._socket.close(code=code)

    def abort(self) -> None:
        """Drop the connection without a word."""
        assert isinstance(self._transport, asyncio.Transport)
        self._transport.abort()

    async def wait_closed(self) -> None:
        async with asyncio.timeout(DEADLINE_S):
            await self.closed.wait()


class FakeAzure:
    """The endpoint."""

    def __init__(self) -> None:
        self.url = ""
        self.refusals: deque[Refusal] = deque()
        self.tokens: list[str] = []
        """Every bearer token that was shown, in order."""
        self.takes_token: Callable[[str], bool] = lambda _: True
        self.configures = True
        """Answer `session.update`."""
        self.stand_still = False
        """Answer no handshake after those that are refused."""
        self.answers_pings = True
        self.pings = 0
        self.pinged = asyncio.Event()
        self._new: asyncio.Queue[AzureSession] = asyncio.Queue()

    def refuse(self, status: int, **headers: str) -> None:
        """Refuse one more handshake; `_` in a header's name is `-`."""
        self.refusals.append(
            Refusal(status, {name.replace("_", "-"): value for name, value in headers.items()})
        )

    async def next_session(self) -> AzureSession:
        async with asyncio.timeout(DEADLINE_S):
            return await self._new.get()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if self.refusals:
            return _refused(self.refusals.popleft())
        if self.stand_still:
            await asyncio.Event().wait()
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme == "Bearer":
            self.tokens.append(token)
            if not self.takes_token(token):
                return _refused(Refusal(401))
        elif "api-key" not in request.headers:
            return _refused(Refusal(401))
        socket = web.WebSocketResponse(autoping=False, max_msg_size=2**24)
        await socket.prepare(request)
        session = AzureSession(request, socket)
        try:
            await session.send("session.created", session={"id": "sess_1", "object": "realtime.session"})
            self._new.put_nowait(session)
            await self._converse(session, socket)
        except ConnectionError:
            pass
        finally:
            session.closed.set()
        return socket

    async def _converse(self, session: AzureSession, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type is WSMsgType.PING:
                self.pings += 1
                self.pinged.set()
                if self.answers_pings:
                    await socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                event = message.json()
                if event["type"] == "session.update" and self.configures:
                    await session.send("session.updated", session={"id": "sess_1", **event["session"]})
                elif event["type"] != "input_audio_buffer.append":
                    session.events.put_nowait(event)


@asynccontextmanager
async def fake_azure() -> AsyncIterator[FakeAzure]:
    """Serve on a free port of this machine."""
    fake = FakeAzure()
    application = web.Application()
    application.router.add_get("/voice-live/realtime", fake.handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield fake
    finally:
        await runner.cleanup()


def _response(response_id: str, status: str) -> dict[str, Any]:
    return {"id": response_id, "object": "realtime.response", "status": status, "output": []}


def _refused(refusal: Refusal) -> web.Response:
    code, message = _BODIES[refusal.status]
    body = {"error": {"code": code, "message": message}}
    return web.json_response(body, status=refusal.status, headers=refusal.headers)
