"""A browser's conversation that has ended leaves nothing in memory, without the garbage collector."""

from collections.abc import Awaitable, Callable, Iterator
from http import HTTPStatus

import pytest

from tests.fake_voice_live import FakeVoiceLive
from tests.live_objects import assert_nothing_is_left, nothing_logged
from tests.web.running_app import Browser, RunningApp

CONVERSATIONS = 20
PCM = bytes(960)

Talk = Callable[[Browser, FakeVoiceLive], Awaitable[None]]


async def is_answered(browser: Browser, service: FakeVoiceLive) -> None:
    await browser.start()
    session = await service.next_session()
    await browser.send_sound(PCM)
    await session.heard(len(PCM))
    await session.speech_started()
    await session.speech_stopped()
    await session.transcribed("hello")
    await session.answer("response_1", "item_1", "Hello.", 10 * PCM)
    while not isinstance(await browser.next(), bytes):
        pass
    await browser.send("stop")
    await browser.until(state="stopped")


async def leaves_in_mid_answer(browser: Browser, service: FakeVoiceLive) -> None:
    await browser.start()
    session = await service.next_session()
    await session.response_created("response_1")
    await session.sound("response_1", "item_1", 10 * PCM)
    while not isinstance(await browser.next(), bytes):
        pass
    browser.socket.transport.abort()
    await session.wait_closed()


async def mutes_and_loses_the_service(browser: Browser, service: FakeVoiceLive) -> None:
    await browser.start()
    session = await service.next_session()
    await browser.send("mute", muted=True)
    session.abort()
    await browser.until(state="error")


async def is_closed_by_the_service(browser: Browser, service: FakeVoiceLive) -> None:
    await browser.start()
    await (await service.next_session()).close(1001)
    await browser.until(state="error")


async def is_refused(browser: Browser, service: FakeVoiceLive) -> None:
    service.refuse = HTTPStatus.UNAUTHORIZED
    await browser.send("start")
    await browser.until(state="error")


@pytest.fixture(autouse=True)
def nothing_is_logged() -> Iterator[None]:
    with nothing_logged():
        yield


@pytest.mark.parametrize(
    "talk",
    [
        is_answered,
        leaves_in_mid_answer,
        mutes_and_loses_the_service,
        is_closed_by_the_service,
        is_refused,
    ],
)
async def test_nothing_is_left_of_conversations(talk: Talk, app: RunningApp, service: FakeVoiceLive) -> None:
    async def converse() -> None:
        async with app.browser() as browser:
            await talk(browser, service)
        await app.wait_until_sessions(0)
        service.sessions.clear()

    await assert_nothing_is_left(converse, CONVERSATIONS)
