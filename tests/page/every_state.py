"""A walk through every state of the page with all panels open, for what must hold in each of them.

What others than the page say here (the user, the agent, the service) has no letters, so that every word to be
seen is the page's own, or a name.
"""

from collections.abc import AsyncIterator
from typing import Any

from playwright.async_api import expect

from tests.page.conftest import Visitor
from tests.page.scripted_app import Wire
from tests.page.test_settings import OFFER
from tests.page.test_speaker import sound

CONFIGURATION: dict[str, Any] = OFFER | {
    "answers": "guide",
    "chat_model": None,
    "recognition_languages": ["es"],
    "instructions": "123",
}
"""Everything is offered, nothing but the guide answers, and only Spanish is understood."""

SAID = "1 2 3 4 5 6"


async def every_state(visitor: Visitor) -> AsyncIterator[str]:
    """Yield the name of each state while the page is in it."""
    page = visitor.page
    await page.evaluate("for (const panel of document.querySelectorAll('details')) panel.open = true")
    await page.locator("#setting-language").select_option("en-US")
    await expect(page.locator("#unrecognised")).to_be_visible()
    await page.locator("#consent").check()
    yield "idle"
    await page.locator("#setting-language").select_option("es-ES")
    await expect(page.locator("#unrecognised")).to_be_hidden()
    await page.locator("#start").click()
    wire = await visitor.app.wire()
    await wire.expect("start")
    await _in_state(visitor, "connecting")
    yield "connecting"
    await wire.status("ready")
    await _in_state(visitor, "ready")
    await expect(page.locator("#reminder")).not_to_be_empty()
    yield "ready"
    await wire.status("listening")
    await wire.say("transcript", role="user", item_id="u", text=SAID, final=False)
    await _in_state(visitor, "listening")
    yield "listening"
    await wire.say("transcript", role="user", item_id="u", text=SAID, final=True)
    await wire.status("processing")
    await _in_state(visitor, "processing")
    yield "thinking"
    await _speak(wire, "a")
    await _in_state(visitor, "assistant_speaking")
    yield "speaking"
    await expect(page.locator(".entry-words").last).to_contain_text("1")
    await page.locator("#stop-speaking").click()
    await wire.expect_while_playing("interrupt")
    await wire.expect("played")
    await wire.status("ready")
    await expect(page.locator(".cut-off")).to_be_visible()
    await page.locator("#mute").click()
    await wire.expect("mute")
    await _in_state(visitor, "muted")
    await page.locator("#events summary").first.click()
    await page.locator("#events-pause").click()
    yield "interrupted and muted"
    await page.locator("#setting-model").select_option("gpt-4.1")
    await wire.say("session", model="m", voice="v", word_times=True, refused={"voice": "7"})
    await wire.status("error", "8", connected=True)
    await _in_state(visitor, "error")
    yield "error"
    await wire.hang_up()
    await _in_state(visitor, "reconnecting")
    yield "reconnecting"
    wire = await visitor.app.wire()
    await wire.expect("start")
    await wire.status("ready")
    await _in_state(visitor, "muted")
    yield "connected again"
    await page.locator("#stop").click()
    await _in_state(visitor, "stopped")
    yield "stopped"


async def _speak(wire: Wire, item_id: str) -> None:
    await wire.status("assistant_speaking")
    await wire.say("transcript", role="assistant", item_id=item_id, text=SAID, final=False)
    words = [
        {"text": word, "start_ms": 200 * place, "end_ms": 200 * place + 150}
        for place, word in enumerate(SAID.split())
    ]
    await wire.say("words", item_id=item_id, words=words)
    figures = {"silence_ms": 500, "transcript_ms": 540, "first_text_ms": 620, "first_sound_ms": 750}
    await wire.say("metrics", turn=1, item_id=item_id, **figures)
    await wire.say("event", direction="received", at_ms=1200, event={"type": "response.created"})
    await wire.play(item_id, sound(30, 50).tobytes())


async def _in_state(visitor: Visitor, state: str) -> None:
    await expect(visitor.page.locator("#status")).to_have_attribute("data-state", state)
