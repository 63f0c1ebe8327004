"""A bound on what waits, in number and in bytes: 64 messages may be 10 KB together or 1 GB."""

import asyncio


class Room:
    """Who adds waits for room; something larger than all the room waits until it is alone."""

    def __init__(self, max_count: int, max_bytes: int) -> None:
        self._max_count = max_count
        self._max_bytes = max_bytes
        self._count = 0
        self._bytes = 0
        self._left = asyncio.Event()

    async def enter(self, size_bytes: int) -> None:
        """Take room for one more, when there is some."""
        while not self._fits(size_bytes):
            self._left.clear()
            await self._left.wait()
        self._count += 1
        self._bytes += size_bytes

    def leave(self, size_bytes: int) -> None:
        """Give back the room of one that was as large."""
        self._count -= 1
        self._bytes -= size_bytes
        self._left.set()

    def _fits(self, size_bytes: int) -> bool:
        if self._count == 0:
            return True
        return self._count < self._max_count and self._bytes + size_bytes <= self._max_bytes
