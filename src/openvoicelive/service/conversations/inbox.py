"""What a session has to deal with, in the order of arrival.

Client events wait for room: a client that sends too fast is slowed down by its own connection. Reports never
wait, for the conductor may itself be waiting for the one who reports; they are few by other means (a reply
runs at most two stretches ahead, listening has a queue of its own).
"""

import asyncio
from collections import deque

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol.client_events import ClientEvent
from openvoicelive.protocol.session.session import Input
from openvoicelive.protocol.work import Report
from openvoicelive.service.room import Room

MAX_CLIENT_EVENTS = 64
MAX_CLIENT_BYTES = 1024 * 1024


class Inbox:
    """A queue with one reader."""

    def __init__(self) -> None:
        self._inputs: deque[tuple[Input, int | None]] = deque()
        self._arrived = asyncio.Event()
        self._room = Room(MAX_CLIENT_EVENTS, MAX_CLIENT_BYTES)

    async def put(self, event: ClientEvent | InvalidRequest, size_bytes: int) -> None:
        """Add what a client said, in so many bytes, when there is room."""
        await self._room.enter(size_bytes)
        self._add(event, size_bytes)

    def report(self, report: Report) -> None:
        """Add what came of an order."""
        self._add(report, None)

    async def get(self) -> Input:
        """Wait for the next input."""
        while not self._inputs:
            self._arrived.clear()
            await self._arrived.wait()
        arrived, size_bytes = self._inputs.popleft()
        if size_bytes is not None:
            self._room.leave(size_bytes)
        return arrived

    def _add(self, input: Input, size_bytes: int | None) -> None:
        self._inputs.append((input, size_bytes))
        self._arrived.set()
