"""A call: pauses in the agent's voice, captions against their sound, how fast Mute and Stop speaking act."""

import asyncio
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from playwright.async_api import Browser, Page

from bench.clips import RATE_HZ
from bench.machine import percentile
from bench.page_window import CHUNK_MS, answer_sound, conversation
from tests.browser import played_pcm
from tests.page.scripted_app import Wire

_CHUNK_BYTES = RATE_HZ * 2 * CHUNK_MS // 1000
_WORD_MS = 300
# Answers are farther apart than any pause within one.
_BETWEEN_S = 1.2
_BETWEEN_SAMPLES = RATE_HZ


@dataclass(frozen=True)
class Playback:
    """What an uneven line did to answers that were sent at the pace at which they are spoken."""

    jitter_ms: float
    answers: int
    latest_arrival_ms: float
    """How late a piece of sound was at most, against the first of its answer: jitter, and a busy machine."""

    gaps: int
    preroll_p50_ms: float
    """From the first sound's arrival until it is played."""

    preroll_worst_ms: float


@dataclass(frozen=True)
class Captions:
    """How long after its sound a word was on the page; negative: before."""

    words: int
    p50_ms: float
    earliest_ms: float
    latest_ms: float


@dataclass(frozen=True)
class Reactions:
    """From a key until nothing more was sent, or heard."""

    times: int
    mute_p50_ms: float
    mute_worst_ms: float
    stop_p50_ms: float
    stop_worst_ms: float


async def measure_playback(browser: Browser, jitter_ms: float, answers: int, answer_s: float) -> Playback:
    """Let answers be spoken over a line with so much jitter."""
    async with conversation(browser, jitter_ms=jitter_ms) as (page, wire):
        await asyncio.sleep(2)  # what a person needs to begin to speak; the page measures the line meanwhile
        for number in range(answers):
            await wire.status("assistant_speaking")
            await speak(wire, f"answer_{number}", answer_sound(answer_s, number))
            await asyncio.sleep(_BETWEEN_S)
        recording = await played_pcm(page)
        arrivals_ms: list[list[float]] = await page.evaluate("watched.answers")
    edges = _edges(recording.pcm)
    pauses = edges[1::2][:-1], edges[2::2]
    gaps = sum(1 for end, begin in zip(*pauses, strict=True) if begin - end < _BETWEEN_SAMPLES)
    announced = [sample for sample, text in recording.messages if '"audio"' in text]
    prerolls = [(begin - sample) * 1000 / RATE_HZ for sample, begin in _first_sounds(announced, edges)]
    return Playback(
        jitter_ms=jitter_ms,
        answers=answers,
        latest_arrival_ms=round(max(_lateness_ms(answer) for answer in arrivals_ms), 1),
        gaps=gaps,
        preroll_p50_ms=percentile(prerolls, 50),
        preroll_worst_ms=round(max(prerolls), 1),
    )


async def speak(wire: Wire, item_id: str, sound: npt.NDArray[np.int16]) -> None:
    """Send an answer's sound at the pace at which it is spoken."""
    await wire.say("audio", item_id=item_id)
    pcm = sound.tobytes()
    clock = asyncio.get_running_loop().time
    began_s = clock()
    for number, start in enumerate(range(0, len(pcm), _CHUNK_BYTES)):
        await asyncio.sleep(max(0.0, began_s + number * CHUNK_MS / 1000 - clock()))
        await wire.send_sound(pcm[start : start + _CHUNK_BYTES], _CHUNK_BYTES)


