"""Draining: on SIGTERM no new sessions start, and those that run may finish within a time limit.

Platforms send SIGTERM before they replace a program, and kill it some time later: App Service and Container
Apps after 120 s, as `infra/` configures them.
"""

import asyncio
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

# Sessions end themselves at the limit; those that have not ended this much later are cut.
GRACE_S = 2.0


class Draining:
    """Counts sessions and sockets, tells them when draining begins, and waits until they have ended."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: dict[object, Callable[[], None]] = {}
        self._left = asyncio.Event()
        self._ends_at_s: float | None = None

    @property
    def is_on(self) -> bool:
        """Whether draining has begun; then no new session may start."""
        return self._ends_at_s is not None

    @property
    def ends_in_s(self) -> float:
        """Seconds until sessions must have ended; infinite before draining begins."""
        return math.inf if self._ends_at_s is None else max(0.0, self._ends_at_s - self._clock())

    @property
    def sessions(self) -> int:
        """The number of sessions and sockets that are open."""
        return len(self._told)

    @contextmanager
    def session(self, told: Callable[[], None]) -> Iterator[None]:
        """Count a session while the block runs; `told` is called when draining begins, and must not raise."""
        key = object()
        self._told[key] = told
        if self.is_on:
            told()
        try:
            yield
        finally:
            del self._told[key]
            if not self._told:
                self._left.set()

    async def drain(self, limit_s: float) -> int:
        """Tell all to end within `limit_s`, wait for them, and return how many have not ended."""
        self._ends_at_s = self._clock() + limit_s
        for told in list(self._told.values()):
            told()
        if self._told:
            self._left.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(limit_s + GRACE_S):
                    await self._left.wait()
        return len(self._told)
