"""How connections are served: uvicorn's settings, what its WebSockets lack for sound, how serving ends."""

import asyncio
import gc
import logging
import signal
import socket
import sys
from collections.abc import Callable
from http import HTTPStatus
from types import FrameType
from typing import Any

import uvicorn
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode
from websockets.protocol import State

from openvoicelive.serving.draining import Draining
from openvoicelive.serving.http_connection import HttpConnection, refusal
from openvoicelive.serving.loop_watch import LoopWatch
from openvoicelive.serving.memory import Trimmer
from openvoicelive.serving.websocket_frames import BINARY, FrameWalk, frame, offer

logger = logging.getLogger(__name__)

# Idle WebSockets are cut at about 230 s by Azure's front ends, and by others earlier.
PING_INTERVAL_S = 20.0
SHUTDOWN_S = 5
# As long as uvicorn waits for the other side's part of the closing handshake.
LINGER_S = 10.0
# A few frames of sound may wait for the application; of larger messages one.
MAX_WAITING_MESSAGES = 16
SMALL_MESSAGE_BYTES = 64 * 1024
# The name under which an application finds its `ShortWay` among its scope's extensions.
SHORT_WAY = "openvoicelive.short_way"
# Sound makes much garbage and few cycles: with Python's own threshold of 700 the collector took 8 % of the
# relay's CPU, and stopped all conversations for each full collection.
GARBAGE_THRESHOLDS = (50_000, 20, 50)
LOOK_AT_MEMORY_S = 5


class ShortWay:
    """The way of sound between a connection and its application beside ASGI's messages.

    Both directions keep the order of all messages: each sound that cannot go this way takes the other.
    """

    def __init__(self, write: Callable[[bytes], bool]) -> None:
        self.write = write
        """Writes a binary message at once; False if that cannot be."""

        self.take: Callable[[bytes], bool] | None = None
        """Set by the application: is offered a binary message that just came, and says whether it took it."""


