"""A session's input queue: client events and task reports, in order of arrival.

Client events wait while the queue is full, so a client that sends too fast is slowed down by its own
connection. Task reports bypass the limit; otherwise the conductor could deadlock. Other limits keep them few:
a reply runs at most two stretches ahead, hearing has a queue of its own.
"""

import asyncio
from collections import deque

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol.client_events import ControlEvent
from openvoicelive.protocol.session.session import Input
from openvoicelive.protocol.work import AudioPlayed, Report
from openvoicelive.service.budget import Budget

MAX_CLIENT_EVENTS = 64
MAX_CLIENT_BYTES = 1024 * 1024


class Inbox:
    """A queue with one reader."""

    def __init__(self) -> None:
        self._inputs: deque[tuple[Input, int | None]] = deque()
        self._arrived = asyncio.Event()
        self._budget = Budget(MAX_CLIENT_EVENTS, MAX_CLIENT_BYTES)
        self._handled_bytes: int | None = None
        """Size of the client event that the reader of the queue is handling."""

    async def put(self, event: ControlEvent | InvalidRequest | AudioPlayed, size_bytes: int) -> None:
        """Add an event of the client or a report of its peer, of this size; waits while the queue is full."""
        await self._budget.acquire(size_bytes)
        self._add(event, size_bytes)

    def report(self, report: Report) -> None:
        """Add a task's report."""
        self._add(report, None)

    async def get(self) -> Input:
        """Wait for the next input; the one before counts as handled."""
        if self._handled_bytes is not None:
            self._budget.release(self._handled_bytes)
            self._handled_bytes = None
        while not self._inputs:
            self._arrived.clear()
            await self._arrived.wait()
        arrived, self._handled_bytes = self._inputs.popleft()
        return arrived

    async def all_handled(self) -> None:
        """Wait until all client events that were added have been handled."""
        await self._budget.all_released()

    def _add(self, input: Input, size_bytes: int | None) -> None:
        self._inputs.append((input, size_bytes))
        self._arrived.set()
