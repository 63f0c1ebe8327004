"""The service as an ASGI application: the Voice Live endpoint and its health.

It is plain ASGI: a web framework would put an unbounded queue between the socket and the session, and a
client that floods could fill it.
"""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from http import HTTPStatus

from openvoicelive.chat.guide.guide import Guide
from openvoicelive.service.conversations.agents import load_agents
from openvoicelive.service.conversations.opening import ENDPOINTS, OpenSession
from openvoicelive.service.conversations.outbox import SEND_DEADLINE_S
from openvoicelive.service.engines import Engines, load_engines
from openvoicelive.service.transports.websocket import Handshake, Message, Receive, Send, converse
from openvoicelive.serving.admission import presented_key, secret_is_right
from openvoicelive.serving.clients import client_of, headers_of
from openvoicelive.serving.draining import Draining
from openvoicelive.serving.limits import SessionSlots
from openvoicelive.serving.secret_guard import SecretGuard, TooManyAttemptsError
from openvoicelive.settings import Settings

log = logging.getLogger(__name__)

REALTIME_PATH = "/voice-live/realtime"
HEALTH_PATH = "/voice-live/healthz"
RETRY_AFTER_S = 10


class Service:
    """Holds the engines, and counts the sessions."""

    def __init__(
        self,
        settings: Settings,
        load: Callable[[Settings], Awaitable[Engines]] = load_engines,
        *,
        draining: Draining | None = None,
        send_deadline_s: float = SEND_DEADLINE_S,
        endpoints: Mapping[str, OpenSession] = ENDPOINTS,
    ) -> None:
        self._settings = settings
        self._draining = draining or Draining()
        self._load = load
        self._send_deadline_s = send_deadline_s
        self._endpoints = endpoints
        self._engines: Engines | None = None
        self._agents = load_agents(settings.agents_folder)
        self._slots = SessionSlots(settings.max_sessions)
        self._key = SecretGuard("API key", settings.service_api_key, own_key=settings.internal_key)

    async def start(self) -> None:
        """Load the engines; before that, nobody is let in."""
        self._engines = await self._load(self._settings)

    async def stop(self) -> None:
        """Free the engines."""
        engines, self._engines = self._engines, None
        if engines is not None:
            await engines.close()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request or hold one conversation."""
        match scope["type"], scope["path"].rstrip("/"):
            case "websocket", path if path in self._endpoints:
                await self._realtime(scope, self._endpoints[path], receive, send)
            case "http", path if path == HEALTH_PATH:
                await self._health(scope, send)
            case kind, _:
                await _answer(send, kind, HTTPStatus.NOT_FOUND, {"error": "There is nothing here."})

    async def _realtime(
        self, scope: Message, open_session: OpenSession, receive: Receive, send: Send
    ) -> None:
        await receive()
        handshake = Handshake(scope)
        refusal = handshake.refusal(self._settings) or await self._key_refusal(scope, handshake)
        engines = self._engines
        if refusal is not None:
            await _answer(send, "websocket", refusal[0], {"error": refusal[1]})
        elif self._draining.is_on:
            error = {"error": "The service is being updated; try again in a moment."}
            await _answer(send, "websocket", HTTPStatus.SERVICE_UNAVAILABLE, error)
        elif engines is None or not self._slots.acquire():
            error = {"error": "The service is busy; try again in a moment."}
            await _answer(send, "websocket", HTTPStatus.SERVICE_UNAVAILABLE, error)
        else:
            try:
                await send({"type": "websocket.accept", "subprotocol": handshake.subprotocol})
                await converse(
                    handshake,
                    receive,
                    send,
                    open_session=open_session,
                    settings=self._settings,
                    engines=engines,
                    agents=self._agents,
                    draining=self._draining,
                    send_deadline_s=self._send_deadline_s,
                )
            except OSError:
                log.debug("A client vanished during the handshake.")
            except Exception:
                log.exception("A session failed")
                with suppress(OSError):
                    await send({"type": "websocket.close", "code": 1011, "reason": "internal error"})
            finally:
                self._slots.release()

    async def _key_refusal(self, scope: Message, handshake: Handshake) -> tuple[int, str] | None:
        """Return the status and sentence for a client whose key is missing or wrong."""
        shown = presented_key(handshake.headers, handshake.query)
        try:
            if await self._key.is_right(shown, client_of(scope, self._settings).address):
                return None
        except TooManyAttemptsError as error:
            return 429, f"Too many wrong API keys came from your address. {error}"
        return 401, "The API key is missing or wrong."

    async def _health(self, scope: Message, send: Send) -> None:
        engines = self._engines
        if self._draining.is_on:
            why: str | None = "The service is being updated."
        elif engines is None:
            why = "The engines are loading."
        else:
            why = " ".join(engines.problems) or None
        status = HTTPStatus.OK if why is None else HTTPStatus.SERVICE_UNAVAILABLE
        if not await self._may_see_details(scope):
            await _answer(send, "http", status, {"ready": why is None})
            return
        body = {
            "ready": why is None,
            "why": why,
            "damaged": engines.damaged if engines else (),
            "sessions": self._slots.in_use,
            "answers": "guide" if engines is None or engines.chat.name == Guide.name else "model",
            "chat_model": engines.chat.name if engines else None,
            "recognition": engines.recognition.recognizer.name if engines else None,
            "synthesis": engines.synthesizer.name if engines else None,
            "recognition_languages": (
                sorted(engines.recognition.recognizer.capabilities.languages) if engines else None
            ),
            "synthesis_languages": sorted(engines.synthesizer.capabilities.languages) if engines else None,
        }
        await _answer(send, "http", status, body)

    async def _may_see_details(self, scope: Message) -> bool:
        """Return whether this client gets the details of our health, and not only whether we are ready."""
        client = client_of(scope, self._settings)
        shown = presented_key(headers_of(scope), {})
        if client.is_local or secret_is_right(shown, self._settings.internal_key):
            return True
        if self._settings.service_api_key is None:
            return False
        try:
            return await self._key.is_right(shown, client.address)
        except TooManyAttemptsError:
            return False


async def _answer(send: Send, kind: str, status: int, body: Mapping[str, object]) -> None:
    """Answer with JSON; a WebSocket's handshake is refused with it."""
    prefix = "websocket.http.response" if kind == "websocket" else "http.response"
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append((b"retry-after", str(RETRY_AFTER_S).encode()))
    await send({"type": f"{prefix}.start", "status": int(status), "headers": headers})
    await send({"type": f"{prefix}.body", "body": json.dumps(body).encode()})
