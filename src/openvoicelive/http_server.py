"""How connections are served: uvicorn's settings, and the one thing that its WebSockets lack."""

import asyncio
import sys
from typing import Any

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from openvoicelive.protocol.codec import MAX_MESSAGE_BYTES

# Idle WebSockets are cut at about 230 s by Azure's front ends, and by others earlier.
PING_INTERVAL_S = 20.0
SHUTDOWN_S = 5
# As long as uvicorn waits for the other side's part of the closing handshake.
LINGER_S = 10.0


class WebSocketConnection(WebSocketsSansIOProtocol):
    """uvicorn's, which also frees the connection of a client that does not read.

    uvicorn closes a transport only after all that was written has been read; of a client that never reads, or
    that is gone without a word, the socket and its buffer would stay for ever.
    """

    linger_s = LINGER_S
    _abortion: asyncio.TimerHandle | None = None

    async def run_asgi(self) -> None:
        """Serve the connection; a while after its end nothing is left of it."""
        try:
            await super().run_asgi()
        finally:
            self._linger()

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


def server_config(application: Any, *, lifespan: bool = True) -> uvicorn.Config:
    """Return the settings with which an ASGI application is served."""
    return uvicorn.Config(
        application,
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        ws=WebSocketConnection,
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_ping_interval=PING_INTERVAL_S,
        ws_per_message_deflate=False,
        lifespan="on" if lifespan else "off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
        server_header=False,
    )
