"""axe-core finds nothing to complain about in any state, with all panels open."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.page.conftest import Visit
from tests.page.every_state import CONFIGURATION, every_state
from tests.page.scripted_app import ScriptedApp, serve_page

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"


TOO_WIDE = """() => [...document.querySelectorAll("body *")]
    .filter((element) => element.checkVisibility() && !element.closest("pre, [tabindex], .visually-hidden"))
    .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
    .map(({ outerHTML }) => outerHTML.slice(0, 120))"""
"""What reaches beyond the window, but for what scrolls in itself."""

VIOLATIONS = """async () => (await axe.run({ resultTypes: ["violations"] })).violations.map(
    ({ id, help, nodes }) => [id, help, nodes.map(({ html, any }) =>
        [html.slice(0, 200), any.map(({ message }) => message).join(" ")])])"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def offering() -> AsyncIterator[ScriptedApp]:
    async with serve_page(**CONFIGURATION) as app:
        yield app


LANGUAGES = {1280: "en", 768: "it", 360: "pt-BR"}
"""In which language the page is looked at in windows of these widths."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_state_has_an_accessibility_violation(
    visit: Visit, offering: ScriptedApp, scheme: str
) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: scripts/node-modules")
    visitor = await visit(
        to=offering,
        init=AXE.read_text(encoding="utf-8"),
        color_scheme=scheme,
        reduced_motion="reduce",
        locale="en-US",
    )
    found = []
    async for state in every_state(visitor):
        for width, language in LANGUAGES.items():
            await visitor.page.set_viewport_size({"width": width, "height": 800})
            await visitor.page.locator("#language").select_option(language)
            await expect(visitor.page.locator("html")).to_have_attribute("lang", language)
            violations = await visitor.page.evaluate(VIOLATIONS)
            found += [(state, width, *violation) for violation in violations]
            await visitor.screenshot(f"every-state-{scheme}-{width}-{state.replace(' ', '-')}")
            too_wide = await visitor.page.evaluate(TOO_WIDE)
            found += [(state, width, "too wide", html) for html in too_wide]
    assert not found, json.dumps(found, indent=1)
