"""One WebSocket of the service: the handshake, then text messages to events and back."""

import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from openvoicelive.admission import origin_is_allowed, secret_is_right
from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol import configuration
from openvoicelive.protocol.client_events import ClientEvent
from openvoicelive.protocol.codec import decode
from openvoicelive.protocol.session import Session
from openvoicelive.service.authentication import presented_key
from openvoicelive.service.conductor import Conductor
from openvoicelive.service.engines import Engines
from openvoicelive.service.ids import new_id_factory
from openvoicelive.service.outbox import ClientGone, ClientTooSlow, Outbox
from openvoicelive.settings import DEFAULT_MODEL, Settings

log = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

DEFAULT_VOICE = "alloy"
DEFAULT_INSTRUCTIONS = "You are a helpful voice assistant. Answer in one or two short sentences."


class Handshake:
    """What a client says when it connects: query keys and headers, names in lower case."""

    def __init__(self, scope: Message) -> None:
        self.headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        query = parse_qsl(scope["query_string"].decode(), keep_blank_values=True)
        self.query = {name.lower(): value for name, value in query}
        # Some clients offer the subprotocol of OpenAI's realtime API; none may be required.
        self.subprotocol = "realtime" if "realtime" in scope.get("subprotocols", ()) else None

    def refusal(self, settings: Settings) -> tuple[int, str] | None:
        """Return the status and sentence with which a client is turned away, if it is."""
        if not origin_is_allowed(self.headers.get("origin"), self.headers.get("host", ""), settings):
            return 403, "This page may not connect; the operator can allow its origin."
        if not secret_is_right(presented_key(self.headers, self.query), settings.service_api_key):
            return 401, "The API key is missing or wrong."
        return None


async def converse(  # noqa: PLR0913 - what a conversation is made of
    handshake: Handshake,
    receive: Receive,
    send: Send,
    *,
    settings: Settings,
    engines: Engines,
    send_deadline_s: float,
) -> None:
    """Hold one conversation on an accepted WebSocket, until either side closes it."""

    async def send_text(text: str) -> None:
        await send({"type": "websocket.send", "text": text})

    async def close(code: int, reason: str) -> None:
        await send({"type": "websocket.close", "code": code, "reason": reason})

    async def read() -> None:
        while (message := await receive())["type"] == "websocket.receive":
            content = message.get("text") or message.get("bytes") or ""
            await conductor.hear(_event(content), len(content))

    outbox = Outbox(send_text, close, deadline_s=send_deadline_s)
    conductor = Conductor(_session(handshake, settings), engines, outbox, limit_s=settings.session_limit_s)
    try:
        await conductor.run(read)
    except* ClientTooSlow:
        log.info("A client that did not read was closed.")
    except* ClientGone:
        log.debug("A client vanished.")


def _event(content: str | bytes) -> ClientEvent | InvalidRequest:
    try:
        return decode(content)
    except InvalidRequest as error:
        return error


def _session(handshake: Handshake, settings: Settings) -> Session:
    new_id = new_id_factory()
    api_version = handshake.query.get("api-version") or configuration.LATEST_API_VERSION
    options = configuration.initial(
        session_id=new_id("sess"),
        model=handshake.query.get("model") or DEFAULT_MODEL,
        voice=DEFAULT_VOICE,
        instructions=DEFAULT_INSTRUCTIONS,
        expires_at=int(time.time()) + settings.session_limit_s,
        api_version=api_version,
    )
    return Session(options, api_version=api_version, new_id=new_id)
