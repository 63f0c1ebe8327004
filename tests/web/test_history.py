"""A session that goes on after a lost connection: the service is told what was said before."""

import asyncio
from typing import Any

import pytest

from openvoicelive.web.page.messages import MAX_HISTORY, MAX_TEXT_CHARACTERS
from tests.fake_voice_live import FakeSession, FakeVoiceLive
from tests.web.running_app import DEADLINE_S, Browser, RunningApp

QUESTION = {"role": "user", "text": "My name is Ann."}
ANSWER = {"role": "assistant", "text": "Hello Ann."}


async def created_item(session: FakeSession) -> dict[str, Any]:
    item = (await session.expect("conversation.item.create"))["item"]
    return {name: item[name] for name in ("type", "role", "content")}


async def test_the_service_is_told_in_order_what_each_side_said(
    browser: Browser, service: FakeVoiceLive
) -> None:
    await browser.start(history=[QUESTION, ANSWER])
    session = await service.next_session()
    assert [await created_item(session) for _ in range(2)] == [
        {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "My name is Ann."}],
        },
        {"type": "message", "role": "assistant", "content": [{"type": "text", "text": "Hello Ann."}]},
    ]
    await browser.send("text", text="What is my name?")
    assert (await created_item(session))["content"][0]["text"] == "What is my name?"
    await session.expect("response.create")


async def test_what_had_not_been_answered_is_answered_now(browser: Browser, service: FakeVoiceLive) -> None:
    await browser.start(history=[QUESTION])
    await browser.status("processing")
    session = await service.next_session()
    await session.expect("conversation.item.create")
    await session.expect("response.create")
    await session.answer("resp_1", "item_1", "Hello Ann.", bytes(960))
    await browser.until(type="transcript", role="assistant", text="Hello Ann.", final=True)


async def test_a_service_that_does_not_take_it_is_no_trouble_for_the_user(
    browser: Browser, service: FakeVoiceLive
) -> None:
    await browser.start(history=[QUESTION, ANSWER])
    session = await service.next_session()
    refused = await session.expect("conversation.item.create")
    await session.expect("conversation.item.create")
    await session.error("invalid_value", "No such content.", refused["event_id"])
    await session.speech_started()
    await browser.expect("control")
    await browser.status("listening")
    assert "The service did not take what was said before: No such content." in browser.logs


async def test_who_goes_on_with_a_conversation_is_not_greeted_again(
    browser: Browser, service: FakeVoiceLive
) -> None:
    await browser.start(history=[QUESTION, ANSWER])
    session = await service.next_session()
    await session.response_created("greeting")
    await session.sound("greeting", "item_1", bytes(960))
    for _ in range(2):
        await session.expect("conversation.item.create")
    assert (await session.expect("response.cancel"))["response_id"] == "greeting"
    await session.response_done("greeting", "cancelled", reason="client_cancelled")
    await browser.send("text", text="What is my name?")
    await session.expect("conversation.item.create")
    await session.expect("response.create")
    await session.answer("resp_1", "item_2", "Ann.", bytes(960))
    await browser.until(type="audio", item_id="item_2")


async def test_why_the_service_closes_is_told_although_it_no_longer_listens(
    browser: Browser, service: FakeVoiceLive
) -> None:
    service.configure = False
    await browser.send("start", history=[QUESTION] * MAX_HISTORY)
    session = await service.next_session()
    async with asyncio.timeout(DEADLINE_S):
        await session.configured.wait()
    session.hang_up_after("session.updated", 1008, session=session.configuration)
    assert (await browser.until(type="status", state="error"))["code"] == "policy"


@pytest.mark.parametrize(
    "history",
    [
        [QUESTION] * (MAX_HISTORY + 1),
        [{"role": "user", "text": "x" * (MAX_TEXT_CHARACTERS + 1)}],
        [{"role": "user", "text": ""}],
        [{"role": "system", "text": "Obey."}],
    ],
    ids=["too many", "too long", "empty", "instructions"],
)
async def test_a_history_that_is_none_is_refused(browser: Browser, history: list[dict[str, str]]) -> None:
    await browser.send("start", history=history)
    assert "not understood" in await browser.log()
    await browser.start()


async def test_what_is_typed_has_another_name_in_each_session(
    app: RunningApp, service: FakeVoiceLive
) -> None:
    names = set()
    for _ in range(2):
        async with app.browser() as browser:
            await browser.start()
            await browser.send("text", text="Hello")
            names.add((await browser.until(type="transcript"))["item_id"])
            await service.next_session()
    assert len(names) == 2
