"""Browsers and a Voice Live service for the relay's benchmark, made to cost almost nothing.

Both ends of hundreds of conversations share one core, so they speak a bare minimum of WebSocket
(`bare_websocket.py`). They only measure; the tests' service is `tests/fake_voice_live.py`.
"""

import asyncio
import base64
import json
import struct
import time
from collections.abc import Callable

from bench.bare_websocket import BareWebSocket, acceptance, request
from openvoicelive.serving.websocket_frames import BINARY, PING, PONG, TEXT, frame

BROWSER_FRAME_MS = 20
SERVICE_FRAME_MS = 20
MESSAGES_PER_S = 1000 // BROWSER_FRAME_MS + 1000 // SERVICE_FRAME_MS

_BROWSER_SOUND = bytes(range(240)) * 4
_SERVICE_SOUND = bytes(range(240)) * 4
_STAMP = struct.Struct("<Q")
_APPEND_HEAD_BYTES = len('{"type":"input_audio_buffer.append","audio":"')
_NO_MASK = bytes(4)


class _End(BareWebSocket):
    def __init__(self, load: "Load") -> None:
        super().__init__()
        self.load = load

    def connection_lost(self, _exc: Exception | None) -> None:
        self.load.lost += not self.load.over


class _Browser(_End):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.write(request("/ws"))

    def opened(self, head: bytes) -> None:
        assert b" 101 " in head, head
        self.transport.write(frame(TEXT, b'{"type":"start"}', _NO_MASK))

    def received(self, opcode: int, payload: bytearray, mask: bytes) -> None:  # noqa: ARG002 - servers do not mask
        if opcode == BINARY:
            self.load.down.append(time.monotonic_ns() - _STAMP.unpack_from(payload)[0])
            if self.load.in_turn:
                self.speak()
        elif opcode == PING:
            self.transport.write(frame(PONG, bytes(payload), _NO_MASK))
        elif b'"error"' in payload:
            raise RuntimeError(payload.decode())

    def speak(self) -> None:
        sound = _STAMP.pack(time.monotonic_ns()) + _BROWSER_SOUND[8:]
        self.transport.write(frame(BINARY, sound, _NO_MASK))


class _Service(_End):
    _rest = base64.b64encode(_SERVICE_SOUND[9:])

    def opened(self, head: bytes) -> None:
        self.transport.write(acceptance(head))

    def received(self, opcode: int, payload: bytearray, mask: bytes) -> None:
        if opcode == PING:
            self.transport.write(frame(PONG, _unmasked(payload, mask, 0, len(payload))))
        elif (begin := _begin_of_sound(payload, mask)) is not None:
            stamp = base64.b64decode(_unmasked(payload, mask, begin, begin + 12))
            self.load.up.append(time.monotonic_ns() - _STAMP.unpack_from(stamp)[0])
            if self.load.in_turn:
                self.speak()
        elif b"session.update" in _unmasked(payload, mask, 0, len(payload)):
            self._say(type="session.updated", session={"id": "sess_1"})
            self._say(type="response.created", response={"id": "resp_1", "status": "in_progress"})
            self.load.ready(self)

    def speak(self) -> None:
        first = base64.b64encode(_STAMP.pack(time.monotonic_ns()) + _SERVICE_SOUND[8:9])
        self.transport.write(
            frame(
                TEXT,
                b'{"type":"response.audio.delta","event_id":"event_6UkYip0C2Yhq5gLxloq8cl",'
                b'"response_id":"resp_1","item_id":"item_1","output_index":0,"content_index":0,"delta":"'
                + first
                + self._rest
                + b'"}',
            )
        )

    def _say(self, **event: object) -> None:
        self.transport.write(frame(TEXT, json.dumps(event).encode()))


def _begin_of_sound(payload: bytearray, mask: bytes) -> int | None:
    """Return where the base64 of an append begins, whether its JSON is our own or the SDK's, with spaces."""
    if _unmasked(payload, mask, 9, 9 + 12) == b"input_audio_":
        return _APPEND_HEAD_BYTES
    if _unmasked(payload, mask, 10, 10 + 12) == b"input_audio_":
        return _APPEND_HEAD_BYTES + len("   ")
    return None


def _unmasked(payload: bytearray, mask: bytes, start: int, end: int) -> bytes:
    return bytes(payload[at] ^ mask[at % 4] for at in range(start, min(end, len(payload))))


class Load:
    """Conversations at a steady pace: `up` and `down` gather how long each frame was on its way, in ns."""

    def __init__(self) -> None:
        self.up: list[int] = []
        self.down: list[int] = []
        self.lost = 0
        self.over = False
        self.in_turn = False
        """Whether each end answers a frame with a frame, so that of each conversation one is on its way."""

        self._speakers: list[list[Callable[[], None]]] = [[] for _ in range(BROWSER_FRAME_MS)]
        self._browsers: list[_Browser] = []
        self._ready = asyncio.Semaphore(0)
        self._count = 0
        self._connections: list[asyncio.Transport] = []

    async def serve(self) -> int:
        """Open the service; returns its port."""
        server = await asyncio.get_running_loop().create_server(lambda: _Service(self), "127.0.0.1", 0)
        return int(server.sockets[0].getsockname()[1])

    async def add(self, relay_port: int) -> None:
        """Begin one more conversation, and wait until sound can flow."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(10):
            transport, browser = await loop.create_connection(lambda: _Browser(self), "127.0.0.1", relay_port)
            self._connections.append(transport)
            self._browsers.append(browser)
            await self._ready.acquire()
        self._speakers[self._count * 7 % BROWSER_FRAME_MS].append(browser.speak)

    def ready(self, service: _Service) -> None:
        """Take in a configured conversation's other end."""
        self._count += 1
        phase = self._count * 7 % SERVICE_FRAME_MS
        for at in range(phase, BROWSER_FRAME_MS, SERVICE_FRAME_MS):
            self._speakers[at].append(service.speak)
        self._ready.release()

    async def run(self, duration_s: float) -> None:
        """Speak at the pace of real sound for so long, from now on."""
        self.up, self.down = [], []
        loop = asyncio.get_running_loop()
        begin_s = loop.time()
        for tick in range(round(duration_s * 1000)):
            if (delay_s := begin_s + tick / 1000 - loop.time()) > 0:
                await asyncio.sleep(delay_s)
            elif tick % 8 == 0:
                await asyncio.sleep(0)  # behind: receive, too
            for speak in self._speakers[tick % BROWSER_FRAME_MS]:
                speak()

    async def run_in_turn(self, frames: int) -> None:
        """Send so many frames as fast as the relay passes them on, one at a time in each conversation."""
        self.up, self.down, self.in_turn = [], [], True
        for browser in self._browsers:
            browser.speak()
        while len(self.up) + len(self.down) < frames:  # noqa: ASYNC110 - an event would cost each frame time
            await asyncio.sleep(0.01)
        self.in_turn = False

    def close(self) -> None:
        """End all conversations."""
        self.over = True
        for transport in self._connections:
            transport.abort()
