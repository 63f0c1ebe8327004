"""How the program ends while people talk: nobody new comes in, who is in may finish, and not for ever.

Platforms send SIGTERM before they replace a program, and kill it a while later: App Service and Container
Apps after 120 s, as `infra/` sets them up.
"""

import asyncio
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

# Sessions end themselves at the limit; what has not ended so much later is cut.
GRACE_S = 2.0


class Draining:
    """Knows who is in, tells them when the end comes near, and waits until they have gone."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: dict[object, Callable[[], None]] = {}
        self._left = asyncio.Event()
        self._ends_at_s: float | None = None

    @property
    def is_on(self) -> bool:
        """Whether the end has been announced: from then on nobody may come in."""
        return self._ends_at_s is not None

    @property
    def ends_in_s(self) -> float:
        """Seconds until sessions must have ended; infinite while nobody wants to end them."""
        return math.inf if self._ends_at_s is None else max(0.0, self._ends_at_s - self._clock())

    @property
    def sessions(self) -> int:
        """The number of sessions and sockets that are open."""
        return len(self._told)

    @contextmanager
    def session(self, told: Callable[[], None]) -> Iterator[None]:
        """Be one of those who are in; `told` is called when draining begins, and must not fail."""
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
        """Tell all that they must end within `limit_s`, wait, and return how many are still there."""
        self._ends_at_s = self._clock() + limit_s
        for told in list(self._told.values()):
            told()
        if self._told:
            self._left.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(limit_s + GRACE_S):
                    await self._left.wait()
        return len(self._told)
