"""The user's voice goes up as it was spoken, and only when it may."""

import numpy as np
import numpy.typing as npt
import pytest
from playwright.async_api import expect

from tests.page.conftest import WATCH_DEVICES, Visit
from tests.page.scripted_app import Wire

RATE_HZ = 24_000
FRAME_SAMPLES = 480
PIECE_SAMPLES = 4_800  # 200 ms

WITHOUT_CONVERSION = """
    const createMediaStreamSource = AudioContext.prototype.createMediaStreamSource;
    AudioContext.prototype.createMediaStreamSource = function (stream) {
        if (this.sampleRate === 24000) throw new DOMException("different sample-rate", "NotSupportedError");
        return createMediaStreamSource.call(this, stream);
    };
"""
"""As Firefox does: a microphone connects only to a context of its own rate."""


async def hear(wire: Wire, samples: int) -> npt.NDArray[np.int16]:
    frames = [await wire.frame() for _ in range(samples // FRAME_SAMPLES)]
    assert {len(frame) for frame in frames} == {2 * FRAME_SAMPLES}
    return np.frombuffer(b"".join(frames), "<i2")


def likeness(heard: npt.NDArray[np.int16], spoken: npt.NDArray[np.int16]) -> float:
    """The median correlation of the loud pieces of a sound with another, wherever each is in it; 1 is equal.

    Piece by piece, because a busy machine's audio device may lose a moment. Only above 300 Hz, because the
    browser's high-pass filter shifts the phase below: a low voice would be like itself by 0.6 only.
    """
    person = _above_300_hz(spoken)
    pieces = person[: len(person) // PIECE_SAMPLES * PIECE_SAMPLES].reshape(-1, PIECE_SAMPLES)
    energy = (pieces**2).sum(axis=1)
    sound = _above_300_hz(heard)
    energies = slide(sound**2, np.ones(PIECE_SAMPLES))
    loud = energies > energies.max() / 100
    found = [
        (slide(sound, piece)[loud] / np.sqrt(energies[loud] * (piece**2).sum())).max()
        for piece in pieces[energy > energy.max() / 10]
    ]
    return float(np.median(found))


def _above_300_hz(sound: npt.NDArray[np.int16]) -> npt.NDArray[np.float64]:
    spectrum = np.fft.rfft(sound.astype(float))
    spectrum[: 300 * len(sound) // RATE_HZ] = 0
    return np.fft.irfft(spectrum, len(sound))


def slide(sound: npt.NDArray[np.float64], pattern: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    size = len(sound) + len(pattern)
    product = np.fft.rfft(sound, size) * np.conj(np.fft.rfft(pattern, size))
    return np.fft.irfft(product, size)[: len(sound) - len(pattern) + 1]


@pytest.mark.parametrize("init", ["", WITHOUT_CONVERSION], ids=["browser_converts", "page_converts"])
async def test_the_voice_arrives_in_frames_of_20_ms(
    visit: Visit, microphone_pcm: npt.NDArray[np.int16], init: str
) -> None:
    visitor = await visit(init=init)
    wire = await visitor.start()
    heard = await hear(wire, 2 * len(microphone_pcm))
    # The browser's noise suppression and gain control change the sound a little.
    assert likeness(heard, microphone_pcm) > 0.9


async def test_nothing_is_sent_before_the_session_is_ready(visit: Visit) -> None:
    visitor = await visit()
    await visitor.click("Start session")
    wire = await visitor.app.wire()
    await wire.expect("start")
    await wire.play("greeting", bytes(24_000))
    assert (await wire.expect("played"))["frames_before"] == 0
    await wire.status("ready")
    await wire.frame()


async def test_nothing_is_sent_while_the_microphone_is_muted(visit: Visit) -> None:
    visitor = await visit()
    wire = await visitor.start()
    await wire.frame()
    await visitor.click("Mute")
    muted = await wire.expect("mute")
    await wire.play("answer", bytes(24_000))
    await wire.expect("played")
    await visitor.click("Unmute")
    unmuted = await wire.expect("mute")
    assert (muted["muted"], unmuted["muted"]) == (True, False)
    assert unmuted["frames_before"] == muted["frames_before"]
    for _ in range(muted["frames_before"] + 1):
        await wire.frame()


async def test_stop_session_releases_microphone_sound_and_socket(visit: Visit) -> None:
    visitor = await visit(init=WATCH_DEVICES)
    wire = await visitor.start()
    await visitor.click("Stop session")
    await wire.expect("stop")
    await wire.closed.wait()
    await visitor.sees_state("Stopped")
    await visitor.released_everything()
    assert await visitor.page.evaluate("[watched.tracks.length, watched.contexts.length]") == [1, 2]


async def test_stopping_while_the_browser_still_asks_releases_the_microphone(visit: Visit) -> None:
    ask_slowly = """
        const ask = MediaDevices.prototype.getUserMedia;
        const answered = new Promise((resolve) => { window.answer = resolve; });
        MediaDevices.prototype.getUserMedia = async function (constraints) {
            window.asked = true;
            await answered;
            return ask.call(this, constraints);
        };
    """
    visitor = await visit(init=ask_slowly + f"{{{WATCH_DEVICES}}}")
    await visitor.click("Start session")
    await visitor.reads("Choose “Allow”")
    await visitor.page.wait_for_function("() => window.asked")
    await visitor.click("Stop session")
    await visitor.page.evaluate("answer()")
    await visitor.page.wait_for_function("() => watched.tracks.length === 1")
    await visitor.released_everything()
    await visitor.sees_state("Stopped")


async def test_a_closed_tab_says_stop(visit: Visit) -> None:
    visitor = await visit()
    wire = await visitor.start()
    await visitor.page.goto("about:blank")
    await wire.expect("stop")
    await wire.closed.wait()


async def test_the_page_says_why_it_wants_the_microphone_before_it_asks(visit: Visit) -> None:
    visitor = await visit()
    reason = visitor.page.locator("#microphone-reason")
    await expect(reason).to_contain_text("your browser asks to use the microphone")
    await expect(visitor.page.get_by_role("button", name="Start session")).to_have_attribute(
        "aria-describedby", "microphone-reason"
    )
