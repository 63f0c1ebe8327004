"""A browser window for measurements, and a scripted conversation in it."""

import tempfile
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
from playwright.async_api import Browser, Page, expect

from bench.clips import RATE_HZ, sentences, utterance
from bench.jitter_proxy import jitter_proxy
from tests.browser import launch_chromium, tap_playback
from tests.page.scripted_app import ScriptedApp, Wire, serve_page

CHUNK_MS = 40
DEADLINE_MS = 20_000

# Notes tasks that block the page, when sound of the microphone goes out, and when that of each answer comes.
_WATCH = """
    window.watched = { longTasks: [], sentMs: [], answers: [], startedMs: Infinity };
    addEventListener("submit", () => { watched.startedMs = performance.now(); }, true);
    new PerformanceObserver((list) => {
        for (const { startTime: at, duration } of list.getEntries()) watched.longTasks.push([at, duration]);
    }).observe({ type: "longtask", buffered: true });
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (data) {
        if (typeof data !== "string") watched.sentMs.push(performance.now());
        send.call(this, data);
    };
    window.WebSocket = class extends WebSocket {
        constructor(...parameters) {
            super(...parameters);
            this.addEventListener("message", ({ data }) => {
                if (typeof data !== "string") watched.answers.at(-1).push(performance.now());
                else if (JSON.parse(data).type === "audio") watched.answers.push([]);
            });
        }
    };
"""


@asynccontextmanager
async def talking_browser() -> AsyncIterator[Browser]:
    """Start Chromium with people speaking into its microphone, over and over."""
    pause = np.zeros(RATE_HZ * 2, np.int16)
    sound = np.concatenate([part for name in sentences() for part in (utterance(name), pause)])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "microphone.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes(sound.tobytes())
        async with launch_chromium(path) as browser:
            yield browser


@asynccontextmanager
async def conversation(
    browser: Browser, *, jitter_ms: float = 0, tap: bool = True
) -> AsyncIterator[tuple[Page, Wire]]:
    """Open the page on an uneven line and begin a session, which is ready."""
    async with serve_page() as app, jitter_proxy(urlsplit(app.url).port or 0, jitter_ms) as port:
        page = await browser.new_page()
        page.set_default_timeout(DEADLINE_MS)
        await page.add_init_script(_WATCH)
        if tap:
            await tap_playback(page)
        await page.goto(f"http://127.0.0.1:{port}/")
        yield page, await _begin(page, app)
        await page.close()


async def _begin(page: Page, app: ScriptedApp) -> Wire:
    await page.get_by_role("button", name="Start session").click()
    wire = await app.wire()
    await wire.expect("start")
    await wire.status("ready")
    await expect(page.locator("#state")).to_have_text("Ready", timeout=DEADLINE_MS)
    return wire


def answer_sound(seconds: float, seed: int) -> npt.NDArray[np.int16]:
    """Return noise that is nowhere zero, so that every pause in what is played is one that was not sent."""
    samples = np.random.default_rng(seed).integers(1, 8_000, round(seconds * RATE_HZ), endpoint=True)
    return samples.astype("<i2")
