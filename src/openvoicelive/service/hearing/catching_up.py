"""Slows down the work on sound that comes faster than real time, so that other sessions notice little.

Slices alone are not enough. If the loop always has work, the threads of recognition wait up to 5 ms for
Python's lock whenever they return from a library. So the service pauses after each slice of a long backlog,
and all backlogs together get one slice in that time.
"""

import asyncio

AT_ONCE_MS = 30_000
"""A client may be so far ahead of real time before it is slowed down; short clips are sent at once."""

UNINTERRUPTED_MS = 100
"""After so much sound, in however many messages, other sessions run; a slice of it takes about 2 ms."""

PAUSE_S = 0.005
"""With slices of 128 ms, a backlog is processed at about 20 times real time."""


class CatchingUp:
    """The backlogs of all sessions."""

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Lock()

    async def pause(self) -> None:
        """Let other sessions run; other backlogs pause after this one."""
        async with self._one_at_a_time:
            await asyncio.sleep(PAUSE_S)


class Pace:
    """One session's sound against real time."""

    def __init__(self, catching_up: CatchingUp) -> None:
        self._catching_up = catching_up
        self._ahead_ms = 0.0
        self._uninterrupted_ms = 0.0
        self._last_s: float | None = None

    async def worked(self, sound_ms: float) -> None:
        """Note that so much sound was worked on; after enough of it lets other sessions run.

        Pauses if that is far more than real time allows.
        """
        now_s = asyncio.get_running_loop().time()
        elapsed_ms = 0.0 if self._last_s is None else 1_000 * (now_s - self._last_s)
        self._last_s = now_s
        self._ahead_ms = max(0.0, self._ahead_ms - elapsed_ms) + sound_ms
        self._uninterrupted_ms += sound_ms
        if self._uninterrupted_ms < UNINTERRUPTED_MS:
            return
        self._uninterrupted_ms = 0.0
        if self._ahead_ms > AT_ONCE_MS:
            await self._catching_up.pause()
        else:
            await asyncio.sleep(0)
