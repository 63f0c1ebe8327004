"""Runs the blocking work of engines in threads: one lane for each engine.

A lane runs a few jobs at once. The others wait on the event loop, in order. A job is dropped if its caller is
cancelled or its deadline passes while it waits: it never runs, and it no longer counts. So overload sheds the
work that nobody waits for any more. A thread cannot be stopped: a job that runs keeps its slot until it ends.

Clean-up is work like any other: an abandoned iterator is closed in a thread, never on the event loop.
"""

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from inspect import GEN_CLOSED, getgeneratorstate
from typing import Literal, TypeVar

from openvoicelive.errors import EngineError

log = logging.getLogger(__name__)

Result = TypeVar("Result")
Item = TypeVar("Item")


class LaneFull(EngineError):  # noqa: N818 - a state, in which the work was not even begun
    """Too many jobs wait already. This one did not begin and may be tried again."""


class NotWanted(Exception):  # noqa: N818 - nothing failed
    """When the job could begin, nobody wanted it any more, so it did not begin."""


@dataclass(frozen=True)
class LaneLimits:
    """How much work a lane accepts."""

    concurrency: int
    """How many jobs run at once."""

    most_waiting: int
    """How many may wait for work, begun or not."""

    deadline_s: float
    """How long a job may take, its wait included."""


LaneName = Literal["recognition", "recognition_ahead", "synthesis"]

# Two cores are the smallest machine that is supported; more threads than cores only wait for each other.
LIMITS: Mapping[LaneName, LaneLimits] = {
    "recognition": LaneLimits(concurrency=2, most_waiting=64, deadline_s=15.0),
    # Recognition ahead of the end of a turn is optional, so it never delays a transcript.
    "recognition_ahead": LaneLimits(concurrency=1, most_waiting=1, deadline_s=15.0),
    # Each stretch of sound is a job. A session waits for one or two at once: a reply and a speculative one.
    "synthesis": LaneLimits(concurrency=2, most_waiting=256, deadline_s=15.0),
}


class Lane:
    """Runs the blocking work of one engine.

    `name` begins the sentences that a user may read, such as "Speech recognition is busy"; `code` begins
    their codes, such as `recognition_busy`.
    """

    def __init__(self, name: str, code: str, limits: LaneLimits, executor: Executor | None = None) -> None:
        self._name = name
        self._code = code
        self._limits = limits
        self._executor = executor or ThreadPoolExecutor(limits.concurrency, thread_name_prefix=code)
        self._slots = asyncio.Semaphore(limits.concurrency)
        self._waiting = 0
        self._is_closed = False

    @property
    def waiting(self) -> int:
        """How many callers wait for work of this lane, begun or not."""
        return self._waiting

    @property
    def is_free(self) -> bool:
        """Whether a job would begin at once."""
        return not self._slots.locked() and self._waiting < self._limits.most_waiting

    async def run(
        self,
        work: Callable[[], Result],
        *,
        after: Sequence[Callable[[], object]] = (),
        is_wanted: Callable[[], bool] | None = None,
    ) -> Result:
        """Run the steps in `after`, then `work`, and return what `work` returns.

        Other jobs run between two steps. Each step has a deadline of its own.

        Raises:
            LaneFull: If too many callers wait already; nothing has begun.
            NotWanted: If `is_wanted` returns False when the first step could begin.
            EngineError: If a step took too long or raised one, or the lane is closed.

        """
        with self._admitted():
            for number, step in enumerate(after):
                async with self._in_time():
                    await asyncio.shield(await self._begin(step, None if number else is_wanted))
            async with self._in_time():
                return await asyncio.shield(await self._begin(work, None if after else is_wanted))

    async def each(self, items: Iterator[Item]) -> AsyncGenerator[Item, None]:
        """Yield what a blocking iterator yields. Each item is a job of its own.

        However this ends, the iterator is closed in a thread, after its last job.

        Raises:
            LaneFull: If too many callers wait already.
            EngineError: If an item took too long, the iterator raised one, or the lane is closed.

        """
        source = _closable(items)
        job: asyncio.Future[Item | None] | None = None
        try:
            while True:
                with self._admitted():
                    async with self._in_time():
                        job = await self._begin(partial(next, source, None))
                        item = await asyncio.shield(job)
                if item is None:
                    return
                yield item
        finally:
            self._close_after(job, source)
            del job  # a failed one holds its error, whose traceback holds this frame

    async def close(self) -> None:
        """Begin no more jobs, and wait for the running ones without holding the event loop."""
        self._is_closed = True
        await asyncio.to_thread(self._executor.shutdown)

    @contextmanager
    def _admitted(self) -> Iterator[None]:
        if self._waiting >= self._limits.most_waiting:
            raise LaneFull(f"{self._name} is busy; try again.", code=f"{self._code}_busy")
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._limits.deadline_s) as deadline:
                yield
        except TimeoutError:
            if not deadline.expired():
                raise  # the work's own
            raise EngineError(f"{self._name} took too long.", code=f"{self._code}_timeout") from None

    async def _begin(
        self, work: Callable[[], Result], is_wanted: Callable[[], bool] | None = None
    ) -> asyncio.Future[Result]:
        """Wait for a slot and give the work to a thread. If cancelled before that, the work never runs."""
        await self._slots.acquire()
        job: asyncio.Future[Result] | None = None
        try:
            if self._is_closed:
                raise EngineError(f"{self._name} is shutting down.", code=f"{self._code}_closed")
            if is_wanted is None or is_wanted():
                job = asyncio.wrap_future(self._executor.submit(work))
                job.add_done_callback(self._ended)
        finally:
            if job is None:
                self._slots.release()
        if job is None:
            raise NotWanted
        return job

    def _ended(self, job: asyncio.Future[Result]) -> None:
        self._slots.release()
        if not job.cancelled():
            job.exception()  # asyncio would log it if nobody is left to retrieve it

    def _close_after(
        self, job: asyncio.Future[Item | None] | None, source: Generator[Item, None, None]
    ) -> None:
        if job is None or getgeneratorstate(source) == GEN_CLOSED:
            return  # it has not begun, or has ended
        if job.done():
            self._close_in_thread(source)
        else:
            job.add_done_callback(lambda _: self._close_in_thread(source))

    def _close_in_thread(self, source: Generator[Item, None, None]) -> None:
        """Close an iterator off the event loop. Never raises, because callbacks call it."""
        close = partial(_close_and_log, source, self._name)
        try:
            self._executor.submit(close)
        except RuntimeError:
            # The lane is closed, so its threads have ended.
            _start_thread(close, f"{self._code}_clean_up")


def _closable(items: Iterator[Item]) -> Generator[Item, None, None]:
    """Return a generator, because closing it also closes what it yields from."""
    yield from items


def _close_and_log(source: Generator[Item, None, None], name: str) -> None:
    try:
        source.close()
    except Exception:
        log.exception("%s could not clean up after abandoned work", name)


def _start_thread(target: Callable[[], None], name: str) -> None:
    try:
        threading.Thread(target=target, name=name, daemon=True).start()
    except RuntimeError:  # the interpreter is ending, or the system has no more threads
        log.exception("The clean-up %s could not begin", name)
