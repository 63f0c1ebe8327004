"""Messages to and from one service, past aiohttp's parser, its queue and a switch of tasks.

Sound is nearly all that a relay moves, and aiohttp's way costs as much CPU as everything else that is done
with a frame. So `FastChannel` stands between the transport and aiohttp's protocol. A message that somebody
takes at once goes no further, and all other bytes go to aiohttp.

This is the only file that uses private parts of aiohttp, and the private attribute in which the SDK keeps
aiohttp's WebSocket. If the SDK has no such attribute, `connection.py` uses the SDK's public methods. If
aiohttp has no such transport, `FastChannel` uses aiohttp's public methods.
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Protocol, cast

import aiohttp

from openvoicelive.serving.fast_path import missing_members
from openvoicelive.serving.websocket_frames import PONG, TEXT, FrameWalk, frame, offer

_TOKEN_BYTES = 8
_MASKS_AT_ONCE = 64
_SIGNS_OF_LIFE_IN_A_HEARTBEAT = 20

WebSocket = aiohttp.ClientWebSocketResponse[Any]


class ChannelClosed(Exception):  # noqa: N818 - names what happened
    """The connection has ended, with this WebSocket close code."""

    def __init__(self, close_code: int) -> None:
        super().__init__(f"closed with {close_code}")
        self.close_code = close_code


class Channel(Protocol):
    """Text messages to and from one service, in their order."""

    async def begin(self) -> None:
        """Prepare; call it first."""

    async def send(self, text: bytes) -> None:
        """Send a message; waits while the service does not read.

        Raises:
            ChannelClosed: If the connection has ended.

        """

    def try_send(self, text: bytes) -> bool:
        """Send a message at once; returns False if that is not possible now."""

    async def receive(self) -> bytes | None:
        """Wait for the next message; `None` for one that is not text.

        Raises:
            ChannelClosed: If the connection has ended.

        """

    def end(self) -> None:
        """Release everything; call it once the connection is closed."""


def has_socket(kind: type) -> bool:
    """Return whether the SDK's class of connections still has the attribute that `socket_of` reads."""
    return not missing_members(kind, methods=(), attributes=("_connection",))


def socket_of(connection: object) -> WebSocket:
    """Return the WebSocket of an SDK's connection."""
    return cast("WebSocket", connection._connection)  # type: ignore[attr-defined] # noqa: SLF001


class FastChannel(asyncio.Protocol):
    """A `Channel` with a fast path, over a WebSocket that was opened without `autoping` and `decode_text`.

    `take` gets the text of a message the moment it arrives, and returns whether it took it. What it does not
    take comes out of `receive`. It is not called while an earlier message waits or is being handled, which is
    until the next `receive`.
    """

    def __init__(
        self,
        socket: WebSocket,
        take: Callable[[bytes], bool],
        *,
        heartbeat_s: float,
    ) -> None:
        self._socket = socket
        self._take = take
        self._clock = asyncio.get_running_loop().time
        self._sign_interval_s = heartbeat_s / _SIGNS_OF_LIFE_IN_A_HEARTBEAT
        self._sign_at_s = 0.0
        self._masks = _unforeseeable_masks()
        self._is_waiting = False
        self._is_writable = True
        # aiohttp may have read half a frame already, and does not say so. The answer to a ping with a random
        # token shows where in the stream a frame ends.
        self._token = os.urandom(_TOKEN_BYTES)
        self._newest = b""
        self._walk: FrameWalk | None = None
        self._received: int | None = None
        self._transport = _transport_of(socket)
        if self._transport:
            self._inner = cast("asyncio.Protocol", self._transport.get_protocol())
            self._transport.set_protocol(self)

    async def begin(self) -> None:
        """Send the ping whose answer opens the fast path."""
        with suppress(aiohttp.ClientError):  # `receive` reports it
            await self._socket.ping(self._token)

    async def send(self, text: bytes) -> None:
        """Send a message; waits while the service does not read.

        Raises:
            ChannelClosed: If the connection has ended.

        """
        try:
            await self._socket.send_frame(text, aiohttp.WSMsgType.TEXT)
        except (aiohttp.ClientError, ConnectionError) as error:
            raise ChannelClosed(1006) from error

    async def receive(self) -> bytes | None:
        """Wait for the next message that was not taken; `None` for one that is not text.

        Raises:
            ChannelClosed: If the connection has ended.

        """
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
                return self._text_of(message)

    def try_send(self, text: bytes) -> bool:
        """Send a message at once; returns False if it would have to wait, or the end has come."""
        if self._transport is None or not self._is_writable or self._socket.closed:
            return False
        if self._transport.is_closing():
            return False
        self._transport.write(frame(TEXT, text, next(self._masks)))
        return True

    def data_received(self, data: bytes) -> None:
        """Offer whole messages of sound, and give aiohttp the rest."""
        walk = self._walk
        if walk is None:
            self._look_for_pong(data)
        else:
            if self._is_waiting and self._received == walk.messages and walk.is_between_messages:
                data = offer(data, TEXT, self._take, masked=False)
                if not data:
                    self._give_sign_of_life()
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
        """Release everything; abort a transport that stays open because the service does not read."""
        self._take = _take_nothing  # usually a method of the owner of this object: a reference cycle
        if self._transport and self._transport.get_write_buffer_size():
            self._transport.abort()

    def _text_of(self, message: aiohttp.WSMessage) -> bytes | None:
        if message.type is aiohttp.WSMsgType.TEXT:
            return cast("bytes", message.data)
        if message.type is aiohttp.WSMsgType.BINARY:
            return None
        if message.type is aiohttp.WSMsgType.CLOSE and message.data:  # aiohttp forgets it if it cannot answer
            raise ChannelClosed(int(message.data))
        fallback = 1006 if message.type is aiohttp.WSMsgType.ERROR else 1000
        raise ChannelClosed(self._socket.close_code or fallback)

    def _give_sign_of_life(self) -> None:
        """Tell aiohttp's heartbeat now and then that something arrived, so that it forgives a late pong."""
        now_s = self._clock()
        if now_s - self._sign_at_s >= self._sign_interval_s:
            self._sign_at_s = now_s
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


def _transport_of(socket: WebSocket) -> asyncio.Transport | None:
    """Return the private transport of a WebSocket; `None` if this version of aiohttp has none there."""
    connection = getattr(socket, "_conn", None)
    return connection.transport if connection else None


def _unforeseeable_masks() -> Iterator[bytes]:
    """Yield a mask for each frame: https://datatracker.ietf.org/doc/html/rfc6455#section-5.3."""
    while True:
        entropy = os.urandom(4 * _MASKS_AT_ONCE)
        for at in range(0, len(entropy), 4):
            yield entropy[at : at + 4]