async def measure_captions(browser: Browser, words: int) -> Captions:
    """Let an answer be spoken whose words' times are told, and watch the page's text grow."""
    text = " ".join(f"word{number:03}" for number in range(words))
    times = [
        {"text": word, "start_ms": index * _WORD_MS, "end_ms": (index + 1) * _WORD_MS}
        for index, word in enumerate(text.split())
    ]
    async with conversation(browser) as (page, wire):
        await page.evaluate(
            """() => {
                window.grown = [];
                const list = document.getElementById("transcript");
                new MutationObserver(() => {
                    const words = list.querySelector(".entry-words")?.textContent.match(/\\d{3}/g) ?? [];
                    while (grown.length < words.length) grown.push(Date.now());
                }).observe(list, { childList: true, subtree: true, characterData: true });
            }"""
        )
        await wire.status("assistant_speaking")
        await wire.say("transcript", role="assistant", item_id="a", text=text, final=False)
        await wire.say("words", item_id="a", words=times)
        await speak(wire, "a", answer_sound(words * _WORD_MS / 1000, 1))
        await wire.say("transcript", role="assistant", item_id="a", text=text, final=True)
        await page.wait_for_function("count => grown.length === count", arg=words)
        grown: list[float] = await page.evaluate("grown")
        recording = await played_pcm(page)
        output_ms = await _output_latency_ms(page)
    sounding = np.flatnonzero(recording.pcm)
    heard = [
        recording.unix_ms_at(int(sounding[index * _WORD_MS * RATE_HZ // 1000])) + output_ms
        for index in range(words)
    ]
    delays = [shown - sounded for shown, sounded in zip(grown, heard, strict=True)]
    return Captions(words, percentile(delays, 50), round(min(delays), 1), round(max(delays), 1))


async def measure_reactions(browser: Browser, times: int) -> Reactions:
    """Press the keys for Mute and Stop speaking in the midst of sound."""
    mutes, stops = [], []
    async with conversation(browser) as (page, wire):
        await page.evaluate(
            """() => {
                window.pressedMs = 0;
                window.addEventListener("keydown", (event) => {
                    pressedMs = event.timeStamp;
                    // By the clock that recordings tell, which may be set while the page is open.
                    window.pressedUnixMs = Date.now() - (performance.now() - event.timeStamp);
                }, true);
                document.activeElement.blur();
            }"""
        )
        for number in range(times):
            mutes.append(await _mute(page, wire))
            stops.append(await _stop(page, wire, f"answer_{number}"))
    return Reactions(
        times=times,
        mute_p50_ms=percentile(mutes, 50),
        mute_worst_ms=round(max(mutes), 1),
        stop_p50_ms=percentile(stops, 50),
        stop_worst_ms=round(max(stops), 1),
    )


async def _mute(page: Page, wire: Wire) -> float:
    await wire.frame()
    await page.keyboard.press("m")
    await wire.expect("mute")
    await asyncio.sleep(0.2)  # so long frames might still go out
    after_ms: float = await page.evaluate("Math.max(0, watched.sentMs.at(-1) - pressedMs)")
    await page.keyboard.press("m")
    await wire.expect("mute")
    return after_ms


async def _stop(page: Page, wire: Wire, item_id: str) -> float:
    await wire.status("assistant_speaking")
    await wire.play(item_id, answer_sound(3, 5).tobytes())
    await page.wait_for_function(
        "() => Number(document.querySelector('#status').style.getPropertyValue('--agent')) > 0"
    )
    await asyncio.sleep(0.3)
    await page.keyboard.press("Escape")
    await wire.expect("interrupt")
    await wire.expect("played")
    pressed_ms = float(await page.evaluate("pressedUnixMs"))
    recording = await played_pcm(page)
    last = int(np.flatnonzero(recording.pcm)[-1])
    await wire.status("ready")
    return recording.unix_ms_at(last) + await _output_latency_ms(page) - pressed_ms


async def measure_call(browser: Browser, duration_s: float) -> dict[str, Any]:
    """Hold a call of that length; how long and how much its page's main thread was busy."""
    async with conversation(browser, tap=False) as (page, wire):
        devtools = await page.context.new_cdp_session(page)
        await devtools.send("Performance.enable")
        starting: list[float] = await _long_tasks_ms(page)
        busy_s = await _task_s(devtools)
        clock = asyncio.get_running_loop().time
        began_s, turn = clock(), 0
        while clock() - began_s < duration_s:
            await _turn(wire, turn)
            turn += 1
        elapsed_s = clock() - began_s
        busy_s = await _task_s(devtools) - busy_s
        long_tasks = (await _long_tasks_ms(page))[len(starting) :]
    return {
        "seconds": round(elapsed_s),
        "turns": turn,
        "longest_task_while_starting_ms": round(max(starting, default=0)),
        "tasks_over_50_ms": len(long_tasks),
        "longest_task_over_50_ms": round(max(long_tasks, default=0)),
        "main_thread_percent": round(100 * busy_s / elapsed_s, 1),
    }


async def _long_tasks_ms(page: Page) -> list[float]:
    """Return how long each task over 50 ms took, from the press of Start session on."""
    tasks: list[float] = await page.evaluate(
        "watched.longTasks.filter(([at]) => at >= watched.startedMs).map(([, duration]) => duration)"
    )
    return tasks


async def _turn(wire: Wire, number: int) -> None:
    """Hold one turn of 10 s: 3 s of the user, 6 s of the agent."""
    await wire.status("listening")
    for word in ("What ", "would ", "you ", "say?"):
        await asyncio.sleep(0.6)
        await wire.say("transcript", role="user", item_id=f"u{number}", text=word, final=False)
    await wire.status("processing")
    await wire.say("transcript", role="user", item_id=f"u{number}", text="What would you say?", final=True)
    await wire.status("assistant_speaking")
    text = " ".join(f"word{index}" for index in range(20))
    await wire.say("transcript", role="assistant", item_id=f"a{number}", text=text, final=False)
    words = [
        {"text": word, "start_ms": index * 300, "end_ms": index * 300 + 280}
        for index, word in enumerate(text.split())
    ]
    await wire.say("words", item_id=f"a{number}", words=words)
    await speak(wire, f"a{number}", answer_sound(6, number))
    await wire.say("transcript", role="assistant", item_id=f"a{number}", text=text, final=True)
    figures = {"silence_ms": 500, "transcript_ms": 590, "first_text_ms": 710, "first_sound_ms": 820}
    await wire.say("metrics", turn=number, item_id=f"a{number}", **figures)
    await wire.status("ready")
    await asyncio.sleep(1)


async def _task_s(devtools: Any) -> float:
    figures = (await devtools.send("Performance.getMetrics"))["metrics"]
    return next(float(one["value"]) for one in figures if one["name"] == "TaskDuration")


async def _output_latency_ms(page: Page) -> float:
    return 1000 * float(await page.evaluate("playbackTap.tracks.at(-1).context.outputLatency || 0"))


def _lateness_ms(arrivals_ms: list[float]) -> float:
    return max(at - arrivals_ms[0] - number * CHUNK_MS for number, at in enumerate(arrivals_ms))


def _edges(pcm: npt.NDArray[np.int16]) -> list[int]:
    """Return where sound begins and ends, by turns."""
    sounding = np.concatenate([[False], pcm != 0, [False]])
    return [int(at) for at in np.flatnonzero(sounding[1:] != sounding[:-1])]


def _first_sounds(announced: list[int], edges: list[int]) -> list[tuple[int, int]]:
    begins = edges[::2]
    return [(sample, next(begin for begin in begins if begin >= sample)) for sample in announced]
