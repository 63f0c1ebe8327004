"""What a visitor may choose: offered, heard, applied, kept, reset and shared."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from playwright.async_api import Locator, expect

from tests.page.conftest import Visit, Visitor
from tests.page.scripted_app import ScriptedApp, serve_page
from tests.page.test_speaker import sound

TURNS = {"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500}
OFFER: dict[str, Any] = {
    "voice": "en-US-AvaNeural",
    "model": "gpt-realtime",
    "instructions": "Be brief.",
    "recognition_languages": ["en"],
    "choices": {
        "voices": [
            {"name": "en-US-AvaNeural", "label": "Ava", "language": "en-US"},
            {"name": "en-US-AndrewNeural", "label": "Andrew", "language": "en-US"},
            {"name": "it-IT-IsabellaNeural", "label": "Isabella", "language": "it-IT"},
            {"name": "pt-BR-FranciscaNeural", "label": "Francisca", "language": "pt-BR"},
            {"name": "es-ES-ElviraNeural", "label": "Elvira", "language": "es-ES"},
            {"name": "es-MX-DaliaNeural", "label": "Dalia", "language": "es-MX"},
        ],
        "languages": ["en-US", "it-IT", "pt-BR", "es-ES", "es-MX"],
        "models": ["gpt-realtime", "gpt-4.1"],
        "agents": [{"name": "helpdesk", "label": "Help desk"}],
        "instructions": True,
        "turn_detection": {
            "types": ["server_vad", "azure_semantic_vad"],
            "threshold": [0.0, 1.0],
            "prefix_padding_ms": [0, 2000],
            "silence_duration_ms": [100, 5000],
        },
        "speech_rate": [0.5, 2.0],
        "show_events": True,
    },
    "defaults": {"language": None, "turn_detection": TURNS, "speech_rate": 1.0, "agent": None},
}
"""A `/config` that offers everything."""


@pytest_asyncio.fixture(loop_scope="session")
async def offering() -> AsyncIterator[ScriptedApp]:
    """An app that offers everything; named before `visit`, so that it ends after the pages."""
    async with serve_page(**OFFER) as app:
        yield app


async def open_settings(visitor: Visitor) -> Locator:
    panel = visitor.page.locator("#settings-panel")
    await panel.locator("summary").click()
    await expect(panel.locator("form")).to_be_visible()
    return panel


async def start_message(visitor: Visitor, button: str = "Start session") -> dict[str, Any]:
    """Start a session and return what the page asked for."""
    await visitor.click(button)
    wire = await visitor.app.wire()
    asked = await wire.expect("start")
    return {name: value for name, value in asked.items() if name not in {"type", "events", "frames_before"}}


async def set_slider(field: Locator, value: str) -> None:
    await field.fill(value)
    await field.dispatch_event("change")


async def write_instructions(panel: Locator, words: str) -> None:
    await panel.get_by_label("Instructions", exact=True).fill(words)
    await panel.get_by_label("Instructions", exact=True).blur()


def status_of(visitor: Visitor) -> Locator:
    return visitor.page.locator("#settings-status")


async def test_where_nothing_may_be_chosen_the_panel_says_so_and_nothing_is_asked_for(visit: Visit) -> None:
    visitor = await visit(locale="it-IT")
    await visitor.page.locator("#settings-panel summary").click()
    await expect(visitor.page.locator("#settings-none")).to_contain_text("Chi gestisce questa pagina")
    await expect(visitor.page.locator("#settings-form")).to_be_hidden()
    assert await start_message(visitor, "Avvia conversazione") == {}


async def test_only_what_is_offered_is_shown(visit: Visit) -> None:
    choices = {"voices": OFFER["choices"]["voices"], "turn_detection": None, "speech_rate": None}
    async with serve_page(voice="en-US-AvaNeural", choices=choices) as app:
        visitor = await visit(to=app)
        panel = await open_settings(visitor)
        await expect(panel.get_by_label("Voice")).to_be_visible()
        for label in ("Speech rate", "Instructions", "Model", "Agent", "Your turn ends"):
            await expect(panel.get_by_label(label, exact=True)).to_be_hidden()
        await visitor.page.context.close()


async def test_a_session_is_asked_for_in_the_pages_language_with_a_voice_of_it(
    offering: ScriptedApp, visit: Visit
) -> None:
    for locale, start, language, voice in (
        ("it-IT", "Avvia conversazione", "it-IT", "it-IT-IsabellaNeural"),
        ("pt-PT", "Iniciar conversa", "pt-BR", "pt-BR-FranciscaNeural"),
        ("es-MX", "Iniciar conversación", "es-MX", "es-MX-DaliaNeural"),
        ("es-AR", "Iniciar conversación", "es-ES", "es-ES-ElviraNeural"),
    ):
        visitor = await visit(to=offering, locale=locale)
        assert await start_message(visitor, start) == {"language": language, "voice": voice}
    visitor = await visit(to=offering, locale="en-US")
    assert await start_message(visitor) == {"language": "en-US"}
    visitor = await visit(to=offering, locale="de-DE")
    assert await start_message(visitor) == {"language": "en-US"}


async def test_what_is_chosen_is_asked_for_and_kept_for_the_next_visit(
    offering: ScriptedApp, visit: Visit
) -> None:
    visitor = await visit(to=offering, locale="en-US")
    panel = await open_settings(visitor)
    await panel.get_by_label("Language of the conversation").select_option("it-IT")
    await panel.get_by_label("Voice").select_option("en-US-AndrewNeural")
    await set_slider(panel.get_by_label("Speech rate"), "1.25")
    await write_instructions(panel, "  Talk like a pirate.  ")
    await panel.get_by_label("Model").select_option("gpt-4.1")
    await panel.get_by_label("Agent").select_option("helpdesk")
    await panel.get_by_label("Your turn ends").select_option("azure_semantic_vad")
    await set_slider(panel.get_by_label("Silence that ends your turn"), "700")
    await visitor.page.reload()
    await expect(visitor.page.get_by_role("button", name="Start session")).to_be_enabled()
    assert await start_message(visitor) == {
        "language": "it-IT",
        "voice": "en-US-AndrewNeural",
        "speech_rate": 1.25,
        "instructions": "Talk like a pirate.",
        "model": "gpt-4.1",
        "agent": "helpdesk",
        "turn_detection": TURNS | {"type": "azure_semantic_vad", "silence_duration_ms": 700},
    }


async def test_reset_goes_back_to_what_the_operator_and_the_page_say(
    offering: ScriptedApp, visit: Visit
) -> None:
    visitor = await visit(to=offering, locale="en-US")
    panel = await open_settings(visitor)
    await panel.get_by_label("Voice").select_option("en-US-AndrewNeural")
    await set_slider(panel.get_by_label("Speech rate"), "1.5")
    await visitor.click("Reset")
    await expect(status_of(visitor)).to_have_text("All settings are as they were at first.")
    await expect(panel.get_by_label("Voice")).to_have_value("")
    await expect(panel.get_by_label("Speech rate")).to_have_value("1")
    await expect(panel.locator("output[for=setting-speech_rate]")).to_have_text(re.compile(r"1\.00 \W"))
    assert await visitor.page.evaluate("localStorage.getItem('openvoicelive.settings')") is None
    assert await start_message(visitor) == {"language": "en-US"}


async def test_a_choice_that_is_as_usual_is_not_kept_as_a_choice(offering: ScriptedApp, visit: Visit) -> None:
    visitor = await visit(to=offering, locale="en-US")
    panel = await open_settings(visitor)
    await set_slider(panel.get_by_label("Silence that ends your turn"), "900")
    await set_slider(panel.get_by_label("Silence that ends your turn"), "500")
    assert await visitor.page.evaluate("localStorage.getItem('openvoicelive.settings')") is None


async def test_what_is_kept_but_no_longer_offered_is_not_asked_for(
    offering: ScriptedApp, visit: Visit
) -> None:
    turns = {"type": "gone", "threshold": "x"}
    kept = json.dumps({"voice": "gone", "speech_rate": 9, "model": 7, "turn_detection": turns})
    visitor = await visit(
        to=offering, locale="en-US", init=f"localStorage.setItem('openvoicelive.settings', '{kept}')"
    )
    assert await start_message(visitor) == {"language": "en-US"}


async def test_a_change_reaches_the_running_session_and_its_answer_is_told(
    offering: ScriptedApp, visit: Visit
) -> None:
    visitor = await visit(to=offering, locale="en-US")
    wire = await visitor.start()
    panel = await open_settings(visitor)
    await set_slider(panel.get_by_label("Speech rate"), "1.2")
    assert (await wire.expect("settings"))["speech_rate"] == 1.2
    applied = {"model": "m", "voice": "v", "word_times": False}
    await wire.say("session", **applied)
    await expect(status_of(visitor)).to_have_text("Changed now: Speech rate.")
    await panel.get_by_label("Voice").select_option("en-US-AndrewNeural")
    assert (await wire.expect("settings"))["voice"] == "en-US-AndrewNeural"
    await wire.say("session", **applied, refused={"voice": "The agent has spoken already."})
    await expect(status_of(visitor)).to_contain_text("Voice: The agent has spoken already.")
    await expect(status_of(visitor)).to_contain_text("From the next session on: Voice.")
    await visitor.screenshot("settings-refused")


async def test_what_cannot_change_at_once_is_said_to_hold_from_the_next_session_on(
    offering: ScriptedApp, visit: Visit
) -> None:
    visitor = await visit(to=offering, locale="en-US")
    wire = await visitor.start()
    panel = await open_settings(visitor)
    await panel.get_by_label("Model").select_option("gpt-4.1")
    await expect(status_of(visitor)).to_have_text("From the next session on: Model.")
    await visitor.click("Stop session")
    await wire.expect("stop")
    assert (await start_message(visitor))["model"] == "gpt-4.1"


async def test_reset_reaches_the_running_session(offering: ScriptedApp, visit: Visit) -> None:
    visitor = await visit(to=offering, locale="en-US")
    panel = await open_settings(visitor)
    await write_instructions(panel, "Talk like a pirate.")
    await set_slider(panel.get_by_label("How sure it must be"), "0.8")
    wire = await visitor.start()
    await visitor.click("Reset")
    changed = await wire.expect("settings")
    assert changed["instructions"] == OFFER["instructions"]
    assert changed["turn_detection"] == TURNS
    assert "voice" not in changed


async def test_changing_the_pages_language_takes_the_conversation_along(
    offering: ScriptedApp, visit: Visit
) -> None:
    visitor = await visit(to=offering, locale="en-US")
    wire = await visitor.start()
    await visitor.page.get_by_label("Language of this page").select_option("it")
    changed = await wire.expect("settings")
    assert (changed["language"], changed["voice"]) == ("it-IT", "it-IT-IsabellaNeural")


async def test_a_voice_can_be_heard_before_a_session(offering: ScriptedApp, visit: Visit) -> None:
    visitor = await visit(to=offering, locale="en-US", tap=True)
    panel = await open_settings(visitor)
    await panel.get_by_label("Voice").select_option("en-US-AndrewNeural")
    await visitor.click("Hear a sample")
    wire = await offering.wire()
    asked = await wire.expect("sample")
    assert (asked["voice"], asked["language"]) == ("en-US-AndrewNeural", "en-US")
    await expect(panel.locator("#sample-status")).to_have_text("Andrew is speaking…")
    await wire.play("sample", sound(0.3, 40).tobytes())
    await wire.say("sample_done", item_id="sample", failed=None)
    await expect(visitor.page.get_by_role("button", name="Hear a sample")).to_be_visible()
    await expect(panel.locator("#sample-status")).to_be_empty()
    await wire.closed.wait()


async def test_a_sample_that_cannot_be_spoken_is_explained(offering: ScriptedApp, visit: Visit) -> None:
    visitor = await visit(to=offering, locale="en-US")
    panel = await open_settings(visitor)
    await visitor.click("Hear a sample")
    wire = await offering.wire()
    await wire.say("sample_done", item_id="sample", failed="This voice is not there. Choose another.")
    await expect(panel.locator("#sample-status")).to_have_text("This voice is not there. Choose another.")
    await visitor.click("Hear a sample")
    await (await offering.wire()).hang_up()
    await expect(panel.locator("#sample-status")).to_contain_text("The sample could not be played.")


async def test_a_sample_stops_at_a_press_and_when_a_session_starts(
    offering: ScriptedApp, visit: Visit
) -> None:
    visitor = await visit(to=offering, locale="en-US")
    await open_settings(visitor)
    await visitor.click("Hear a sample")
    wire = await offering.wire()
    await visitor.click("Stop the sample")
    await wire.closed.wait()
    await visitor.click("Hear a sample")
    wire = await offering.wire()
    await visitor.start()
    await wire.closed.wait()
    await expect(visitor.page.get_by_role("button", name="Hear a sample")).to_be_disabled()


COPYING = """
    window.copied = [];
    Object.defineProperty(navigator, "clipboard", {
        value: { writeText: async (words) => { window.copied.push(words); } },
    });
