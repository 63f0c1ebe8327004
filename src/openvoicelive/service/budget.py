"""A bound on what waits, in number and in size: 64 messages may be 10 KB together or 1 GB."""

import asyncio


class Budget:
    """A semaphore that counts items and their sizes, in any unit: characters of text, milliseconds of sound.

    An item larger than the whole budget is admitted when nothing else is.
    """

    def __init__(self, max_count: int, max_size: int) -> None:
        self._max_count = max_count
        self._max_size = max_size
        self._count = 0
        self._size = 0
        self._released = asyncio.Event()

    async def acquire(self, size: int) -> None:
        """Wait until an item of this size fits, and take its share."""
        await self.room_for(size)
        self.take(size)

    async def room_for(self, size: int) -> None:
        """Wait until an item of this size fits, without taking its share."""
        while not self._fits(size):
            await self._next_release()

    async def all_released(self) -> None:
        """Wait until no item has a share."""
        while self._count:
            await self._next_release()

    def take(self, size: int) -> None:
        """Take the share of an item at once, even if that exceeds the budget."""
        self._count += 1
        self._size += size

    def release(self, size: int) -> None:
        """Give back the share of an item of this size."""
        self._count -= 1
        self._size -= size
        self._released.set()

    async def _next_release(self) -> None:
        self._released.clear()
        await self._released.wait()

    def _fits(self, size: int) -> bool:
        if self._count == 0:
            return True
        return self._count < self._max_count and self._size + size <= self._max_size
