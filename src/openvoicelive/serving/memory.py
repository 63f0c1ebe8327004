"""Makes glibc use few arenas and return freed memory to the system when the load falls.

glibc creates up to 8 arenas for each core, for threads that allocate at the same time, and returns little of
what they free. Other C libraries are left alone.
"""

import asyncio
import ctypes
import gc
import logging
import os
import sys
import time
from collections.abc import Callable
from functools import cache

log = logging.getLogger(__name__)

# Two, so that the engines' threads do not wait for the event loop's allocations.
ARENAS = 2
# https://man7.org/linux/man-pages/man3/mallopt.3.html; the number is of glibc's malloc.h.
_M_ARENA_MAX = -8
# Trimming holds an arena's lock for milliseconds; more often than this nobody gains by it.
TRIM_EVERY_S = 20.0


def limit_arenas() -> None:
    """Limit the arenas of the process, unless the environment sets a number; call it before threads start."""
    library = _glibc()
    if library is not None and "MALLOC_ARENA_MAX" not in os.environ:
        library.mallopt(_M_ARENA_MAX, ARENAS)


def give_back(*, is_idle: bool) -> None:
    """Return free memory to the system; takes milliseconds, so call it in a thread."""
    began_s = time.monotonic()
    if is_idle:
        # Libraries leave reference cycles. The search for them stops all threads, so it runs only while idle.
        gc.collect()
    collected_s = time.monotonic()
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)
    log.debug(
        "Memory was given back: %.1f ms to collect, %.1f ms to trim.",
        1000 * (collected_s - began_s),
        1000 * (time.monotonic() - collected_s),
    )


class Trimmer:
    """Returns memory to the system, in a thread, when fewer are connected than before."""

    def __init__(
        self,
        *,
        give_back: Callable[..., None] = give_back,
        clock: Callable[[], float] = time.monotonic,
        every_s: float = TRIM_EVERY_S,
    ) -> None:
        self._give_back = give_back
        self._clock = clock
        self._every_s = every_s
        self._most_connected = 0
        self._trimmed_at_s = -every_s
        self._trimming: asyncio.Task[None] | None = None

    def look(self, connected: int) -> None:
        """Note how many are connected now; if at most half of what it was, return memory to the system."""
        self._most_connected = max(self._most_connected, connected)
        now_s = self._clock()
        if self._trimming is not None or connected > self._most_connected // 2 or not self._most_connected:
            return
        if now_s - self._trimmed_at_s < self._every_s:
            return
        self._trimmed_at_s = now_s
        self._most_connected = connected
        self._trimming = asyncio.create_task(self._run(is_idle=not connected))

    async def close(self) -> None:
        """Wait for the trimming that runs."""
        if self._trimming is not None:
            await self._trimming

    async def _run(self, *, is_idle: bool) -> None:
        try:
            await asyncio.to_thread(self._give_back, is_idle=is_idle)
        except Exception:
            log.exception("Free memory could not be returned to the system")
        finally:
            self._trimming = None


@cache
def _glibc() -> ctypes.CDLL | None:
    """Return the C library, if it is glibc."""
    if sys.platform != "linux":
        return None
    try:
        library = ctypes.CDLL(None)
        library.gnu_get_libc_version  # noqa: B018 - only glibc has it
        library.mallopt.argtypes, library.mallopt.restype = (ctypes.c_int, ctypes.c_int), ctypes.c_int
        library.malloc_trim.argtypes, library.malloc_trim.restype = (ctypes.c_size_t,), ctypes.c_int
    except (OSError, AttributeError):
        return None
    return library
