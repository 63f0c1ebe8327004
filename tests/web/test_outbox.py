"""The queue before one browser, with a line whose speed the test decides."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from openvoicelive.web.page.outbox import AsgiMessage, Outbox


class SlowLine:
    """Sends a message whenever the test lets it."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.outbox = Outbox(self._send, clock=lambda: self.now_s)
        self._offered: asyncio.Queue[AsgiMessage] = asyncio.Queue()
        self._taken = asyncio.Semaphore(0)

    async def _send(self, message: AsgiMessage) -> None:
        self._offered.put_nowait(message)
        await self._taken.acquire()

    async def offered(self) -> AsgiMessage:
        """Return the message that is on its way, and stands still."""
        async with asyncio.timeout(5):
            return await self._offered.get()

    async def take(self) -> AsgiMessage:
        """Let the next message through."""
        message = await self.offered()
        self._taken.release()
        return message


@asynccontextmanager
async def slow_line() -> AsyncIterator[SlowLine]:
    line = SlowLine()
    draining = asyncio.create_task(line.outbox.drain())
    await asyncio.sleep(0)
    yield line
    draining.cancel()


async def test_messages_leave_in_the_order_they_were_put() -> None:
    async with slow_line() as line:
        line.outbox.put_text("a")
        line.outbox.put_sound(b"1")
        line.outbox.put_text("b")
        assert [await line.take() for _ in range(3)] == [
            {"type": "websocket.send", "text": "a"},
            {"type": "websocket.send", "bytes": b"1"},
            {"type": "websocket.send", "text": "b"},
        ]


async def test_sound_that_still_waits_is_dropped_and_words_are_not() -> None:
    async with slow_line() as line:
        line.outbox.put_sound(b"on its way")
        await line.offered()
        line.outbox.put_sound(b"interrupted")
        line.outbox.put_text("words")
        line.outbox.drop_sound()
        line._taken.release()
        assert (await line.take())["text"] == "words"


async def test_a_browser_is_given_up_at_four_mebibytes() -> None:
    async with slow_line() as line:
        mebibyte = bytes(1024 * 1024)
        line.outbox.put_sound(mebibyte)
        await line.offered()
        for _ in range(4):
            line.outbox.put_sound(mebibyte)
        assert not line.outbox.given_up.is_set()
        line.outbox.put_text("one more")
        assert line.outbox.given_up.is_set()


async def test_what_is_not_needed_waits_only_while_little_does() -> None:
    async with slow_line() as line:
        line.outbox.put_text("on its way")
        await line.offered()
        line.outbox.put_sound(bytes(200 * 1024))
        assert line.outbox.has_room
        line.outbox.put_sound(bytes(100 * 1024))
        assert not line.outbox.has_room
        line.outbox.drop_sound()
        assert line.outbox.has_room


async def test_a_browser_is_given_up_when_one_message_takes_too_long() -> None:
    async with slow_line() as line:
        line.outbox.put_text("stuck")
        await line.offered()
        line.now_s = 14.0
        line.outbox.put_text("patience")
        assert not line.outbox.given_up.is_set()
        line.now_s = 16.0
        line.outbox.put_text("no more")
        assert line.outbox.given_up.is_set()


async def test_nothing_leaves_after_the_close() -> None:
    async with slow_line() as line:
        line.outbox.put_close(1008, "enough")
        line.outbox.put_text("too late")
        assert (await line.take())["type"] == "websocket.close"
        await asyncio.sleep(0)
        assert line._offered.empty()


async def test_sound_takes_the_fast_path_only_if_nothing_waits_before_it() -> None:
    written: list[bytes] = []
    is_writable = True

    def write(sound: bytes) -> bool:
        if is_writable:
            written.append(sound)
        return is_writable

    line = SlowLine()
    line.outbox = Outbox(line._send, write_sound=write)
    draining = asyncio.create_task(line.outbox.drain())
    await asyncio.sleep(0)
    line.outbox.put_sound(b"one")
    assert written == [b"one"]
    line.outbox.put_text("two")
    line.outbox.put_sound(b"three")
    is_writable = False
    assert [(await line.take())["text"], (await line.take())["bytes"]] == ["two", b"three"]
    await asyncio.sleep(0)
    line.outbox.put_sound(b"four")
    assert (await line.take())["bytes"] == b"four"
    assert written == [b"one"]
    draining.cancel()
