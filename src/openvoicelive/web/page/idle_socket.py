"""A browser's socket while it has no session: counted for its address, and closed after a while."""

import asyncio
from collections.abc import Callable

from openvoicelive.serving.limits import AddressLimit

# The page opens a socket when somebody begins to talk, and to hear a sample; neither takes so long.
IDLE_LIMIT_S = 60.0


class IdleSocket:
    """Where one socket stands; it begins without a session, after `AddressLimit.acquire`."""

    def __init__(self, limit: AddressLimit, address: str) -> None:
        self._limit = limit
        self.address = address
        self._is_counted = True
        self._expired: Callable[[], None] = lambda: None
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, expired: Callable[[], None]) -> None:
        """Begin to wait for a session; `expired` is called if none begins in time."""
        self._expired = expired
        self.wait()

    def wait(self) -> None:
        """Wait anew: there is no session, or no longer."""
        if not self._is_counted:
            self._limit.acquire_anyway(self.address)
            self._is_counted = True
        self._stop_timer()
        self._timer = asyncio.get_running_loop().call_later(IDLE_LIMIT_S, self._expired)

    def occupy(self) -> None:
        """Note that a session begins: the socket is not idle any more."""
        self._stop_timer()
        if self._is_counted:
            self._limit.release(self.address)
            self._is_counted = False

    def end(self) -> None:
        """Note that the socket is gone."""
        self.occupy()
        self._expired = lambda: None  # mostly a method of what holds this object: a reference cycle

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
