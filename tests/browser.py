"""A real Chromium for tests: its microphone hears a WAV file, and what a page plays and hears is recorded.

The page under test has no code for this: `playback_tap.js` runs before the page's own scripts and connects a
recorder to every node that the page connects to the speakers.
"""

import base64
import json
import os
from bisect import bisect_right
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from playwright.async_api import Browser, Page, async_playwright

from tests.programs import require_program

CHROMIUM = os.environ.get("CHROMIUM", "chromium")

_TAP = Path(__file__).with_name("playback_tap.js")
_TAP_PROCESSOR = Path(__file__).with_name("playback_tap_processor.js")

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@asynccontextmanager
async def launch_chromium(
    wav_path: Path | None, *, loop: bool = True, more_flags: Sequence[str] = ()
) -> AsyncIterator[Browser]:
    """Start Chromium with a WAV file as its microphone, from the moment the page asks for it.

    Without a file there is no microphone at all. With `loop` false the file is heard once, then silence.
    """
    chromium = require_program(CHROMIUM)
    flags = [*_FLAGS, *more_flags]
    if wav_path is not None:
        flags += [
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-audio-capture={wav_path}{'' if loop else '%noloop'}",
        ]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=flags)
        try:
            yield browser
        finally:
            await browser.close()


@dataclass(frozen=True)
class Recording:
    """What a page sent to the speakers, or got from the microphone, without a gap, since it was connected."""

    pcm: npt.NDArray[np.int16]
    rate_hz: int
    rendered: tuple[tuple[int, int], ...]
    """Samples in `pcm`, each with the Unix time in ms at which it was rendered; in order."""

    messages: tuple[tuple[int, str], ...]
    """The text messages that the page got, each after the number of samples that were played before."""

    def unix_ms_at(self, sample: int) -> float:
        """Return when a sample was rendered, by the machine's clock."""
        at = bisect_right(self.rendered, sample, key=itemgetter(0)) - 1
        chunk_sample, unix_ms = self.rendered[at]
        return unix_ms + (sample - chunk_sample) * 1000 / self.rate_hz

    def sound(self) -> npt.NDArray[np.int16]:
        """Return the recording from its first to its last sample that is not silence."""
        heard = np.flatnonzero(self.pcm)
        return self.pcm[heard[0] : heard[-1] + 1] if heard.size else self.pcm[:0]


async def tap_playback(page: Page) -> None:
    """Record what the page will play; call it before the page is opened.

    The recorder's worklet comes from a blob, so the page's Content-Security-Policy is not enforced: what the
    policy allows is to be tested on a page without a recorder.
    """
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Page.setBypassCSP", {"enabled": True})
    script = _TAP.read_text().replace('"{{processor}}"', json.dumps(_TAP_PROCESSOR.read_text()))
    await page.add_init_script(script)


async def played_pcm(page: Page, track: int = -1) -> Recording:
    """Return what the page has played until now; each session of a page is a track of its own."""
    return await _recorded(page, "tracks", track)


async def heard_pcm(page: Page, track: int = -1) -> Recording:
    """Return what the page has got from the microphone until now, after the browser's own processing."""
    return replace(await _recorded(page, "microphones", track), messages=())


async def _recorded(page: Page, side: str, track: int) -> Recording:
    recorded: dict[str, Any] = await page.evaluate(
        """async ([side, index]) => {
            const { messages, [side]: tracks } = window.playbackTap;
            const track = tracks.at(index);
            await track.flush();
            const { chunks, rateHz } = track;
            const first = chunks[0]?.frame ?? 0;
            const sound = new Blob(chunks.map(({ samples }) => samples));
            const reader = new FileReader();
            await new Promise((resolve) => { reader.onload = resolve; reader.readAsDataURL(sound); });
            return {
                rateHz,
                sound: reader.result.split(",")[1] ?? "",
                rendered: chunks.map(({ frame, unixMs }) => [frame - first, unixMs]),
                messages: messages.map(({ data, frame }) => [frame - first, data]),
            };
        }""",
        [side, track],
    )
    samples = np.frombuffer(base64.b64decode(recorded["sound"]), dtype=np.float32).astype(np.float64)
    return Recording(
        pcm=np.floor(samples * 32768 + 0.5).clip(-32768, 32767).astype(np.int16),
        rate_hz=recorded["rateHz"],
        rendered=tuple((sample, unix_ms) for sample, unix_ms in recorded["rendered"]),
        messages=tuple((sample, text) for sample, text in recorded["messages"]),
    )
