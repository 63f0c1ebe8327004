"""The newest words stay in sight, unless their reader has gone back to older ones."""

from typing import Any

import pytest
from playwright.async_api import expect

from tests.page.conftest import Visit, Visitor
from tests.page.scripted_app import Wire, serve_page
from tests.page.test_speaker import sound

LAPTOP = {"viewport": {"width": 1280, "height": 720}}

LIST = 'document.querySelector("#transcript")'
HIDDEN_PX = f"{LIST}.scrollHeight - {LIST}.clientHeight - {LIST}.scrollTop"
NEWEST_IN_SIGHT = f"() => {HIDDEN_PX} < 2"

ALL_IN_SIGHT_PX = 640
"""From this height on, nothing has to be scrolled for the talk to be whole."""

LENGTH_PX = "document.documentElement.scrollHeight"

LONG = "It is sunny in the mountains and it rains at the sea. " * 6


async def talk_a_lot(visitor: Visitor) -> Wire:
    """Fill the list beyond its window, the last answer not yet at its end."""
    wire = await visitor.start()
    for turn in range(4):
        await wire.say("transcript", role="user", item_id=f"u{turn}", text="And now?", final=True)
        await wire.say("transcript", role="assistant", item_id=f"a{turn}", text=LONG, final=True)
    await wire.say("transcript", role="user", item_id="last", text="And", final=False)
    await wire.status("assistant_speaking")
    await visitor.sees_state("Speaking")
    await expect(visitor.page.locator(".entry")).to_have_count(9)
    await visitor.page.wait_for_function(NEWEST_IN_SIGHT)
    return wire


async def say_more(visitor: Visitor, wire: Wire) -> None:
    await wire.say("transcript", role="user", item_id="last", text=f" more {LONG}", final=False)
    await expect(visitor.page.locator(".entry-words").last).to_contain_text("more")
    await visitor.page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


async def test_muting_in_mid_answer_leaves_the_newest_words_in_sight(visit: Visit) -> None:
    async with serve_page(answers="guide", chat_model=None) as app:
        visitor = await visit(to=app, **LAPTOP)
        wire = await talk_a_lot(visitor)
        before = await visitor.page.locator("#transcript").bounding_box()
        await visitor.click("Mute")
        await visitor.reads("Microphone muted.")
        after = await visitor.page.locator("#transcript").bounding_box()
        assert before is not None
        assert after is not None
        assert after["height"] < before["height"]
        await visitor.page.wait_for_function(NEWEST_IN_SIGHT)
        await say_more(visitor, wire)
        await visitor.page.wait_for_function(NEWEST_IN_SIGHT)
        await visitor.screenshot("muted-while-speaking")
        await visitor.page.context.close()


@pytest.mark.parametrize("size", [(1280, 800), (1024, 768), (360, 740)])
async def test_interruptions_do_not_lengthen_the_page(visit: Visit, size: tuple[int, int]) -> None:
    visitor = await visit(viewport={"width": size[0], "height": size[1]}, tap=True)
    wire = await talk_a_lot(visitor)
    length_px = await visitor.page.evaluate(LENGTH_PX)
    for number in range(30):
        item_id = f"cut{number}"
        await wire.play(item_id, sound(4.0, number).tobytes())
        await wire.say("transcript", role="assistant", item_id=item_id, text=LONG, final=True)
        await wire.say("control", action="stop_playback")
        await wire.expect("played")
    await expect(visitor.page.locator(".cut-off")).to_have_count(30)
    assert await visitor.page.evaluate(LENGTH_PX) == length_px


@pytest.mark.parametrize("size", [(1280, 800), (360, 740)])
async def test_whatever_scrolls_holds_what_is_hidden_in_it(visit: Visit, size: tuple[int, int]) -> None:
    visitor = await visit(viewport={"width": size[0], "height": size[1]})
    await visitor.page.evaluate("for (const panel of document.querySelectorAll('details')) panel.open = true")
    scrollers = await visitor.page.evaluate(
        """() => [...document.body.querySelectorAll("*")]
            .map((element) => ({ element, style: getComputedStyle(element) }))
            .filter(({ element }) => element.matches(":not(textarea)"))
            .filter(({ style }) => ["auto", "scroll"].includes(style.overflowY))
            .map(({ element, style }) => [element.id || element.className, style.position])"""
    )
    assert len(scrollers) > 2
    assert [name for name, position in scrollers if position == "static"] == []


async def test_a_window_that_becomes_smaller_leaves_the_newest_words_in_sight(visit: Visit) -> None:
    visitor = await visit(**LAPTOP)
    wire = await talk_a_lot(visitor)
    for width, height in ((1280, 640), (1280, 560), (768, 1024), (360, 740), (1440, 900)):
        await visitor.page.set_viewport_size({"width": width, "height": height})
        await say_more(visitor, wire)
        await visitor.page.wait_for_function(NEWEST_IN_SIGHT)


async def test_who_reads_older_words_is_left_alone_until_they_return(visit: Visit) -> None:
    visitor = await visit(**LAPTOP)
    wire = await talk_a_lot(visitor)
    await visitor.page.locator("#transcript").hover()
    await visitor.page.mouse.wheel(0, -120)
    await visitor.page.wait_for_function(f"() => {HIDDEN_PX} > 100")
    top = await visitor.page.evaluate(f"{LIST}.scrollTop")
    await say_more(visitor, wire)
    await visitor.click("Mute")
    await visitor.reads("Microphone muted.")
    await say_more(visitor, wire)
    assert abs(await visitor.page.evaluate(f"{LIST}.scrollTop") - top) < 2
    await visitor.page.locator("#transcript").press("End")
    await visitor.page.wait_for_function(NEWEST_IN_SIGHT)
    await say_more(visitor, wire)
    await visitor.page.wait_for_function(NEWEST_IN_SIGHT)


@pytest.mark.parametrize("size", [(1280, 720), (1366, 650), (1280, 640), (1280, 600), (1024, 768)])
@pytest.mark.parametrize("answers", ["guide", "model"])
async def test_what_one_types_into_is_whole_in_a_wide_window(
    visit: Visit, size: tuple[int, int], answers: str
) -> None:
    async with serve_page(answers=answers, chat_model="llama3.2") as app:
        visitor = await visit(to=app, viewport={"width": size[0], "height": size[1]})
        wire = await talk_a_lot(visitor)
        await visitor.click("Mute")
        await wire.status("ready")
        await visitor.reads("Press Unmute to speak")
        if size[1] < ALL_IN_SIGHT_PX:
            await visitor.page.locator(".talk").evaluate("(talk) => scrollTo(0, talk.offsetTop)")
        boxes: dict[str, Any] = await visitor.page.evaluate(
            """() => Object.fromEntries(["#status", "#transcript", "#composer"].map((part) => {
                const { top, bottom, height } = document.querySelector(part).getBoundingClientRect();
                return [part, { top, bottom, height }];
            }))"""
        )
        assert boxes["#status"]["top"] >= 0
        assert boxes["#composer"]["bottom"] <= size[1]
        assert boxes["#transcript"]["height"] >= 80
        await visitor.page.context.close()
