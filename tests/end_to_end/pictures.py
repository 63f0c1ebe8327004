"""Takes the pictures of the page in docs/images: `python -m tests.end_to_end.pictures`."""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Page, expect

from tests.browser import launch_chromium
from tests.end_to_end.browser_microphone import silence, synthetic, write_wav
from tests.packaging.program import running

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
DEADLINE_MS = 30_000


async def _ask(page: Page, label: str, button: str, question: str) -> None:
    await page.get_by_label(label).fill(question)
    await page.get_by_role("button", name=button, exact=True).click()


async def _answers(page: Page, number: int) -> None:
    """Wait until the agent has begun this answer and some of its words are on the page."""
    answer = page.locator("#transcript > [data-role=assistant] .entry-words").nth(number)
    await expect(answer).to_contain_text(" ", timeout=DEADLINE_MS)


async def _on_a_desktop(page: Page) -> None:
    """Ask aloud, interrupt a long answer, and ask once more."""
    await page.get_by_role("button", name="Start session").click()
    await _answers(page, 0)
    state = page.locator("#state")
    await expect(state).to_have_text("Ready", timeout=DEADLINE_MS)
    await _ask(page, "Message", "Send", "What can you do?")
    await _answers(page, 1)
    await page.wait_for_timeout(3_000)  # so that some words are heard and some are not
    await page.get_by_role("button", name="Stop speaking").click()
    await expect(state).to_have_text("Ready", timeout=DEADLINE_MS)
    await page.locator("#turns-panel > summary").click()
    await _ask(page, "Message", "Send", "How do I connect a model?")
    await _answers(page, 2)
    await page.wait_for_timeout(2_000)
    await page.screenshot(path=IMAGES / "page.png")


async def _on_a_phone(page: Page) -> None:
    await page.get_by_role("button", name="Avvia conversazione").click()
    await expect(page.locator("#state")).to_have_text("Pronto", timeout=DEADLINE_MS)
    await _ask(page, "Messaggio", "Invia", "Che cosa sai fare?")
    await _answers(page, 0)
    await page.wait_for_timeout(2_000)
    await page.locator("#transcript").scroll_into_view_if_needed()
    await page.screenshot(path=IMAGES / "page-phone.png")


async def main() -> None:
    """Start the program as it is without settings, and visit it with two browsers."""
    with TemporaryDirectory() as folder:
        spoken = write_wav(
            Path(folder) / "speech.wav", silence(4), synthetic("What is six times seven?"), silence(60)
        )
        quiet = write_wav(Path(folder) / "silence.wav", silence(60))
        command = (sys.executable, "-m", "openvoicelive", "serve")
        async with running(*command, cwd=Path(folder), environment={"PORT": "0"}) as program:
            await program.ready()
            async with launch_chromium(spoken, loop=False) as browser:
                page = await browser.new_page(viewport={"width": 1280, "height": 800}, locale="en-US")
                await page.goto(program.link)
                await _on_a_desktop(page)
            async with launch_chromium(quiet, loop=False) as browser:
                page = await browser.new_page(
                    viewport={"width": 390, "height": 800}, locale="it-IT", color_scheme="dark"
                )
                await page.goto(program.link)
                await _on_a_phone(page)


if __name__ == "__main__":
    asyncio.run(main())