"""


async def test_a_link_carries_the_settings_to_another_browser(offering: ScriptedApp, visit: Visit) -> None:
    visitor = await visit(to=offering, locale="en-US", init=COPYING)
    panel = await open_settings(visitor)
    await panel.get_by_label("Voice").select_option("it-IT-IsabellaNeural")
    await write_instructions(panel, "Talk like a pirate & sing.")
    await set_slider(panel.get_by_label("Silence that ends your turn"), "750")
    await visitor.click("Copy a link with these settings")
    await expect(status_of(visitor)).to_have_text("Link copied. It carries no access code.")
    await panel.get_by_label("Put my instructions into the link").check()
    await visitor.click("Copy a link with these settings")
    await expect(status_of(visitor)).to_contain_text("with your instructions")
    without, whole = await visitor.page.evaluate("copied")
    assert "pirate" not in without

    for link, instructions in ((without, {}), (whole, {"instructions": "Talk like a pirate & sing."})):
        other = await visit(to=ScriptedApp(link, OFFER), locale="en-US")
        other.app = offering
        await expect(other.page.locator("#settings-panel")).to_have_attribute("open", "")
        await expect(status_of(other)).to_contain_text("come with the link you opened: Voice")
        assert await start_message(other) == {
            "language": "en-US",
            "voice": "it-IT-IsabellaNeural",
            "turn_detection": TURNS | {"silence_duration_ms": 750},
            **instructions,
        }
        assert await other.page.evaluate("localStorage.getItem('openvoicelive.settings')") is None


async def test_a_link_asks_only_for_what_is_offered(offering: ScriptedApp, visit: Visit) -> None:
    link = f"{offering.url}#voice=evil&speech_rate=99&model=gpt-4.1&access_code=x&type=gone&__proto__=y"
    visitor = await visit(to=ScriptedApp(link, OFFER), locale="en-US")
    visitor.app = offering
    await expect(status_of(visitor)).to_contain_text("come with the link you opened: Model.")
    await expect(status_of(visitor)).to_contain_text(
        "not offered here: Voice, Speech rate, and When it is the agent"
    )
    assert await start_message(visitor) == {"language": "en-US", "model": "gpt-4.1"}


async def test_a_change_makes_the_settings_of_a_link_ones_own(offering: ScriptedApp, visit: Visit) -> None:
    visitor = await visit(to=ScriptedApp(f"{offering.url}#model=gpt-4.1", OFFER), locale="en-US")
    visitor.app = offering
    await set_slider(visitor.page.get_by_label("Speech rate"), "1.2")
    assert "#" not in visitor.page.url
    await visitor.page.reload()
    await expect(visitor.page.get_by_role("button", name="Start session")).to_be_enabled()
    asked = await start_message(visitor)
    assert (asked["model"], asked["speech_rate"]) == ("gpt-4.1", 1.2)


async def test_a_language_that_is_not_understood_is_said_and_typing_offered(
    offering: ScriptedApp, visit: Visit
) -> None:
    visitor = await visit(to=offering, locale="it-IT", permissions=[])
    await visitor.reads("Qui il parlato in italiano non viene capito")
    await visitor.screenshot("unrecognised")
    await visitor.click("Scrivi")
    wire = await offering.wire()
    await wire.expect("start")
    await wire.status("ready")
    await expect(visitor.page.get_by_label("Messaggio")).to_be_focused()
    await expect(visitor.page.locator("#mute")).to_be_hidden()
    await visitor.reads("Scrivi un messaggio.")
    await visitor.page.keyboard.type("Ciao")
    await visitor.page.keyboard.press("Enter")
    assert (await wire.expect("text"))["text"] == "Ciao"
    assert wire.frames_received == 0


async def test_nobody_is_asked_to_speak_a_language_that_is_not_understood(
    offering: ScriptedApp, visit: Visit
) -> None:
    visitor = await visit(to=offering, locale="en-US")
    sentence, reminder = visitor.page.locator("#status-message"), visitor.page.locator("#reminder")
    wire = await visitor.start()
    await expect(sentence).to_have_text("Session ready. You can start speaking now.")
    await expect(reminder).to_contain_text("Say something")
    await visitor.page.locator("#settings-panel summary").click()
    await visitor.page.locator("#setting-language").select_option("it-IT")
    await expect(visitor.page.locator("#unrecognised-words")).to_contain_text("Italian")
    await expect(reminder).to_be_empty()
    await expect(sentence).to_have_text("Type a message. The agent answers by voice.")
    await wire.status("processing")
    await visitor.sees_state("Thinking")
    await visitor.page.clock.install()
    await wire.status("ready")
    await visitor.sees_state("Ready")
    await expect(sentence).to_have_text("Type a message. The agent answers by voice.")
    await visitor.page.clock.run_for(4000)
    await expect(reminder).to_be_empty()
    await visitor.page.locator("#setting-language").select_option("en-US")
    await expect(sentence).to_have_text("Session ready. You can start speaking now.")
    await visitor.page.clock.run_for(4000)
    await expect(reminder).to_contain_text("Say something")


async def test_a_language_that_is_understood_or_not_known_is_not_complained_about(
    offering: ScriptedApp, visit: Visit
) -> None:
    visitor = await visit(to=offering, locale="it-IT")
    await expect(visitor.page.locator("#unrecognised")).to_be_visible()
    await visitor.page.locator("#settings-panel summary").click()
    await visitor.page.locator("#setting-language").select_option("en-US")
    await expect(visitor.page.locator("#unrecognised")).to_be_hidden()
    async with serve_page(**OFFER | {"recognition_languages": None}) as app:
        other = await visit(to=app, locale="it-IT")
        await expect(other.page.get_by_role("button", name="Avvia conversazione")).to_be_enabled()
        await expect(other.page.locator("#unrecognised")).to_be_hidden()
        await other.page.context.close()