class WebSocketConnection(WebSocketsSansIOProtocol):
    """uvicorn's, with less work for each frame of sound, and an end also for clients that do not read.

    A handshake that the WebSocket library cannot read is answered; no refusal is an error in the log.

    uvicorn closes a transport only after all that was written has been read; of a client that never reads, or
    that is gone without a word, the socket and its buffer would stay for ever. It also stops reading after
    each message until the application has taken it, at two system calls a message, builds a frame of several
    objects for each that it sends, and takes each that it receives apart in a chain of generators.
    """

    linger_s = LINGER_S
    _is_broken_off = False
    _has_read_since_ping = False
    _abortion: asyncio.TimerHandle | None = None
    _walk: FrameWalk | None = None
    _short_way: ShortWay | None = None

    async def run_asgi(self) -> None:
        """Serve the connection; a while after its end nothing is left of it."""
        self._short_way = ShortWay(self.write_sound)
        self.scope["extensions"][SHORT_WAY] = {"way": self._short_way}
        try:
            await super().run_asgi()
        finally:
            self._short_way = None
            # It holds this connection, which holds the scope: a reference cycle.
            del self.scope["extensions"][SHORT_WAY]
            self._linger()

    def data_received(self, data: bytes) -> None:
        """Take what was read."""
        self._has_read_since_ping = True
        if self._walk is None:  # this is the request, whole; frames come after it
            self._walk = FrameWalk()
            super().data_received(data)
            if not self.handshake_initiated:
                self._refuse_handshake()
            return
        take = self._short_way.take if self._short_way else None
        is_idle = self._walk.is_between_messages and self.queue.empty()
        if take and is_idle and self.conn.state is State.OPEN:
            data = offer(data, BINARY, take, masked=True)
            if not data:
                return
        self._walk.walk(data)
        super().data_received(data)

    def send_receive_event_to_app(self) -> None:
        """Hand a message over; reading stops when many wait, or a large one."""
        if self.curr_msg_data_type == "text" and not self._is_utf_8():
            self.frames = []
            if self.conn.state is State.OPEN:  # otherwise it is being closed anyway
                self.conn.send_close(CloseCode.INVALID_DATA)
                self.handle_parser_exception()
            return
        is_small = sum(map(len, self.frames)) <= SMALL_MESSAGE_BYTES
        if self.read_paused or not is_small or self.queue.qsize() >= MAX_WAITING_MESSAGES:
            super().send_receive_event_to_app()
            return
        self.read_paused = True
        super().send_receive_event_to_app()
        self.read_paused = False

    async def send(self, message: ASGISendEvent) -> None:
        """Send a message; sound goes out without a detour.

        Raises:
            ClientDisconnected: If nobody hears it any more.

        """
        if self._is_broken_off:  # uvicorn would take it for a message after the application's own end
            raise ClientDisconnected
        sound = message.get("bytes")
        if not isinstance(sound, bytes) or not self.write_sound(sound):
            await super().send(message)
        if message["type"] == "websocket.http.response.body" and self.close_sent:
            # The handshake is refused, and that completes it; uvicorn would report an application's error.
            self.handshake_complete = True

    def write_sound(self, sound: bytes) -> bool:
        """Write a binary message at once; False if that cannot be, because much waits or the end has come."""
        is_open = self.handshake_complete and not self.close_sent and self.conn.state is State.OPEN
        if not is_open or self.disconnected or not self.writable.is_set():
            return False
        self.transport.write(frame(BINARY, sound))
        return True

    def handle_parser_exception(self) -> None:
        """Close, because the client broke the protocol."""
        self._is_broken_off = True
        super().handle_parser_exception()

    def send_keepalive_ping(self) -> None:
        """Ask whether the client is still there."""
        self._has_read_since_ping = False
        super().send_keepalive_ping()

    def keepalive_timeout(self) -> None:
        """Close, because no answer came to a ping, unless the answer waits behind what else the client sent.

        A client that sends a recording faster than it is processed is read slowly, and its pong with it.
        """
        if (self.read_paused or self._has_read_since_ping) and not self.disconnected:
            self._has_read_since_ping = False
            self.pong_timer = self.loop.call_later(self.config.ws_ping_timeout or 0, self.keepalive_timeout)
            return
        self._is_broken_off = True
        super().keepalive_timeout()
        self._linger()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection is closed."""
        if self._abortion is not None:
            self._abortion.cancel()
        if self.conn.parser_exc is not None:
            self.conn.parser_exc.__traceback__ = None  # holds frames that hold `conn`: a reference cycle
        super().connection_lost(exc)

    def _refuse_handshake(self) -> None:
        """Answer a request that is too long (the library has the answer, uvicorn leaves it) or has a body."""
        answer = b"".join(self.conn.data_to_send())
        self.handshake_complete = self.close_sent = True
        self.transport.write(answer or refusal(HTTPStatus.BAD_REQUEST))
        self.transport.close()

    def _is_utf_8(self) -> bool:
        message = b"".join(self.frames)
        self.frames = [message]
        try:
            message.decode()
        except UnicodeDecodeError:
            return False
        return True

    def _linger(self) -> None:
        if self._abortion is None and not self.disconnected:
            self._abortion = self.loop.call_later(self.linger_s, self.transport.abort)


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
        self._watch = LoopWatch()
        self._trimmer = Trimmer()
        config.callback_notify, config.timeout_notify = self._look_at_memory, LOOK_AT_MEMORY_S
        self._was_asked_to_end = False
        self._ending: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        if self.started:
            collect_garbage_rarely()
            self._watch.start()
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close what is open."""
        self._watch.stop()
        await super().shutdown(sockets)
        await self._trimmer.close()

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

    async def _look_at_memory(self) -> None:
        connections = self.server_state.connections
        self._trimmer.look(sum(isinstance(one, WebSocketConnection) for one in connections))

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
    application: Any,
    *,
    max_message_bytes: int,
    lifespan: bool = True,
    ping_interval_s: float = PING_INTERVAL_S,
) -> uvicorn.Config:
    """Return the settings with which an ASGI application is served.

    A WebSocket that sends a message of more than `max_message_bytes` is closed.
    """
    return uvicorn.Config(
        application,
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        http=HttpConnection,
        ws=WebSocketConnection,
        ws_max_size=max_message_bytes,
        ws_ping_interval=ping_interval_s,
        ws_ping_timeout=ping_interval_s,
        ws_per_message_deflate=False,
        lifespan="on" if lifespan else "off",
        log_config=None,
        # Whose word counts is the operator's to say: VOICE_LIVE_TRUSTED_PROXIES.
        proxy_headers=False,
        access_log=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
        server_header=False,
    )
