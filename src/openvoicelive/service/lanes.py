"""Where an engine's blocking work runs, beside the event loop: one lane for each engine.

A lane runs a few jobs at once; the others wait on the loop, in order, and begin when one ends. A job that is
cancelled, or whose deadline passes, while it waits is dropped: it never runs, and it no longer counts. So
overload sheds the work that nobody waits for any more. A thread cannot be stopped: a job that runs already
keeps its place until it ends.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from inspect import GEN_CLOSED, getgeneratorstate
from typing import TypeVar

from openvoicelive.errors import EngineError

Result = TypeVar("Result")
Item = TypeVar("Item")


class LaneFull(EngineError):  # noqa: N818 - a state, in which the work was not even begun
    """Too many jobs wait already; this one did not begin and may be tried again."""


class NotWanted(Exception):  # noqa: N818 - nothing failed
    """When the job could begin nobody wanted it any more; it did not begin."""


@dataclass(frozen=True)
class LaneLimits:
    """How much a lane takes."""

    concurrency: int
    """How many jobs run at once."""

    most_waiting: int
    """How many may wait for work, begun or not."""

    deadline_s: float
    """How long a job may take, its wait included."""


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

    @property
    def waiting(self) -> int:
        """How many wait for work of this lane, begun or not."""
        return self._waiting

    @property
    def is_free(self) -> bool:
        """Whether a job would be taken, and begin at once."""
        return not self._slots.locked() and self._waiting < self._limits.most_waiting

    async def run(
        self,
        work: Callable[[], Result],
        *,
        after: Sequence[Callable[[], object]] = (),
        is_wanted: Callable[[], bool] | None = None,
    ) -> Result:
        """Return what some work returns that is done after other steps.

        Between two steps other jobs have their turn, and each step has a deadline of its own.

        Raises:
            LaneFull: If too many wait already; nothing has begun.
            NotWanted: If `is_wanted` denies it when the first step could begin.
            EngineError: If a step took too long, or raised it.

        """
        with self._admitted():
            for number, step in enumerate(after):
                async with self._in_time():
                    await asyncio.shield(await self._begin(step, None if number else is_wanted))
            async with self._in_time():
                return await asyncio.shield(await self._begin(work, None if after else is_wanted))

    async def each(self, items: Iterator[Item]) -> AsyncGenerator[Item, None]:
        """Yield what a blocking iterator yields; each item is a job of its own.

        However this ends, the iterator is closed in a thread of the lane, after its last job.

        Raises:
            LaneFull: If too many wait already.
            EngineError: If an item took too long, or the iterator raised it.

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
            del job  # one that failed holds its error, whose traceback holds this frame

    def close(self) -> None:
        """Wait for the jobs that run; nothing begins any more."""
        self._executor.shutdown(wait=True, cancel_futures=True)

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
        """Wait for a slot and hand the work to a thread; whoever is cancelled before that leaves no trace."""
        await self._slots.acquire()
        job: asyncio.Future[Result] | None = None
        try:
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
            job.exception()  # nobody may be left to look at it

    def _close_after(
        self, job: asyncio.Future[Item | None] | None, source: Generator[Item, None, None]
    ) -> None:
        if job is None or getgeneratorstate(source) == GEN_CLOSED:
            return  # it has not begun, or is over
        if job.done():
            self._close_aside(source)
        else:
            job.add_done_callback(lambda _: self._close_aside(source))

    def _close_aside(self, source: Generator[Item, None, None]) -> None:
        try:
            self._executor.submit(source.close)
        except RuntimeError:
            source.close()  # the lane is closed: its threads have ended, and the program does, too


def _closable(items: Iterator[Item]) -> Generator[Item, None, None]:
    """Return a generator, because closing one closes what it yields from."""
    yield from items
