"""The only file that extends uvicorn's protocol classes, which are not part of uvicorn's public API.

pyproject.toml bounds uvicorn and websockets. If a version lacks a member that is used here, `missing_members`
names it, and `server.py` serves with uvicorn's own classes: sound then takes ASGI's messages, and the
protection against clients that stall is uvicorn's.
"""

import asyncio
from http import HTTPStatus

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode
from websockets.protocol import State

from openvoicelive.serving import fast_path
from openvoicelive.serving.fast_path import EXTENSION, FastPath
from openvoicelive.serving.websocket_frames import BINARY, FrameWalk, frame, offer

# Apache's RequestReadTimeout gives the head of a request 20 s. Our requests arrive in one piece.
REQUEST_DEADLINE_S = 20.0
# The same limit as h11's. The WebSocket library reads at most 8 KiB of each line.
MAX_HEAD_BYTES = 64 * 1024
# uvicorn waits as long for the client's part of the closing handshake.
LINGER_S = 10.0


def missing_members() -> list[str]:
    """Return the members of uvicorn's classes that are used here and that the installed version lacks."""
    return [
        *fast_path.missing_members(
            HttpToolsProtocol,
            methods=(
                *("connection_made", "connection_lost", "data_received", "handle_websocket_upgrade"),
                *("on_message_begin", "on_headers_complete", "on_message_complete"),
            ),
            attributes=("transport", "loop", "parser", "headers", "cycle"),
        ),
        *fast_path.missing_members(
            RequestResponseCycle, methods=(), attributes=("response_started", "response_complete")
        ),
        *fast_path.missing_members(
            WebSocketsSansIOProtocol,
            methods=(
                *("run_asgi", "data_received", "send_receive_event_to_app", "send", "connection_lost"),
                *("handle_parser_exception", "send_keepalive_ping", "keepalive_timeout"),
            ),
            attributes=(
                *("config", "loop", "transport", "queue", "conn", "writable", "frames", "curr_msg_data_type"),
                *("handshake_initiated", "handshake_complete", "close_sent", "disconnected", "read_paused"),
                "pong_timer",
            ),
        ),
    ]


def refusal(status: HTTPStatus) -> bytes:
    """Return a whole HTTP response after which the connection is closed."""
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nconnection: close\r\n"
        f"content-type: text/plain; charset=utf-8\r\ncontent-length: {len(status.phrase)}\r\n\r\n"
    )
    return (head + status.phrase).encode("ascii")


class HttpConnection(HttpToolsProtocol):
    """uvicorn's HTTP connection, with a deadline for each request and a limit for the size of its head.

    The deadline runs from the start of the connection, or of a later request on it, until the whole request
    has arrived. It covers WebSocket handshakes, too, because each begins as an HTTP request.
    """

    request_deadline_s = REQUEST_DEADLINE_S
    _deadline: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _is_in_head = False
    _previous_cycle: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the deadline of the first request."""
        super().connection_made(transport)
        self._start_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Clean up."""
        self._stop_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what arrived; refuse a head that is too large."""
        super().data_received(data)
        if self._is_in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over to the WebSocket protocol."""
        self._stop_deadline()
        super().handle_websocket_upgrade()
        # The parser holds methods of this object: a reference cycle. uvicorn breaks it in `connection_lost`.
        self.parser = None  # type: ignore[assignment]

    def on_message_begin(self) -> None:
        """Start the deadline of a request."""
        self._is_in_head, self._head_bytes = True, 0
        self._previous_cycle = self.cycle
        self._start_deadline()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Note that the head has arrived."""
        self._is_in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that the whole request has arrived."""
        self._stop_deadline()
        super().on_message_complete()

    def _start_deadline(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.request_deadline_s, self._on_deadline)

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _on_deadline(self) -> None:
        # Browsers open connections ahead of need and expect no answer on them: then there are no headers yet.
        has_begun = self.headers is not None
        if has_begun and not self._is_answering():
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()

    def _is_answering(self) -> bool:
        """Return whether part of the answer to this request, or to the previous one, has been sent."""
        if self._previous_cycle is not None and not self._previous_cycle.response_complete:
            return True
        return self.cycle is not self._previous_cycle and self.cycle.response_started

    def _refuse(self, status: HTTPStatus) -> None:
        self.transport.write(refusal(status))
        self.transport.close()


