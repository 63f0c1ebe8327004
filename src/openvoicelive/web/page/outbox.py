"""A bounded send queue for one browser, in order, emptied by one writer."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

AsgiMessage = MutableMapping[str, Any]
Send = Callable[[AsgiMessage], Awaitable[None]]
WriteSound = Callable[[bytes], bool]
"""Writes at once and returns True, or returns False if that is not possible now."""

# 87 s of sound: a service sends an answer faster than it is spoken, and a slow line may lag that far behind.
_MOST_BYTES = 4 * 1024 * 1024
_MOST_WAITING_S = 15.0
# Events that the page only shows must not cost a slow browser its conversation.
_MOST_BYTES_TO_ADD_MORE = 256 * 1024


class Outbox:
    """The send queue of one browser.

    `put_*` never waits. A browser that does not read is closed, not buffered for ever.
    """

    def __init__(
        self,
        send: Send,
        *,
        write_sound: WriteSound | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._send = send
        self._write_sound = write_sound
        self._clock = clock
        self._waiting: deque[tuple[AsgiMessage, int]] = deque()
        self._waiting_bytes = 0
        self._sending_since_s: float | None = None
        self._wake: asyncio.Future[None] | None = None
        self.given_up = asyncio.Event()
        """Set if the browser has not read for too long; the owner must close the socket then."""

    @property
    def has_room(self) -> bool:
        """Whether so little is queued that optional messages may be queued, too."""
        return self._waiting_bytes < _MOST_BYTES_TO_ADD_MORE

    def put_text(self, text: str) -> None:
        """Queue a text message."""
        self._put({"type": "websocket.send", "text": text}, len(text))

    def put_sound(self, pcm: bytes) -> None:
        """Send a binary message: at once if nothing is queued, otherwise in its turn."""
        if self._wake is not None and self._write_sound is not None and self._write_sound(pcm):
            return
        self._put({"type": "websocket.send", "bytes": pcm}, len(pcm))

    def put_close(self, code: int, reason: str) -> None:
        """Queue the close of the socket; `drain` returns once it was sent."""
        self._put({"type": "websocket.close", "code": code, "reason": reason}, 0)

    def drop_sound(self) -> None:
        """Drop all sound that is queued, because its answer was interrupted."""
        self._waiting = deque(entry for entry in self._waiting if "bytes" not in entry[0])
        self._waiting_bytes = sum(size_bytes for _, size_bytes in self._waiting)

    async def drain(self) -> None:
        """Send what is queued, until cancelled or closed."""
        loop = asyncio.get_running_loop()
        while True:
            while self._waiting:
                message, size_bytes = self._waiting.popleft()
                self._waiting_bytes -= size_bytes
                self._sending_since_s = self._clock()
                await self._send(message)
                if message["type"] == "websocket.close":
                    return
            self._sending_since_s = None
            self._wake = loop.create_future()
            await self._wake

    def _put(self, message: AsgiMessage, size_bytes: int) -> None:
        self._waiting.append((message, size_bytes))
        self._waiting_bytes += size_bytes
        if self._wake:
            if not self._wake.done():  # `drain` may have been cancelled
                self._wake.set_result(None)
            self._wake = None
        elif self._waiting_bytes > _MOST_BYTES or self._is_stuck():
            self._waiting.clear()
            self._waiting_bytes = 0
            self.given_up.set()

    def _is_stuck(self) -> bool:
        since_s = self._sending_since_s
        return since_s is not None and self._clock() - since_s > _MOST_WAITING_S
