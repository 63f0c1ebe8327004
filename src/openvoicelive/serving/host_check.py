"""Refuses requests for foreign host names while only this machine can connect.

A page on the web can point its own name at 127.0.0.1 (DNS rebinding). The browser then treats our answers as
that page's own and lets it read them. Only the header `Host` tells the difference.
"""

import logging
import time
from collections.abc import Awaitable, Callable

from openvoicelive.logs import RateLimitedLog
from openvoicelive.serving.admission import host_is_allowed
from openvoicelive.serving.refusal import Receive, Scope, Send, refuse
from openvoicelive.settings import Settings

logger = logging.getLogger(__name__)

Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_SHOWN_CHARACTERS = 100
REFUSAL = (
    "This server answers only under the names of its own machine, such as localhost. If you run it behind a "
    "proxy, name the page's origin in VOICE_LIVE_ALLOWED_ORIGINS, such as https://voice.example.com.\n"
)


class HostCheck:
    """ASGI middleware around the whole program."""

    def __init__(
        self, application: Application, settings: Settings, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._application = application
        self._settings = settings
        self._log = RateLimitedLog(logger, clock=clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it before anything else reads it."""
        hosts = [value.decode("latin-1") for name, value in scope.get("headers", ()) if name == b"host"]
        # Browsers always send a host; HTTP/1.0 clients may send none.
        if scope["type"] == "lifespan" or all(host_is_allowed(host, self._settings) for host in hosts):
            await self._application(scope, receive, send)
            return
        self._log.warning(
            "A request for the host %r was refused. If a proxy serves the page under this name, add its "
            "origin, such as https://voice.example.com, to VOICE_LIVE_ALLOWED_ORIGINS.",
            ", ".join(hosts)[:_SHOWN_CHARACTERS],
        )
        if scope["type"] == "websocket":
            await receive()  # websocket.connect
        await refuse(scope, send, 403, REFUSAL)
