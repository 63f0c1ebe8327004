"""The time limit and the count of browsers' sockets that have no session."""

import asyncio
from collections.abc import Callable

from openvoicelive.serving.limits import AddressLimit

# The page opens a socket for a session or for a sample, and asks for it at once.
IDLE_LIMIT_S = 60.0


class IdleSocket:
    """Whether one socket is idle; at first it is, and `AddressLimit.acquire` has counted it."""

    def __init__(self, limit: AddressLimit, address: str) -> None:
        self._limit = limit
        self.address = address
        self._is_counted = True
        self._expired: Callable[[], None] = lambda: None
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, expired: Callable[[], None]) -> None:
        """Start the time limit; `expired` is called if no session begins in time."""
        self._expired = expired
        self.wait()

    def wait(self) -> None:
        """Start the time limit again, because there is no session any more."""
        if not self._is_counted:
            self._limit.acquire_anyway(self.address)
            self._is_counted = True
        self._stop_timer()
        self._timer = asyncio.get_running_loop().call_later(IDLE_LIMIT_S, self._expired)

    def occupy(self) -> None:
        """Stop the time limit, because a session begins."""
        self._stop_timer()
        if self._is_counted:
            self._limit.release(self.address)
            self._is_counted = False

    def end(self) -> None:
        """Stop counting the socket, because it is closed."""
        self.occupy()
        self._expired = lambda: None  # usually a method of the owner of this object: a reference cycle

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
