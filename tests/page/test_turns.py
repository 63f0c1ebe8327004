"""The panel that shows how each turn went, and the ways to connect a model."""

from typing import Any

from playwright.async_api import Locator, expect

from tests.page.conftest import Visit, Visitor
from tests.page.scripted_app import Wire, serve_page
from tests.page.test_reconnecting import lose, restore
from tests.page.test_speaker import sound

NONE_YET = "\N{EN DASH}"
FIGURES = {"silence_ms": 500, "transcript_ms": 590, "first_text_ms": 810, "first_sound_ms": 920}


async def open_panel(visitor: Visitor) -> Locator:
    await visitor.page.locator("#turns-panel > summary").click()
    return visitor.page.locator("#turns-panel")


async def answer(wire: Wire, turn: int, item_id: str = "", **figures: int | None) -> None:
    await wire.say("metrics", turn=turn, item_id=item_id or f"a{turn}", **(FIGURES | figures))


async def figure(panel: Locator, name: str, value: str) -> None:
    await expect(panel.locator("dl div").filter(has_text=name).locator("dd")).to_have_text(value)


def cells(panel: Locator, turn: int) -> Locator:
    return panel.get_by_role("row").filter(
        has=panel.page.get_by_role("rowheader", name=str(turn), exact=True)
    )


async def test_each_turn_is_a_row_with_its_times(visit: Visit) -> None:
    visitor = await visit()
    panel = await open_panel(visitor)
    await expect(panel).to_contain_text("The first turn appears here")
    wire = await visitor.start()
    await answer(wire, 1)
    await answer(wire, 2, silence_ms=None, transcript_ms=None, first_text_ms=1200, first_sound_ms=1400)
    table = panel.get_by_role("table", name="Turns, the newest first")
    await expect(table.get_by_role("columnheader")).to_have_text(
        ["Turn", "Silence", "Your words", "First word", "First sound"]
    )
    await expect(cells(panel, 1).get_by_role("cell")).to_have_text(["500 ms", "590 ms", "810 ms", "920 ms"])
    await expect(cells(panel, 2).get_by_role("cell")).to_have_text(
        [NONE_YET, NONE_YET, "1,200 ms", "1,400 ms"]
    )
    await expect(table.get_by_role("rowheader")).to_have_text(["2", "1"])
    await figure(panel, "Typical wait", "920 ms")
    await figure(panel, "Longest waits", "1,400 ms")


async def test_after_a_lost_connection_turns_are_counted_on(visit: Visit) -> None:
    visitor = await visit()
    panel = await open_panel(visitor)
    wire = await visitor.start()
    await answer(wire, 1, "first")
    await lose(visitor, wire)
    wire = await restore(visitor)
    await answer(wire, 1, "second")
    await expect(panel.get_by_role("rowheader")).to_have_text(["2", "1"])


async def test_the_bars_of_all_turns_have_one_scale(visit: Visit) -> None:
    visitor = await visit()
    panel = await open_panel(visitor)
    wire = await visitor.start()
    await answer(wire, 1)
    await answer(wire, 2, silence_ms=200, transcript_ms=900, first_text_ms=400, first_sound_ms=800)
    await expect(cells(panel, 2)).to_be_visible()
    bars: Any = await panel.evaluate(
        """(panel) => [...panel.querySelectorAll(".bars")].map((strip) => [...strip.children].map((bar) =>
            [bar.dataset.stage, Math.round(bar.getBoundingClientRect().width / strip.clientWidth * 100)]))"""
    )
    latest, first = bars
    assert first == [["silence", 50], ["transcript", 9], ["first_text", 22], ["first_sound", 11]]
    assert latest == [["silence", 20], ["first_text", 20], ["first_sound", 40], ["transcript", 10]]


