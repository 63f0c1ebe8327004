"""A peer that is no WebSocket: it sends what a test tells it, and keeps what it is told."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any

from openvoicelive.protocol.server_events import ServerEvent
from openvoicelive.protocol.work import Close, FlushAudio
from openvoicelive.service.transports.interface import PeerInput, Received
from tests.protocol.wire import decode


class ScriptedPeer:
    """Sends messages at once, and more with `say`; closes after it has received an event of this type."""

    def __init__(self, messages: Iterable[dict[str, Any]], *, until: type[ServerEvent]) -> None:
        self.received: list[ServerEvent | FlushAudio | Close] = []
        self._until = until
        self._inputs: asyncio.Queue[Received | None] = asyncio.Queue()
        for message in messages:
            self.say(decode(json.dumps(message)))

    def say(self, input: PeerInput) -> None:
        """Send one more."""
        self._inputs.put_nowait(Received(input, 100))

    async def receive(self) -> Received | None:
        return await self._inputs.get()

    async def send(self, event: ServerEvent) -> None:
        self.received.append(event)
        if isinstance(event, self._until):
            self._inputs.put_nowait(None)

    async def flush_audio(self) -> None:
        self.received.append(FlushAudio())

    async def close(self, code: int, reason: str) -> None:
        self.received.append(Close(code, reason))
