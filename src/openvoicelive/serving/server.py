"""The server: uvicorn's settings, what happens on signals, and how serving ends."""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from types import FrameType
from typing import Any

import uvicorn

from openvoicelive.serving.draining import Draining
from openvoicelive.serving.loop_watch import LoopWatch
from openvoicelive.serving.memory import Trimmer

logger = logging.getLogger(__name__)

# Azure's front ends cut idle WebSockets after about 230 s, others earlier.
PING_INTERVAL_S = 20.0
SHUTDOWN_S = 5
# Sound makes much garbage and few cycles. docs/relay.md says what these thresholds gain over Python's own; a
# full collection would also stop all conversations.
GARBAGE_THRESHOLDS = (50_000, 20, 50)
MEMORY_CHECK_INTERVAL_S = 5
EXIT_LIMIT_S = 15.0
"""How long the program may take from the end of serving to its exit. Engines need less than a second."""


@dataclass(frozen=True)
class Protocols:
    """The classes, or the names that uvicorn knows them by, that handle HTTP and WebSocket connections."""

    http: type[asyncio.Protocol] | str
    websocket: type[asyncio.Protocol] | str


PLAIN_PROTOCOLS = Protocols(http="auto", websocket="auto")
"""uvicorn's own, of any version: no fast path for sound, no deadline for requests."""


def choose_protocols() -> Protocols:
    """Return our protocol classes, or uvicorn's own if ours do not fit the installed uvicorn."""
    try:
        # Not at the top of the file, because it imports private modules of uvicorn, which may move.
        from openvoicelive.serving import uvicorn_protocols as ours  # noqa: PLC0415 - see above
    except ImportError as error:
        missing = [str(error)]
    else:
        missing = ours.missing_members()
        if not missing:
            return Protocols(http=ours.HttpConnection, websocket=ours.WebSocketConnection)
    logger.warning(
        "uvicorn %s differs from the versions that openvoicelive knows (%s). It works, but sound costs more "
        "CPU, and clients that stall are not closed. Install a version that our requirements allow.",
        version("uvicorn"),
        ", ".join(missing),
    )
    return PLAIN_PROTOCOLS


def collect_garbage_rarely() -> None:
    """Exempt all objects that exist now from garbage collection, and collect the others less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)


def _exit_after(limit_s: float) -> None:
    """End the process with status 1 if it still runs then, because Python waits for its threads for ever."""

    def exit_now() -> None:
        names = sorted(
            thread.name
            for thread in threading.enumerate()
            if not thread.daemon and thread is not threading.main_thread()
        )
        logger.error("Some work did not end within %s s, so the program ends without it: %s.", limit_s, names)
        logging.shutdown()
        os._exit(1)

    timer = threading.Timer(limit_s, exit_now)
    timer.daemon = True
    timer.start()


class Server(uvicorn.Server):
    """uvicorn's server, which on SIGTERM first waits for conversations to end.

    Ctrl+C, or a second signal, ends it at once: all sockets are closed with 1012, and the engines are freed.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        draining: Draining,
        *,
        drain_limit_s: float,
        ready: Callable[[], None],
        exit_limit_s: float = EXIT_LIMIT_S,
    ) -> None:
        """Prepare to serve; `ready` is called once the server listens.

        The process must end after this server: `exit_limit_s` after it stops, it is ended.
        """
        super().__init__(config)
        self._draining = draining
        self._drain_limit_s = drain_limit_s
        self._ready = ready
        self._exit_limit_s = exit_limit_s
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watch = LoopWatch()
        self._trimmer = Trimmer()
        config.callback_notify, config.timeout_notify = self._check_memory, MEMORY_CHECK_INTERVAL_S
        self._has_received_sigterm = False
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
        _exit_after(self._exit_limit_s)
        self._watch.stop()
        await super().shutdown(sockets)
        await self._trimmer.close()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Handle a signal. This runs between any two instructions of the loop's thread."""
        if sig != signal.SIGTERM:
            super().handle_exit(sig, frame)
        elif self._loop and self.started and not self._has_received_sigterm:
            self._has_received_sigterm = True
            self._loop.call_soon_threadsafe(self._begin_to_drain)
        else:
            # uvicorn's own handler raises the signal again at the end: the exit status would not be 0.
            self.should_exit = True

    async def _check_memory(self) -> None:
        self._trimmer.look(self._draining.sessions)

    def _begin_to_drain(self) -> None:
        self._ending = asyncio.create_task(self._drain())

    async def _drain(self) -> None:
        logger.info("SIGTERM: conversations have %s s to end; new ones are refused.", self._drain_limit_s)
        try:
            left = await self._draining.drain(self._drain_limit_s)
            logger.info("Conversations that did not end in time and are closed: %s.", left)
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
    protocols = choose_protocols()
    return uvicorn.Config(
        application,
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        http=protocols.http,
        ws=protocols.websocket,
        ws_max_size=max_message_bytes,
        ws_ping_interval=ping_interval_s,
        ws_ping_timeout=ping_interval_s,
        ws_per_message_deflate=False,
        lifespan="on" if lifespan else "off",
        log_config=None,
        # The operator names the proxies to trust: VOICE_LIVE_TRUSTED_PROXIES.
        proxy_headers=False,
        access_log=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
        server_header=False,
    )
