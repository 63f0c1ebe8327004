"""The page speaks its visitor's language, whole."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

import openvoicelive.web
from tests.page.conftest import Visit, Visitor
from tests.page.every_state import CONFIGURATION, every_state
from tests.page.scripted_app import ScriptedApp, serve_page
from tests.page.test_conversation import entries
from tests.page.test_speaker import sound

LOCALES = Path(openvoicelive.web.__file__).parent / "static" / "locales"
CATALOGUES: dict[str, dict[str, str]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(LOCALES.glob("*.json"))
}
OTHERS = [language for language in CATALOGUES if language != "en"]
START = {language: sentences["start"] for language, sentences in CATALOGUES.items()}

NAMES = {
    "openvoicelive",
    "Ava",
    "Andrew",
    "Isabella",
    "Francisca",
    "Elvira",
    "Dalia",
    "gpt-realtime",
    "gpt-4.1",
    "Help desk",
    "Azure AI Voice Live",
    "response.created",
}
"""What is called so in every language: products, voices, models, events."""

UNITS = re.compile(r"[^A-Za-z]*(ms|s|min|Hz|dB|kB|MB)?[^A-Za-z]*")
DEVICES = re.compile(r"Fake .*")

EVERY_TEXT = """() => {
    const found = [document.title];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const { parentElement, data } = texts.currentNode;
        if (!parentElement.closest("noscript, script, style, pre, #language option")) found.push(data);
    }
    const attributes = ["aria-label", "aria-valuetext", "alt", "label", "placeholder", "title"];
    for (const element of document.body.querySelectorAll("*")) {
        for (const name of attributes) found.push(element.getAttribute(name) ?? "");
    }
    return found.map((text) => text.trim()).filter((text) => /\\p{L}/u.test(text));
}"""
"""All words of the page, also those that are hidden now."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def offering() -> AsyncIterator[ScriptedApp]:
    async with serve_page(**CONFIGURATION) as app:
        yield app


def untranslated(words: set[str], english: set[str]) -> set[str]:
    """Return what is written as in English, but for names, units and what the machine calls its devices."""
    same = words & english - NAMES
    return {text for text in same if not UNITS.fullmatch(text) and not DEVICES.fullmatch(text)}


async def words_of(visitor: Visitor) -> set[str]:
    return set(await visitor.page.evaluate(EVERY_TEXT))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def english_words(chromium: Browser, offering: ScriptedApp) -> dict[str, set[str]]:
    """What the page says in English in each state."""
    async with await chromium.new_context(locale="en-US") as context:
        visitor = Visitor(await context.new_page(), offering)
        await visitor.open()
        return {state: await words_of(visitor) async for state in every_state(visitor)}


@pytest.mark.parametrize("language", OTHERS)
async def test_nothing_is_untranslated_in_any_state(
    visit: Visit, offering: ScriptedApp, english_words: dict[str, set[str]], language: str
) -> None:
    visitor = await visit(to=offering, locale=language)
    walked = [
        (state, untranslated(await words_of(visitor), english_words[state]))
        async for state in every_state(visitor)
    ]
    assert walked == [(state, set()) for state in english_words]
    await expect(visitor.page.locator("html")).to_have_attribute("lang", language)


async def test_changing_the_language_translates_a_running_session_and_keeps_the_talk(
    visit: Visit, offering: ScriptedApp
) -> None:
    visitor = await visit(to=offering, locale="en-US")
    async for state in every_state(visitor):
        if state == "interrupted and muted":
            break

    async def said() -> list[list[str]]:
        return [
            re.findall(r"\d", words) for words in await visitor.page.locator(".entry-words").all_inner_texts()
        ]

    said_before = await said()
    before = await words_of(visitor)
    for language in OTHERS:
        await visitor.page.locator("#language").select_option(language)
        await expect(visitor.page.locator("html")).to_have_attribute("lang", language)
        assert untranslated(await words_of(visitor), before) == set()
        assert await said() == said_before
    await expect(visitor.page.locator("#status")).to_have_attribute("data-state", "muted")


async def test_a_session_goes_on_when_the_language_changes(visit: Visit) -> None:
    visitor = await visit(locale="en-US")
    wire = await visitor.start()
    await wire.say("transcript", role="assistant", item_id="a", text="Hello.", final=True)
    await expect(entries(visitor)).to_have_text(["AgentHello."])
    await visitor.page.get_by_label("Language of this page").select_option("it")
    await visitor.sees_state("Pronto")
    await expect(visitor.page.get_by_role("log").get_by_role("listitem")).to_have_text(["AgenteHello."])
    await wire.play("b", sound(0.2, 60).tobytes())
    assert (await wire.expect("played"))["audio_end_ms"] == 200
    await wire.frame()


async def test_the_browsers_language_is_taken(visit: Visit) -> None:
    visitor = await visit(locale="pt-PT")
    await expect(visitor.page.locator("#start")).to_have_text(START["pt-BR"])
    await expect(visitor.page.locator("html")).to_have_attribute("lang", "pt-BR")
    await expect(visitor.page.locator("#language")).to_have_value("pt-BR")


async def test_a_chosen_language_is_kept_for_the_next_visit(visit: Visit) -> None:
    visitor = await visit(locale="en-US")
    await visitor.page.get_by_label("Language of this page").select_option("es")
    await expect(visitor.page.locator("#start")).to_have_text(START["es"])
    await visitor.page.reload()
    await expect(visitor.page.locator("#start")).to_have_text(START["es"])


async def test_a_language_that_cannot_be_loaded_leaves_the_page_as_it_was(visit: Visit) -> None:
    visitor = await visit(locale="en-US")
    await visitor.page.route("**/it.json", lambda route: route.abort())
    await visitor.page.get_by_label("Language of this page").select_option("it")
    await expect(visitor.page.locator("#language")).to_have_value("en")
    await expect(visitor.page.locator("#start")).to_have_text(START["en"])
    notice = visitor.page.locator("#notice")
    sentence = "Italian could not be loaded, so the page stays as it is."
    await expect(notice).to_contain_text(sentence)
    await expect(notice).to_have_attribute("data-kind", "problem")
    await expect(visitor.page.locator("#log")).to_contain_text(sentence)
    await visitor.page.unroute("**/it.json")
    await visitor.page.get_by_label("Language of this page").select_option("it")
    await expect(visitor.page.locator("#start")).to_have_text(START["it"])
    await expect(notice).to_have_attribute("data-kind", "quiet")
    await expect(notice).to_contain_text("llama3.2")
    visitor.complaints.clear()  # the browser notes what was aborted


async def test_numbers_are_written_as_in_the_visitors_region(visit: Visit) -> None:
    for locale, expected in (("it-IT", "12.345,6"), ("es-MX", "12,345.6")):
        visitor = await visit(locale=locale)
        number = await visitor.page.evaluate(
            """async () => (await import("/static/texts.js")).formatNumber(12345.6, 1)"""
        )
        assert number == expected, locale
