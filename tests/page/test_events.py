"""The panel of the protocol's events."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from playwright.async_api import Locator, expect

from tests.page.conftest import Visit, Visitor
from tests.page.scripted_app import ScriptedApp, Wire, serve_page
from tests.page.test_reconnecting import lose, restore

TIMES = "\N{MULTIPLICATION SIGN}"


@pytest_asyncio.fixture(loop_scope="session")
async def open_app() -> AsyncIterator[ScriptedApp]:
    """An app that shows the events; named before `visit`, so that it ends after the pages."""
    async with serve_page(choices={"show_events": True}) as app:
        yield app


async def start(visit: Visit, app: ScriptedApp, **look: Any) -> tuple[Visitor, Wire]:
    visitor = await visit(to=app, **look)
    await visitor.click("Start session")
    wire = await app.wire()
    assert (await wire.expect("start"))["events"] is True
    await wire.status("ready")
    await visitor.sees_state("Ready")
    return visitor, wire


async def tell(wire: Wire, direction: str, at_ms: int, type: str, **fields: Any) -> None:
    await wire.say("event", direction=direction, at_ms=at_ms, event={"type": type, **fields})


async def open_panel(visitor: Visitor) -> Locator:
    await visitor.page.locator("#events-panel > summary").click()
    return visitor.page.locator("#events")


def types(events: Locator) -> Locator:
    return events.locator("code")


async def test_where_the_operator_does_not_allow_it_there_are_no_events(visit: Visit) -> None:
    visitor = await visit()
    await visitor.click("Start session")
    wire = await visitor.app.wire()
    assert "events" not in await wire.expect("start")
    await expect(visitor.page.locator("#events-panel")).to_be_hidden()


async def test_events_are_listed_and_expand_to_json_by_keyboard(open_app: ScriptedApp, visit: Visit) -> None:
    visitor, wire = await start(visit, open_app)
    events = await open_panel(visitor)
    await tell(wire, "sent", 1234, "session.update", session={"voice": "Ava"})
    await tell(wire, "received", 1300, "session.updated", session={"voice": "Ava"})
    await expect(types(events)).to_have_text(["session.update", "session.updated"])
    first = events.get_by_role("listitem").first
    await expect(first).to_contain_text("1.23 sec")
    await expect(first.get_by_role("img", name="Sent")).to_be_visible()
    await first.locator("summary").focus()
    await visitor.page.keyboard.press("Enter")
    shown = json.loads(await first.locator("pre").inner_text())
    assert shown == {
        "direction": "sent",
        "at_ms": 1234,
        "event": {"type": "session.update", "session": {"voice": "Ava"}},
    }


async def test_a_second_of_sound_is_one_line_that_counts(open_app: ScriptedApp, visit: Visit) -> None:
    visitor, wire = await start(visit, open_app)
    events = await open_panel(visitor)
    for number in range(60):
        await tell(wire, "sent", number * 20, "input_audio_buffer.append", audio={"audio_bytes": 960})
    await expect(types(events)).to_have_text(["input_audio_buffer.append"] * 2)
    await expect(events.locator("small")).to_have_text([f"{TIMES}50 48.0 kB", f"{TIMES}10 9.6 kB"])


async def test_the_filter_and_the_direction_choose(open_app: ScriptedApp, visit: Visit) -> None:
    visitor, wire = await start(visit, open_app)
    events = await open_panel(visitor)
    await tell(wire, "sent", 0, "session.update", session={"voice": "Ava"})
    await tell(wire, "received", 1, "session.updated", session={"voice": "Ava"})
    await tell(wire, "received", 2, "response.created")
    words = visitor.page.get_by_label("Filter by words")
    await words.fill("ava")
    await expect(types(events)).to_have_text(["session.update", "session.updated"])
    await visitor.page.get_by_label("Direction").select_option("Received")
    await expect(types(events)).to_have_text(["session.updated"])
    await tell(wire, "received", 3, "session.updated", session={"voice": "Ada"})
    await tell(wire, "received", 4, "session.updated", session={"voice": "Ava again"})
    await expect(types(events)).to_have_text(["session.updated"] * 2)
    await words.fill("")
    await expect(types(events)).to_have_text(
        ["session.updated", "response.created", "session.updated", "session.updated"]
    )


async def test_after_a_lost_connection_times_go_on(open_app: ScriptedApp, visit: Visit) -> None:
    visitor, wire = await start(visit, open_app)
    times = (await open_panel(visitor)).locator("time")
    await tell(wire, "sent", 0, "session.update")
    await expect(times).to_have_count(1)
    await lose(visitor, wire)
    wire = await restore(visitor)
    await tell(wire, "sent", 0, "session.update")
    await expect(times).to_have_count(2)
    first_s, second_s = [float(time.split()[0]) for time in await times.all_text_contents()]
    assert (first_s, second_s >= 0.25) == (0, True), "the first try comes after a quarter of a second"


async def test_a_paused_list_stands_still_and_goes_on_without_a_loss(
    open_app: ScriptedApp, visit: Visit
) -> None:
    visitor, wire = await start(visit, open_app)
    events = await open_panel(visitor)
    await tell(wire, "sent", 0, "session.update")
    await expect(types(events)).to_have_count(1)
    pause = visitor.page.get_by_role("button", name="Pause")
    await pause.click()
    await expect(pause).to_have_attribute("aria-pressed", "true")
    await expect(visitor.page.locator("#events-status")).to_contain_text("Paused.")
    for number in range(3):
        await tell(wire, "received", number, "response.created")
    await wire.status("listening")
    await visitor.sees_state("Listening")
    await visitor.page.get_by_label("Filter by words").fill("e")
    await expect(types(events)).to_have_text(["session.update"])
    await pause.click()
    await expect(types(events)).to_have_text(["session.update"] + ["response.created"] * 3)


async def test_one_event_or_all_that_are_shown_can_be_copied(open_app: ScriptedApp, visit: Visit) -> None:
    visitor, wire = await start(visit, open_app, permissions=["clipboard-read", "clipboard-write"])
    events = await open_panel(visitor)
    for number, kind in enumerate(("session.update", "session.updated", "response.created")):
        await tell(wire, "sent", number, kind)
    await expect(types(events)).to_have_count(3)
    await events.locator("summary").nth(2).click()
    await events.get_by_role("button", name="Copy").click()
    await expect(visitor.page.locator("#events-status")).to_have_text("Copied: 1")
    one = json.loads(await visitor.page.evaluate("navigator.clipboard.readText()"))
    assert one["event"] == {"type": "response.created"}
    await visitor.page.get_by_label("Filter by words").fill("session")
    await expect(types(events)).to_have_count(2)
    await visitor.click("Copy all shown")
    await expect(visitor.page.locator("#events-status")).to_have_text("Copied: 2")
    copied = json.loads(await visitor.page.evaluate("navigator.clipboard.readText()"))
    assert [entry["event"]["type"] for entry in copied] == ["session.update", "session.updated"]


async def test_only_the_newest_500_are_on_the_page_and_none_while_it_is_folded(
    open_app: ScriptedApp, visit: Visit
) -> None:
    visitor, wire = await start(visit, open_app)
    for number in range(520):
        await tell(wire, "received", number, "response.text.delta", delta=f"word {number}")
    await wire.status("listening")
    await visitor.sees_state("Listening")
    rows = visitor.page.locator("#events > li")
    assert await rows.count() == 0
    events = await open_panel(visitor)
    await expect(rows).to_have_count(500)
    await tell(wire, "received", 999, "response.done")
    await expect(types(events).last).to_have_text("response.done")
    await expect(rows).to_have_count(500)


async def test_a_new_session_begins_with_an_empty_list(open_app: ScriptedApp, visit: Visit) -> None:
    visitor, wire = await start(visit, open_app)
    events = await open_panel(visitor)
    await tell(wire, "sent", 0, "session.update")
    await expect(types(events)).to_have_count(1)
    await visitor.click("Pause")
    await visitor.click("Stop session")
    await expect(types(events)).to_have_count(1)
    await visitor.click("Start session")
    second = await open_app.wire()
    await second.expect("start")
    await expect(types(events)).to_have_text(["session.update"])
    await tell(second, "received", 0, "session.created")
    await expect(types(events)).to_have_text(["session.created"])
