"""What a session has to send to its peer. Short, because a client that does not read is closed."""

import asyncio
from typing import assert_never

from openvoicelive.protocol.server_events import ServerEvent
from openvoicelive.protocol.work import Close, FlushAudio
from openvoicelive.service.transports.interface import Peer

MAX_EVENTS = 32
# A client that takes nothing for so long is gone, or never meant to read.
SEND_DEADLINE_S = 15.0


class ClientTooSlow(Exception):  # noqa: N818 - a fact about the client, not an error of ours
    """The client does not read what it is sent."""


class ClientGone(Exception):  # noqa: N818 - a fact about the client, not an error of ours
    """The connection to the client is lost."""


class Outbox:
    """A bounded queue with one writer, `run`."""

    def __init__(self, peer: Peer, *, deadline_s: float) -> None:
        self._peer = peer
        self._deadline_s = deadline_s
        self._queue: asyncio.Queue[ServerEvent | FlushAudio | Close] = asyncio.Queue(MAX_EVENTS)

    async def put(self, item: ServerEvent | FlushAudio | Close) -> None:
        """Add what the peer is to do after all that was added before; waits while the client is slow."""
        await self._queue.put(item)

    async def run(self) -> None:
        """Write until closed.

        Raises:
            ClientTooSlow: If the peer did not take something in time.
            ClientGone: If the connection is lost.

        """
        while True:
            item = await self._queue.get()
            try:
                async with asyncio.timeout(self._deadline_s):
                    await self._write(item)
            except TimeoutError:
                raise ClientTooSlow from None
            except OSError:  # what ASGI says of a lost connection
                raise ClientGone from None
            if isinstance(item, Close):
                return

    async def _write(self, item: ServerEvent | FlushAudio | Close) -> None:
        match item:
            case ServerEvent():
                await self._peer.send(item)
            case FlushAudio():
                await self._peer.flush_audio()
            case Close(code, reason):
                await self._peer.close(code, reason)
            case never:
                assert_never(never)
