"""How many of something there may be, in all and for each address."""

from collections import Counter


class AddressLimit:
    """Counts what addresses hold; it remembers only those that hold something."""

    def __init__(self, most: int, *, most_each: int) -> None:
        self._most = most
        self._most_each = most_each
        self._held: Counter[str] = Counter()
        self.held = 0
        """How many are held in all."""

    def take(self, address: str) -> bool:
        """Take one for an address, if it may have one more."""
        if self.held >= self._most or self._held[address] >= self._most_each:
            self._forget_if_none(address)
            return False
        self.take_anyway(address)
        return True

    def take_anyway(self, address: str) -> None:
        """Take one for an address, whatever it holds."""
        self._held[address] += 1
        self.held += 1

    def leave(self, address: str) -> None:
        """Give one back."""
        self._held[address] -= 1
        self.held -= 1
        self._forget_if_none(address)

    def _forget_if_none(self, address: str) -> None:
        if not self._held[address]:
            del self._held[address]
