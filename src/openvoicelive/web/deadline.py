"""When a session must end, and why: one fact, so that no clock is read a second time to tell the reason."""

import asyncio
from types import TracebackType
from typing import Self

from openvoicelive.web.page.problems import Problem


class Deadline:
    """A block that is cancelled when its time is over, and left without an error then.

    A `TimeoutError` of the work inside stays an error.
    """

    def __init__(self, limit_s: float, reason: Problem) -> None:
        self.reason = reason
        """Why the block ends, if time ends it."""

        self._clock = asyncio.get_running_loop().time
        self._timeout = asyncio.timeout(limit_s)
        self._is_inside = False

    @property
    def has_passed(self) -> bool:
        """Whether the time was over before the work was."""
        return self._timeout.expired()

    def bring_forward(self, limit_s: float, reason: Problem) -> None:
        """End the block in so many seconds, and for this reason, unless it ends earlier or has ended."""
        ends_at_s = self._clock() + limit_s
        if self._is_inside and not self.has_passed and ends_at_s < (self._timeout.when() or 0):
            self.reason = reason
            self._timeout.reschedule(ends_at_s)

    async def __aenter__(self) -> Self:
        await self._timeout.__aenter__()
        self._is_inside = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        self._is_inside = False
        try:
            await self._timeout.__aexit__(kind, error, traceback)
        except TimeoutError:  # only its own: it returns for one of the work's
            return True
        return False
