"""The page can be read before its scripts have come, and nothing is asked for twice."""

from collections import Counter

import pytest
from playwright.async_api import Browser, expect

from openvoicelive.web.page.page_texts import LANGUAGES
from tests.page.conftest import Visit
from tests.page.scripted_app import ScriptedApp
from tests.page.test_assets import CATALOGUES


@pytest.mark.parametrize(
    ("locale", "language", "start"),
    [
        ("es-MX", "es", "Iniciar conversación"),
        ("pt-PT", "pt-BR", "Iniciar conversa"),
        ("nl-NL", "en", "Start session"),
    ],
)
async def test_its_words_are_there_before_any_script(
    chromium: Browser, app: ScriptedApp, locale: str, language: str, start: str
) -> None:
    context = await chromium.new_context(java_script_enabled=False, locale=locale)
    page = await context.new_page()
    await page.goto(app.url)
    await expect(page.locator("#start")).to_have_text(start)
    await expect(page.locator("html")).to_have_attribute("lang", language)
    await context.close()


async def test_what_is_loaded_ahead_is_not_loaded_again(visit: Visit) -> None:
    visitor = await visit()
    loaded = await visitor.page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    twice = [name for name, times in Counter(loaded).items() if times > 1 and "icon" not in name]
    assert any(name.endswith("/config") for name in loaded)
    assert twice == []


def test_there_is_a_catalogue_of_each_language() -> None:
    assert {path.stem for path in CATALOGUES} == set(LANGUAGES)