class WebSocketConnection(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket connection, with a fast path for sound and an end for clients that do not read.

    It adds four things to uvicorn's class:
    * a `FastPath` in the ASGI scope;
    * it aborts the transport `linger_s` after the end. uvicorn closes it only once everything was sent, so
      the socket and buffer of a client that never reads would stay for ever;
    * a client is not closed because its pong is late while its own messages still wait to be read;
    * a handshake that cannot be parsed is answered, and refusals and broken text are not logged as errors.
    """

    linger_s = LINGER_S
    _is_broken_off = False
    _has_read_since_ping = False
    _abort_timer: asyncio.TimerHandle | None = None
    _walk: FrameWalk | None = None
    _fast_path: FastPath | None = None

    async def run_asgi(self) -> None:
        """Run the application, then release everything that the connection holds."""
        self._fast_path = FastPath(self.write_sound)
        self.scope["extensions"][EXTENSION] = {"path": self._fast_path}
        try:
            await super().run_asgi()
        finally:
            # The path holds a method of this connection, which holds the scope: a reference cycle.
            del self.scope["extensions"][EXTENSION]
            self._fast_path = None
            self._linger()

    def data_received(self, data: bytes) -> None:
        """Offer whole messages of sound to the application, and give uvicorn the rest."""
        self._has_read_since_ping = True
        if self._walk is None:  # the whole handshake request; frames follow it
            self._walk = FrameWalk()
            super().data_received(data)
            if not self.handshake_initiated:
                self._refuse_handshake()
            return
        take = self._fast_path.take if self._fast_path else None
        is_idle = self._walk.is_between_messages and self.queue.empty()
        if take and is_idle and self.conn.state is State.OPEN:
            data = offer(data, BINARY, take, masked=True)
            if not data:
                return
        self._walk.walk(data)
        super().data_received(data)

    def send_receive_event_to_app(self) -> None:
        """Queue a message for the application; close if it is text that is not UTF-8."""
        if self.curr_msg_data_type == "text" and not self._is_utf_8():
            self.frames = []
            if self.conn.state is State.OPEN:  # otherwise it is closing already
                self.conn.send_close(CloseCode.INVALID_DATA)
                self.handle_parser_exception()
            return
        super().send_receive_event_to_app()

    async def send(self, message: ASGISendEvent) -> None:
        """Send a message of the application.

        Raises:
            ClientDisconnected: If the connection has ended.

        """
        if self._is_broken_off:  # uvicorn would report a message after the application's own close
            raise ClientDisconnected
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and self.close_sent:
            # A refusal completes the handshake. Without this, uvicorn would log an error of the application.
            self.handshake_complete = True

    def write_sound(self, sound: bytes) -> bool:
        """Write a binary message at once; returns False if the buffer is full or the end has come."""
        is_open = self.handshake_complete and not self.close_sent and self.conn.state is State.OPEN
        if not is_open or self.disconnected or not self.writable.is_set():
            return False
        self.transport.write(frame(BINARY, sound))
        return True

    def handle_parser_exception(self) -> None:
        """Close the connection because the client broke the protocol."""
        self._is_broken_off = True
        super().handle_parser_exception()

    def send_keepalive_ping(self) -> None:
        """Send a ping."""
        self._has_read_since_ping = False
        super().send_keepalive_ping()

    def keepalive_timeout(self) -> None:
        """Close the connection because no pong arrived, unless the pong waits behind other messages.

        A client that sends a recording faster than it is processed is read slowly, and so is its pong.
        """
        if (self.read_paused or self._has_read_since_ping) and not self.disconnected:
            self._has_read_since_ping = False
            self.pong_timer = self.loop.call_later(self.config.ws_ping_timeout or 0, self.keepalive_timeout)
            return
        self._is_broken_off = True
        super().keepalive_timeout()
        self._linger()

    def connection_lost(self, exc: Exception | None) -> None:
        """Clean up."""
        if self._abort_timer is not None:
            self._abort_timer.cancel()
        if self.conn.parser_exc is not None:
            self.conn.parser_exc.__traceback__ = None  # its frames hold `conn`: a reference cycle
        super().connection_lost(exc)

    def _refuse_handshake(self) -> None:
        """Answer a request that is too long (uvicorn drops the library's answer) or that has a body."""
        answer = b"".join(self.conn.data_to_send())
        self.handshake_complete = self.close_sent = True
        self.transport.write(answer or refusal(HTTPStatus.BAD_REQUEST))
        self.transport.close()

    def _is_utf_8(self) -> bool:
        message = b"".join(self.frames)
        self.frames = [message]
        if message.isascii():  # as megabytes of sound are; several times as fast as decoding them
            return True
        try:
            message.decode()
        except UnicodeDecodeError:
            return False
        return True

    def _linger(self) -> None:
        if self._abort_timer is None and not self.disconnected:
            self._abort_timer = self.loop.call_later(self.linger_s, self.transport.abort)
