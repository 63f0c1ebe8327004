"""What holds up the event loop is told, with the place where it was."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable

import pytest
import uvloop

from openvoicelive.serving.loop_watch import LoopWatch, Standstill

LIMIT_S = 0.02


def wait_without_computing() -> None:
    """Hold up the thread that calls this, as a thread that is joined does."""
    threading.Event().wait(5 * LIMIT_S)


def compute() -> None:
    until_s = time.thread_time() + 5 * LIMIT_S
    while time.thread_time() < until_s:
        pass


@pytest.mark.parametrize("loop_factory", [asyncio.new_event_loop, uvloop.new_event_loop])
@pytest.mark.parametrize("hold_up", [wait_without_computing, compute])
def test_what_holds_up_the_loop_is_reported_with_its_place(
    hold_up: Callable[[], None], loop_factory: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    async def held_up() -> Standstill:
        told: asyncio.Queue[Standstill] = asyncio.Queue()
        watch = LoopWatch(told.put_nowait, limit_s=LIMIT_S, interval_s=LIMIT_S)
        watch.start()
        try:
            while True:  # a busy machine may hold up the loop elsewhere
                hold_up()
                standstill = await told.get()
                if hold_up.__name__ in {frame.name for frame in standstill.stack}:
                    return standstill
        finally:
            watch.stop()

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        standstill = runner.run(held_up())
    assert standstill.wall_s > LIMIT_S
    assert (standstill.cpu_s > 4 * LIMIT_S) == (hold_up is compute)


async def test_the_log_says_for_how_long_and_where(caplog: pytest.LogCaptureFixture) -> None:
    watch = LoopWatch(limit_s=LIMIT_S, interval_s=LIMIT_S)
    watch.start()
    wait_without_computing()
    while not caplog.records:  # noqa: ASYNC110 - the log has no event
        await asyncio.sleep(LIMIT_S)
    watch.stop()
    assert caplog.records[0].levelno == logging.WARNING
    assert "The event loop was blocked for" in caplog.text
    assert "tests/serving" in caplog.text


async def test_afterwards_neither_timer_nor_thread_is_left() -> None:
    threads = set(threading.enumerate())
    watch = LoopWatch(limit_s=LIMIT_S)
    watch.start()
    watch.stop()
    assert set(threading.enumerate()) <= threads
