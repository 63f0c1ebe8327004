"""A cancellation that reaches a library as an error of its own."""

import asyncio

import pytest

from openvoicelive.web.voice_live.cancellation import cancelled_as


class LibraryError(Exception):
    """The only thing that the library cleans up after."""


class Library:
    def __init__(self) -> None:
        self.waits = asyncio.Event()
        self.cleans_up = asyncio.Event()
        self.may_end = asyncio.Event()
        self.is_clean = False

    async def connect(self) -> str:
        self.waits.set()
        try:
            await self.may_end.wait()
        except LibraryError:
            self.cleans_up.set()
            await self.may_end.wait()
            self.is_clean = True
            raise
        return "connected"


def start(library: Library) -> asyncio.Task[str]:
    async def work() -> str:
        return await cancelled_as(LibraryError(), library.connect())

    return asyncio.create_task(work())


async def test_what_is_not_cancelled_returns_its_result() -> None:
    library = Library()
    library.may_end.set()
    assert await start(library) == "connected"


async def test_the_library_cleans_up_and_the_caller_is_cancelled() -> None:
    library = Library()
    task = start(library)
    await library.waits.wait()
    task.cancel()
    await library.cleans_up.wait()
    library.may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert library.is_clean


async def test_a_deadline_stays_a_deadline() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await cancelled_as(LibraryError(), asyncio.Event().wait())


async def test_a_clean_up_that_hangs_is_cancelled_for_good() -> None:
    library = Library()
    task = start(library)
    await library.waits.wait()
    task.cancel()
    await library.cleans_up.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not library.is_clean


async def test_an_error_without_a_cancellation_stays_what_it_is() -> None:
    async def fails() -> None:
        raise ValueError("as it is")

    with pytest.raises(ValueError, match="as it is"):
        await cancelled_as(LibraryError(), fails())
