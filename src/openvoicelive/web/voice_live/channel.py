"""The SDK's WebSocket with a short way for sound, past aiohttp's parser, its queue and a switch of tasks.

Sound is nearly all that a relay moves, and the way through aiohttp costs as much as all else that is done
with it. So this stands between the transport and aiohttp's protocol: messages that somebody takes at once go
no further, but for a sign of life now and then, and all other bytes go on to aiohttp.
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, cast

import aiohttp

from openvoicelive.serving.websocket_frames import PONG, TEXT, FrameWalk, frame, offer

_TOKEN_BYTES = 8
_MASKS_AT_ONCE = 64
_TOLD_IN_A_HEARTBEAT = 20


class ServiceChannel(asyncio.Protocol):
    """Messages to and from one service, in their order.

    `take` is offered the text of messages that came in, between two events of the loop; what it does not take
    comes out of `receive`. It is not asked while an earlier message waits, or is still worked on: until
    the next `receive`.
    """

    def __init__(
        self,
        socket: "aiohttp.ClientWebSocketResponse[Any]",
        take: Callable[[bytes], bool],
        *,
        heartbeat_s: float,
    ) -> None:
        self._socket = socket
        self._take = take
        self._clock = asyncio.get_running_loop().time
        self._told_every_s = heartbeat_s / _TOLD_IN_A_HEARTBEAT
        self._told_at_s = 0.0
        self._masks = _unforeseeable_masks()
        self._is_waiting = False
        self._is_writable = True
        # aiohttp has read bytes already, perhaps half a frame, and says nothing of it. The answer to a ping
        # that nobody else can have sent shows where in the stream a frame ends.
        self._token = os.urandom(_TOKEN_BYTES)
        self._newest = b""
        self._walk: FrameWalk | None = None
        self._received: int | None = None
        self._transport = _transport_of(socket)
        if self._transport:
            self._inner = cast("asyncio.Protocol", self._transport.get_protocol())
            self._transport.set_protocol(self)

    async def begin(self) -> None:
        """Look for the short way."""
        with suppress(aiohttp.ClientError):  # `receive` reports it
            await self._socket.ping(self._token)

    async def receive(self) -> aiohttp.WSMessage:
        """Wait for the next message that was not taken, or the connection's end."""
        while True:
            self._is_waiting = True
            try:
                message = await self._socket.receive()
            finally:
                self._is_waiting = False
            if message.type is aiohttp.WSMsgType.PING:
                with suppress(aiohttp.ClientError):  # the next turn reports it
                    await self._socket.pong(message.data)
            elif message.type is aiohttp.WSMsgType.PONG:
                if self._walk and self._received is None and bytes(message.data) == self._token:
                    self._received = 0
            else:
                if self._received is not None:
                    self._received += 1
                return message

    def try_send(self, text: bytes) -> bool:
        """Send a text message at once; False if it would have to wait, or the end has come."""
        if self._transport is None or not self._is_writable or self._socket.closed:
            return False
        if self._transport.is_closing():
            return False
        self._transport.write(frame(TEXT, text, next(self._masks)))
        return True

    def data_received(self, data: bytes) -> None:
        """Take what was read."""
        walk = self._walk
        if walk is None:
            self._look_for_pong(data)
        else:
            if self._is_waiting and self._received == walk.messages and walk.is_between_messages:
                data = offer(data, TEXT, self._take, masked=False)
                if not data:
                    self._tell_of_life()
                    return
            walk.walk(data)
        self._inner.data_received(data)

    def pause_writing(self) -> None:
        """Note that too much waits to be written."""
        self._is_writable = False
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Note that more may be written."""
        self._is_writable = True
        self._inner.resume_writing()

    def eof_received(self) -> bool | None:
        """Note that nothing more will come."""
        return self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection is closed."""
        self._inner.connection_lost(exc)

    def end(self) -> None:
        """Free everything of a connection that was closed; what a service has not read keeps it open."""
        self._take = _take_nothing  # mostly a method of what holds this object: a reference cycle
        if self._transport and self._transport.get_write_buffer_size():
            self._transport.abort()

    def _tell_of_life(self) -> None:
        """Let aiohttp know now and then that something came, or it ends the connection if a pong is late."""
        now_s = self._clock()
        if now_s - self._told_at_s >= self._told_every_s:
            self._told_at_s = now_s
            self._inner.data_received(b"")

    def _look_for_pong(self, data: bytes) -> None:
        pong = frame(PONG, self._token)
        seen = self._newest + data
        at = seen.find(pong)
        if at < 0:
            self._newest = seen[1 - len(pong) :]
        else:
            self._newest = b""
            self._walk = FrameWalk()
            self._walk.walk(seen[at + len(pong) :])


def _take_nothing(_text: bytes) -> bool:
    return False


def _transport_of(socket: "aiohttp.ClientWebSocketResponse[Any]") -> asyncio.Transport | None:
    """Return what the socket writes to, which is private; without it sound takes the long way."""
    connection = getattr(socket, "_conn", None)
    return connection.transport if connection else None


def _unforeseeable_masks() -> Iterator[bytes]:
    """Yield a mask for each frame: https://datatracker.ietf.org/doc/html/rfc6455#section-5.3."""
    while True:
        entropy = os.urandom(4 * _MASKS_AT_ONCE)
        for at in range(0, len(entropy), 4):
            yield entropy[at : at + 4]
