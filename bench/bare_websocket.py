"""As little of WebSocket as the relay's benchmark needs: whole frames, no fragments, no errors."""

import asyncio
import base64
import hashlib
from typing import cast

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
_KEY = b"Sec-WebSocket-Key: "


class BareWebSocket(asyncio.Protocol):
    """What both ends share: the handshake's end, and whole frames out of a stream."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._open = False
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

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
        """Take the head of the other side's request or response."""
        raise NotImplementedError

    def received(self, opcode: int, payload: bytearray, mask: bytes) -> None:
        """Take a frame; the mask, if any, is still on its payload."""
        raise NotImplementedError


def request(path: str) -> bytes:
    """Return a client's request."""
    return (
        b"GET %b HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ) % path.encode()


def acceptance(head: bytes) -> bytes:
    """Return the server's answer to a request."""
    lines = head.split(b"\r\n")
    key = next(line[len(_KEY) :] for line in lines if line.lower().startswith(_KEY.lower()))
    accept = base64.b64encode(hashlib.sha1(key + _GUID).digest())  # noqa: S324 - what RFC 6455 asks for
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: %b\r\n\r\n" % accept
    )
