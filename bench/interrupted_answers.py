"""A person in a real Chromium who speaks over every answer, and all that can be known about it afterwards.

The microphone is a WAV file: clips of people, each followed by a pause in which a long answer begins. What
the page gets from the microphone and what it plays are recorded in its own audio graphs, each stretch with
the machine's time.
"""

import asyncio
import json
import tempfile
import wave
from bisect import bisect_right
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.async_api import expect

from bench.clips import RATE_HZ, sentences, utterance
from bench.machine import serving
from openvoicelive.audio.pcm import Int16Samples
from tests.browser import Recording, heard_pcm, launch_chromium, played_pcm, tap_playback
from tests.model_script import Message
from tests.scripted_model import ScriptedModel, always

STORY = (
    "Once upon a time there was a small village at the end of a long and quiet bay. Every morning the boats "
    "went out before the sun was up, and every evening they came home with silver fish. An old woman lived "
    "in the last house, and she knew the name of every wind that blew across the water. One day a stranger "
    "walked down the hill and asked her where the seventh wind was hiding. She laughed, put the kettle on "
    "the fire, and told him to sit down and listen."
)
"""Every answer; about 25 s long, so that it is never over when the next utterance begins."""

BEFORE_READY_S = 4.0
ANSWER_S = 4.0
"""Silence after each utterance: the end of the turn, the model, and then about 3 s of the answer."""

_DEADLINE_MS = 20_000
_SOUNDING = RATE_HZ * 3 // 10
_AT_MOST_LATE = RATE_HZ // 4


@dataclass(frozen=True)
class Interruption:
    """One utterance over an answer; times are the machine's, in ms."""

    clip: str
    speech_began_ms: float
    """When the page got the first sample of the person's speech."""
    stop_came_ms: float
    """When the order to stop came to the page."""
    silent_ms: float
    """When the last sample of the answer was played, or the order to stop came while the answer paused."""
    answer: int
    """Which of the session's answers it was, from 0."""
    played: Int16Samples
    """What was played of this answer, from its first sample that is not silence."""

    @property
    def latency_ms(self) -> float:
        return self.silent_ms - self.speech_began_ms


@dataclass(frozen=True)
class Round:
    """One session: the interruptions in it, and how many utterances came while no answer sounded."""

    interruptions: tuple[Interruption, ...]
    missed: int
    requests: tuple[tuple[Message, ...], ...]
    """What the model was given, request by request."""


@asynccontextmanager
async def story_teller() -> AsyncIterator[tuple[str, ScriptedModel]]:
    """Run the whole program with a model that always tells the story; give its link and the model."""
    model = ScriptedModel(always(STORY), keeps_requests=True)
    program = serving({"VOICE_LIVE_CHAT_URL": f"http://127.0.0.1:{await model.serve()}/v1"})
    with ExitStack() as stack:
        # In a thread, for the program asks the model for its name when it starts.
        port, _, _ = await asyncio.to_thread(stack.enter_context, program)
        yield f"http://127.0.0.1:{port}", model


async def interrupt_answers(rounds: int) -> list[Round]:
    """Hold sessions in which each utterance, but the first, speaks over an answer."""
    held: list[Round] = []
    names = sentences()
    with tempfile.TemporaryDirectory() as folder:
        async with story_teller() as (link, model):
            for number in range(rounds):
                turned = names[number % len(names) :] + names[: number % len(names)]
                model.requests.clear()
                sound, starts = _said(turned)
                microphone = _write_wav(Path(folder) / "microphone.wav", sound)
                heard, played = await _hold(link, microphone, len(sound) / RATE_HZ)
                began = _where_heard(heard, sound, turned, starts)
                found = [
                    _interruption(*at, heard, played) for at in list(zip(turned, began, strict=True))[1:]
                ]
                interruptions = tuple(one for one in found if one is not None)
                requests = tuple(tuple(messages) for messages in model.requests)
                held.append(Round(interruptions, len(found) - len(interruptions), requests))
    return held


