"""The guard of the event loop fails what holds it up, and nothing else."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

import numpy as np
import pytest

from openvoicelive.audio.noise import NoiseReducer
from openvoicelive.logs import RateLimitedLog
from tests.loop_guard import no_callback_takes_long, no_standstill

Guard = Callable[[float], AbstractContextManager[None]]

LIMIT_S = 0.02
MINUTES = np.zeros(600 * 16_000, np.float32)


async def in_a_task_of_the_service() -> None:
    """Minutes of sound as one callback whose outermost code is the service's."""
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.call_soon(NoiseReducer("near_field").process, MINUTES)
    loop.call_later(0.01, done.set)
    await done.wait()


@pytest.mark.parametrize("guard", [no_callback_takes_long, no_standstill])
async def test_work_of_the_service_that_takes_long_fails(guard: Guard) -> None:
    with pytest.raises(AssertionError, match=r"noise\.py"), guard(LIMIT_S):
        await in_a_task_of_the_service()


@pytest.mark.parametrize("guard", [no_callback_takes_long, no_standstill])
async def test_what_a_test_does_itself_does_not(guard: Guard) -> None:
    with guard(LIMIT_S):
        until_s = time.thread_time() + 5 * LIMIT_S
        while time.thread_time() < until_s:
            pass
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("guard", [no_callback_takes_long, no_standstill])
async def test_waiting_for_a_busy_machine_does_not(guard: Guard) -> None:
    # The service asks this clock, which computes nothing: as if other programs had the processor.
    clock = partial(threading.Event().wait, 5 * LIMIT_S)
    warning = RateLimitedLog(logging.getLogger("openvoicelive.test"), clock=clock).warning
    with guard(LIMIT_S):
        asyncio.get_running_loop().call_soon(warning, "The service waits.")
        await asyncio.sleep(0.01)
