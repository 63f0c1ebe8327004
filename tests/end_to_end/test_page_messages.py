"""What the page asks of the app, against our own service with its real engines."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from websockets.asyncio.client import connect

from tests.packaging.program import Program
from tests.web.running_app import Browser

pytestmark = pytest.mark.asyncio(loop_scope="session")

DEADLINE_S = 60
"""Only a test that fails waits so long."""

RATE_HZ = 24_000
BYTES_PER_MS = 48
SHORTEST, LONGEST = RATE_HZ // 350, RATE_HZ // 70
"""Samples between two openings of the vocal cords, of the highest and the lowest voice."""
NEARLY_MS = 100
"""A last word may end in the silence that a voice adds to its sentence."""


@asynccontextmanager
async def browser_at(program: Program) -> AsyncIterator[Browser]:
    async with connect(f"{program.link.replace('http', 'ws', 1)}/ws", compression=None) as socket:
        yield Browser(socket, deadline_s=DEADLINE_S)


async def sample(browser: Browser, **choices: Any) -> bytes:
    """Return the sound of a sample."""
    await browser.send("sample", **choices)
    sound = b""
    while True:
        message = await browser.next()
        if isinstance(message, bytes):
            sound += message
        elif message["type"] == "sample_done":
            assert message["failed"] is None
            return sound


async def answer(browser: Browser, typed: str) -> tuple[str, list[dict[str, Any]], bytes]:
    """Type, and return the answer: its text, its words with their times, its sound."""
    await browser.send("text", text=typed)
    text, words, sound = "", [], b""
    while True:
        message = await browser.next()
        if isinstance(message, bytes):
            sound += message
        elif message["type"] == "words":
            words += message["words"]
        elif message["type"] == "transcript" and message["role"] == "assistant" and message["final"]:
            text = message["text"]
        elif message["type"] == "metrics":
            return text, words, sound


async def in_force(browser: Browser) -> dict[str, Any]:
    """Return what the service itself says that applies."""
    while True:
        message = await browser.until(type="event", direction="received")
        if message["event"]["type"] == "session.updated":
            return dict(message["event"]["session"])


def pitch_hz(sound: bytes) -> float:
    """Return how high a voice is: the median over the loud stretches, by autocorrelation."""
    stretches = np.frombuffer(sound, np.int16).astype(float)[: len(sound) // 2 // 960 * 960].reshape(-1, 960)
    loudness = np.square(stretches).mean(axis=1)
    pitches = []
    for stretch in stretches[loudness > np.median(loudness)]:
        similarity = np.correlate(stretch, stretch, "full")[959:]
        pitches.append(RATE_HZ / (SHORTEST + int(np.argmax(similarity[SHORTEST:LONGEST]))))
    return float(np.median(pitches))


async def test_words_come_with_the_times_at_which_they_sound(guided_program: Program) -> None:
    async with browser_at(guided_program) as browser:
        await browser.start()
        text, words, sound = await answer(browser, "What can you do?")
    assert browser.applied["word_times"] is True
    assert [word["text"].strip(".,!?") for word in words] == [word.strip(".,!?") for word in text.split()]
    times = [(word["start_ms"], word["end_ms"]) for word in words]
    assert times == sorted(times)
    assert all(start_ms < end_ms for start_ms, end_ms in times)
    assert times[-1][1] <= len(sound) // BYTES_PER_MS + NEARLY_MS


async def test_every_setting_applies_to_the_running_session(guided_program: Program) -> None:
    turns = {"type": "azure_semantic_vad", "threshold": 0.4, "prefix_padding_ms": 200}
    async with browser_at(guided_program) as browser:
        await browser.start()
        await browser.send("events", on=True)
        await browser.send(
            "settings",
            voice="en-US-AndrewNeural",
            speech_rate=1.5,
            instructions="Be brief.",
            language="en-GB",
            turn_detection={**turns, "silence_duration_ms": 900},
        )
        while (session := await in_force(browser))["turn_detection"]["type"] != "azure_semantic_vad":
            pass
        assert (session["voice"]["name"], session["voice"]["rate"]) == ("en-US-AndrewNeural", "1.5")
        assert session["instructions"] == "Be brief."
        assert session["input_audio_transcription"]["language"] == "en-GB"
        shown = {name: session["turn_detection"][name] for name in turns}
        assert (shown, session["turn_detection"]["silence_duration_ms"]) == (turns, 900)
        await browser.send("ping", id=1)
        await browser.until(type="pong")
        assert browser.applied["refused"] == {}
        assert browser.applied["voice"] == "en-US-AndrewNeural"


async def test_the_voice_stays_once_it_was_heard_and_the_rest_may_change(guided_program: Program) -> None:
    async with browser_at(guided_program) as browser:
        await browser.start()
        await answer(browser, "Hello!")
        await browser.send("settings", voice="en-US-AndrewNeural", instructions="Be brief.")
        applied = await browser.session()
    assert applied["refused"] == {"voice": "after_speech"}
    assert (applied["voice"], applied["instructions"]) == ("en-US-AvaNeural", "Be brief.")


async def test_samples_sound_as_they_were_asked_for(guided_program: Program) -> None:
    async with browser_at(guided_program) as browser:
        woman = await sample(browser, voice="en-US-AvaNeural")
        man = await sample(browser, voice="en-US-AndrewNeural")
        slow = await sample(browser, voice="en-US-AvaNeural", speech_rate=0.5)
        fast = await sample(browser, voice="en-US-AvaNeural", speech_rate=2)
        await browser.start()
    assert pitch_hz(man) < 140 < pitch_hz(woman)
    assert len(slow) > 1.5 * len(woman) > 2 * len(fast)
