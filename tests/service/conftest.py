"""Every test here runs in virtual time, and fails if the event loop is held up."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from tests.loop_guard import no_callback_takes_long
from tests.service.virtual_time import VirtualTimeLoop


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"virtual time": VirtualTimeLoop}


@pytest.fixture(autouse=True)
def _loop_is_not_held_up() -> Iterator[None]:
    with no_callback_takes_long():
        yield
