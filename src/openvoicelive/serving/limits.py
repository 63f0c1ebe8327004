"""How many sessions and sockets there may be at once, in total and for each address."""

from collections import Counter


class SessionSlots:
    """The sessions that may run at once."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.in_use = 0

    def acquire(self) -> bool:
        """Take a slot; returns False if none is free."""
        if self.in_use >= self._limit:
            return False
        self.in_use += 1
        return True

    def release(self) -> None:
        """Give a slot back."""
        self.in_use -= 1


class AddressLimit:
    """A limit in total and a limit for each address; it stores only addresses that hold something."""

    def __init__(self, limit: int, *, limit_each: int) -> None:
        self._limit = limit
        self._limit_each = limit_each
        self._held: Counter[str] = Counter()
        self.held = 0
        """How many all addresses hold."""

    def acquire(self, address: str) -> bool:
        """Count one more for an address; returns False if a limit is reached."""
        if self.held >= self._limit or self._held[address] >= self._limit_each:
            self._forget_if_none(address)
            return False
        self.acquire_anyway(address)
        return True

    def acquire_anyway(self, address: str) -> None:
        """Count one more for an address, also beyond the limits."""
        self._held[address] += 1
        self.held += 1

    def release(self, address: str) -> None:
        """Count one less for an address."""
        self._held[address] -= 1
        self.held -= 1
        self._forget_if_none(address)

    def _forget_if_none(self, address: str) -> None:
        if not self._held[address]:
            del self._held[address]
