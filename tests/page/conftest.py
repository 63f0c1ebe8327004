"""A browser for all page tests, and pages in it that must not complain."""

import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser import launch_chromium, tap_playback
from tests.page.scripted_app import DEADLINE_S, ScriptedApp, Wire, serve_page
from tests.speech_clips import load

CLIP = "hope"
SCREENSHOTS = Path(__file__).resolve().parents[2] / "test-artifacts" / "page"

expect.set_options(timeout=DEADLINE_S * 1000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run every test here in the loop that the browser lives in."""
    for item in items:
        if Path(__file__).parent in item.path.parents and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def microphone_pcm() -> npt.NDArray[np.int16]:
    """What the microphone hears over and over: somebody speaking between two silences; 24 kHz."""
    clip = load(CLIP, 24_000)
    return np.concatenate([np.zeros(12_000, np.int16), clip, np.zeros(12_000, np.int16)])


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium(
    microphone_pcm: npt.NDArray[np.int16], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Browser]:
    path = tmp_path_factory.mktemp("microphone") / "microphone.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24_000)
        file.writeframes(microphone_pcm.tobytes())
    async with launch_chromium(path) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def app() -> AsyncIterator[ScriptedApp]:
    async with serve_page() as scripted:
        yield scripted


@dataclass
class Visitor:
    """One person's browser window."""

    page: Page
    app: ScriptedApp
    complaints: list[str] = field(default_factory=list)
    """Errors in the console; a test may take out one that it provokes."""

    async def open(self) -> None:
        await self.page.goto(self.app.url)
        await expect(self.page.locator("#start")).to_be_visible()

    async def click(self, button: str) -> None:
        await self.page.get_by_role("button", name=button).click()

    async def start(self) -> Wire:
        """Press Start, and let the session become ready."""
        await self.click("Start session")
        wire = await self.app.wire()
        await wire.expect("start")
        await wire.status("ready")
        await self.sees_state("Ready")
        return wire

    async def sees_state(self, word: str) -> None:
        await expect(self.page.locator("#state")).to_have_text(word)

    async def reads(self, sentence: str) -> None:
        await expect(self.page.locator("main")).to_contain_text(sentence)

    async def screenshot(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    async def released_everything(self) -> None:
        """Wait until no track records and no context runs; needs `WATCH_DEVICES`."""
        await self.page.wait_for_function(
            """() => watched.tracks.every(({ readyState }) => readyState === "ended")
                && watched.contexts.every(({ state }) => state === "closed")"""
        )


WATCH_DEVICES = """
    window.watched = { tracks: [], contexts: [] };
    const getUserMedia = MediaDevices.prototype.getUserMedia;
    MediaDevices.prototype.getUserMedia = async function (constraints) {
        const stream = await getUserMedia.call(this, constraints);
        watched.tracks.push(...stream.getTracks());
        return stream;
    };
    window.AudioContext = class extends AudioContext {
        constructor(options) { super(options); watched.contexts.push(this); }
    };
"""
"""Keeps hold of the tracks and contexts that the page opens."""

Visit = Callable[..., Awaitable[Visitor]]


@pytest_asyncio.fixture(loop_scope="session")
async def visit(chromium: Browser, app: ScriptedApp) -> AsyncIterator[Visit]:
    """Return a function that opens the page in a window of its own; fails if the console had an error."""
    visitors: list[Visitor] = []

    async def open_window(
        *,
        to: ScriptedApp | None = None,
        init: str = "",
        tap: bool = False,
        browser: Browser | None = None,
        **look: Any,
    ) -> Visitor:
        context = await (browser or chromium).new_context(**look)
        visitor = Visitor(await context.new_page(), to or app)
        visitors.append(visitor)
        note = visitor.complaints.append
        visitor.page.on("console", lambda line: note(line.text) if line.type == "error" else None)
        visitor.page.on("pageerror", lambda error: note(str(error)))
        if init:
            await visitor.page.add_init_script(init)
        if tap:
            await tap_playback(visitor.page)
        await visitor.open()
        return visitor

    yield open_window
    for visitor in visitors:
        await visitor.page.context.close()
    assert [complaint for visitor in visitors for complaint in visitor.complaints] == []
