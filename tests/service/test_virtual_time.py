"""The tests' own clock."""

import asyncio

import pytest

from tests.service.virtual_time import NothingWillHappenError, VirtualTimeLoop


async def test_an_hour_passes_at_once_and_to_the_second() -> None:
    await asyncio.sleep(3600)
    assert asyncio.get_running_loop().time() == 3600


def test_who_waits_for_ever_is_told_instead() -> None:
    loop = VirtualTimeLoop()

    async def wait_for_nobody() -> None:
        await asyncio.Event().wait()

    task = loop.create_task(wait_for_nobody())
    with pytest.raises(NothingWillHappenError, match="wait_for_nobody"):
        loop.run_until_complete(task)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        loop.run_until_complete(task)
    loop.close()
