"""A Voice Live service that says what a test tells it to, over a real socket.

The test scripts it: `session = await fake.next_session()`, then `await session.speech_started()` and so on;
`await session.expect("response.cancel")` waits for what the client must say. Set-up is answered by itself.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close, Frame, Opcode
from websockets.http11 import Request, Response

DEADLINE_S = 5
"""Only a test that fails waits so long."""

BYTES_PER_MS = 48


class FakeSession:
    """The service's end of one client's connection."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.configuration: dict[str, Any] = {}
        self.configured = asyncio.Event()
        self.audio = bytearray()
        """Everything that was appended, decoded."""
        self.received: list[str] = []
        """The types of all events but appends, in order."""
        self.closed = asyncio.Event()
        self._more_audio = asyncio.Event()

    @property
    def path(self) -> str:
        """The path and query that the client asked for."""
        assert self._connection.request
        return self._connection.request.path

    @property
    def headers(self) -> dict[str, str]:
        assert self._connection.request
        return {name.lower(): value for name, value in self._connection.request.headers.raw_items()}

    async def send(self, type: str, **fields: Any) -> None:
        await self._connection.send(json.dumps({"type": type, "event_id": "event_1", **fields}))

    async def send_text(self, text: str | bytes) -> None:
        await self._connection.send(text, text=True)

    def stop_reading(self) -> None:
        """Leave in the line what the client sends."""
        self._connection.transport.pause_reading()

    async def expect(self, type: str) -> dict[str, Any]:
        """Wait for the client's next event that is no sound; it must be of this type."""
        async with asyncio.timeout(DEADLINE_S):
            event = await self._events.get()
        assert event["type"] == type, f"expected {type}, got {event}"
        return event

    async def heard(self, size_bytes: int) -> bytes:
        """Wait until so much sound has arrived, and return all of it."""
        async with asyncio.timeout(DEADLINE_S):
            while len(self.audio) < size_bytes:
                self._more_audio.clear()
                await self._more_audio.wait()
        return bytes(self.audio)

    async def speech_started(self, item_id: str = "item_user") -> None:
        await self.send("input_audio_buffer.speech_started", audio_start_ms=0, item_id=item_id)

    async def speech_stopped(self, item_id: str = "item_user", audio_end_ms: int = 100) -> None:
        await self.send("input_audio_buffer.speech_stopped", audio_end_ms=audio_end_ms, item_id=item_id)

    async def transcribed(self, words: str, item_id: str = "item_user") -> None:
        await self.send(
            "conversation.item.input_audio_transcription.completed",
            item_id=item_id,
            content_index=0,
            transcript=words,
        )

    async def not_transcribed(self, code: str, item_id: str = "item_user") -> None:
        await self.send(
            "conversation.item.input_audio_transcription.failed",
            item_id=item_id,
            content_index=0,
            error={"type": "server_error", "code": code, "message": "It could not be written down."},
        )

    async def response_created(self, response_id: str) -> None:
        await self.send("response.created", response=_response(response_id, "in_progress"))

    async def words(self, response_id: str, item_id: str, delta: str) -> None:
        ids = {"response_id": response_id, "item_id": item_id, "output_index": 0, "content_index": 0}
        await self.send("response.audio_transcript.delta", **ids, delta=delta)

    async def sound(self, response_id: str, item_id: str, pcm: bytes) -> None:
        ids = {"response_id": response_id, "item_id": item_id, "output_index": 0, "content_index": 0}
        await self.send("response.audio.delta", **ids, delta=base64.b64encode(pcm).decode())

    async def response_done(self, response_id: str, status: str = "completed", **details: Any) -> None:
        response = _response(response_id, status)
        if details:
            response["status_details"] = {"type": status, **details}
        await self.send("response.done", response=response)

    async def answer(self, response_id: str, item_id: str, words: str, pcm: bytes) -> None:
        """Say a whole answer, as the service does."""
        ids = {"response_id": response_id, "item_id": item_id, "output_index": 0, "content_index": 0}
        await self.response_created(response_id)
        await self.words(response_id, item_id, words)
        await self.sound(response_id, item_id, pcm)
        await self.send("response.audio.done", **ids)
        await self.send("response.audio_transcript.done", **ids, transcript=words)
        await self.response_done(response_id)

    async def error(self, code: str, message: str, event_id: str | None = None) -> None:
        error = {"type": "invalid_request_error", "code": code, "message": message, "event_id": event_id}
        await self.send("error", error=error)

    async def close(self, code: int) -> None:
        await self._connection.close(code)

    def hang_up_after(self, type: str, close_code: int, **fields: Any) -> None:
        """Send an event and the end in one piece, and listen no more."""
        event = json.dumps({"type": type, "event_id": "event_1", **fields})
        last = [Frame(Opcode.TEXT, event.encode()), Frame(Opcode.CLOSE, Close(close_code, "").serialize())]
        transport = self._connection.transport
        transport.write(b"".join(frame.serialize(mask=False) for frame in last))
        transport.close()

    def abort(self) -> None:
        """Cut the connection without a word."""
        self._connection.transport.abort()

    async def wait_closed(self) -> None:
        async with asyncio.timeout(DEADLINE_S):
            await self.closed.wait()

    async def serve(self, *, configure: bool) -> None:
        try:
            async for message in self._connection:
                event = json.loads(message)
                if event["type"] == "input_audio_buffer.append":
                    self.audio += base64.b64decode(event["audio"])
                    self._more_audio.set()
                    continue
                self.received.append(event["type"])
                if event["type"] == "session.update" and not self.configuration:
                    self.configuration = event["session"]
                    self.configured.set()
                    if configure:
                        await self.send("session.updated", session={"id": "sess_1", **event["session"]})
                else:
                    self._events.put_nowait(event)
        except ConnectionClosed:
            pass
        finally:
            self.closed.set()


class FakeVoiceLive:
    """The service: set `refuse` or `silent` before a client connects."""

    def __init__(self) -> None:
        self.url = ""
        self.refuse: HTTPStatus | None = None
        """Answer the handshake with this instead."""
        self.silent = False
        """Accept the connection and say nothing at all."""
        self.configure = True
        """Answer `session.update`."""
        self.sessions: list[FakeSession] = []
        self._new: asyncio.Queue[FakeSession] = asyncio.Queue()

    async def next_session(self) -> FakeSession:
        """Wait for the next client."""
        async with asyncio.timeout(DEADLINE_S):
            return await self._new.get()

    async def handle(self, connection: ServerConnection) -> None:
        session = FakeSession(connection)
        self.sessions.append(session)
        if not self.silent:
            await session.send("session.created", session={"id": "sess_1", "object": "realtime.session"})
        self._new.put_nowait(session)
        await session.serve(configure=self.configure and not self.silent)

    def answer_handshake(self, connection: ServerConnection, request: Request) -> Response | None:
        if self.refuse:
            return connection.respond(self.refuse, "")
        if request.path.startswith("/voice-live/realtime?"):
            return None
        return connection.respond(HTTPStatus.NOT_FOUND, "")


@asynccontextmanager
async def fake_voice_live() -> AsyncIterator[FakeVoiceLive]:
    """Serve on a free port of this machine."""
    fake = FakeVoiceLive()
    async with serve(
        fake.handle, "127.0.0.1", 0, process_request=fake.answer_handshake, compression=None, max_size=2**24
    ) as server:
        port = server.sockets[0].getsockname()[1]
        fake.url = f"http://127.0.0.1:{port}"
        yield fake


def _response(response_id: str, status: str) -> dict[str, Any]:
    return {"id": response_id, "object": "realtime.response", "status": status, "output": []}
