"""A Voice Live client without a socket: calls the service as an ASGI server does, and checks all events."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from openvoicelive.audio.pcm import Int16Samples
from openvoicelive.service.app import REALTIME_PATH, Service
from openvoicelive.service.engines import Engines
from openvoicelive.settings import Settings
from tests.conformance.wire_checker import Event, WireChecker
from tests.service.scripted_engines import ScriptedEngines, silence, tone
from tests.service.virtual_time import VirtualTimeLoop

PIECE_MS = 20
BYTES_PER_MS = 48
MODEL = "gpt-4o"


class ConnectionEndedError(AssertionError):
    """The service closed the connection while a test waited for something."""


class InProcessClient:
    """One connection. `events` holds all that was said; `until` waits for more."""

    def __init__(
        self, service: Service, path: str = REALTIME_PATH, check: Callable[[Event], None] | None = None
    ) -> None:
        self._service = service
        self._path = path
        self._to_service: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._happened = asyncio.Event()
        self._reads = asyncio.Event()
        self._reads.set()
        self._task: asyncio.Task[None] | None = None
        self._seen = 0
        self.checker = WireChecker()
        self._check = check or self.checker.check
        self.events: list[Event] = []
        self.times_s: list[float] = []
        self.accepted: dict[str, Any] | None = None
        self.refused: dict[str, Any] | None = None
        self.refusal_body = b""
        self.closed: tuple[int, str] | None = None
        self.fails: Exception | None = None
        """What sending to this client raises from here on."""

    # --- the connection ---

    async def connect(
        self,
        query: str = f"model={MODEL}&api-version=2026-07-15",
        headers: Mapping[str, str] | None = None,
        subprotocols: Iterable[str] = (),
    ) -> None:
        """Shake hands; afterwards `accepted` or `refused` says how it went."""
        scope = {
            "type": "websocket",
            "path": self._path,
            "query_string": query.encode(),
            "headers": [
                (name.lower().encode(), value.encode("latin-1"))
                for name, value in {"host": "127.0.0.1:8000", **(headers or {})}.items()
            ],
            "subprotocols": list(subprotocols),
        }
        self._to_service.put_nowait({"type": "websocket.connect"})
        self._task = asyncio.create_task(self._service(scope, self._to_service.get, self._take))
        self._task.add_done_callback(lambda _: self._happened.set())
        while self.accepted is None and self.refused is None and not self._task.done():
            await self._something()

    async def disconnect(self) -> None:
        """Go away, and wait until the service has noticed."""
        self._to_service.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await self.ended()

    async def ended(self) -> None:
        """Wait until nobody works for this connection any more."""
        assert self._task is not None
        self._reads.set()
        await self._task

    async def dropped(self) -> None:
        """Wait until the service gives this client up, which does nothing for it."""
        assert self._task is not None
        await self._task

    def stop_reading(self) -> None:
        """From here on let what the service sends wait."""
        self._reads.clear()

    @property
    def unread_by_service(self) -> int:
        """How many messages the service has not yet asked for."""
        return self._to_service.qsize()

    async def _take(self, message: Any) -> None:
        await self._reads.wait()
        if self.fails is not None and message["type"] in {"websocket.accept", "websocket.send"}:
            raise self.fails
        match message["type"]:
            case "websocket.accept":
                self.accepted = dict(message)
            case "websocket.send":
                event = json.loads(message["text"])
                self._check(event)
                self.events.append(event)
                self.times_s.append(asyncio.get_running_loop().time())
            case "websocket.close":
                self.closed = (message["code"], message["reason"])
            case "websocket.http.response.start":
                self.refused = dict(message)
            case "websocket.http.response.body":
                self.refusal_body += message["body"]
        self._happened.set()

    async def _something(self) -> None:
        self._happened.clear()
        await self._happened.wait()

    # --- what the client says ---

    def send(self, type: str, **fields: Any) -> None:
        """Say something."""
        self.send_text(json.dumps({"type": type, **fields}))

    def send_text(self, text: str) -> None:
        """Send a message as it is."""
        self._to_service.put_nowait({"type": "websocket.receive", "text": text})

    def append(self, samples: Int16Samples) -> None:
        """Send sound, all at once."""
        self.send("input_audio_buffer.append", audio=base64.b64encode(samples.tobytes()).decode())

    async def play(self, samples: Int16Samples) -> None:
        """Send sound as a microphone does."""
        piece = PIECE_MS * 24
        for start in range(0, samples.size, piece):
            await asyncio.sleep(PIECE_MS / 1000)
            self.append(samples[start : start + piece])

    async def speak(self, speech_ms: int = 640, silence_ms: int = 640) -> None:
        """Let the user speak and then be quiet; by default long enough to end the turn."""
        await self.play(tone(speech_ms))
        await self.play(silence(silence_ms))

    async def update(self, **session: Any) -> None:
        """Change options, and wait until they are in force."""
        self.send("session.update", session=session)
        await self.until("session.updated")

    async def write(self, text: str) -> None:
        """Put what the user writes into the conversation."""
        part = {"type": "input_text", "text": text}
        item = {"type": "message", "role": "user", "content": [part]}
        self.send("conversation.item.create", item=item)
        await self.until("conversation.item.created")

    async def ask(self, text: str, **response: Any) -> Event:
        """Write something and have it answered; return `response.done`."""
        await self.write(text)
        self.send("response.create", response=response)
        return await self.until("response.done")

    # --- what the service says ---

    async def until(self, *types: str) -> Event:
        """Return the next event of one of these types that was not yet returned or passed over."""
        while True:
            while self._seen < len(self.events):
                event = self.events[self._seen]
                self._seen += 1
                if event["type"] in types:
                    return event
            if self.closed is not None or self._task is None or self._task.done():
                raise ConnectionEndedError(f"The connection ended before {types}; there were {self.types}")
            await self._something()

    async def until_closed(self) -> tuple[int, str]:
        """Return the code and the reason with which the service closes."""
        while self.closed is None:
            assert self._task is not None
            assert not self._task.done(), f"The service went away without closing: {self.types}"
            await self._something()
        return self.closed

    @property
    def types(self) -> list[str]:
        """The types of all events so far."""
        return [event["type"] for event in self.events]

    def of(self, type: str) -> list[Event]:
        """Return all events of a type so far."""
        return [event for event in self.events if event["type"] == type]

    def times_of(self, type: str) -> list[float]:
        """Return when the events of a type came, in seconds."""
        return [at_s for event, at_s in zip(self.events, self.times_s, strict=True) if event["type"] == type]

    def sound(self, response_id: str | None = None) -> bytes:
        """Return the sound that was received."""
        return b"".join(
            base64.b64decode(event["delta"])
            for event in self.of("response.audio.delta")
            if response_id in {None, event["response_id"]}
        )

    def transcript(self) -> str:
        """Return the words of all answers that were received."""
        return "".join(event["delta"] for event in self.of("response.audio_transcript.delta"))

    def pairs(self) -> Iterator[tuple[str, float]]:
        """Yield types and times, for a test that compares two conversations."""
        return zip(self.types, self.times_s, strict=True)


async def started_service(engines: ScriptedEngines | Engines, settings: Settings | None = None) -> Service:
    """Return a service whose engines have loaded."""
    together = engines.together() if isinstance(engines, ScriptedEngines) else engines

    async def load(_: Settings) -> Engines:
        return together

    service = Service(settings or Settings(), load)
    await service.start()
    return service


async def connected(
    engines: ScriptedEngines,
    count: int,
    *,
    detects_turns: bool = True,
) -> list[InProcessClient]:
    """Return clients of one service, whose turns are answered only when they ask."""
    service = await started_service(engines)
    detection = {"type": "server_vad", "create_response": False} if detects_turns else None
    clients = [InProcessClient(service) for _ in range(count)]
    for client in clients:
        await client.connect()
        await client.update(turn_detection=detection)
    return clients


@asynccontextmanager
async def conversation(
    engines: ScriptedEngines | Engines, settings: Settings | None = None, **handshake: Any
) -> AsyncIterator[InProcessClient]:
    """Connect to a service of its own; afterwards nothing may be left open or running."""
    client = InProcessClient(await started_service(engines, settings))
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    tasks_before, timers_before = asyncio.all_tasks(), loop.timers
    await client.connect(**handshake)
    await client.until("session.created")
    yield client
    if client.closed is None:
        await client.disconnect()
    else:
        await client.ended()
    assert not asyncio.all_tasks() - tasks_before, "tasks are left behind"
    assert not loop.timers - timers_before, "timers are left behind"
    if isinstance(engines, ScriptedEngines):
        engines.assert_script_is_done()
