"""`/ws`: one socket for each browser, nothing shared between browsers.

This speaks ASGI itself instead of going through Quart's WebSocket, which adds a task, a queue and two signals
to every message.
"""

import logging

from openvoicelive.admission import Places, origin_is_allowed
from openvoicelive.http_server import SHORT_WAY, ShortWay
from openvoicelive.serving.refusal import Scope, refuse
from openvoicelive.settings import Settings
from openvoicelive.web.browser import AppContext, Browser, Receive
from openvoicelive.web.outbox import Send

logger = logging.getLogger(__name__)

# A socket may stay open between two conversations; so many more are only of somebody who means harm.
_SOCKETS_PER_SESSION = 8


class LiveEndpoint:
    """The ASGI application of `/ws`."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._sockets = Places(context.settings.max_sessions * _SOCKETS_PER_SESSION)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket until it closes."""
        await receive()  # websocket.connect
        if not _is_ours(scope, self._context.settings):
            self._context.measurements.refused.labels("origin").inc()
            logger.warning(
                "A page of another origin tried to connect. If it is yours, add its origin to "
                "VOICE_LIVE_ALLOWED_ORIGINS."
            )
            await refuse(scope, send, 403, "This origin may not connect.")
        elif self._context.draining.is_on:
            self._context.measurements.refused.labels("update").inc()
            await _refuse_for_now(scope, send, "The server is being updated, try again in a moment.")
        elif not self._sockets.take():
            self._context.measurements.refused.labels("busy").inc()
            await _refuse_for_now(scope, send, "Busy, try again in a minute.")
        else:
            try:
                await send({"type": "websocket.accept"})
                await Browser(self._context, send, _short_way(scope)).serve(receive)
            finally:
                self._sockets.leave()


async def _refuse_for_now(scope: Scope, send: Send, sentence: str) -> None:
    await refuse(scope, send, 503, sentence, headers={"retry-after": "60"})


def _is_ours(scope: Scope, settings: Settings) -> bool:
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    return origin_is_allowed(headers.get(b"origin"), headers.get(b"host", ""), settings)


def _short_way(scope: Scope) -> ShortWay | None:
    """Return the short way to and from the browser, where our own server offers it."""
    extension = scope.get("extensions", {}).get(SHORT_WAY)
    return extension["way"] if extension else None
