"""What a session has to say, on its way to one client. Short, for a client that does not read is closed."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from openvoicelive.protocol.server_events import ServerEvent

MAX_EVENTS = 32
# A client that takes nothing for so long is gone, or never meant to read.
SEND_DEADLINE_S = 15.0


class ClientTooSlow(Exception):  # noqa: N818 - a fact about the client, not an error of ours
    """The client does not read what it is sent."""


class ClientGone(Exception):  # noqa: N818 - a fact about the client, not an error of ours
    """There is nobody any more to send to."""


@dataclass(frozen=True)
class Closing:
    """The last thing to say."""

    code: int
    reason: str


class Outbox:
    """A bounded queue with one writer, `run`."""

    def __init__(
        self,
        send: Callable[[ServerEvent], Awaitable[None]],
        close: Callable[[int, str], Awaitable[None]],
        *,
        deadline_s: float,
    ) -> None:
        self._send = send
        self._close = close
        self._deadline_s = deadline_s
        self._events: asyncio.Queue[ServerEvent | Closing] = asyncio.Queue(MAX_EVENTS)

    async def put(self, event: ServerEvent | Closing) -> None:
        """Say something after all that was said before; waits while the client is slow."""
        await self._events.put(event)

    async def run(self) -> None:
        """Write until closed.

        Raises:
            ClientTooSlow: If one event could not be written in time.
            ClientGone: If the connection is lost.

        """
        while True:
            event = await self._events.get()
            try:
                async with asyncio.timeout(self._deadline_s):
                    if isinstance(event, Closing):
                        await self._close(event.code, event.reason)
                        return
                    await self._send(event)
            except TimeoutError:
                raise ClientTooSlow from None
            except OSError:  # what ASGI says of a lost connection
                raise ClientGone from None
