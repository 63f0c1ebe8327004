"""What a session has to deal with, in the order of arrival.

Client events wait for room: a client that sends too fast is slowed down by its own connection. Reports never
wait, for the conductor may itself be waiting for the one who reports; they are few by other means (a reply
runs at most two stretches ahead, listening has a queue of its own).
"""

import asyncio
from collections import deque

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol.client_events import ClientEvent
from openvoicelive.protocol.session import Input
from openvoicelive.protocol.work import Report

MAX_CLIENT_EVENTS = 64


class Inbox:
    """A queue with one reader."""

    def __init__(self, max_client_events: int = MAX_CLIENT_EVENTS) -> None:
        self._inputs: deque[Input] = deque()
        self._arrived = asyncio.Event()
        self._room = asyncio.Semaphore(max_client_events)

    async def put(self, event: ClientEvent | InvalidRequest) -> None:
        """Add what a client said, when there is room."""
        await self._room.acquire()
        self._add(event)

    def report(self, report: Report) -> None:
        """Add what came of an order."""
        self._add(report)

    async def get(self) -> Input:
        """Wait for the next input."""
        while not self._inputs:
            self._arrived.clear()
            await self._arrived.wait()
        arrived = self._inputs.popleft()
        if isinstance(arrived, ClientEvent | InvalidRequest):
            self._room.release()
        return arrived

    def _add(self, input: Input) -> None:
        self._inputs.append(input)
        self._arrived.set()
