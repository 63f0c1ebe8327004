"""`/ws`: one socket for each browser, nothing shared between browsers.

It is plain ASGI, because Quart's WebSocket adds a task, a queue and two signals to every message.
"""

import logging
import time

from openvoicelive.logs import RateLimitedLog
from openvoicelive.serving.admission import origin_is_allowed
from openvoicelive.serving.clients import client_of
from openvoicelive.serving.fast_path import fast_path_of
from openvoicelive.serving.limits import AddressLimit
from openvoicelive.serving.refusal import Scope, refuse
from openvoicelive.settings import Settings
from openvoicelive.web.page.browser import AppContext, Browser, Receive
from openvoicelive.web.page.idle_socket import IdleSocket
from openvoicelive.web.page.outbox import Send

logger = logging.getLogger(__name__)

# How many sockets without a session there may be; a page needs one only for a moment.
_IDLE_PER_SESSION = 8
_LEAST_IDLE = 64
# No address may hold more than this part of them, so that one address cannot keep the others out.
_ADDRESSES_TO_FILL_ALL = 4
_PROXY_LOG_INTERVAL_S = 3600.0


class LiveEndpoint:
    """The ASGI application of `/ws`."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        most = max(_LEAST_IDLE, context.settings.max_sessions * _IDLE_PER_SESSION)
        self._origin_log = RateLimitedLog(logger, clock=time.monotonic)
        self._proxy_log = RateLimitedLog(logger, clock=time.monotonic, interval_s=_PROXY_LOG_INTERVAL_S)
        self._idle = AddressLimit(most, limit_each=most // _ADDRESSES_TO_FILL_ALL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket until it closes."""
        await receive()  # websocket.connect
        client = client_of(scope, self._context.settings)
        if client.is_doubtful:
            self._proxy_log.warning(
                "%s says in X-Forwarded-For that it is a proxy. If it is one of yours, add it to "
                "VOICE_LIVE_TRUSTED_PROXIES. Until then, all its users share the limits of one address.",
                client.address,
            )
        if not _is_ours(scope, self._context.settings):
            self._context.measurements.refused.labels("origin").inc()
            self._origin_log.warning(
                "A page of another origin tried to connect. If it is yours, add its origin to "
                "VOICE_LIVE_ALLOWED_ORIGINS."
            )
            await refuse(scope, send, 403, "This origin is not allowed.")
        elif self._context.draining.is_on:
            self._context.measurements.refused.labels("update").inc()
            await _refuse_for_now(scope, send, "The server is being updated, try again in a moment.")
        elif not self._idle.acquire(client.address):
            self._context.measurements.refused.labels("busy").inc()
            await _refuse_for_now(scope, send, "Busy, try again in a minute.")
        else:
            idle = IdleSocket(self._idle, client.address)
            try:
                await send({"type": "websocket.accept"})
                await Browser(self._context, send, fast_path_of(scope), idle).serve(receive)
            finally:
                idle.end()


async def _refuse_for_now(scope: Scope, send: Send, sentence: str) -> None:
    await refuse(scope, send, 503, sentence, headers={"retry-after": "60"})


def _is_ours(scope: Scope, settings: Settings) -> bool:
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    return origin_is_allowed(headers.get(b"origin"), headers.get(b"host", ""), settings)
