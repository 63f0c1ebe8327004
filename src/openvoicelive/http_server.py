"""How connections are served: uvicorn's settings, what its WebSockets lack for sound, how serving ends."""

import asyncio
import gc
import logging
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import uvicorn
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import apply_mask  # type: ignore[attr-defined]
from websockets.protocol import Protocol, State

from openvoicelive.draining import Draining
from openvoicelive.protocol.codec import MAX_MESSAGE_BYTES

logger = logging.getLogger(__name__)

# Idle WebSockets are cut at about 230 s by Azure's front ends, and by others earlier.
PING_INTERVAL_S = 20.0
SHUTDOWN_S = 5
# As long as uvicorn waits for the other side's part of the closing handshake.
LINGER_S = 10.0
# A few frames of sound may wait for the application; of larger messages one.
MAX_WAITING_MESSAGES = 16
SMALL_MESSAGE_BYTES = 64 * 1024
# The name under which an application finds `write_sound` among its scope's extensions.
WRITE_SOUND = "openvoicelive.write_sound"
# Sound makes much garbage and few cycles: with Python's own threshold of 700 the collector took 8 % of the
# relay's CPU, and stopped all conversations for each full collection.
GARBAGE_THRESHOLDS = (50_000, 20, 50)


class WebSocketConnection(WebSocketsSansIOProtocol):
    """uvicorn's, with less work for each frame of sound, and an end also for clients that do not read.

    uvicorn closes a transport only after all that was written has been read; of a client that never reads, or
    that is gone without a word, the socket and its buffer would stay for ever. It also stops reading after
    each message until the application has taken it, at two system calls a message, builds a frame of several
    objects for each that it sends, and takes each that it receives apart in a chain of generators.
    """

    linger_s = LINGER_S
    _abortion: asyncio.TimerHandle | None = None
    _is_between_messages = False

    async def run_asgi(self) -> None:
        """Serve the connection; a while after its end nothing is left of it."""
        self.scope["extensions"][WRITE_SOUND] = {"write": self.write_sound}
        try:
            await super().run_asgi()
        finally:
            self._linger()

    def data_received(self, data: bytes) -> None:
        """Take what was read; a chunk that is one message of sound goes in without a detour."""
        sound = _sound_in(data) if self._is_between_messages and self.conn.state is State.OPEN else None
        if sound is None:
            super().data_received(data)
            self._is_between_messages = _awaits_message(self.conn)
        else:
            self.curr_msg_data_type, self.frames = "bytes", [sound]
            self.send_receive_event_to_app()

    def send_receive_event_to_app(self) -> None:
        """Hand a message over; reading stops when many wait, or a large one."""
        is_small = sum(map(len, self.frames)) <= SMALL_MESSAGE_BYTES
        if self.read_paused or not is_small or self.queue.qsize() >= MAX_WAITING_MESSAGES:
            super().send_receive_event_to_app()
            return
        self.read_paused = True
        super().send_receive_event_to_app()
        self.read_paused = False

    async def send(self, message: ASGISendEvent) -> None:
        """Send a message; sound goes out without a detour."""
        sound = message.get("bytes")
        if not isinstance(sound, bytes) or not self.write_sound(sound):
            await super().send(message)

    def write_sound(self, sound: bytes) -> bool:
        """Write a binary message at once; False if that cannot be, because much waits or the end has come."""
        is_open = self.handshake_complete and not self.close_sent and self.conn.state is State.OPEN
        if not is_open or self.disconnected or not self.writable.is_set():
            return False
        self.transport.write(_binary_frame(sound))
        return True

    def keepalive_timeout(self) -> None:
        """Close, because no answer came to a ping."""
        super().keepalive_timeout()
        self._linger()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection is closed."""
        if self._abortion is not None:
            self._abortion.cancel()
        super().connection_lost(exc)

    def _linger(self) -> None:
        if self._abortion is None and not self.disconnected:
            self._abortion = self.loop.call_later(self.linger_s, self.transport.abort)


def _sound_in(chunk: bytes) -> bytes | None:
    """Return the payload if this is one whole, masked binary message of 126 bytes to 64 KiB, and no more."""
    if len(chunk) < 8 or chunk[0] != 0x82 or chunk[1] != 0x80 | 126:
        return None
    if len(chunk) != 8 + int.from_bytes(chunk[2:4], "big"):
        return None
    return apply_mask(chunk[8:], chunk[4:8])


def _awaits_message(connection: Protocol) -> bool:
    """Say whether the parser has taken all that came, and what comes next is the head of a new message.

    The innermost of its generators is `at_eof` before a frame and `read_exact` within one.
    """
    innermost: Any = connection.parser
    while (inner := getattr(innermost, "gi_yieldfrom", None)) is not None:
        innermost = inner
    return connection.current_size is None and innermost.__name__ == "at_eof"


def _binary_frame(payload: bytes) -> bytes:
    """Return a whole, unmasked message: https://datatracker.ietf.org/doc/html/rfc6455#section-5.2."""
    size = len(payload)
    if size < 126:
        return bytes((0x82, size)) + payload
    if size < 1 << 16:
        return b"\x82\x7e" + size.to_bytes(2, "big") + payload
    return b"\x82\x7f" + size.to_bytes(8, "big") + payload


def collect_garbage_rarely() -> None:
    """Leave what was made at the start alone, and look for cycles in the rest less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)


class Server(uvicorn.Server):
    """uvicorn's, which on SIGTERM first lets conversations end.

    Ctrl+C, or a second signal, ends it at once: all sockets are closed with 1012, and the engines are freed.
    """

    def __init__(
        self, config: uvicorn.Config, draining: Draining, *, drain_limit_s: float, ready: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._draining = draining
        self._drain_limit_s = drain_limit_s
        self._ready = ready
        self._loop: asyncio.AbstractEventLoop | None = None
        self._was_asked_to_end = False
        self._ending: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        if self.started:
            collect_garbage_rarely()
            self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal; this runs between any two instructions of the loop's thread."""
        if sig != signal.SIGTERM:
            super().handle_exit(sig, frame)
        elif self._loop and self.started and not self._was_asked_to_end:
            self._was_asked_to_end = True
            self._loop.call_soon_threadsafe(self._begin_to_end)
        else:
            # uvicorn would send itself the signal anew when all has ended, which is no end with status 0.
            self.should_exit = True

    def _begin_to_end(self) -> None:
        self._ending = asyncio.create_task(self._end())

    async def _end(self) -> None:
        logger.info("SIGTERM: conversations have %s s to end; nobody new comes in.", self._drain_limit_s)
        try:
            left = await self._draining.drain(self._drain_limit_s)
            logger.info("Conversations that did not end and are cut: %s.", left)
        finally:
            self.should_exit = True


def server_config(
    application: Any, *, lifespan: bool = True, ping_interval_s: float = PING_INTERVAL_S
) -> uvicorn.Config:
    """Return the settings with which an ASGI application is served."""
    return uvicorn.Config(
        application,
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        ws=WebSocketConnection,
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_ping_interval=ping_interval_s,
        ws_ping_timeout=ping_interval_s,
        ws_per_message_deflate=False,
        lifespan="on" if lifespan else "off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
        server_header=False,
    )
