"""A conversation over a WebSocket: the handshake, then messages to events and back."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from openvoicelive.errors import InvalidRequest
from openvoicelive.logs import session_id
from openvoicelive.protocol.client_events import ClientEvent
from openvoicelive.protocol.dialects.interface import Dialect
from openvoicelive.protocol.server_events import ServerEvent
from openvoicelive.service.conversations.agents import AgentFile
from openvoicelive.service.conversations.conductor import Conductor
from openvoicelive.service.conversations.ids import new_id_factory
from openvoicelive.service.conversations.opening import OpenSession
from openvoicelive.service.conversations.outbox import ClientGone, ClientTooSlow
from openvoicelive.service.engines import Engines
from openvoicelive.service.transports.interface import Received
from openvoicelive.serving.admission import origin_is_allowed
from openvoicelive.serving.draining import Draining
from openvoicelive.settings import Settings

log = logging.getLogger(__name__)

_AFTER_PAGES_S = 0.5

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Handshake:
    """What a client says when it connects: query keys and headers, names in lower case."""

    def __init__(self, scope: Message) -> None:
        self.headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        query = parse_qsl(scope["query_string"].decode(), keep_blank_values=True)
        self.query = {name.lower(): value for name, value in query}
        # Some clients offer the subprotocol of OpenAI's realtime API; none may be required.
        self.subprotocol = "realtime" if "realtime" in scope.get("subprotocols", ()) else None

    def refusal(self, settings: Settings) -> tuple[int, str] | None:
        """Return the status and sentence for a page of a foreign origin; `None` for other clients."""
        if not origin_is_allowed(self.headers.get("origin"), self.headers.get("host", ""), settings):
            return 403, "This page may not connect; the operator can allow its origin."
        return None


async def converse(  # noqa: PLR0913 - what a conversation is made of
    handshake: Handshake,
    receive: Receive,
    send: Send,
    *,
    open_session: OpenSession,
    settings: Settings,
    engines: Engines,
    agents: Mapping[str, AgentFile],
    draining: Draining,
    send_deadline_s: float,
) -> None:
    """Hold one conversation on an accepted WebSocket, until either side closes it."""
    limit_s = settings.session_limit_s
    session, dialect = open_session(handshake.query, agents, limit_s=limit_s, new_id=new_id_factory())
    session_id.set(session.id)  # for the log; the connection's task has a context of its own
    peer = WebSocketPeer(dialect, receive, send)
    conductor = Conductor(session, engines, peer, limit_s=limit_s, send_deadline_s=send_deadline_s)
    try:
        # A page's session ends a moment before its session here, so that the page can say why.
        with draining.session(lambda: conductor.drain(draining.ends_in_s + _AFTER_PAGES_S)):
            await conductor.run()
    except* ClientTooSlow:
        log.info("A client did not read. Its connection is closed.")
    except* ClientGone:
        log.debug("A client vanished.")


class WebSocketPeer:
    """A client on an accepted WebSocket. It plays what it is sent, and its own events say how much."""

    def __init__(self, dialect: Dialect, receive: Receive, send: Send) -> None:
        self._dialect = dialect
        self._receive = receive
        self._send = send

    async def receive(self) -> Received | None:
        """Wait for the next message, and decode it."""
        message = await self._receive()
        if message["type"] != "websocket.receive":
            return None
        content = message.get("text") or message.get("bytes") or ""
        return Received(await self._decoded(content), len(content))

    async def send(self, event: ServerEvent) -> None:
        """Send an event."""
        for text in self._dialect.encode(event):
            await self._send({"type": "websocket.send", "text": text})

    async def flush_audio(self) -> None:
        """Do nothing: the events of an interruption tell the client to stop."""

    async def close(self, code: int, reason: str) -> None:
        """Close the WebSocket."""
        await self._send({"type": "websocket.close", "code": code, "reason": reason})

    async def _decoded(self, content: str | bytes) -> ClientEvent | InvalidRequest:
        """Decode a message; other conversations go on while it is a large one."""
        steps = self._dialect.decode(content)
        while True:
            try:
                next(steps)
            except StopIteration as decoded:
                event: ClientEvent = decoded.value
                return event
            except InvalidRequest as error:
                return error
            await asyncio.sleep(0)
