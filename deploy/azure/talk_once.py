"""One short conversation with a deployed app, through the socket of its page: a typed message, and an answer.

    python3 talk_once.py https://app.example.net

It uses only the standard library, because it runs on the machine of whoever deploys. It prints one line:
"answered", or a code of the app, a tab and a sentence. The exit status is 0 if the app answered, 1 if it did
not, and 2 if this machine could not ask.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import socket
import ssl
import struct
import sys
import time
from urllib.parse import urlsplit

DEADLINE_S = 60.0
MESSAGE = "This is a check after a deployment. Answer with one short word."
# RFC 6455, section 1.3 and 5.2.
HANDSHAKE_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
SHORT_BYTES, SIZE_IN_2, SIZE_IN_8 = 125, 126, 127


class CannotAskError(Exception):
    """The socket cannot be opened from here, which says nothing about the app."""


class Socket:
    """A client's WebSocket with a deadline for everything together."""

    def __init__(self, url: str) -> None:
        self._until_s = time.monotonic() + DEADLINE_S
        self._left = b""
        address = urlsplit(url)
        secure = address.scheme == "https"
        port = address.port or (443 if secure else 80)
        line = socket.create_connection((address.hostname, port), timeout=DEADLINE_S)
        if secure:
            line = ssl.create_default_context().wrap_socket(line, server_hostname=address.hostname)
        self._line = line
        self._shake_hands(address.netloc, url)

    def _shake_hands(self, host: str, origin: str) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        headers = (
            "GET /ws HTTP/1.1",
            "Host: " + host,
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: " + key,
            "Origin: " + origin,
        )
        self._line.sendall(("\r\n".join(headers) + "\r\n\r\n").encode())
        while b"\r\n\r\n" not in self._left:
            self._read()
        head, _, self._left = self._left.partition(b"\r\n\r\n")
        wanted = hashlib.sha1((key + HANDSHAKE_GUID).encode())  # noqa: S324 - the protocol's own
        accepted = base64.b64encode(wanted.digest())
        if b" 101 " not in head.split(b"\r\n")[0] or accepted not in head:
            raise CannotAskError(head.split(b"\r\n")[0].decode("latin-1"))

    def send(self, content: bytes, kind: int = TEXT) -> None:
        """Send a frame. What a client sends is masked."""
        mask = os.urandom(4)
        is_short = len(content) <= SHORT_BYTES
        size = (
            bytes([0x80 | len(content)]) if is_short else struct.pack("!BH", 0x80 | SIZE_IN_2, len(content))
        )
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(content))
        self._line.sendall(bytes([0x80 | kind]) + size + mask + masked)

    def receive(self) -> bytes | None:
        """Return the next message of the app; pings are answered. None at its end."""
        while True:
            first, size = self._take(2)
            size &= 0x7F
            if size == SIZE_IN_2:
                (size,) = struct.unpack("!H", self._take(2))
            elif size == SIZE_IN_8:
                (size,) = struct.unpack("!Q", self._take(8))
            content, kind = self._take(size), first & 0xF
            if kind == CLOSE:
                return None
            if kind == PING:
                self.send(content, PONG)
            elif kind != PONG:
                return content if kind == TEXT else b"{}"

    def _take(self, size: int) -> bytes:
        while len(self._left) < size:
            self._read()
        taken, self._left = self._left[:size], self._left[size:]
        return taken

    def _read(self) -> None:
        left_s = self._until_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        self._line.settimeout(left_s)
        piece = self._line.recv(65536)
        if not piece:
            raise ConnectionError("The app closed the connection.")
        self._left += piece


def talk(line: Socket) -> tuple[str, str] | None:
    """Return why there was no answer as a code and a sentence, or None."""
    line.send(json.dumps({"type": "start"}).encode())
    asked = False
    while True:
        text = line.receive()
        if text is None:
            return "service_lost", "The app closed the socket before it answered."
        message = json.loads(text)
        kind = message.get("type")
        if kind == "status" and message.get("state") == "error":
            return message.get("code") or "error", message.get("message", "")
        if kind == "status" and message.get("state") in ("ready", "listening") and not asked:
            asked = True
            line.send(json.dumps({"type": "text", "text": MESSAGE}).encode())
        if asked and kind == "transcript" and message.get("role") == "assistant" and message.get("text"):
            line.send(json.dumps({"type": "stop"}).encode())
            return None


def main(url: str) -> int:
    """Print what came of it, and return the exit status."""
    try:
        line = Socket(url.rstrip("/"))
    except (OSError, CannotAskError) as error:
        print("cannot_ask\t" + str(error))
        return 2
    try:
        problem = talk(line)
    except TimeoutError:
        problem = ("no_answer", f"There was no answer within {DEADLINE_S:.0f} s.")
    except OSError as error:
        problem = ("service_lost", str(error))
    print("\t".join(problem) if problem else "answered")
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
