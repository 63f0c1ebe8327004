"""What uvicorn lacks against clients that never end their request: a deadline, and a bound for its head."""

import asyncio
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

# As Apache's RequestReadTimeout gives the head of a request; ours come in one piece, bodies and all.
REQUEST_DEADLINE_S = 20.0
# The same as h11's; the WebSocket library reads at most 8 KiB of each line.
MAX_HEAD_BYTES = 64 * 1024


def refusal(status: HTTPStatus) -> bytes:
    """Return a whole answer, after which the connection is closed."""
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nconnection: close\r\n"
        f"content-type: text/plain; charset=utf-8\r\ncontent-length: {len(status.phrase)}\r\n\r\n"
    )
    return (head + status.phrase).encode("ascii")


class HttpConnection(HttpToolsProtocol):
    """uvicorn's, which waits only a while for a request, and keeps only so much of its head.

    The deadline runs from the beginning of a connection, or of a further request, until the whole request is
    there: also that of a WebSocket's handshake, before which the connection is one of HTTP.
    """

    request_deadline_s = REQUEST_DEADLINE_S
    _deadline: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _is_in_head = False
    _earlier: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection is closed."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what was read."""
        super().data_received(data)
        if self._is_in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def handle_websocket_upgrade(self) -> None:
        """Leave the connection to the WebSocket."""
        self._stop_waiting()
        super().handle_websocket_upgrade()
        # As uvicorn does when a connection is lost: the parser holds this object's methods.
        self.parser = None  # type: ignore[assignment]

    def on_message_begin(self) -> None:
        """Note that a request begins."""
        self._is_in_head, self._head_bytes = True, 0
        self._earlier = self.cycle
        self._await_request()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Note that a request's head is there."""
        self._is_in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that a request is there."""
        self._stop_waiting()
        super().on_message_complete()

    def _await_request(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.request_deadline_s, self._give_up)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        if self._has_begun() and not self._is_answering():
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()

    def _has_begun(self) -> bool:
        # Browsers connect ahead of need, and expect no answer to nothing.
        return self.headers is not None

    def _is_answering(self) -> bool:
        """Whether this request or the one before it has a part of its answer."""
        if self._earlier is not None and not self._earlier.response_complete:
            return True
        return self.cycle is not self._earlier and self.cycle.response_started

    def _refuse(self, status: HTTPStatus) -> None:
        self.transport.write(refusal(status))
        self.transport.close()
