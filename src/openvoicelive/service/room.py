"""A bound on what waits, in number and in size: 64 messages may be 10 KB together or 1 GB.

The size is in whatever unit the owner counts: characters of text, milliseconds of sound.
"""

import asyncio


class Room:
    """Who adds waits for room; something larger than all the room waits until it is alone."""

    def __init__(self, max_count: int, max_size: int) -> None:
        self._max_count = max_count
        self._max_size = max_size
        self._count = 0
        self._size = 0
        self._left = asyncio.Event()

    async def enter(self, size: int) -> None:
        """Take room for one more, when there is some."""
        while not self._fits(size):
            self._left.clear()
            await self._left.wait()
        self._count += 1
        self._size += size

    def leave(self, size: int) -> None:
        """Give back the room of one that was as large."""
        self._count -= 1
        self._size -= size
        self._left.set()

    def _fits(self, size: int) -> bool:
        if self._count == 0:
            return True
        return self._count < self._max_count and self._size + size <= self._max_size