async def test_an_interruption_is_told_with_the_time_until_silence(visit: Visit) -> None:
    visitor = await visit()
    panel = await open_panel(visitor)
    wire = await visitor.start()
    await wire.play("a1", sound(4, 1).tobytes())
    await wire.status("assistant_speaking")
    await visitor.sees_state("Speaking")
    await wire.say("control", action="stop_playback", because="speech", after_ms=240)
    await wire.expect("played")
    await answer(wire, 1)
    await expect(panel).to_contain_text("You interrupted by speaking. Silent")
    await expect(panel).to_contain_text("240 ms to notice it")
    await answer(wire, 2)
    await wire.play("a2", sound(4, 2).tobytes())
    await visitor.click("Stop speaking")
    await wire.expect("interrupt")
    await wire.expect("played")
    await expect(panel).to_contain_text("You stopped it. Silent after")
    await wire.play("a3", sound(4, 3).tobytes())
    await answer(wire, 3)
    await visitor.page.get_by_label("Message").fill("Wait!")
    await visitor.page.keyboard.press("Enter")
    await wire.expect("text")
    await wire.expect("played")
    await expect(panel).to_contain_text("Your message interrupted it. Silent after")


async def test_live_figures_follow_the_session(visit: Visit) -> None:
    visitor = await visit()
    panel = await open_panel(visitor)
    await figure(panel, "Round trip", NONE_YET)
    wire = await visitor.start()
    await expect(panel.locator("[data-figure=roundTrip]")).not_to_have_text(NONE_YET)
    await expect(panel.locator("[data-figure=jitter]")).not_to_have_text(NONE_YET)
    await figure(panel, "Gaps in the voice", "0")
    await wire.play("answer", sound(0.2, 4).tobytes())
    await wire.expect("played")
    await wire.send_sound(sound(0.2, 5).tobytes())
    await wire.expect("played")
    await figure(panel, "Gaps in the voice", "1")
    await visitor.click("Mute")
    await wire.expect("mute")
    await visitor.click("Unmute")
    await wire.expect("mute")
    await figure(panel, "Dropped frames", "0")


async def test_a_folded_panel_costs_nothing_and_shows_all_when_it_is_opened(visit: Visit) -> None:
    visitor = await visit()
    wire = await visitor.start()
    for turn in range(1, 61):
        await answer(wire, turn)
    await wire.status("listening")
    await visitor.sees_state("Listening")
    rows = visitor.page.locator("#turns-panel tbody")
    assert await rows.count() == 0
    await open_panel(visitor)
    await expect(rows).to_have_count(50)


async def test_the_figures_follow_the_language(visit: Visit) -> None:
    visitor = await visit(locale="it-IT")
    panel = visitor.page.locator("#turns-panel")
    await panel.locator("summary").click()
    await visitor.page.get_by_role("button", name="Avvia conversazione").click()
    wire = await visitor.app.wire()
    await wire.expect("start")
    await wire.status("ready")
    await answer(wire, 1, first_sound_ms=12_345)
    await expect(cells(panel, 1).get_by_role("cell")).to_have_text(
        ["500 ms", "590 ms", "810 ms", "12.345 ms"]
    )
    await visitor.page.locator("#language").select_option("en")
    await expect(panel).to_contain_text("Typical wait (p50)")
    await expect(panel.get_by_role("columnheader").last).to_have_text("First sound")


async def test_where_the_guide_answers_the_ways_to_connect_a_model_can_be_copied(visit: Visit) -> None:
    async with serve_page(answers="guide", chat_model=None) as app:
        visitor = await visit(to=app, permissions=["clipboard-read", "clipboard-write"])
        ways = visitor.page.locator("#connect-model")
        await ways.locator("summary").focus()
        await visitor.page.keyboard.press("Enter")
        for name, variable in (
            ("Ollama", "VOICE_LIVE_CHAT_URL=http://127.0.0.1:11434/v1\nVOICE_LIVE_CHAT_MODEL="),
            ("OpenAI-compatible", "VOICE_LIVE_CHAT_API_KEY="),
            ("Azure", "AZURE_VOICE_LIVE_ENDPOINT="),
        ):
            await ways.locator("section").filter(has_text=name).get_by_role("button", name="Copy").click()
            await expect(ways.get_by_role("status")).to_have_text("Copied.")
            copied: str = await visitor.page.evaluate("navigator.clipboard.readText()")
            assert variable in copied
        await visitor.screenshot("connect-model")
        await visitor.page.context.close()


async def test_where_a_model_answers_no_other_is_offered(visit: Visit) -> None:
    visitor = await visit()
    await visitor.reads("Answers come from llama3.2.")
    await expect(visitor.page.locator("#connect-model")).to_be_hidden()
