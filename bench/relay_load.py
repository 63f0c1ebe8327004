"""Browsers and a Voice Live service for the relay's benchmark, made to cost almost nothing.

Both ends of hundreds of conversations share one core, so they speak a bare minimum of WebSocket by
themselves: whole frames, a mask of zeros, no fragments. They only measure; the tests' service is
`tests/fake_voice_live.py`.
"""

import asyncio
import base64
import hashlib
import json
import struct
import time
from collections.abc import Callable
from typing import cast

BROWSER_FRAME_MS = 40
SERVICE_FRAME_MS = 20
MESSAGES_PER_S = 1000 // BROWSER_FRAME_MS + 1000 // SERVICE_FRAME_MS

_BROWSER_SOUND = bytes(range(240)) * 8
_SERVICE_SOUND = bytes(range(240)) * 4
_STAMP = struct.Struct("<Q")
_APPEND_HEAD_BYTES = len('{"type":"input_audio_buffer.append","audio":"')
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3


def _frame(opcode: int, payload: bytes, *, masked: bool) -> bytes:
    size = len(payload)
    mask_bit = 0x80 if masked else 0
    if size < 126:
        head = bytes((0x80 | opcode, mask_bit | size))
    else:
        head = struct.pack("!BBH", 0x80 | opcode, mask_bit | 126, size)
    return head + (bytes(4) if masked else b"") + payload


class _WebSocket(asyncio.Protocol):
    """What both ends share: the handshake's end, and whole frames out of a stream."""

    def __init__(self, load: "Load") -> None:
        self.load = load
        self._buffer = bytearray()
        self._open = False
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _exc: Exception | None) -> None:
        self.load.lost += not self.load.over

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer
        buffer += data
        start = 0
        while not self._open:
            end = buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            self.opened(bytes(buffer[:end]))
            self._open = True
            start = end + 4
        while len(buffer) - start >= 4:
            size = buffer[start + 1] & 0x7F
            body = start + 2
            if size == 126:
                size = buffer[body] << 8 | buffer[body + 1]
                body += 2
            assert size != 127, "no message of this benchmark is so large"
            mask = b""
            if buffer[start + 1] & 0x80:
                mask = bytes(buffer[body : body + 4])
                body += 4
            if len(buffer) < body + size:
                break
            self.received(buffer[start] & 0x0F, buffer[body : body + size], mask)
            start = body + size
        del buffer[:start]

    def opened(self, head: bytes) -> None:
        raise NotImplementedError

    def received(self, opcode: int, payload: bytearray, mask: bytes) -> None:
        raise NotImplementedError


class _Browser(_WebSocket):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.write(
            b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )

    def opened(self, head: bytes) -> None:
        assert b" 101 " in head, head
        self.transport.write(_frame(1, b'{"type":"start"}', masked=True))

    def received(self, opcode: int, payload: bytearray, mask: bytes) -> None:  # noqa: ARG002 - servers do not mask
        if opcode == 2:
            self.load.down.append(time.monotonic_ns() - _STAMP.unpack_from(payload)[0])
        elif opcode == 9:
            self.transport.write(_frame(10, bytes(payload), masked=True))
        elif b'"error"' in payload:
            raise RuntimeError(payload.decode())

    def speak(self) -> None:
        sound = _STAMP.pack(time.monotonic_ns()) + _BROWSER_SOUND[8:]
        self.transport.write(_frame(2, sound, masked=True))


class _Service(_WebSocket):
    _rest = base64.b64encode(_SERVICE_SOUND[9:])

    def opened(self, head: bytes) -> None:
        key = next(
            line[19:] for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key: ")
        )
        accept = base64.b64encode(hashlib.sha1(key + _GUID).digest())  # noqa: S324 - what RFC 6455 asks for
        self.transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )

    def received(self, opcode: int, payload: bytearray, mask: bytes) -> None:
        if opcode == 9:
            self.transport.write(_frame(10, _unmasked(payload, mask, 0, len(payload)), masked=False))
        elif _unmasked(payload, mask, 9, 9 + 12) == b"input_audio_":
            stamp = base64.b64decode(_unmasked(payload, mask, _APPEND_HEAD_BYTES, _APPEND_HEAD_BYTES + 12))
            self.load.up.append(time.monotonic_ns() - _STAMP.unpack_from(stamp)[0])
        elif b"session.update" in _unmasked(payload, mask, 0, len(payload)):
            self._say(type="session.updated", session={"id": "sess_1"})
            self._say(type="response.created", response={"id": "resp_1", "status": "in_progress"})
            self.load.ready(self)

    def speak(self) -> None:
        first = base64.b64encode(_STAMP.pack(time.monotonic_ns()) + _SERVICE_SOUND[8:9])
        self.transport.write(
            _frame(
                1,
                b'{"type":"response.audio.delta","event_id":"event_6UkYip0C2Yhq5gLxloq8cl",'
                b'"response_id":"resp_1","item_id":"item_1","output_index":0,"content_index":0,"delta":"'
                + first
                + self._rest
                + b'"}',
                masked=False,
            )
        )

    def _say(self, **event: object) -> None:
        self.transport.write(_frame(1, json.dumps(event).encode(), masked=False))


def _unmasked(payload: bytearray, mask: bytes, start: int, end: int) -> bytes:
    return bytes(payload[at] ^ mask[at % 4] for at in range(start, min(end, len(payload))))


class Load:
    """Conversations at a steady pace: `up` and `down` gather how long each frame was on its way, in ns."""

    def __init__(self) -> None:
        self.up: list[int] = []
        self.down: list[int] = []
        self.lost = 0
        self.over = False
        self._speakers: list[list[Callable[[], None]]] = [[] for _ in range(BROWSER_FRAME_MS)]
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

    def close(self) -> None:
        """End all conversations."""
        self.over = True
        for transport in self._connections:
            transport.abort()
