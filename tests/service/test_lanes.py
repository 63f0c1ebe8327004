"""Lanes: what runs, what waits, and what is dropped."""

import asyncio
import threading
from collections.abc import Callable, Generator

import pytest

from openvoicelive.errors import EngineError
from openvoicelive.service.lanes import Lane, LaneFull, LaneLimits, NotWanted
from tests.service.virtual_time import HeldExecutor

DEADLINE_S = 15.0


class Work:
    """Jobs that note that they ran."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def __call__(self, name: str) -> Callable[[], str]:
        def job() -> str:
            self.done.append(name)
            return name

        return job


def lane_of(executor: HeldExecutor, *, concurrency: int = 1, most_waiting: int = 4) -> Lane:
    return Lane("Hearing", "hearing", LaneLimits(concurrency, most_waiting, DEADLINE_S), executor)


async def asked(lane: Lane, *jobs: Callable[[], str]) -> list[asyncio.Task[str]]:
    """Ask for jobs in this order; all have come to wait."""
    tasks = [asyncio.create_task(lane.run(job)) for job in jobs]
    await asyncio.sleep(0)
    return tasks


async def test_few_jobs_run_at_once_and_the_others_follow_in_order() -> None:
    executor, work = HeldExecutor(), Work()
    tasks = await asked(lane_of(executor, concurrency=2), *(work(name) for name in "abcd"))
    assert executor.held == 2
    await executor.release()
    await executor.release()
    assert await asyncio.gather(*tasks) == ["a", "b", "c", "d"] == work.done


async def test_a_job_whose_asker_goes_before_it_begins_never_runs_and_does_not_count() -> None:
    executor, work = HeldExecutor(), Work()
    lane = lane_of(executor, most_waiting=2)
    first, gone = await asked(lane, work("first"), work("gone"))
    with pytest.raises(LaneFull, match="Hearing is busy") as refused:
        await lane.run(work("refused"))
    assert refused.value.code == "hearing_busy"
    gone.cancel()
    await asyncio.sleep(0)
    (second,) = await asked(lane, work("second"))
    await executor.release()
    await executor.release()
    assert (await first, await second) == ("first", "second")
    assert work.done == ["first", "second"]
    assert (lane.waiting, lane.is_free) == (0, True)


async def test_a_job_whose_deadline_passes_before_it_begins_never_runs_and_does_not_count() -> None:
    executor, work = HeldExecutor(), Work()
    lane = lane_of(executor)
    stuck, late = await asked(lane, work("stuck"), work("late"))
    for task in stuck, late:
        with pytest.raises(EngineError, match="Hearing took too long") as failed:
            await task
        assert failed.value.code == "hearing_timeout"
    assert asyncio.get_running_loop().time() == pytest.approx(DEADLINE_S)
    assert lane.waiting == 0
    # A thread cannot be stopped: until the first job ends no other one begins.
    assert not lane.is_free
    (after,) = await asked(lane, work("after"))
    assert executor.held == 1
    await executor.release()
    await executor.release()
    assert await after == "after"
    assert work.done == ["stuck", "after"]


async def test_a_job_that_nobody_wants_when_it_could_begin_is_not_begun() -> None:
    executor, work = HeldExecutor(), Work()
    lane = lane_of(executor)
    wanted = True
    first = asyncio.create_task(lane.run(work("first"), is_wanted=lambda: wanted))
    second = asyncio.create_task(lane.run(work("second"), is_wanted=lambda: wanted))
    await asyncio.sleep(0)
    wanted = False
    await executor.release()
    assert await first == "first"
    with pytest.raises(NotWanted):
        await second
    assert (work.done, lane.is_free) == (["first"], True)


async def test_between_the_steps_of_long_work_others_have_their_turn() -> None:
    executor, work = HeldExecutor(), Work()
    lane = lane_of(executor)
    long = asyncio.create_task(lane.run(work("end"), after=[work("beginning"), work("middle")]))
    await asyncio.sleep(0)
    await asked(lane, work("other"))
    while executor.held:
        await executor.release()
    assert await long == "end"
    assert work.done == ["beginning", "other", "middle", "end"]


async def test_what_the_work_raises_reaches_its_asker_and_the_lane_goes_on() -> None:
    executor, work = HeldExecutor(), Work()
    lane = lane_of(executor)

    def fail() -> str:
        raise TimeoutError("the engine's own")

    failing, following = await asked(lane, fail, work("following"))
    await executor.release()
    await executor.release()
    with pytest.raises(TimeoutError, match="the engine's own"):
        await failing
    assert await following == "following"


class Items:
    """A blocking iterator, as engines return it, that notes when and where it is closed."""

    def __init__(self, fails: Exception | None = None) -> None:
        self.closed = threading.Event()
        self.closing_thread: int | None = None
        self._fails = fails

    @property
    def is_closed(self) -> bool:
        return self.closed.is_set()

    def __call__(self) -> Generator[int, None, None]:
        try:
            yield from range(3)
        finally:
            self.closing_thread = threading.get_ident()
            self.closed.set()
            if self._fails is not None:
                raise self._fails


async def test_an_iterator_is_closed_by_the_lane_and_not_by_its_reader() -> None:
    executor, items = HeldExecutor(), Items()
    numbers = lane_of(executor).each(items())
    first = asyncio.ensure_future(anext(numbers))
    await asyncio.sleep(0)
    await executor.release()
    assert await first == 0
    await numbers.aclose()
    assert not items.is_closed
    await executor.release()
    assert items.is_closed


async def test_an_iterator_whose_reader_goes_in_mid_work_is_closed_after_that_work() -> None:
    executor, items = HeldExecutor(), Items()
    lane = lane_of(executor)
    numbers = lane.each(items())
    first = asyncio.ensure_future(anext(numbers))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    assert executor.held == 1
    await executor.release()
    assert not items.is_closed
    await executor.release()
    assert items.is_closed
    assert lane.is_free


async def test_an_iterator_is_closed_off_the_loop_also_when_the_lane_is_closed() -> None:
    executor, items = HeldExecutor(), Items()
    lane = lane_of(executor)
    numbers = lane.each(items())
    first = asyncio.ensure_future(anext(numbers))
    await asyncio.sleep(0)
    await executor.release()
    assert await first == 0
    await lane.close()
    await numbers.aclose()
    assert items.closed.wait(5)
    assert items.closing_thread != threading.get_ident()


async def test_a_job_that_ends_after_the_lane_was_closed_leaves_its_clean_up_to_another_thread() -> None:
    executor, items = HeldExecutor(), Items()
    lane = lane_of(executor)
    numbers = lane.each(items())
    first = asyncio.ensure_future(anext(numbers))
    await asyncio.sleep(0)
    first.cancel()
    await lane.close()
    await executor.release()
    assert items.closed.wait(5)
    assert items.closing_thread != threading.get_ident()


async def test_a_clean_up_that_fails_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    executor, items = HeldExecutor(), Items(fails=OSError("the engine's own"))
    numbers = lane_of(executor).each(items())
    first = asyncio.ensure_future(anext(numbers))
    await asyncio.sleep(0)
    await executor.release()
    await first
    await numbers.aclose()
    await executor.release()
    [record] = caplog.records
    assert record.getMessage() == "Hearing could not clean up after abandoned work"
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == "the engine's own"


async def test_a_clean_up_that_finds_no_thread_is_logged_and_raises_nothing(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    executor, items = HeldExecutor(), Items()
    lane = lane_of(executor)
    numbers = lane.each(items())
    first = asyncio.ensure_future(anext(numbers))
    await asyncio.sleep(0)
    await executor.release()
    await first
    await lane.close()

    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    await numbers.aclose()
    assert [record.getMessage() for record in caplog.records] == [
        "The clean-up hearing_clean_up could not begin"
    ]


async def test_after_the_lane_is_closed_no_job_begins() -> None:
    executor, work = HeldExecutor(), Work()
    lane = lane_of(executor)
    first, waiting = await asked(lane, work("first"), work("waiting"))
    await lane.close()
    await executor.release()
    assert await first == "first"
    for job in waiting, asyncio.create_task(lane.run(work("late"))):
        with pytest.raises(EngineError, match="Hearing is shutting down") as failed:
            await job
        assert failed.value.code == "hearing_closed"
    assert work.done == ["first"]


def test_closing_a_lane_waits_for_its_job_and_not_on_the_event_loop() -> None:
    async def closed() -> bool:
        lane = Lane("Hearing", "hearing", LaneLimits(1, 4, DEADLINE_S))
        loop, begun, may_end = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

        def job() -> bool:
            loop.call_soon_threadsafe(begun.set)
            return may_end.wait(5)

        running = asyncio.create_task(lane.run(job))
        await begun.wait()
        closing = asyncio.create_task(lane.close())
        loop.call_soon(may_end.set)  # a loop that is held up cannot do it
        await closing
        return await running

    assert asyncio.run(closed())


async def test_an_iterator_that_ends_is_read_to_its_end() -> None:
    executor, items = HeldExecutor(), Items()

    async def release() -> None:
        while not items.is_closed:
            await executor.release()

    releasing = asyncio.create_task(release())
    assert [number async for number in lane_of(executor).each(items())] == [0, 1, 2]
    await releasing
    assert executor.held == 0
