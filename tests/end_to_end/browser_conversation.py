"""A person at the page of the running program, in a Chromium of their own."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import soxr
from playwright.async_api import Locator, Page, expect

from openvoicelive.audio.pcm import Int16Samples, float_from_int16
from openvoicelive.recognition.engines import load_recognizer
from tests.browser import heard_pcm, launch_chromium, tap_playback
from tests.end_to_end.browser_microphone import BEFORE_READY_S, RATE_HZ

DEADLINE_S = 40.0
"""Only a test that fails waits so long."""

SCREENSHOTS = Path(__file__).resolve().parents[2] / "test-artifacts" / "end_to_end"


class Visitor:
    """What a person sees and does on the page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        """Errors in the browser's console; a test takes out those that it provokes."""

    async def click(self, button: str) -> None:
        await self.page.get_by_role("button", name=button).click(timeout=DEADLINE_S * 1000)

    async def start(self) -> None:
        """Press Start, and wait until the agent listens."""
        await self.click("Start session")
        await self.sees("Ready")
        heard = await heard_pcm(self.page)
        assert len(heard.pcm) < BEFORE_READY_S * heard.rate_hz, (
            "this machine is too busy for a test with sound"
        )

    async def write(self, text: str) -> None:
        await self.page.get_by_label("Message").fill(text)
        await self.click("Send")

    async def sees(self, state: str) -> None:
        await expect(self.page.locator("#state")).to_have_text(state, timeout=DEADLINE_S * 1000)

    async def reads(self, sentence: str) -> None:
        await expect(self.page.locator("main")).to_contain_text(sentence, timeout=DEADLINE_S * 1000)

    async def entry(self, role: str, number: int = 0) -> Locator:
        """Wait for what somebody said to be written down to its end."""
        entry = self.page.locator(f"#transcript > [data-role={role}]").nth(number)
        await expect(entry).to_be_visible(timeout=DEADLINE_S * 1000)
        await expect(entry).not_to_have_attribute("aria-busy", "true", timeout=DEADLINE_S * 1000)
        return entry

    async def words(self, role: str, number: int = 0) -> str:
        """Wait for what somebody said to be written down to its end, and return it."""
        return await (await self.entry(role, number)).locator(".entry-words").inner_text()

    async def entries(self) -> int:
        """How many things were said, by both."""
        return await self.page.locator("#transcript > li").count()

    async def is_silent(self) -> None:
        """Wait until the page has let go of the speakers."""
        closed = "() => window.playbackTap.tracks.at(-1).context.state === 'closed'"
        await self.page.wait_for_function(closed, timeout=DEADLINE_S * 1000)

    async def screenshot(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


@asynccontextmanager
async def visiting(
    link: str, microphone: Path | None, *, more_flags: Sequence[str] = ()
) -> AsyncIterator[Visitor]:
    """Open the page; fails if the browser's console had an error."""
    async with launch_chromium(microphone, loop=False, more_flags=more_flags) as browser:
        visitor = Visitor(page := await browser.new_page())
        complain = visitor.complaints.append
        page.on("console", lambda line: complain(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: complain(str(error)))
        await tap_playback(page)
        await page.goto(link)
        yield visitor
    assert visitor.complaints == []


def recognised(sound: Int16Samples) -> str:
    """Return the words in sound that a page has played."""
    recognizer = load_recognizer().recognizer
    utterance = recognizer.start(language="en-US")
    utterance.hear(float_from_int16(soxr.resample(sound, RATE_HZ, 16_000)))
    words = utterance.transcript()
    recognizer.close()
    return words