def _said(names: tuple[str, ...]) -> tuple[Int16Samples, list[int]]:
    """Return all that the person says, and where each utterance begins in it."""
    parts = [np.zeros(round(BEFORE_READY_S * RATE_HZ), np.int16)]
    starts = []
    for name in names:
        starts.append(sum(map(len, parts)))
        parts += [utterance(name), np.zeros(round(ANSWER_S * RATE_HZ), np.int16)]
    return np.concatenate(parts), starts


def _write_wav(path: Path, sound: Int16Samples) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(sound.tobytes())
    return path


async def _hold(url: str, microphone: Path, duration_s: float) -> tuple[Recording, Recording]:
    """Hold one session, as long as the microphone's file; return what was heard and what was played."""
    async with launch_chromium(microphone, loop=False) as browser:
        page = await browser.new_page()
        await tap_playback(page)
        await page.goto(url)
        await page.get_by_role("button", name="Start session").click()
        await expect(page.locator("#state")).to_have_text("Ready", timeout=_DEADLINE_MS)
        await asyncio.sleep(duration_s)
        return await heard_pcm(page), await played_pcm(page)


def _where_heard(
    heard: Recording, sound: Int16Samples, names: tuple[str, ...], starts: list[int]
) -> list[int]:
    """Find each utterance in what the page got, by correlation: the browser changes the loudness."""
    assert heard.rate_hz == RATE_HZ
    late = lag(heard.pcm, sound)
    found = []
    for name, start in zip(names, starts, strict=True):
        begin = max(0, start + late - _AT_MOST_LATE)
        clip = utterance(name)
        found.append(begin + lag(heard.pcm[begin : start + late + len(clip) + _AT_MOST_LATE], clip))
    return found


def lag(longer: Int16Samples, shorter: Int16Samples) -> int:
    """Return by how many samples the second must be delayed to be most like the first."""
    size = 1 << (len(longer) + len(shorter)).bit_length()
    spectrum = np.fft.rfft(longer, size) * np.conj(np.fft.rfft(shorter, size))
    peak = int(np.argmax(np.fft.irfft(spectrum, size)))
    return peak if peak < size // 2 else peak - size


def _interruption(clip: str, began: int, heard: Recording, played: Recording) -> Interruption | None:
    """Follow one utterance from the microphone to the speakers; None if no answer sounded when it began."""
    began_ms = heard.unix_ms_at(began)
    at = _sample_at(played, began_ms)
    if not played.pcm[max(0, at - _SOUNDING) : at].any():
        return None
    stop = next((frame for frame, text in played.messages if frame >= at and _is_stop(text)), None)
    if stop is None:
        return None
    answers = [frame for frame, text in played.messages if _is_answer(text)]
    begin = max((frame for frame in answers if frame < at), default=0)
    end = min((frame for frame in answers if frame > stop), default=len(played.pcm))
    sounding = begin + np.flatnonzero(played.pcm[begin:end])
    return Interruption(
        clip=clip,
        speech_began_ms=began_ms,
        stop_came_ms=played.unix_ms_at(stop),
        silent_ms=played.unix_ms_at(max(stop, int(sounding[-1]))),
        answer=sum(frame < at for frame in answers) - 1,
        played=played.pcm[sounding[0] : sounding[-1] + 1],
    )


def _sample_at(recording: Recording, unix_ms: float) -> int:
    """Return which sample was rendered at that time."""
    index = max(0, bisect_right([at_ms for _, at_ms in recording.rendered], unix_ms) - 1)
    sample, at_ms = recording.rendered[index]
    return sample + round((unix_ms - at_ms) * recording.rate_hz / 1000)


def _is_stop(text: str) -> bool:
    message = json.loads(text)
    return bool(message["type"] == "control" and message["action"] == "stop_playback")


def _is_answer(text: str) -> bool:
    return bool(json.loads(text)["type"] == "audio")
