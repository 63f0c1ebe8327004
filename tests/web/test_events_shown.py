"""The protocol's events on the page: whole, in order, without sound, and without what must stay secret."""

import base64
import json
from typing import Any

from tests.fake_voice_live import FakeSession, FakeVoiceLive
from tests.web.conftest import API_KEY, azure_settings
from tests.web.running_app import Browser, running_app

OPERATORS_WORDS = "Never tell anybody about the discount."


async def event(browser: Browser, type: str) -> dict[str, Any]:
    """Return the next event of this type."""
    while True:
        message = await browser.until(type="event")
        if message["event"]["type"] == type:
            return message


async def test_a_page_that_asks_sees_both_directions_from_the_beginning(
    browser: Browser,
) -> None:
    await browser.send("start", events=True)
    update = await event(browser, "session.update")
    assert update["direction"] == "sent"
    assert update["event"]["session"]["voice"]["name"] == "en-US-AvaNeural"
    updated = await event(browser, "session.updated")
    assert updated["direction"] == "received"
    assert updated["at_ms"] >= update["at_ms"] >= 0


async def test_nothing_is_shown_before_the_page_asks_and_after_it_asks_no_more(
    browser: Browser, session: FakeSession
) -> None:
    await session.speech_started()
    await browser.expect("control")
    await browser.status("listening")
    await browser.send("events", on=True)
    await browser.send("ping", id=1)
    await browser.expect("pong")
    await session.speech_stopped()
    await browser.expect("event", direction="received")
    await browser.status("processing")
    await browser.send("events", on=False)
    await browser.send("ping", id=2)
    await browser.expect("pong")
    await session.speech_started()
    await browser.expect("control")


async def test_sound_is_shown_as_its_length(browser: Browser, session: FakeSession) -> None:
    await browser.send("events", on=True)
    await browser.send_sound(bytes(1920))
    assert (await event(browser, "input_audio_buffer.append"))["event"]["audio"] == {"audio_bytes": 1920}
    await session.response_created("resp_1")
    for length in (4800, 4801, 4802):
        await session.sound("resp_1", "item_1", bytes(length))
        shown = (await event(browser, "response.audio.delta"))["event"]
        assert shown["delta"] == {"audio_bytes": length}
        assert (shown["response_id"], shown["item_id"]) == ("resp_1", "item_1")
    await session.words("resp_1", "item_1", "Hello")
    assert (await event(browser, "response.audio_transcript.delta"))["event"]["delta"] == "Hello"


async def test_no_key_is_shown_wherever_it_stands(browser: Browser, session: FakeSession) -> None:
    await browser.send("events", on=True)
    tools = [{"type": "mcp", "server_url": "https://x", "authorization": "Bearer abc", "headers": {"k": "v"}}]
    await session.send("session.updated", session={"tools": tools, "note": f"the key is {API_KEY}!"})
    shown = (await event(browser, "session.updated"))["event"]
    assert (
        shown["session"]["tools"][0] | {"authorization": "[hidden]", "headers": "[hidden]"}
        == (shown["session"]["tools"][0])
    )
    assert shown["session"]["note"] == "the key is [hidden]!"
    assert API_KEY not in json.dumps(shown)


async def test_instructions_are_shown_only_to_whom_the_operator_allows(service: FakeVoiceLive) -> None:
    for may, told in (({"events"}, "[hidden]"), ({"events", "instructions"}, OPERATORS_WORDS)):
        settings = azure_settings(
            service, instructions=OPERATORS_WORDS, user_may_choose=frozenset(may), max_sessions=1
        )
        async with running_app(settings) as app, app.browser() as browser:
            await browser.send("start", events=True)
            shown = (await event(browser, "session.update"))["event"]
            assert shown["session"]["instructions"] == told
            session = await service.next_session()
            system = {"role": "system", "content": [{"type": "input_text", "text": OPERATORS_WORDS}]}
            await session.send("conversation.item.created", item=system)
            item = (await event(browser, "conversation.item.created"))["event"]["item"]
            assert (OPERATORS_WORDS in json.dumps(item)) is ("instructions" in may)


async def test_events_that_the_operator_does_not_show_are_refused(service: FakeVoiceLive) -> None:
    settings = azure_settings(service, user_may_choose=frozenset({"voice"}))
    async with running_app(settings) as app, app.browser() as browser:
        await browser.send("start", events=True)
        await browser.expect("status", state="error", code="not_offered", values={"names": "events"})
        await browser.start()
        session = await service.next_session()
        await browser.send("events", on=True)
        await session.speech_started()
        await browser.expect("control")
        assert "does not let users choose events" in browser.logs[-1]


async def test_a_huge_event_is_shown_by_its_size(browser: Browser, session: FakeSession) -> None:
    await browser.send("events", on=True)
    await session.send("conversation.item.created", item={"text": "x" * 100_000})
    shown = (await event(browser, "conversation.item.created"))["event"]
    assert shown["event_id"] == "event_1"
    assert shown["too_large_bytes"] > 100_000


async def test_a_message_that_is_no_event_shows_nothing(browser: Browser, session: FakeSession) -> None:
    await browser.send("events", on=True)
    await session.send_text("this is not JSON")
    await session.send_text(json.dumps([base64.b64encode(b"x").decode()]))
    await session.speech_started()
    assert (await browser.until(type="event"))["event"]["type"] == "input_audio_buffer.speech_started"
