"""Reports what blocked the event loop, because all conversations share it.

A timer on the loop measures how late it runs. A thread checks whether the timer is overdue and, if so,
records the stack of the loop's thread, because afterwards the stack is gone. Both wake up 10 to 20 times a
second, which costs less than 0.1 % of a core.
"""

import asyncio
import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from openvoicelive.logs import RateLimitedLog

log = logging.getLogger(__name__)

LIMIT_S = 0.1
"""A conversation has 2 s of sound in store, but an answer's first sound would be heard to be late."""


@dataclass(frozen=True)
class Standstill:
    """A time in which the loop did only one thing."""

    wall_s: float
    """How much later than it should the timer came."""

    cpu_s: float
    """How long the loop's thread computed since the timer before; little if it waited, or if the machine is
    busy with other programs."""

    stack: traceback.StackSummary
    """Where the loop's thread was when the limit was reached; empty if it was not looked at in time."""


class LoopWatch:
    """Watches the loop on which it was started, until it is stopped."""

    def __init__(
        self,
        report: Callable[[Standstill], None] | None = None,
        *,
        limit_s: float = LIMIT_S,
        interval_s: float = LIMIT_S,
    ) -> None:
        """Prepare to report, by default to the log, what takes longer than `limit_s`.

        The timer comes every `interval_s`; the shorter, the more exact is `Standstill.cpu_s`.
        """
        self._limited_log = RateLimitedLog(log, clock=time.monotonic)
        self._report = report or self._log
        self._limit_s = limit_s
        self._interval_s = interval_s
        self._due_s = 0.0
        self._cpu_s = 0.0
        self._seen: tuple[float, traceback.StackSummary] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to watch the loop that runs."""
        self._set_timer()
        self._thread = threading.Thread(
            target=self._look, args=(threading.get_ident(),), name="loop-watch", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Watch no longer."""
        self._stopped.set()
        if self._timer is not None:
            self._timer.cancel()
        if self._thread is not None:
            self._thread.join()

    def _set_timer(self) -> None:
        self._cpu_s = time.thread_time()
        self._due_s = time.monotonic() + self._interval_s
        self._timer = asyncio.get_running_loop().call_later(self._interval_s, self._on_timer)

    def _on_timer(self) -> None:
        late_s = time.monotonic() - self._due_s
        if late_s > self._limit_s:
            seen, nothing = self._seen, traceback.StackSummary()
            stack = seen[1] if seen is not None and seen[0] == self._due_s else nothing
            self._report(Standstill(late_s, time.thread_time() - self._cpu_s, stack))
        self._set_timer()

    def _look(self, thread_id: int) -> None:
        while not self._stopped.wait(self._limit_s / 2):
            due_s = self._due_s
            is_late = time.monotonic() > due_s + self._limit_s
            if is_late and (self._seen is None or self._seen[0] != due_s):
                frame = sys._current_frames().get(thread_id)  # noqa: SLF001 - documented, despite its name
                self._seen = (due_s, traceback.extract_stack(frame))
                del frame

    def _log(self, standstill: Standstill) -> None:
        self._limited_log.warning(
            "The event loop was blocked for %.0f ms (%.0f ms of CPU), at:\n%s",
            1_000 * standstill.wall_s,
            1_000 * standstill.cpu_s,
            "".join(standstill.stack.format()).rstrip(),
        )
